/** Is there suddenly less than there was? */
import { formatTime } from '../../units.ts'
import { type Finding, grade, SEVERITIES, type Severity, type Thresholds } from '../finding.ts'
import {
  type Change,
  DAY,
  daysWithSuch,
  earlierThan,
  fallUntilNow,
  HOUR,
  hasPast,
  hoursUntil,
  largestRise,
} from './changes.ts'
import { storageTable } from './evidence.ts'
import type { StorageFacts, StorageRule } from './facts.ts'
import { sayAmount, sayFilled, sayWhat } from './measure.ts'
import type { Measure, MeasuredReading } from './reading.ts'
import { afterShrinking } from './restore.ts'
import type { Series } from './series.ts'

const name = 'storage.shrink'
/** Less than this comes and goes by itself, by vacuum for instance; of a small database it may still be all of it. */
const LEAST = { bytes: 10 * 1024 ** 2, count: 1_000 }
/** A load that is undone is undone soon. */
const UNDONE_MS = 2 * DAY

interface Loss {
  measure: Measure
  change: Change
  percent: number
  severity: Severity
  recovered: boolean
  /** About as much had come at once shortly before: a load undone, or a table written anew. */
  undoes?: Change
}

/** From here on people are told to make room (`storage.level`). */
const NEARLY_FULL_PERCENT = 80

export const shrink = {
  name,
  limits: { unit: 'percent', warning: 20, critical: 50, recovery: 15 },
  judge(facts, limits) {
    const { reading, history } = facts
    // What nobody tells the size of has not shrunk.
    if (reading.kind !== 'measured') return null
    const known = reading.measures.flatMap((measure) => {
      const series = history[measure.series]
      return series && hasPast(series, reading.at) ? [{ measure, series }] : []
    })
    if (known.length === 0) return null
    const losses = known.flatMap(({ measure, series }) => lossOf(measure, series, reading.at, limits) ?? [])
    const [worst] = losses.sort(
      (a, b) => SEVERITIES.indexOf(b.severity) - SEVERITIES.indexOf(a.severity) || b.percent - a.percent,
    )
    if (worst === undefined || worst.severity === 'ok')
      return { ...none(reading), recovered: losses.every(({ recovered }) => recovered) }
    return sayLoss(worst, reading, facts)
  },
} satisfies StorageRule

/** What is gone within a day and not known to come and go; undefined where nothing is. */
function lossOf(measure: Measure, series: Series, now: number, limits: Thresholds): Loss | undefined {
  const points = hoursUntil(series, now, measure.used)
  const change = fallUntilNow(series, points)
  if (change === undefined || change.size < LEAST[measure.unit]) return undefined
  const percent = (100 * change.size) / change.from
  const { severity, recovered } = grade(percent, limits)
  const loss = { measure, change, percent, severity, recovered }
  if (severity === 'ok') return loss
  const undoes = largestRise(points, { since: change.by - UNDONE_MS, until: change.by })
  const undone = undoes !== undefined && undoes.size >= (2 / 3) * change.size
  // Twice before is a habit: a nightly or weekly purge. What comes and goes again need have done so only once.
  if (daysWithSuch(-change.size, series, points, earlierThan(change, now)) >= (undone ? 1 : 2)) return undefined
  if (undone) {
    // What counts then is what there was before it came.
    const net = undoes.from > 0 ? Math.max(0, (100 * (undoes.from - measure.used)) / undoes.from) : 0
    return { ...loss, severity: grade(net, limits).severity === 'critical' ? 'critical' : 'warning', undoes }
  }
  // Whoever was told that it is nearly full has made room: that wakes nobody, and is told all the same.
  return wasNearlyFull(measure, change.from) ? { ...loss, severity: 'warning' } : loss
}

/** More than the limit it cannot have held: that one is of another plan. */
const wasNearlyFull = ({ limit }: Measure, from: number): boolean =>
  limit !== undefined && 100 * from >= NEARLY_FULL_PERCENT * limit.value && from <= 1.01 * limit.value

function sayLoss(
  { measure, change, percent, severity, undoes }: Loss,
  reading: MeasuredReading,
  facts: StorageFacts,
): Finding {
  const { from, size, after, by } = change
  return {
    rule: name,
    severity,
    recovered: false,
    opens: severity === 'critical' ? 'at-once' : 'confirmed',
    // It has happened: to tell it every hour would not bring it back.
    once: true,
    headline: `storage shrank by ${sayAmount(measure, size)} (${Math.floor(percent)}%) around ${formatTime(by)}, to ${sayAmount(measure, measure.used)}`,
    summary:
      `${sayWhat(measure)} held ${sayAmount(measure, from)} and holds ${sayAmount(measure, measure.used)} now. Most of the` +
      ` difference went between ${formatTime(after)} and ${formatTime(Math.min(by + HOUR, reading.at))}.` +
      (undoes
        ? ` About as much had come at once shortly before, around ${formatTime(undoes.by)}: a load that was undone, or a table that was written anew, looks like this.`
        : '') +
      ` ${afterShrinking(reading, measure, after).mayBe}`,
    evidence: storageTable(facts, reading),
    brief: `If nobody meant to delete: restore from before ${formatTime(after)}`,
    advice: afterShrinking(reading, measure, after).advice,
  }
}

const none = ({ measures }: MeasuredReading): Finding => ({
  rule: name,
  severity: 'ok',
  headline: `nothing lost within the last day, ${measures.map(sayFilled).join(', ')}`,
  summary: '',
  recovered: true,
})
