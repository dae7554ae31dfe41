/** How fast a quantity grows from day to day, said by two measures that each withstand something else. */
import type { Point } from './series.ts'
import { type Day, median, trendOf } from './trend.ts'

const DAY = 86_400_000

/** Growth a day, negative where it shrinks. */
export interface DailyRates {
  /** The median of the differences from day to day: a bulk load or a clean-up does not move it, noise may. */
  usual: number
  /** Theil and Sen's median of the slopes between all days: noise does not move it, a large step may. */
  trend: number
}

/**
 * @param days daily medians, oldest first; those of `from` and `to` themselves, whole days since the epoch, count
 * @param least so many differences from day to day must be known, otherwise undefined
 */
export function dailyRates(days: Point[], from: number, to: number, least: number): DailyRates | undefined {
  const within = days
    .filter(({ at }) => at >= from * DAY && at < (to + 1) * DAY)
    .map(({ at, value }) => ({ day: at / DAY, value }))
  const differences = within.slice(1).map(({ day, value }, i) => {
    const before = within[i] as Day
    return (value - before.value) / (day - before.day)
  })
  const trend = trendOf(within)
  if (trend === undefined || differences.length < least) return undefined
  return { usual: median(differences), trend: trend.perDay }
}
