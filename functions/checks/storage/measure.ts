/** How a quantity that grows is said, and what share of its limit it is. */
import { formatBytes, formatCount } from '../../units.ts'
import type { Measure, MeasuredReading } from './reading.ts'

/** `310 MB`, `184,231 nodes`. */
export const sayAmount = ({ unit, series }: Measure, amount: number): string =>
  unit === 'bytes' ? formatBytes(amount) : `${formatCount(amount)} ${series}`

/** Percent of the limit; undefined where there is none, or one that is no limit. */
export const shareOf = ({ used, limit }: Measure): number | undefined =>
  limit !== undefined && limit.value > 0 ? (100 * used) / limit.value : undefined

/** From here on writes fail: what is left does not hold another block, or is taken by the next statement. */
const FULL_PERCENT = 99.5

/** A budget is never full: nothing breaks there. */
export const isFull = (measure: Measure): boolean =>
  measure.limit?.kind === 'hard' && (shareOf(measure) ?? 0) >= FULL_PERCENT

/** A measure that has a budget and a hard limit stands for both: at the budget nothing breaks, at the other it does. */
export const byEachLimit = ({ hard, ...measure }: Measure): Measure[] =>
  hard && hard.value > 0 ? [measure, { ...measure, limit: hard }] : [measure]

const DAY = 86_400_000

/** Against each limit, what can be judged at this look: what was last told a day ago says nothing of now. */
export const limited = ({ measures, at }: MeasuredReading): Measure[] =>
  measures.flatMap(byEachLimit).filter((measure) => shareOf(measure) !== undefined && isOfToday(measure, at))

const isOfToday = ({ asOf, limit }: Measure, now: number): boolean =>
  now - Math.min(asOf ?? now, limit?.asOf ?? now) <= DAY

/** Whether each was measured at this look and, if it has one, told a limit within a day: else nothing is known to be over. */
export const isWhole = ({ measures, at }: MeasuredReading): boolean =>
  measures.flatMap(byEachLimit).every((measure) => measure.asOf === undefined && isOfToday(measure, at))

/** What was not told for more than a day. */
export const untold = ({ measures, at }: MeasuredReading): Measure[] =>
  measures.filter((measure) => byEachLimit(measure).some((one) => !isOfToday(one, at)))

/** `310 MB of 512 MB (60%)`, `184,231 of 200,000 nodes (92%)`, or without a limit what there is. */
export function sayLevel(measure: Measure): string {
  const { used, unit, limit } = measure
  const share = shareOf(measure)
  if (limit === undefined || share === undefined) return sayAmount(measure, used)
  return `${unit === 'bytes' ? formatBytes(used) : formatCount(used)} of ${sayAmount(measure, limit.value)} (${Math.floor(share)}%)`
}

/**
 * For a headline, which on a phone is all that is read: `storage 60% full: 310 MB of 512 MB`,
 * `storage at 105% of its budget: 420 MB of 400 MB`, or without a limit `storage: 310 MB`.
 */
export function sayFilled(measure: Measure): string {
  const { used, unit, limit } = measure
  const share = shareOf(measure)
  if (limit === undefined || share === undefined) return `storage: ${sayAmount(measure, used)}`
  const percent = `${Math.floor(share)}%`
  const amounts = `${unit === 'bytes' ? formatBytes(used) : formatCount(used)} of ${sayAmount(measure, limit.value)}`
  return `storage ${limit.kind === 'budget' ? `at ${percent} of its budget` : `${percent} full`}: ${amounts}`
}

/** `Branch main`. */
export const sayWhat = ({ what }: Measure): string => `${what.charAt(0).toUpperCase()}${what.slice(1)}`

/** Changes of less than this are nothing to speak of: a part of the limit, or where that is far away or none, so much. */
export const NOTABLE = { ofLimit: 0.05, bytes: 100 * 1024 ** 2, count: 10_000 }

export const notable = ({ unit, limit }: Measure): number =>
  Math.min(NOTABLE[unit], limit !== undefined && limit.value > 0 ? limit.value * NOTABLE.ofLimit : NOTABLE[unit])
