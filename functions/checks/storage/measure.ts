/** How a quantity that grows is said, and what share of its limit it is. */
import { formatBytes, formatCount } from '../../units.ts'
import type { Measure } from './reading.ts'

/** `310 MB`, `184,231 nodes`. */
export const sayAmount = ({ unit, series }: Measure, amount: number): string =>
  unit === 'bytes' ? formatBytes(amount) : `${formatCount(amount)} ${series}`

/** Percent of the limit; undefined where there is none, or one that is no limit. */
export const shareOf = ({ used, limit }: Measure): number | undefined =>
  limit !== undefined && limit.value > 0 ? (100 * used) / limit.value : undefined

/** `310 MB of 512 MB (60%)`, `184,231 of 200,000 nodes (92%)`, or without a limit what there is. */
export function sayLevel(measure: Measure): string {
  const { used, unit, limit } = measure
  const share = shareOf(measure)
  if (limit === undefined || share === undefined) return sayAmount(measure, used)
  return `${unit === 'bytes' ? formatBytes(used) : formatCount(used)} of ${sayAmount(measure, limit.value)} (${Math.floor(share)}%)`
}

/** `Branch main`. */
export const sayWhat = ({ what }: Measure): string => `${what.charAt(0).toUpperCase()}${what.slice(1)}`

/** Changes of less than this are nothing to speak of: a part of the limit, or where that is far away or none, so much. */
export const NOTABLE = { ofLimit: 0.05, bytes: 100 * 1024 ** 2, count: 10_000 }

export const notable = ({ unit, limit }: Measure): number =>
  Math.min(NOTABLE[unit], limit !== undefined && limit.value > 0 ? limit.value * NOTABLE.ofLimit : NOTABLE[unit])
