/** Windows of the week by a clock on the wall, right across the days on which clocks change. Pure. */
import { momentsOf, type Wall, wallAt } from './wall-clock.ts'

/** One stretch of each of some days. */
export interface Window {
  /** On which it begins; 0 is Sunday. */
  days: number[]
  /** Minutes of the day. */
  from: number
  /** Minutes from there to its end, at most a day. */
  length: number
  timeZone: string
  /**
   * Never shorter than it is written, though clocks are put forward within: what work takes, it takes in that night too.
   * Without it the window ends when the clock says so.
   */
  wholeLength?: boolean
}

/** A window that is open at some moment. */
export interface OpenWindow {
  /** When it ends; of windows that follow each other without a break, the last. */
  until: number
  timeZone: string
}

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
/** Windows without any break have no end; the words need one. */
const MOST_JOINED = 14

/** The window that is open at `now`, if any. */
export function windowAt(windows: Window[], now: number): OpenWindow | undefined {
  let open: OpenWindow | undefined
  for (let joined = 0; joined < MOST_JOINED; joined++) {
    const next = latest(windows, open?.until ?? now)
    if (next === undefined) break
    open = next
  }
  return open
}

/** Of the windows that are open at a moment, the one that ends last. */
const latest = (windows: Window[], at: number): OpenWindow | undefined =>
  windows
    .flatMap((window) => occurrences(window, at).map(({ until }) => ({ until, timeZone: window.timeZone })))
    .toSorted((a, b) => b.until - a.until)[0]

/** It is at most a day long, and an hour more where clocks change: of the days before, two may last until now. */
const occurrences = (window: Window, at: number): { from: number; until: number }[] => {
  const today = Math.floor(wallAt(at, window.timeZone) / DAY) * DAY
  return [today, today - DAY, today - 2 * DAY]
    .filter((day) => window.days.includes(new Date(day).getUTCDay()))
    .map((day) => occurrence(window, day))
    .filter(({ from, until }) => from <= at && at < until)
}

/**
 * The window of one day: whenever the clock shows a time within.
 * @param day midnight of the day on which it begins
 */
export function occurrence(
  { from, length, timeZone, wholeLength }: Window,
  day: Wall,
): { from: number; until: number } {
  const begins = momentsOf(day + from * MINUTE, timeZone).first
  const ends = momentsOf(day + (from + length) * MINUTE, timeZone).last
  return { from: begins, until: wholeLength ? Math.max(ends, begins + length * MINUTE) : ends }
}
