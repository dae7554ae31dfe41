/** Windows of the week as a user writes them. */
import type { Weekday } from './config.ts'
import type { Window } from './quiet/windows.ts'

/** `'22:00'`. */
export type TimeOfDay = string

export interface WindowConfig {
  /** On which it begins. Default: every day. */
  days?: Weekday[]
  from: TimeOfDay
  /** Before `from`: on the next day. `'24:00'` is the end of the day. */
  to: TimeOfDay
  /** As the IANA calls it: `Europe/Berlin`. */
  timeZone: string
}

/** As `Date` counts them. */
export const WEEK: Weekday[] = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
const DAY_MINUTES = 24 * 60

/** @param written without faults, as `checkConfig` makes sure of at synth */
export const resolveMaintenance = (written?: WindowConfig[]): Window[] =>
  resolveWindows(written).map((window) => ({ ...window, wholeLength: true }))

/** The same of quiet hours, which end by the clock. */
export const resolveWindows = (written: WindowConfig[] = []): Window[] =>
  written.map(({ days = WEEK, from, to, timeZone }) => ({
    days: days.map((day) => WEEK.indexOf(day)),
    from: minutesOf(from),
    // From midnight to midnight it is the whole day.
    length: (minutesOf(to) - minutesOf(from) + DAY_MINUTES) % DAY_MINUTES || DAY_MINUTES,
    timeZone,
  }))

function minutesOf(time: TimeOfDay): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number)
  return hours * 60 + minutes
}
