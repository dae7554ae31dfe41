/** The report of what one target stores. */
import { type Finding, worst } from './checks/finding.ts'
import { dailyRates } from './checks/storage/daily-rate.ts'
import type { StorageFacts } from './checks/storage/facts.ts'
import { forecast } from './checks/storage/forecast.ts'
import { byEachLimit, sayAmount, sayLevel, shareOf } from './checks/storage/measure.ts'
import type { Measure, StorageReading } from './checks/storage/reading.ts'
import { daily, hourly, type Series } from './checks/storage/series.ts'
import { lastDays, sparkline } from './checks/storage/sparkline.ts'
import type { TargetReport } from './report.ts'
import { findingLine } from './report-lines.ts'
import { formatBytes, formatTime } from './units.ts'

const DAY = 86_400_000

/** What a target stores, in words. */
export interface StoragePart {
  measures: MeasureLine[]
  largest?: { name: string; size: string }[]
  /** Neon: the whole project with its history, as older plans bill it. */
  project?: string
}

interface MeasureLine {
  what: string
  used: string
  /** When it was last told, where this look was not told it. */
  asOf?: string
  limit?: string
  /** Of the limit. */
  percent?: number
  /** By the forecast; else the usual growth of the last week. Absent where less than three days are known. */
  perDay?: string
  /** When it is full, by the forecast: a day. */
  fullOn?: string
  /** Why there is no forecast, where there is a limit. */
  noForecast?: string
  last7Days: string
  /** Of the history. */
  hoursKnown: number
  oldestPoint?: string
}

export function reportStorage(target: string, facts: StorageFacts, findings: Finding[], tookMs: number): TargetReport {
  const { reading, history } = facts
  const bad = findings.filter((finding) => finding.severity !== 'ok')
  return {
    target,
    severity: worst(findings.map(({ severity }) => severity)),
    says: bad.length > 0 ? bad.map((one) => `${one.severity}: ${one.rule}: ${one.headline}`) : [wellLine(facts)],
    findings: bad.map(findingLine),
    ...(reading.kind === 'measured' && {
      storage: {
        measures: reading.measures
          .flatMap(byEachLimit)
          .map((measure) => measureLine(measure, history[measure.series], reading.at)),
        ...(reading.largest && {
          largest: reading.largest.map(({ name, bytes }) => ({ name, size: formatBytes(bytes) })),
        }),
        ...(reading.projectBytes && { project: formatBytes(reading.projectBytes) }),
      },
    }),
    tookMs,
  }
}

function measureLine(measure: Measure, series: Series | undefined, now: number): MeasureLine {
  const { what, used, limit, asOf } = measure
  const percent = shareOf(measure)
  const perDay = growthADay(measure, series, now)
  const coming = comingOf(measure, series, now)
  const [oldest] = series ? daily(series, now) : []
  return {
    what,
    used: sayAmount(measure, used),
    ...(asOf !== undefined && { asOf: formatTime(asOf) }),
    ...(limit && percent !== undefined && { limit: `${sayAmount(measure, limit.value)}, ${limit.what}` }),
    ...(percent !== undefined && { percent: Math.floor(percent) }),
    ...(perDay !== undefined && { perDay }),
    ...(coming?.kind === 'fills' && { fullOn: formatTime(coming.fullAt).slice(0, 10) }),
    ...(coming?.kind === 'none' && { noForecast: coming.why }),
    last7Days: sparkline(lastDays(series, now)),
    hoursKnown: series ? hourly(series).length : 0,
    ...(oldest && { oldestPoint: formatTime(oldest.at) }),
  }
}

const comingOf = (measure: Measure, series: Series | undefined, now: number) =>
  series && shareOf(measure) !== undefined && measure.limit ? forecast(series, measure.limit.value, now) : undefined

/** `+4 MB`. */
function growthADay(measure: Measure, series: Series | undefined, now: number): string | undefined {
  if (series === undefined) return undefined
  const coming = comingOf(measure, series, now)
  const today = Math.floor(now / DAY)
  const perDay = coming?.kind === 'fills' ? coming.perDay : dailyRates(daily(series, now), today - 7, today, 2)?.usual
  return perDay === undefined ? undefined : `${perDay < 0 ? '-' : '+'}${sayAmount(measure, Math.abs(perDay))}`
}

function wellLine({ reading, history }: StorageFacts): string {
  if (reading.kind !== 'measured') return notMeasured(reading)
  const lines = reading.measures.map((measure) => {
    const perDay = growthADay(measure, history[measure.series], reading.at)
    return `${sayLevel(measure)}${perDay ? `, ${perDay} a day` : ''}`
  })
  return `ok: ${reading.measures[0]?.what ?? 'storage'}: ${lines.join('; ')}`
}

function notMeasured(reading: Exclude<StorageReading, { kind: 'measured' }>): string {
  if (reading.kind === 'failed') return `not looked at: ${reading.failure.message}`
  if (reading.kind === 'unknown') return `not known: ${reading.why}`
  return `ok: the instance is ${reading.status}, so nothing grows`
}
