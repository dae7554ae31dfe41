/** How much of a week windows take, by their own clocks; in a week without a change of these. */
import type { Window } from './windows.ts'

const DAY_MINUTES = 24 * 60
export const WEEK_MINUTES = 7 * DAY_MINUTES

export interface Coverage {
  /** Minutes that are in some window. */
  covered: number
  /** The longest stretch of minutes that are. */
  longestWithin: number
  /** The longest stretch of minutes that are in none. */
  longestBetween: number
}

export function coverage(windows: Window[]): Coverage {
  const quiet = Array<boolean>(WEEK_MINUTES).fill(false)
  for (const { days, from, length } of windows)
    for (const day of days)
      for (let minute = 0; minute < length; minute++) quiet[(day * DAY_MINUTES + from + minute) % WEEK_MINUTES] = true
  return {
    covered: quiet.filter(Boolean).length,
    longestWithin: longest(quiet, true),
    longestBetween: longest(quiet, false),
  }
}

/** Twice around, as a stretch may go over the end of the week. */
function longest(quiet: boolean[], wanted: boolean): number {
  let [most, running] = [0, 0]
  for (let minute = 0; minute < 2 * WEEK_MINUTES; minute++) {
    running = quiet[minute % WEEK_MINUTES] === wanted ? Math.min(WEEK_MINUTES, running + 1) : 0
    most = Math.max(most, running)
  }
  return most
}
