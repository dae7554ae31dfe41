/** Neon, where the schedule is not told: how often it seems to make snapshots, by those that it has made. */
import { attemptsOf } from './attempts.ts'
import type { ListedReading } from './reading.ts'

const HOUR = 60 * 60_000
const DAY = 24 * HOUR
/** What schedules can be set to. The last is also taken where there are too few to tell. */
const MONTH = 31 * DAY
const USUAL = [HOUR, DAY, 7 * DAY, MONTH]
/** A snapshot is not begun on the minute. */
const ROOM = 1.2

/** Undefined: no scheduled one is there. */
export function seenEvery(reading: ListedReading): number | undefined {
  const made = attemptsOf(reading).completed.filter(({ scheduled }) => scheduled)
  if (made.length === 0) return undefined
  // The older are kept more seldom: only the newest few are as often as they were made, and half of their gaps are enough.
  const gaps = made.slice(0, 7).flatMap((one, i, all) => (i === 0 ? [] : [(all[i - 1]?.at ?? 0) - one.at]))
  const median = gaps.length < 2 ? MONTH : (gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length / 2)] ?? MONTH)
  return USUAL.find((period) => median <= period * ROOM) ?? MONTH
}
