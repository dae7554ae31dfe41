/** What is to come of one measure, as far as two days agree on it: what one day shows may be that day's. */
import { wholeDays } from './cycles.ts'
import { type Forecast, forecast, type NoForecast } from './forecast.ts'
import type { Measure } from './reading.ts'
import type { Series } from './series.ts'

const DAY = 86_400_000
/** Below this share of the limit there is time: what still grows then, is told then. */
const LEAST_SHARE = 50
/** So much further off may the slowest growth be that fits the days, and what was forecast yesterday. */
const FURTHER = 1.4

export interface Outlook {
  measure: Measure
  /** Today's forecast; or why there is none, in a few words. */
  coming: Forecast | string
  /** Milliseconds until full as far as it is sure, by today's forecast and yesterday's; Infinity where either has none. */
  leftMs: number
  /** The same by either of the two: what one of them still says is not over. */
  leastMs: number
  /** Too little is known to say anything: nothing is over. */
  thin?: true
}

export function outlookOf(measure: Measure, series: Series, limit: number, now: number): Outlook {
  const none = (coming: string): Outlook => ({
    measure,
    coming,
    leftMs: Number.POSITIVE_INFINITY,
    leastMs: Number.POSITIVE_INFINITY,
  })
  const latest = wholeDays(series, now).at(-1)
  if (latest !== undefined && 100 * latest.value < LEAST_SHARE * limit) return none(`less than ${LEAST_SHARE}% is used`)
  const today = forecast(series, limit, now)
  if (today.kind === 'none' && today.reason === 'fallen') return none(today.why)
  if (today.kind === 'none' && today.reason === 'thin') return { ...none(today.why), thin: true }
  // The same history says what was forecast a day ago.
  const [left, leftYesterday] = [today, forecast(series, limit, now - DAY)].map((coming) => sureLeft(coming, now))
  const leastMs = Math.min(left ?? 0, leftYesterday ?? 0)
  if (today.kind === 'none') return { ...none(today.why), leastMs }
  return { measure, coming: today, leftMs: Math.max(left ?? 0, (leftYesterday ?? 0) / FURTHER), leastMs }
}

/** What is left by the likeliest growth, or by the slowest one that fits the days, where that is far slower. */
function sureLeft(coming: Forecast | NoForecast, now: number): number {
  if (coming.kind === 'none') return Number.POSITIVE_INFINITY
  const { fullAt, latestAt = Number.POSITIVE_INFINITY } = coming
  return Math.max(0, fullAt - now, (latestAt - now) / FURTHER)
}
