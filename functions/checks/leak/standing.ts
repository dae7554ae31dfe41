/** A leak from the look that found it to the one that sees it over. */
import type { Onset } from './onset.ts'
import {
  DAY,
  ENDED_COUNTS_HOURS,
  endedWithin,
  HOUR,
  HOURS_KEPT,
  idleNow,
  known,
  type Standing,
  type Track,
} from './track.ts'

/** So near to its own maximum it is as it was. */
const FEW = 2
const LOOKS_TO_CLOSE = 3
/** What has not grown for so long, a weekend included, is a pool that keeps as many now. */
const SETTLED_MS = 72 * HOUR

/**
 * It is over with no more than what was left at the least of most days: where a pool is quiet by night, that there are
 * fewer by day is no end of it.
 */
export function begin(track: Track, reference: number, onset: Onset, at: number): Standing {
  const usual = Math.min(reference, ...atMost(known(track.floors.slice(0, -2))))
  return { reference, over: usual + FEW, ...onset, most: idleNow(track), least: leastOf(track), grewAt: at }
}

/** The fewest that were idle within a day. */
const leastOf = ({ idle }: Track): number => Math.min(...known(idle))

const atMost = (counts: number[]): number[] => (counts.length > 0 ? [Math.max(...counts)] : [])

/** How many sessions of it are there now, beyond what it used to leave: those that Nightshift has ended are not. */
export const leftBy = (track: Track): number =>
  track.leak ? Math.max(0, idleNow(track) - endedWithin(track, ENDED_COUNTS_HOURS) - track.leak.reference) : 0

/** What a leak has already added to the days is not usual: else the same could come again unseen for a week. */
export function unlearn(track: Track, { since, reference }: Standing, at: number): Track {
  const today = Math.floor(at / DAY)
  const days = track.days.map((count, i) => {
    const day = today - (track.days.length - 1 - i)
    return count !== null && day >= Math.floor(since / DAY) ? Math.min(count, reference) : count
  })
  return { ...track, days }
}

/** What stands after a look; nothing once it is over. */
export function afterStanding(leak: Standing, track: Track, at: number): Pick<Track, 'leak' | 'surge'> {
  const idle = idleNow(track)
  const last = track.looks.slice(-LOOKS_TO_CLOSE)
  if (last.length === LOOKS_TO_CLOSE && last.every((count) => count <= leak.over)) return {}
  const least = leastOf(track)
  // A burst may have brought more than the leak has yet: then the least of a day tells that it grows. What Nightshift ends
  // day by day need not grow to go on.
  if (idle > leak.most || least > leak.least || endedWithin(track, HOURS_KEPT) > 0)
    return { leak: { ...leak, most: Math.max(leak.most, idle), least: Math.max(leak.least, least), grewAt: at } }
  // Until the days show that as many are usual now, a surge that is over says so.
  return at - leak.grewAt < SETTLED_MS ? { leak } : { surge: { at, explains: 0, left: idle } }
}
