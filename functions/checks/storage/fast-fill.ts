/** Does it fill within hours? A runaway job or a loop that writes: by the last hours alone, and only what is not usual there. */
import { formatDuration, formatTime } from '../../units.ts'
import { type Finding, gradeBelow, isWorse, type Thresholds } from '../finding.ts'
import { DAY, HOUR, hoursUntil } from './changes.ts'
import { storageTable } from './evidence.ts'
import type { StorageFacts, StorageRule } from './facts.ts'
import { sayAmount, sayLevel, sayWhat, shareOf } from './measure.ts'
import type { Measure, MeasuredReading } from './reading.ts'
import { LARGEST_TABLES, makeRoomBriefly } from './room.ts'
import type { Point, Series } from './series.ts'

const name = 'storage.fast-fill'
/** So many hours in a row must have shown growth: a load that is over in two is a step. */
const LEAST_RISES = 3
const MOST_RISES = 6
/** More of the rise than this within one of the hours is a jump, which need not go on. */
const MOST_AT_ONCE = 0.6
/** Below this share of the limit there is room for a large load to end by itself. */
const LEAST_SHARE = 50
/** So much more than the largest rise of an equally long time that is known. */
const UNUSUAL = 1.5
const LEAST_KNOWN_MS = 2 * DAY
/** A look that is a little late is still the next one. */
const LONGEST_GAP_MS = 2 * HOUR

interface Filling {
  measure: Measure
  perHour: number
  leftMs: number
  hours: number
  rise: number
}

export const fastFill = {
  name,
  limits: { unit: 'duration', worse: 'below', warning: DAY, critical: 6 * HOUR, recovery: 2 * DAY },
  judge(facts, limits) {
    const { reading, history } = facts
    if (reading.kind !== 'measured') return null
    const known = reading.measures.flatMap((measure) => {
      const series = history[measure.series]
      return series && shareOf(measure) !== undefined ? [{ measure, series }] : []
    })
    if (known.length === 0) return null
    const [first] = known
      .flatMap(({ measure, series }) => fillingOf(measure, series, reading.at) ?? [])
      .sort((a, b) => a.leftMs - b.leftMs)
    return first ? sayFilling(first, reading, facts, limits) : none
  },
} satisfies StorageRule

const none: Finding = {
  rule: name,
  severity: 'ok',
  headline: 'does not fill within hours',
  summary: '',
  recovered: true,
}

/** How fast it fills, if it has risen hour after hour until now; undefined otherwise. */
function fillingOf(measure: Measure, series: Series, now: number): Filling | undefined {
  const share = shareOf(measure)
  if (share === undefined || share < LEAST_SHARE) return undefined
  const points = hoursUntil(series, now, measure.used)
  const rises: number[] = []
  let begun = points.at(-1)?.at ?? now
  for (let i = points.length - 1; i > 0 && rises.length < MOST_RISES; i--) {
    const [before, after] = [points[i - 1], points[i]]
    if (!before || !after || after.value <= before.value || after.at - before.at > LONGEST_GAP_MS) break
    rises.push(after.value - before.value)
    begun = before.at
  }
  const rise = rises.reduce((sum, one) => sum + one, 0)
  if (rises.length < LEAST_RISES || Math.max(...rises) > MOST_AT_ONCE * rise) return undefined
  const hours = (now - begun) / HOUR
  const recent = rises.slice(0, LEAST_RISES)
  // Of all these hours and of the last ones the slower: a load that tails off is not taken for one that goes on.
  const perHour = Math.min(rise / hours, recent.reduce((sum, one) => sum + one, 0) / recent.length)
  // What happens there on other days, too, ends as it ended then; and of the first days nobody knows what is usual.
  const before = points.filter(({ at }) => at <= begun)
  const oldest = before[0]
  if (oldest === undefined || begun - oldest.at < LEAST_KNOWN_MS || rise < UNUSUAL * largestWithin(before, now - begun))
    return undefined
  const left = (measure.limit?.value ?? 0) - measure.used
  return { measure, perHour, leftMs: (Math.max(0, left) / perHour) * HOUR, hours, rise }
}

/** The largest rise of any stretch of the history as long as this. */
function largestWithin(points: Point[], spanMs: number): number {
  let largest = 0
  for (const [j, end] of points.entries())
    for (let i = j - 1; i >= 0 && end.at - (points[i] as Point).at <= spanMs; i--)
      largest = Math.max(largest, end.value - (points[i] as Point).value)
  return largest
}

function sayFilling(
  { measure, perHour, leftMs, hours, rise }: Filling,
  reading: MeasuredReading,
  facts: StorageFacts,
  limits: Thresholds,
): Finding {
  const graded = gradeBelow(leftMs, limits)
  if (graded.severity === 'ok') return { ...none, recovered: graded.recovered }
  const budget = measure.limit?.kind === 'budget'
  return {
    rule: name,
    ...graded,
    // At a budget nothing breaks: that is no reason to wake anybody.
    ...(budget && isWorse(graded.severity, 'warning') && { severity: 'warning' as const }),
    // Hours of growth have said so already, and there are only hours left.
    opens: 'at-once',
    headline: `full in ${formatDuration(leftMs)} at this rate: ${sayLevel(measure)}`,
    summary:
      `${sayWhat(measure)} has grown by ${sayAmount(measure, rise)} within ${formatDuration(hours * HOUR)}, hour after hour, now by ${sayAmount(measure, Math.round(perHour))} an hour, as on no other day that is known.` +
      ` At this rate ${budget ? 'its budget is reached' : 'it is full, and writes fail,'} at ${formatTime(reading.at + leftMs)}.`,
    evidence: storageTable(facts, reading),
    brief: `Find what writes and stop it. ${makeRoomBriefly(reading, measure)}`,
    advice: [
      reading.provider === 'neon'
        ? `Find what writes: SELECT pid, application_name, xact_start, query FROM pg_stat_activity WHERE state = 'active' ORDER BY xact_start; and stop it: SELECT pg_terminate_backend(<pid>);`
        : "Find what writes: SHOW TRANSACTIONS YIELD transactionId, username, currentQuery, elapsedTime; and stop it: TERMINATE TRANSACTIONS '<transactionId>';",
      ...(reading.provider === 'neon' ? [`See what has grown, in each database: ${LARGEST_TABLES}`] : []),
      'If it is a load that you know, see that there is room for the rest of it, or stop it until there is.',
    ],
  }
}
