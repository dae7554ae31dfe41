/**
 * When is it full? Theil and Sen's line through daily medians, once without what is no growth: bulk loads and what comes
 * again each day or week. It says nothing rather than something that the days do not show, and of two answers the later.
 */
import { count } from '../../units.ts'
import { keptADay, timeToFull } from './crossing.ts'
import { dailyPeak, weekOf, wholeDays } from './cycles.ts'
import { purgeOf, withoutLoads } from './loads.ts'
import type { Series } from './series.ts'
import { type Day, levelAt, type Trend, trendOf } from './trend.ts'

export interface Forecast {
  kind: 'fills'
  /** Growth a day. */
  perDay: number
  /** Epoch milliseconds, as are the next two. */
  fullAt: number
  /** With four in five chances it is full between these. */
  earliestAt: number
  /** Undefined: the slowest growth that fits the days does not fill it within a year. */
  latestAt: number | undefined
  /** How many days were looked back. */
  days: number
}

export interface NoForecast {
  kind: 'none'
  /** A few words: `only 3 days known`. */
  why: string
  /**
   * `thin`: too little is known, which ends nothing. `fallen`: there is suddenly much less than there was. `slow`: it does not
   * grow, or so slowly that it is not full within a year. What was said before is then over.
   */
  reason: 'thin' | 'fallen' | 'slow'
}

const DAY_MS = 86_400_000
/** A whole week, begun and ended with a part of a day: before that, nobody knows whether it is emptied on Sundays. */
const LEAST_DAYS = 8
const LEAST_IN_WINDOW = 5
/** Two cycles of a week, and more where the days scatter too much to say how fast it grows. */
const USUAL_WINDOW = 14
const LONGER_WINDOWS = [21, 28]
const LONGEST_WINDOW = 28
/** What has just begun or ended is seen first by these. */
const RECENT_WINDOW = 5
const FRESH_WINDOW = 7
const LEAST_RECENT = 3
/** A day that is not over, and three without a look. */
const OLDEST_DAYS = 3
/** A disk with less than this left has room for nothing. */
const FULL = 0.99
/** Growth that would fill it in so many days is what matters: what is slower may be known less exactly. */
const MATTERS_DAYS = 10
const EXACT_ENOUGH = 0.3
/** Of growth that has just begun, as the week's slowest slope of its usual one. */
const STEADY = 0.8
const HORIZON_DAYS = 365

/** @param limit in what the series counts */
export function forecast(series: Series, limit: number, now: number): Forecast | NoForecast {
  const today = now / DAY_MS - 0.5
  const known = within(wholeDays(series, now), LONGEST_WINDOW, today)
  const purge = purgeOf(known, limit)
  const isFirst = purge !== undefined && purge - (known[0]?.day ?? purge) >= USUAL_WINDOW
  // What falls each week is bound to fall again: only if it has not for two weeks, nothing before the purge counts.
  const same = isFirst ? known.filter(({ day }) => day >= purge) : known
  const latest = same.at(-1)
  if (latest === undefined || same.length < LEAST_DAYS)
    return isFirst ? FALLEN_NOW : thin(`only ${count(known.length, 'day')} known`)
  const seen = within(same, USUAL_WINDOW, today).length
  if (seen < LEAST_IN_WINDOW) return thin(`only ${seen} of the last ${USUAL_WINDOW} days known`)
  if (latest.day < today - OLDEST_DAYS) return thin('nothing is known of the last days')
  const growing = withoutLoads(same, limit)
  const week = weekOf(growing)
  const days = week ? growing.map(({ day, value }) => ({ day, value: value - (week[day % 7] as number) })) : growing

  const { trend, window } = longTrend(days, limit, today)
  const level = levelAt(today, within(days, FRESH_WINDOW, today), trend.perDay)
  if (same.slice(-2).every(({ value }) => value >= FULL * limit)) return full(trend, window, now)
  if (purge !== undefined && latest.day - purge < LEAST_RECENT) return FALLEN_NOW
  // What is left of a week's cycle beside its profile is gone again after a week.
  const recent = within(days, week ? FRESH_WINDOW : RECENT_WINDOW, today)
  const recently = trendOf(recent)
  if (recently === undefined || recent.length < LEAST_RECENT) return thin('too little is known of the last days')
  if (trend.perDay <= 0 || recently.perDay <= 0) return slow('no growth')

  const peak = dailyPeak(series, now, trend.perDay)
  const kept = keptADay(within(days, USUAL_WINDOW, today))
  // Growth that slows down is slower by now than in the middle of the days that it was seen in.
  const daysToFull = (from: number, perDay: number, seenDays: number) =>
    timeToFull({ room: limit - from - peak, perDay: perDay * kept ** (seenDays / 2), kept, week, today })
  const byTrend = daysToFull(level, trend.perDay, window)
  const byRecent = daysToFull(levelAt(today, recent, recently.perDay), recently.perDay, recent.length)
  const left = Math.max(byTrend, byRecent)
  if (left > HORIZON_DAYS)
    return slow(limit - level < HORIZON_DAYS * trend.perDay ? 'growth slows down' : 'not within a year')
  const slowest = Math.max(left, daysToFull(level, trend.low, window))
  return {
    kind: 'fills',
    perDay: byRecent > byTrend ? recently.perDay : trend.perDay,
    fullAt: now + left * DAY_MS,
    earliestAt: now + Math.min(left, daysToFull(level, trend.high, window)) * DAY_MS,
    latestAt: slowest > HORIZON_DAYS ? undefined : now + slowest * DAY_MS,
    days: Math.min(window, Math.ceil(today - (days[0]?.day ?? today)) + 1),
  }
}

const thin = (why: string): NoForecast => ({ kind: 'none', why, reason: 'thin' })
const slow = (why: string): NoForecast => ({ kind: 'none', why, reason: 'slow' })
const FALLEN_NOW: NoForecast = { kind: 'none', why: 'it fell within the last days', reason: 'fallen' }

const full = ({ perDay }: Trend, days: number, now: number): Forecast => ({
  kind: 'fills',
  perDay,
  fullAt: now,
  earliestAt: now,
  latestAt: now,
  days,
})

const within = (days: Day[], window: number, today: number): Day[] =>
  days.filter(({ day }) => day > today - window - 0.5)

/** The trend of two weeks; of more if they scatter too much, of one where steady growth has just begun. */
function longTrend(days: Day[], limit: number, today: number): { trend: Trend; window: number } {
  let found = { trend: trendOf(within(days, USUAL_WINDOW, today)) as Trend, window: USUAL_WINDOW }
  const fresh = within(days, FRESH_WINDOW, today)
  const before = days.slice(0, days.length - fresh.length)
  const highest = Math.max(...before.map(({ value }) => value))
  const freshly = trendOf(fresh)
  // Higher than ever known for three days: what falls again every ten days was as high before.
  const isNew = before.length > 0 && fresh.slice(-3).every(({ value }) => value > highest)
  if (isNew && freshly && freshly.perDay > found.trend.perDay && freshly.low > STEADY * freshly.perDay)
    return { trend: freshly, window: FRESH_WINDOW }
  const first = days[0]?.day ?? today
  for (const window of [USUAL_WINDOW, ...LONGER_WINDOWS]) {
    if (window > USUAL_WINDOW && first > today - window + 2) break
    found = { trend: trendOf(within(days, window, today)) as Trend, window }
    const { perDay, low } = found.trend
    const room = limit - levelAt(today, fresh, perDay)
    if (perDay - low < (EXACT_ENOUGH * room) / MATTERS_DAYS) break
  }
  return found
}
