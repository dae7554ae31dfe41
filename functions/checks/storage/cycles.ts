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

/** So many hours of today must be known a day before, too; of more, the last: what has just fallen is to be seen today. */
const LEAST_HOURS_TODAY = 3
const MOST_HOURS_TODAY = 6

/**
 * Each day's median. Today's is what yesterday's was and what today's hours are above the same hours of yesterday:
 * a part of a day's own median would say where in its daily cycle it is.
 */
export function wholeDays(series: Series, now: number): Day[] {
  const today = Math.floor(now / DAY)
  const days = daily(series, now).map(({ at, value }) => ({ day: Math.floor(at / DAY), value }))
  const over = days.filter(({ day }) => day < today)
  const yesterday = over.at(-1)
  if (yesterday?.day !== today - 1) return over
  const hours = new Map(hourly(series).map(({ at, value }) => [at, value]))
  const above = [...hours].flatMap(([at, value]) => {
    const before = hours.get(at - DAY)
    return at >= today * DAY && at <= now && before !== undefined ? value - before : []
  })
  if (above.length < LEAST_HOURS_TODAY) return over
  return [...over, { day: today, value: yesterday.value + median(above.slice(-MOST_HOURS_TODAY)) }]
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
  const days = Map.groupBy(
    hourly(series).filter(({ at }) => at <= now),
    ({ at }) => Math.floor(at / DAY),
  )
  const heights: number[][] = Array.from({ length: 24 }, () => [])
  for (const hours of days.values()) {
    if (hours.length < 12) continue
    const middle = median(hours.map(({ value }) => value))
    for (const { at, value } of hours) {
      const hour = Math.floor(at / HOUR) % 24
      heights[hour]?.push(value - middle - (perDay * (hour - 11.5)) / 24)
    }
  }
  const sure = heights
    .filter(({ length }) => length >= 4)
    .map((of) => median(of) - (2 * 1.2533 * scatter(of)) / Math.sqrt(of.length))
  return Math.max(0, ...sure)
}
