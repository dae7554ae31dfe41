/** How much of what can be stored is stored, and for how long has it been so? */
import { type Finding, grade, SEVERITIES, type Severity, type Thresholds } from '../finding.ts'
import { storageTable } from './evidence.ts'
import type { StorageRule } from './facts.ts'
import { isFull, limited, sayAmount, sayFilled, sayLevel, sayWhat, shareOf } from './measure.ts'
import type { Measure, MeasuredReading } from './reading.ts'
import { makeRoom, makeRoomBriefly } from './room.ts'
import { hourly, type Series } from './series.ts'

const name = 'storage.level'
const HOUR = 3_600_000

interface Level {
  measure: Measure
  share: number
  severity: Severity
  recovered: boolean
  /** What it has been at or above, and for how long at least. */
  held?: { percent: number; hours: number }
}

export const level = {
  name,
  // 70 % for 24 h, 80 % for 12 h, 90 % at any time: the ladder of Neo4j's course "Aura in Production".
  limits: { unit: 'percent', warning: 70, critical: 90, recovery: 65 },
  judge(facts, limits) {
    const { reading, history } = facts
    if (reading.kind !== 'measured') return null
    const levels = limited(reading)
      .flatMap((measure) => levelOf(measure, history[measure.series], reading.at, limits) ?? [])
      .sort((a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) || b.share - a.share)
    const [worst] = levels
    if (worst === undefined) return withoutLimit(reading)
    return {
      ...sayLevelOf(worst, reading),
      recovered: levels.every(({ recovered }) => recovered),
      evidence: storageTable(facts, reading),
    }
  },
} satisfies StorageRule

/** Undefined where there is no limit to be near to. */
function levelOf(measure: Measure, series: Series | undefined, now: number, limits: Thresholds): Level | undefined {
  const share = shareOf(measure)
  if (share === undefined) return undefined
  const { severity, recovered } = grade(share, limits)
  const judged = { measure, share, recovered }
  // At a budget nothing breaks: that is no reason to wake anybody.
  if (severity === 'critical') return { ...judged, severity: measure.limit?.kind === 'hard' ? 'critical' : 'warning' }
  const steps = [
    { percent: (limits.warning + (limits.critical ?? 100)) / 2, hours: 12 },
    { percent: limits.warning, hours: 24 },
  ]
  const held = steps.find(({ percent, hours }) => hasHeld(measure, series, now, percent, hours))
  return { ...judged, severity: held ? 'warning' : 'ok', ...(held && { held }) }
}

/**
 * Whether the share has been at `percent` or above for so many hours, this look included. Nobody knows what was in a gap
 * of the history, so a gap of more than a quarter of that time says no. Looks every few hours say as much as hourly ones.
 */
function hasHeld(measure: Measure, series: Series | undefined, now: number, percent: number, hours: number): boolean {
  const least = ((measure.limit?.value ?? 0) * percent) / 100
  if (series === undefined || measure.used < least) return false
  const known = hourly(series).filter(({ at }) => at <= now)
  const first = known.findLastIndex(({ at }) => at <= now - hours * HOUR)
  if (first === -1) return false
  const times = [...known.slice(first).map(({ at }) => at), now]
  const longestGap = Math.max(...times.slice(1).map((at, i) => at - (times[i] as number)))
  return longestGap <= (hours / 4) * HOUR && known.slice(first).every(({ value }) => value >= least)
}

function sayLevelOf({ measure, severity, held }: Level, reading: MeasuredReading): Omit<Finding, 'recovered'> {
  const { limit } = measure
  const headline = sayFilled(measure)
  const summary = `${sayWhat(measure)} stores ${sayLevel(measure)}${limit ? `; ${sayAmount(measure, limit.value)} is ${limit.what}` : ''}.`
  const well = { rule: name, severity, headline, summary }
  if (severity === 'ok') return well
  const full = severity === 'critical' && isFull(measure)
  const lasted = held ? ` It has been at ${held.percent}% or above for at least ${held.hours} hours.` : ''
  return {
    ...well,
    // A warning has lasted for hours already, and a critical waits for nothing.
    opens: 'at-once',
    ...(full && { acute: true }),
    headline: full ? `storage full: ${sayLevel(measure)}` : headline,
    summary: `${summary}${lasted} ${meaningOf(measure, reading, full)}`,
    brief: makeRoomBriefly(reading, measure),
    advice: makeRoom(reading, measure),
  }
}

/** What the limit means: what breaks there, in the words by which one knows it again. */
function meaningOf({ limit, series }: Measure, { provider }: MeasuredReading, full: boolean): string {
  if (limit?.kind === 'budget')
    return 'It is a budget and no limit of the database: nothing breaks there, but it costs more than was meant.'
  const breaks =
    provider === 'neon'
      ? 'writes fail (SQLSTATE 53100)'
      : `statements that write${series === 'size' ? '' : ` more ${series}`} fail`
  return full
    ? `It is full: ${breaks}, while reads still work, so it may look well from outside.`
    : `Once it is full, ${breaks}, while reads still work.`
}

function withoutLimit({ measures }: MeasuredReading): Finding {
  const all = measures.map(sayFilled).join(', ')
  return {
    rule: name,
    severity: 'ok',
    headline: all,
    summary: 'No limit is known, so there is none to be near to.',
    recovered: true,
  }
}
