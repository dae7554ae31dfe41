/**
 * Whether what an application has left above its own maximum looks like a leak: it drips, for more than an hour, and it
 * is new sessions. A batch, a restart and a scale-out come at once; where a pool falls quiet its connections go idle one
 * by one too, but there are no more of them.
 */
import { hoursBack, lasting, type Watch } from './looks.ts'
import type { Own } from './own-maximum.ts'
import { type Above, back, DAY, HOUR, HOURS_KEPT, idleNow, known, MINUTE, type Track } from './track.ts'

// All limits of this folder were found with the simulations of bench/leak, and are judged there by others.

/** Half an hour may have brought so much of it. */
const AT_ONCE = 0.6
const DRIPS_FOR_MS = 75 * MINUTE
/** For a look or two it may have been so much less. */
const SLACK = 2

export function leaksAbove(track: Track, above: Above, own: Own, watch: Watch): boolean {
  const excess = idleNow(track) - own.most
  const isSteady = (lasting(track, watch) ?? 0) >= own.most + own.margin - SLACK
  const drips = above.jump <= AT_ONCE * excess && above.grewAt - above.since >= DRIPS_FOR_MS
  if (excess < own.margin || !isSteady || !drips) return false
  return grownSince(track, above, excess, watch) || grownSinceYesterday(track, excess, own, watch.at)
}

/** Of what is idle more, so many must be more in all. */
const HALF = 0.5

/** Whether there are more sessions than when it began. */
function grownSince(track: Track, above: Above, excess: number, watch: Watch): boolean {
  // The first of them was opened in the hour before it was counted.
  const hours = hoursBack(above.since - 2 * HOUR, watch.at)
  const known = Math.min(hours, HOURS_KEPT - 1)
  // The fewest since then: who leaks may have been restarted on the way.
  const first = Math.min(known, hoursBack(above.since, watch.at))
  const counts = Array.from({ length: known - first + 1 }, (_, i) => sessionsAt(track, first + i, watch))
  const then = leastOf(counts)
  const more = hours > known ? Math.max(2, idleNow(track) - (back(track.idle, known) ?? 0)) : excess
  return then !== undefined && fewestSessions(track) - then >= HALF * more
}

const leastOf = (counts: (number | undefined)[]): number | undefined => {
  const told = counts.filter((one) => one !== undefined)
  return told.length > 0 ? Math.min(...told) : undefined
}

/** Where a day's load falls faster than the leak grows, yesterday tells; there are more than that by chance, though. */
const MORE_THAN_YESTERDAY = 3

/** Whether there are more sessions than yesterday at this hour; not in the wake of a surge, when there always are. */
function grownSinceYesterday(track: Track, excess: number, { margin }: Own, at: number): boolean {
  if (excess < margin + MORE_THAN_YESTERDAY || (track.surge && at - track.surge.at < DAY)) return false
  const then = known([23, 24, 25].map((by) => back(track.sessions, by)))
  return then.length > 0 && fewestSessions(track) - Math.min(...then) >= HALF * excess
}

/** How many sessions there are, bursts of minutes left out. */
export const fewestSessions = ({ sessions }: Track): number => Math.min(...known(sessions.slice(-2)))

/** How many there were so many hours ago: none before the application came. A restart ends all, and pools fill again: those are no new ones. */
export function sessionsAt(track: Track, hours: number, { at }: Watch): number | undefined {
  if (at - hours * HOUR < track.since) return 0
  // Where no look was in that hour, the last one before.
  return known(track.sessions.slice(0, -hours)).at(-1)
}
