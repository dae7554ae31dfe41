/** What comes again by the clock: nightly clean-ups, days that swing, weeks with weekends. None of it is growth. */
import { daily, hourly, type Series } from './series.ts'
import { byWeekday, type Day, levelAt, median, scatter, trendOf } from './trend.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** A week's cycle explains the days if, beside it, less than this part of their scatter is left. */
const LEFT_BESIDE_CYCLE = 0.6
/** Five days that can be compared with the same weekday before. */
const LEAST_FOR_WEEK = 12
const LEAST_COMPARED = 5
const LEAST_DAYS_FOR_PEAK = 4

/** Of today's hours, the last: what has just fallen is to be seen today. */
const MOST_HOURS_TODAY = 6
const LEAST_HOURS_TODAY = 3
/** A day with less than this part of the looks that others have says little of its middle. */
const LEAST_OF_LOOKS = 0.5

/**
 * Each day's median. Today's is told by its last hours, less what such hours are usually above the median of their day:
 * a part of a day's own median would say where in its daily cycle it is.
 */
export function wholeDays(series: Series, now: number): Day[] {
  const today = Math.floor(now / DAY)
  const over = daily(series, now)
    .map(({ at, value }) => ({ day: Math.floor(at / DAY), value }))
    .filter(({ day }) => day < today)
  const heights = heightsOf(series, today * DAY - 1)
  const middles = hourly(series).flatMap(({ at, value }) => {
    const height = heights[hourOf(at)] ?? []
    return at >= today * DAY && at <= now && height.length > 0 ? value - median(height) : []
  })
  if (middles.length < LEAST_HOURS_TODAY) return over
  return [...over, { day: today, value: median(middles.slice(-MOST_HOURS_TODAY)) }]
}

const hourOf = (at: number) => Math.floor(at / HOUR) % 24

/** How far each hour of the day was above the median of its day, once for each day known until then. */
function heightsOf(series: Series, until: number): number[][] {
  const days = [
    ...Map.groupBy(
      hourly(series).filter(({ at }) => at <= until),
      ({ at }) => Math.floor(at / DAY),
    ).values(),
  ]
  const most = Math.max(...days.map(({ length }) => length))
  const heights: number[][] = Array.from({ length: 24 }, () => [])
  for (const hours of days.filter(({ length }) => length >= LEAST_OF_LOOKS * most)) {
    const middle = median(hours.map(({ value }) => value))
    for (const { at, value } of hours) heights[hourOf(at)]?.push(value - middle)
  }
  return heights
}

/**
 * How far each weekday is above or below the trend, from the epoch's weekday on, where that comes again each week.
 * Undefined where it does not, or where it is not known yet.
 */
export function weekOf(days: Day[]): number[] | undefined {
  if (days.length < LEAST_FOR_WEEK) return undefined
  const plain = trendOf(days)
  const weekly = trendOf(days, byWeekday(days))
  if (plain === undefined || weekly === undefined) return undefined
  const known = new Map(days.map(({ day, value }) => [day, value]))
  const changes = days.flatMap(({ day, value }) => {
    const before = known.get(day - 7)
    return before === undefined ? [] : Math.abs(value - before - 7 * weekly.perDay)
  })
  if (changes.length < LEAST_COMPARED) return undefined
  const besideLine = median(beside(days, plain.perDay).map(({ value }) => Math.abs(value)))
  // A difference of two days scatters by √2 more than each of them.
  if (median(changes) / Math.SQRT2 >= LEFT_BESIDE_CYCLE * besideLine) return undefined
  const left = beside(days, weekly.perDay)
  const weekdays = Array.from({ length: 7 }, (_, weekday) => left.filter(({ day }) => day % 7 === weekday))
  if (weekdays.some((one) => one.length === 0)) return undefined
  const heights = weekdays.map((one) => median(one.map(({ value }) => value)))
  const mean = heights.reduce((sum, height) => sum + height, 0) / 7
  return heights.map((height) => height - mean)
}

/** What is left of the days beside a line. */
function beside(days: Day[], perDay: number): Day[] {
  const level = levelAt(0, days, perDay)
  return days.map(({ day, value }) => ({ day, value: value - level - perDay * day }))
}

/**
 * How far above a day's median its highest hour is day by day: what a disk must have room for. Of hours that scatter from
 * day to day, the highest is so by chance: two errors of their medians are taken off. From 0.
 * @param perDay growth, which is no cycle
 */
export function dailyPeak(series: Series, now: number, perDay: number): number {
  const sure = heightsOf(series, now).map((heights, hour) => {
    if (heights.length < LEAST_DAYS_FOR_PEAK) return 0
    const height = median(heights) - (perDay * (hour - 11.5)) / 24
    return height - (2 * 1.2533 * scatter(heights)) / Math.sqrt(heights.length)
  })
  return Math.max(0, ...sure)
}
