/** From how fast it grows to when it is full. */
import { type Day, median, type Trend, trendOf } from './trend.ts'

/** Slopes of half a window differ by chance: so much of their error is not taken for slowing down. */
const BY_CHANCE = 0.5
const LEAST_DAYS = 7
const LEAST_KEPT = 0.01
/** A weekly cycle is followed in steps of six hours. */
const STEP_DAYS = 0.25
const HALF_A_WEEK = 3.5

interface Growth {
  /** What is left now, of the trend: without the week's cycle. */
  room: number
  perDay: number
  /** How much of a day's growth the next day still has, up to 1. */
  kept: number
  /** How far each weekday is above the trend. */
  week: number[] | undefined
  /** Whole days since the epoch, and the part of this one: 0.5 in the evening is noon of the next. */
  today: number
}

/** Days until all room is taken; Infinity where it never is. */
export function timeToFull({ room, perDay, kept, week, today }: Growth): number {
  const reach = (rise: number) => daysToRise(Math.max(0, rise), perDay, kept)
  if (week === undefined) return reach(room)
  // Not before the week's highest day could be too high. Whether it is this week's or the next one's is decided by so
  // little that neither is certain: half a week after it could be, it may be as well.
  const first = reach(room - Math.max(...week))
  const last = Math.min(first + HALF_A_WEEK, reach(room - Math.min(...week)))
  for (let days = first; days < last; days += STEP_DAYS) {
    const height = week[Math.floor(today + 0.5 + days) % 7] as number
    if (reach(room - height) <= days) return days
  }
  return last
}

/** Growth that keeps a part of itself each day adds up to so much and never more. */
function daysToRise(rise: number, perDay: number, kept: number): number {
  if (rise === 0) return 0
  if (perDay <= 0) return Number.POSITIVE_INFINITY
  if (kept >= 1) return rise / perDay
  const part = 1 + (rise * Math.log(kept)) / perDay
  return part > 0 ? Math.log(part) / Math.log(kept) : Number.POSITIVE_INFINITY
}

/**
 * How much of each day's growth is still there the next day, by the older half of the days and the newer one. 1 unless it
 * slows down by more than chance: that it gets faster is not counted on.
 */
export function keptADay(days: Day[]): number {
  const half = days.length >> 1
  const [older, newer] = [days.slice(0, half), days.slice(half)]
  const [before, after] = [trendOf(older), trendOf(newer)]
  if (days.length < LEAST_DAYS || before === undefined || after === undefined || before.perDay <= 0) return 1
  const slower = before.perDay - after.perDay - BY_CHANCE * Math.hypot(errorOf(before), errorOf(after))
  if (slower <= 0) return 1
  const apart = median(newer.map(({ day }) => day)) - median(older.map(({ day }) => day))
  return Math.max(LEAST_KEPT, 1 - slower / before.perDay) ** (1 / apart)
}

const errorOf = ({ low, high }: Trend) => (high - low) / 2 / 1.2816
