/**
 * The history of one quantity: hourly values for days, daily medians for months, a bounded number of both. A gap stays a
 * gap: nothing is ever filled in. Hours and days are whole ones since the epoch, in UTC.
 */

/** One value for each hour (or day) from `from` on; null: not measured. */
export interface Run {
  from: number
  values: (number | null)[]
}

export interface Series {
  hours: Run
  /** The median of each day's hours, of days that are over. */
  days: Run
}

export interface Point {
  /** Epoch milliseconds: the beginning of the hour, or noon of the day. */
  at: number
  value: number
}
