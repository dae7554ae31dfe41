/** What a clock on the wall shows in a time zone, and when it shows it: twice, once or never on a day when clocks change. */
import { tzOffset } from '@date-fns/tz/tzOffset'

/** What a clock shows, as if it were UTC: its date and time of day are those of `new Date(wall)` read by the UTC getters. */
export type Wall = number

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE

/** Minutes alone: offsets with seconds ended a century ago. */
const offsetMs = (at: number, timeZone: string): number => tzOffset(timeZone, new Date(at)) * MINUTE

export const wallAt = (at: number, timeZone: string): Wall => at + offsetMs(at, timeZone)

/**
 * When a clock shows `wall`: the first and the last moment. These are an hour apart where clocks are put back over it, and
 * where they are put forward over it both are the moment of that.
 */
export function momentsOf(wall: Wall, timeZone: string): { first: number; last: number } {
  // Zones are at most 14 hours from UTC: a day earlier is before any change on that day, a day later behind it.
  const offsets = [wall - DAY, wall + DAY].map((at) => offsetMs(at, timeZone))
  const moments = offsets.map((offset) => wall - offset).filter((at) => wallAt(at, timeZone) === wall)
  if (moments.length > 0) return { first: Math.min(...moments), last: Math.max(...moments) }
  const change = changeBetween(wall - Math.max(...offsets), wall - Math.min(...offsets), timeZone)
  return { first: change, last: change }
}

/** The first moment after `before` at which the zone's offset is that of `behind`; clocks change on whole minutes. */
function changeBetween(before: number, behind: number, timeZone: string): number {
  const offset = offsetMs(behind, timeZone)
  let [from, to] = [before, behind]
  while (to - from > MINUTE) {
    const middle = from + Math.floor((to - from) / 2 / MINUTE) * MINUTE
    if (offsetMs(middle, timeZone) === offset) to = middle
    else from = middle
  }
  return to
}
