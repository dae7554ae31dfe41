/** The line through a few days that noise and single odd days do not move. */

/** One day's value. Days are whole ones since the epoch. */
export interface Day {
  day: number
  value: number
}

export interface Trend {
  /** Growth a day: the median of the slopes between all days (Theil 1950, Sen 1968). */
  perDay: number
  /** With four in five chances it is between these, by Kendall's statistic of the ranks. */
  low: number
  high: number
}

/** Of a normal distribution, four fifths are within so many deviations. */
const FOUR_FIFTHS = 1.2816
/** Neighbours that are more alike than this cannot be told from a trend. */
const MOST_ALIKE = 0.7

/**
 * @param days at least two
 * @param groups within which slopes are taken: all days, or each weekday's, which no weekly cycle can move
 *   (Hirsch and Slack 1984). Undefined where no group has two days.
 */
export function trendOf(days: Day[], groups: Day[][] = [days]): Trend | undefined {
  const slopes = Float64Array.from(groups.flatMap(slopesWithin)).sort()
  if (slopes.length === 0) return undefined
  const perDay = middle(slopes)
  const variance = groups.reduce((sum, { length: n }) => sum + (n * (n - 1) * (2 * n + 5)) / 18, 0)
  // Neighbours that are alike tell less than as many strangers. Of one weekday, days are too far apart for that.
  const alike = groups.length === 1 ? alikeness(days, perDay) : 0
  const reach = FOUR_FIFTHS * Math.sqrt((variance * (1 + alike)) / (1 - alike))
  return {
    perDay,
    low: atRank(slopes, (slopes.length - reach) / 2),
    high: atRank(slopes, (slopes.length + reach) / 2 + 1),
  }
}

/** Where a line of this slope through the days is on a day: half of them are above it. */
export const levelAt = (day: number, days: Day[], perDay: number): number =>
  median(days.map((one) => one.value + perDay * (day - one.day)))

export const byWeekday = (days: Day[]): Day[][] => [...Map.groupBy(days, ({ day }) => day % 7).values()]

/** @param values at least one; of an even number, the mean of the two in the middle */
export const median = (values: number[]): number => middle(Float64Array.from(values).sort())

function middle(sorted: Float64Array): number {
  const upper = sorted[sorted.length >> 1] ?? Number.NaN
  return ((sorted[(sorted.length - 1) >> 1] ?? upper) + upper) / 2
}

/** How far values usually are from their median; of a normal distribution, its deviation. */
export function scatter(values: number[]): number {
  const usual = median(values)
  return 1.4826 * median(values.map((value) => Math.abs(value - usual)))
}

function slopesWithin(days: Day[]): number[] {
  const slopes: number[] = []
  for (const [i, later] of days.entries())
    for (const one of days.slice(0, i)) slopes.push((later.value - one.value) / (later.day - one.day))
  return slopes
}

/** The correlation of what is left of neighbours beside the line, from 0. */
function alikeness(days: Day[], perDay: number): number {
  const level = levelAt(0, days, perDay)
  const left = days.map(({ day, value }) => value - level - perDay * day)
  const squares = left.reduce((sum, one) => sum + one ** 2, 0)
  const products = left.slice(1).reduce((sum, one, i) => sum + one * (left[i] as number), 0)
  return squares > 0 ? Math.min(MOST_ALIKE, Math.max(0, products / squares)) : 0
}

/** The value of a rank from 1, between two where the rank is. */
function atRank(sorted: Float64Array, rank: number): number {
  const place = Math.min(sorted.length - 1, Math.max(0, rank - 1))
  const below = sorted[Math.floor(place)] as number
  return below + (place % 1) * ((sorted[Math.ceil(place)] as number) - below)
}
