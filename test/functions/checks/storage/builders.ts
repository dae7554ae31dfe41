/** Storage to test with: readings, and histories made hour by hour as looks make them. */
import type { Finding, Thresholds } from '../../../../functions/checks/finding.ts'
import type { StorageFacts, StorageRule } from '../../../../functions/checks/storage/facts.ts'
import type { Measure, MeasuredReading, StorageReading } from '../../../../functions/checks/storage/reading.ts'
import { addPoint, type Series } from '../../../../functions/checks/storage/series.ts'
import { HOUR, NOW } from '../../builders.ts'

export const MB = 1024 ** 2
export const GB = 1024 ** 3

/** 200 of 512 MB. */
export const measureOf = (changes: Partial<Measure> = {}): Measure => ({
  series: 'size',
  what: 'branch main',
  unit: 'bytes',
  used: 200 * MB,
  limit: { value: 512 * MB, what: 'the limit of its Neon plan', kind: 'hard' },
  ...changes,
})

export const measureWithoutLimit = (changes: Partial<Measure> = {}): Measure => {
  const { limit: _, ...measure } = measureOf(changes)
  return measure
}

/** 150,000 of 200,000 nodes. */
export const nodesOf = (changes: Partial<Measure> = {}): Measure => ({
  series: 'nodes',
  what: 'instance shop',
  unit: 'count',
  used: 150_000,
  limit: { value: 200_000, what: 'the limit of Aura Free', kind: 'hard' },
  ...changes,
})

export const measuredOf = (changes: Partial<MeasuredReading> = {}): MeasuredReading => ({
  kind: 'measured',
  at: NOW,
  provider: 'neon',
  measures: [measureOf()],
  ...changes,
})

/** How much there is at an hour, counted from the first; null: no look. */
export type Trace = (hour: number) => number | null

/** What looks at a trace once an hour have left, the newest in the hour of `now`. */
export function seriesOf(trace: Trace, hours: number, now = NOW): Series | undefined {
  let series: Series | undefined
  for (let hour = 0; hour < hours; hour++) {
    const value = trace(hour)
    if (value !== null) series = addPoint(series, now - (hours - 1 - hour) * HOUR, Math.round(value))
  }
  return series
}

/** Facts of one measure, whose history is a trace up to the look itself. */
export function factsOf(trace: Trace, hours: number, measure: Measure = measureOf(), at = NOW): StorageFacts {
  const series = seriesOf(trace, hours, at)
  const used = Math.round(trace(hours - 1) ?? Number.NaN)
  return {
    reading: measuredOf({ at, measures: [{ ...measure, used }] }),
    history: series ? { [measure.series]: series } : {},
  }
}

export const facts = (reading: StorageReading, changes: Partial<StorageFacts> = {}): StorageFacts => ({
  reading,
  history: {},
  ...changes,
})

/** What a rule says of these facts, by its default limits. */
export const judgeStorageBy = (rule: StorageRule, of: StorageFacts, limits?: Partial<Thresholds>): Finding | null =>
  rule.judge(of, { warning: 0, critical: null, recovery: 0, ...rule.limits, ...limits })

/** What a rule says, where it must say something. */
export function storageFinding(rule: StorageRule, of: StorageFacts, limits?: Partial<Thresholds>): Finding {
  const finding = judgeStorageBy(rule, of, limits)
  if (finding === null) throw new Error(`${rule.name} did not judge`)
  return finding
}

/** A look every hour at a trace, once there are `from` hours of it: what the rule says of each, and when. */
export function* looksAt(rule: StorageRule, trace: Trace, { from = 1, hours = 0, measure = measureOf(), start = NOW }) {
  let series: Series | undefined
  for (let hour = 0; hour < hours; hour++) {
    const value = trace(hour)
    const at = start + hour * HOUR
    if (value === null) continue
    const used = Math.round(value)
    series = addPoint(series, at, used)
    if (hour < from) continue
    const of = { reading: measuredOf({ at, measures: [{ ...measure, used }] }), history: { [measure.series]: series } }
    yield { hour, at, finding: judgeStorageBy(rule, of) }
  }
}

/** When a trace alarms, as runs of hours of one severity: `[[30, 53, 'warning']]`. */
export function alarms(rule: StorageRule, trace: Trace, of: Parameters<typeof looksAt>[2]): [number, number, string][] {
  const runs: [number, number, string][] = []
  for (const { hour, finding } of looksAt(rule, trace, of)) {
    if (finding === null || finding.severity === 'ok') continue
    const last = runs.at(-1)
    if (last && last[1] === hour - 1 && last[2] === finding.severity) last[1] = hour
    else runs.push([hour, hour, finding.severity])
  }
  return runs
}

/** Between -1 and 1, the same for the same number: noise without chance. */
export const noise = (n: number): number => {
  const x = Math.sin(n * 12.9898) * 43758.5453
  return 2 * (x - Math.floor(x)) - 1
}
