/** How much of a week windows take, by their own clocks; in a week without a change of these. */
import type { Window } from './windows.ts'

const DAY_MINUTES = 24 * 60
export const WEEK_MINUTES = 7 * DAY_MINUTES

/** Minutes that are in some window, and the longest stretch of minutes that are in none. */
export function coverage(windows: Window[]): { covered: number; longestBetween: number } {
  const quiet = Array<boolean>(WEEK_MINUTES).fill(false)
  for (const { days, from, length } of windows)
    for (const day of days)
      for (let minute = 0; minute < length; minute++) quiet[(day * DAY_MINUTES + from + minute) % WEEK_MINUTES] = true
  let [longestBetween, between] = [0, 0]
  // Twice around, as a stretch may go over the end of the week.
  for (let minute = 0; minute < 2 * WEEK_MINUTES; minute++) {
    between = quiet[minute % WEEK_MINUTES] ? 0 : Math.min(WEEK_MINUTES, between + 1)
    longestBetween = Math.max(longestBetween, between)
  }
  return { covered: quiet.filter(Boolean).length, longestBetween }
}
