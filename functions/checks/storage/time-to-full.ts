/** When is it full, by the growth of the last weeks? Days ahead, so that there is time to make room or to buy it. */
import { count, formatTime } from '../../units.ts'
import { type Finding, gradeBelow, SEVERITIES, type Severity, type Thresholds } from '../finding.ts'
import type { StorageFacts, StorageRule } from './facts.ts'
import { type Forecast, forecast } from './forecast.ts'
import { byEachLimit, limited, sayAmount, sayFilled, sayLevel, sayWhat, shareOf } from './measure.ts'
import { outlookOf } from './outlook.ts'
import type { Measure, MeasuredReading } from './reading.ts'
import { makeRoom, makeRoomBriefly } from './room.ts'
import { daily, type Series } from './series.ts'
import { sparkline } from './sparkline.ts'

const name = 'storage.time-to-full'
const HOUR = 3_600_000
const DAY = 24 * HOUR
const DAYS_SHOWN = 14

export const timeToFull = {
  name,
  // Nine days: in half of all fills more than a week is left to act in, and hardly any alarm is false (bench/README.md).
  limits: { unit: 'duration', worse: 'below', warning: 9 * DAY, critical: 3 * DAY, recovery: 12 * DAY },
  judge(facts, limits) {
    const { reading, history } = facts
    if (reading.kind !== 'measured') return null
    const measures = limited(reading)
    if (measures.length === 0) return well('no limit is known', reading, true)
    const outlooks = measures
      .flatMap((measure) => {
        const series = history[measure.series]
        if (!series || !measure.limit) return []
        const outlook = outlookOf(measure, series, measure.limit.value, reading.at)
        return [{ ...outlook, severity: severityOf(measure, outlook.leftMs, limits) }]
      })
      .sort(
        (a, b) =>
          SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) ||
          a.leftMs - b.leftMs ||
          a.leastMs - b.leastMs,
      )
    const [first] = outlooks
    // Without its history nothing can be said, and nothing is over.
    if (first === undefined || (first.severity === 'ok' && outlooks.some(({ thin }) => thin))) return null
    const recovered = outlooks.every(({ leastMs }) => leastMs > limits.recovery)
    return typeof first.coming === 'string'
      ? well(`no forecast: ${first.coming}`, reading, recovered)
      : {
          ...sayComing(first.measure, first.coming, first.severity, facts, reading),
          recovered,
        }
  },
} satisfies StorageRule

/** At a budget nothing breaks: that is no reason to wake anybody. */
function severityOf({ limit }: Measure, leftMs: number, limits: Thresholds): Severity {
  const { severity } = gradeBelow(leftMs, limits)
  return severity === 'critical' && limit?.kind === 'budget' ? 'warning' : severity
}

const well = (why: string, { measures }: MeasuredReading, recovered: boolean): Finding => ({
  rule: name,
  severity: 'ok',
  headline: `${why}, ${measures.map(sayFilled).join(', ')}`,
  summary: '',
  recovered,
})

function sayComing(
  measure: Measure,
  { perDay, fullAt, earliestAt, latestAt, days }: Forecast,
  severity: Severity,
  facts: StorageFacts,
  reading: MeasuredReading,
): Omit<Finding, 'recovered'> {
  const budget = measure.limit?.kind === 'budget'
  const when = sayLeft(fullAt - reading.at, budget ? 'storage budget reached' : 'storage full')
  if (severity === 'ok') return { rule: name, severity, headline: `${when}, ${sayLevel(measure)}`, summary: '' }
  const limit = measure.limit ? ` ${sayAmount(measure, measure.limit.value)} is ${measure.limit.what}.` : ''
  return {
    rule: name,
    severity,
    // Two days have said so already.
    opens: 'at-once',
    headline: `${when}: ${sayLevel(measure)}`,
    summary:
      `${sayWhat(measure)} stores ${sayLevel(measure)} and grows by ${sayAmount(measure, Math.round(perDay))} a day, by the last ${count(days, 'day')}.` +
      ` At this rate it ${budget ? 'reaches its budget' : 'is full'} on ${dateOf(fullAt)}${range(fullAt, earliestAt, latestAt)}.${limit}` +
      (budget
        ? ' Nothing breaks there, but it costs more than was meant.'
        : ' Then writes fail, while reads still work.'),
    evidence: table(facts, reading),
    brief: makeRoomBriefly(reading, measure),
    advice: [...optimiseOrScale(reading, measure, earliestAt), ...makeRoom(reading, measure)],
  }
}

/** `storage full in 6 days`, `storage budget reached in 20 hours`. */
function sayLeft(ms: number, what: string): string {
  const left = Math.max(0, ms)
  if (left < HOUR) return `${what} now`
  return `${what} in ${left < 2 * DAY ? count(Math.round(left / HOUR), 'hour') : count(Math.round(left / DAY), 'day')}`
}

const dateOf = (at: number): string => formatTime(at).slice(0, 10)

function range(fullAt: number, earliestAt: number, latestAt: number | undefined): string {
  if (latestAt === undefined) return `, hardly before ${dateOf(earliestAt)}, perhaps much later`
  const [full, earliest, latest] = [fullAt, earliestAt, latestAt].map(dateOf)
  return earliest === latest && latest === full ? '' : `, most likely between ${earliest} and ${latest}`
}

/** Aura's own course ("Aura in Production"): growth that one wants is scaled for in time, other growth is ended first. */
const optimiseOrScale = ({ provider }: MeasuredReading, { series }: Measure, earliestAt: number): string[] =>
  provider === 'aura' && series === 'size'
    ? [
        `Optimise or scale? Where growth is new or nobody means it (an import, an index, a job that keeps what it should delete), end it first. Where there is simply more to store, scale before ${dateOf(earliestAt)}.`,
      ]
    : []

function table({ history }: StorageFacts, { at, measures }: MeasuredReading) {
  return {
    columns: ['what', 'used', 'limit', 'share', 'a day', 'full on', `last ${DAYS_SHOWN} days`],
    rows: measures.flatMap(byEachLimit).map((measure) => {
      const { series: seriesName, limit } = measure
      const series = history[seriesName]
      const share = shareOf(measure)
      const coming = series && limit && share !== undefined ? forecast(series, limit.value, at) : undefined
      const fills = coming?.kind === 'fills' ? coming : undefined
      return [
        measure.what,
        sayAmount(measure, measure.used),
        limit && share !== undefined ? sayAmount(measure, limit.value) : 'none known',
        share === undefined ? '' : `${Math.floor(share)}%`,
        fills ? `+${sayAmount(measure, Math.round(fills.perDay))}` : '',
        fills ? dateOf(fills.fullAt) : 'no forecast',
        sparkline(lastDailies(series, at)),
      ]
    }),
  }
}

/** The daily medians of the last two weeks; null for a day without any. */
function lastDailies(series: Series | undefined, now: number): (number | null)[] {
  const today = Math.floor(now / DAY)
  const known = new Map(series && daily(series, now).map(({ at, value }) => [Math.floor(at / DAY), value]))
  return Array.from({ length: DAYS_SHOWN }, (_, i) => known.get(today - DAYS_SHOWN + 1 + i) ?? null)
}
