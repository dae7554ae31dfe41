/** Does storage grow much faster than it did the week before? The forecast then comes true sooner than it says. */
import { type Finding, grade, type Thresholds } from '../finding.ts'
import { dailyRates } from './daily-rate.ts'
import { storageTable } from './evidence.ts'
import type { StorageFacts, StorageRule } from './facts.ts'
import { sayAmount, sayLevel, sayWhat, shareOf } from './measure.ts'
import type { Measure, MeasuredReading } from './reading.ts'
import { LARGEST_TABLES } from './room.ts'
import { daily, type Series } from './series.ts'

const name = 'storage.accelerating'
const DAY = 86_400_000
/** Slower than this share of the limit a day, or of what there is, growth is nothing to hurry for: 400 days from empty to full. */
const LEAST_A_DAY = 0.0025
/** Below this share of the limit there is time enough for the forecast to see it. */
const LEAST_PERCENT = 30
/** Of a week's seven differences. */
const LEAST_DAYS = 5

interface Rates {
  now: number
  before: number
  /** How much faster, in percent of what it was. */
  percent: number
}

export const accelerating = {
  name,
  // A daily growth half as large again: Neo4j's course "Aura in Production".
  limits: { unit: 'increase', warning: 50, critical: null, recovery: 30 },
  judge(facts, limits) {
    const { reading, history } = facts
    if (reading.kind !== 'measured') return null
    const [fastest] = reading.measures
      .flatMap((measure) => {
        const rates = ratesOf(measure, history[measure.series], reading.at)
        return rates ? [{ measure, rates }] : []
      })
      .sort((a, b) => b.rates.percent - a.rates.percent)
    return fastest ? sayRates(fastest.measure, fastest.rates, reading, facts, limits) : null
  },
} satisfies StorageRule

/** Of today and of yesterday the slower: what one day shows may be that day's. Undefined where two weeks are not known. */
function ratesOf(measure: Measure, series: Series | undefined, now: number): Rates | undefined {
  if (series === undefined) return undefined
  const today = Math.floor(now / DAY)
  const days = daily(series, now)
  const [latest, yesterdays] = [today, today - 1].map((day) => ratesUntil(measure, days, day))
  if (latest === undefined || yesterdays === undefined) return undefined
  return latest.percent <= yesterdays.percent ? latest : yesterdays
}

/** By whole days only, those before `today`. */
function ratesUntil(measure: Measure, days: ReturnType<typeof daily>, today: number): Rates | undefined {
  const recent = dailyRates(days, today - 8, today - 1, LEAST_DAYS)
  const earlier = dailyRates(days, today - 15, today - 8, LEAST_DAYS)
  if (recent === undefined || earlier === undefined) return undefined
  // Neither a step nor noise is acceleration: both measures must say so.
  const now = Math.min(recent.usual, recent.trend)
  const before = Math.max(earlier.usual, earlier.trend)
  const share = shareOf(measure)
  const least = LEAST_A_DAY * (share === undefined ? measure.used : (measure.limit?.value ?? 0))
  if (least <= 0 || now < least || (share !== undefined && share < LEAST_PERCENT)) return { now, before, percent: 0 }
  // From standing still, any growth would be infinitely faster.
  return { now, before, percent: Math.max(0, (100 * (now - before)) / Math.max(before, least)) }
}

function sayRates(
  measure: Measure,
  { now, before, percent }: Rates,
  reading: MeasuredReading,
  facts: StorageFacts,
  limits: Thresholds,
): Finding {
  const graded = grade(percent, limits)
  const finding = {
    rule: name,
    ...graded,
    headline: `storage grows no faster than before: ${sayLevel(measure)}`,
    summary: '',
  }
  if (graded.severity === 'ok') return finding
  const earlier = before > 0 ? `${sayAmount(measure, before)} a day` : 'no growth'
  return {
    ...finding,
    // It has been so on two days already.
    opens: 'at-once',
    headline: `storage grows by ${sayAmount(measure, now)} a day, the week before: ${earlier}`,
    summary:
      `${sayWhat(measure)} stores ${sayLevel(measure)}. In the last seven days it grew by ${sayAmount(measure, now)} a day,` +
      ` in the seven before: ${earlier}. Both are what is usual of a day: a single bulk load is not counted.`,
    evidence: storageTable(facts, reading),
    brief: 'See what writes more',
    advice: [
      'See what has changed since about a week ago: a deployment, a new customer, logs or events that are kept longer, a clean-up that no longer runs.',
      reading.provider === 'neon'
        ? `See what grows: run this today and tomorrow: ${LARGEST_TABLES}`
        : 'See what grows, today and tomorrow: MATCH (n) RETURN labels(n), count(*) ORDER BY count(*) DESC;',
      'If this is the new normal, plan for it: see what storage.time-to-full says.',
    ],
  }
}
