/**
 * The growth of connections by Aura's metrics: of all members the one that has the most, where a look over Bolt reaches
 * one or another. Kept apart from what those count, so that the two are never compared.
 */
import type { AuraReading } from '../aura-reading.ts'
import { type CountHistory, type Growth, growthOf, noteCount } from './count-history.ts'

export interface Metered {
  counts: CountHistory
  /** Connections that were ever opened, at the last look that was told; 0: none was. */
  opened: number
}

/** Idle and running ones; beside members, as one of which it stands in the history. */
const OPEN = '(metrics)'
/**
 * Opened, less closed: says the same by counters. Stands in where the others are missing only, for where it aggregates
 * members it may lie far below, and then grow while nothing does.
 */
const BALANCE = '(metrics: opened less closed)'

/** Older than this it is not what is. */
const CURRENT_MS = 15 * 60_000

/** Whether a growth is that of the metrics, and not of the one member that was reached. */
export const isMetered = ({ member }: Growth): boolean => member === OPEN || member === BALANCE

/** The history with what this look was told by the metrics, if anything. */
export function noteMetered(before: Metered | undefined, reading: AuraReading): Metered | undefined {
  const metrics = reading.kind === 'not-running' ? undefined : reading.metrics
  if (!metrics || 'missing' in metrics) return before
  const { counts = [], opened: openedBefore = 0 } = before ?? {}
  const { at, open, balance, opened = openedBefore } = metrics.connections
  const newest = Math.max(0, ...counts.map(({ points }) => points.at(-1)?.[0] ?? 0))
  // Of overlapping runs the slower one brings an older sample.
  if (at < newest) return before
  // A counter that has fallen counts anew, after a restart or Aura's own maintenance.
  let noted = opened < openedBefore ? counts.filter(({ member }) => member !== BALANCE) : counts
  if (balance !== undefined) noted = noteCount(noted, BALANCE, at, balance)
  if (open !== undefined) noted = noteCount(noted, OPEN, at, open)
  return { counts: noted, opened }
}

/** Undefined where the metrics are not current, or do not reach far enough back. */
export function meteredGrowth(metered: Metered | undefined, now: number): Growth | undefined {
  const newest = metered?.counts[0]?.points.at(-1)?.[0]
  return metered && newest !== undefined && now - newest <= CURRENT_MS ? growthOf(metered.counts, now) : undefined
}
