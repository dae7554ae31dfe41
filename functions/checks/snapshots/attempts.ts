/** The snapshots of a look, sorted out: what proves something, what does not, and in what order. */
import { count, formatTime } from '../../units.ts'
import type { ListedReading, Snapshot } from './reading.ts'

/** Clocks differ a little. What is dated further ahead than this is no proof of a snapshot, and says nothing of its age. */
export const CLOCK_SKEW_MS = 5 * 60_000

/** Newest first, each. */
export interface Attempts {
  completed: Snapshot[]
  failed: Snapshot[]
  pending: Snapshot[]
  /** Of a status that is not known: they count for nothing, neither good nor bad. */
  other: Snapshot[]
  /** Dated in the future, whatever their status. */
  ahead: Snapshot[]
}

/** Whether a number is a moment that can be said: neither NaN, nor nothing written as 0, nor beyond all calendars. */
export const isMoment = (at: number | undefined): at is number => at !== undefined && at > 0 && at < Date.UTC(10_000, 0)

export const isSized = (one: Snapshot): one is Snapshot & { bytes: number } =>
  one.bytes !== undefined && Number.isFinite(one.bytes) && one.bytes >= 0

export function attemptsOf({ at: now, snapshots }: ListedReading): Attempts {
  const sorted = snapshots.filter(({ at }) => isMoment(at)).sort(newestFirst)
  const ahead = sorted.filter(({ at }) => at > now + CLOCK_SKEW_MS)
  const of = (wanted: Snapshot['status']) =>
    sorted.filter(({ at, status }) => status === wanted && at <= now + CLOCK_SKEW_MS)
  return { completed: of('completed'), failed: of('failed'), pending: of('pending'), other: of('other'), ahead }
}

/** The same order whatever the API's: of two of one moment the id decides. */
const newestFirst = (one: Snapshot, other: Snapshot): number =>
  other.at - one.at || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0)

/** What was not counted and why, so that nobody who sees it in the console wonders; empty where there is nothing to say. */
export function leftOut({ other, ahead }: Attempts): string {
  const words = [...new Set(other.map(({ said }) => `"${said ?? '(none)'}"`))].sort()
  const [furthest] = ahead
  return (
    (furthest
      ? ` ${count(ahead.length, 'snapshot is', 'snapshots are')} dated in the future (${formatTime(furthest.at)}) and not counted: compare clocks.`
      : '') +
    (words.length > 0
      ? ` ${count(other.length, 'snapshot has', 'snapshots have')} a status that Nightshift does not know (${words.slice(0, 3).join(', ')}) and ${other.length === 1 ? 'is' : 'are'} not counted.`
      : '')
  )
}
