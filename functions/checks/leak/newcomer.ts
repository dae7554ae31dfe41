/**
 * Whether an application that is not known for long enough to have a maximum of its own leaks: it grows in each third of
 * some hours, by as many sessions, and leaves more idle than were ever at work within an hour. A new pool fills and stays.
 */
import { fewestSessions, sessionsAt } from './evidence.ts'
import type { Watch } from './looks.ts'
import { back, DAY, HOUR, idleNow, known, type Track } from './track.ts'

/** Hours. The short ones only on a database that is known: on the first day everybody is new, and so is the day's rhythm. */
const WINDOWS = [6, 9, 12, 24]
const LEAST_GROWTH = 8
/** Of all growth. */
const EACH_THIRD = 0.2
const IN_ALL = 0.6

/** @returns the hours that it has grown for */
export function newcomerLeaks(track: Track, watch: Watch): number | undefined {
  if (idleNow(track) < Math.max(LEAST_GROWTH, ...known(track.fresh))) return undefined
  const isFirstDay = track.since - watch.since < DAY
  return WINDOWS.find((hours) => !(isFirstDay && hours < 24) && growsFor(hours, track, watch))
}

function growsFor(hours: number, track: Track, watch: Watch): boolean {
  const levels = [hours, (2 * hours) / 3, hours / 3, 0].map((by) => idleAt(track, by, watch))
  const [first, second, third, now] = levels
  if (first === undefined || second === undefined || third === undefined || now === undefined) return false
  const growth = now - first
  const least = Math.max(2, growth * EACH_THIRD)
  const goesOn = second - first >= least && third - second >= least && now - third >= least
  const then = sessionsAt(track, hours + 1, watch)
  return (
    // Of a large pool a few more are nothing.
    growth >= LEAST_GROWTH + first / 2 &&
    goesOn &&
    then !== undefined &&
    fewestSessions(track) - then >= IN_ALL * growth
  )
}

function idleAt(track: Track, hours: number, { at, unbrokenSince }: Watch): number | undefined {
  const then = at - hours * HOUR
  if (then < unbrokenSince) return undefined
  return then < track.since ? 0 : (back(track.idle, hours) ?? undefined)
}
