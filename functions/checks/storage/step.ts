/** Has storage grown at a blow, by more than it ever does? */
import { formatTime } from '../../units.ts'
import { type Finding, grade, type Thresholds } from '../finding.ts'
import { type Change, DAY, daysWithSuch, earlierThan, HOUR, hasPast, hoursUntil, largestRise } from './changes.ts'
import { dailyRates } from './daily-rate.ts'
import { storageTable } from './evidence.ts'
import type { StorageFacts, StorageRule } from './facts.ts'
import { notable, sayAmount, sayFilled, sayLevel, sayWhat } from './measure.ts'
import type { Measure, MeasuredReading } from './reading.ts'
import { LARGEST_TABLES } from './room.ts'
import { daily, type Series } from './series.ts'

const name = 'storage.step'

interface Step {
  measure: Measure
  change: Change
  percent: number
}

export const step = {
  name,
  // A jump of more than 10 % in a day: Neo4j's course "Aura in Production".
  limits: { unit: 'increase', warning: 10, critical: null, recovery: 9 },
  judge(facts, limits) {
    const { reading, history } = facts
    if (reading.kind !== 'measured') return null
    const known = reading.measures.flatMap((measure) => {
      const series = history[measure.series]
      return series && hasPast(series, reading.at) ? [{ measure, series }] : []
    })
    if (known.length === 0) return null
    const [largest] = known
      .flatMap(({ measure, series }) => stepOf(measure, series, reading.at) ?? [])
      .sort((a, b) => b.percent - a.percent)
    return largest ? sayStep(largest, reading, facts, limits) : none(reading)
  },
} satisfies StorageRule

/** The largest jump of the last day that still stands and is not what happens there on other days, too. */
function stepOf(measure: Measure, series: Series, now: number): Step | undefined {
  const points = hoursUntil(series, now, measure.used)
  const since = now - DAY
  const change = largestRise(points, { since, until: now, perHour: usualPerHour(series, now) })
  if (change === undefined || change.size < notable(measure)) return undefined
  if (measure.used < change.from + change.size / 2) return undefined
  if (daysWithSuch(change.size, series, points, earlierThan(change, now)) > 0) return undefined
  // Of next to nothing, anything is many percent.
  return { measure, change, percent: (100 * change.size) / Math.max(change.from, notable(measure)) }
}

/** After a silence of some hours, so much more is nothing that came at once. */
function usualPerHour(series: Series, now: number): number {
  const today = Math.floor(now / DAY)
  return (dailyRates(daily(series, now), today - 7, today - 1, 3)?.usual ?? 0) / (DAY / HOUR)
}

function sayStep(
  { measure, change, percent }: Step,
  reading: MeasuredReading,
  facts: StorageFacts,
  limits: Thresholds,
): Finding {
  const graded = grade(percent, limits)
  if (graded.severity === 'ok') return { ...none(reading), ...graded }
  const { from, to, size, after, by } = change
  return {
    rule: name,
    ...graded,
    opens: 'at-once',
    // It has happened: nobody can change that.
    once: true,
    headline: `storage grew by ${sayAmount(measure, size)} at once around ${formatTime(by)}, to ${sayLevel(measure)}`,
    summary:
      `${sayWhat(measure)} grew from ${sayAmount(measure, from)} to ${sayAmount(measure, to)} at once, most of it between` +
      ` ${formatTime(after)} and ${formatTime(Math.min(by + HOUR, reading.at))}. On no other day of the last two weeks that is known has it grown` +
      ` like that. A jump that comes again on other days is not told again.`,
    evidence: storageTable(facts, reading),
    brief: 'See what was loaded',
    advice: [
      'See what ran at that time: an import, a migration, a backfill, a new index, a log table that nobody empties.',
      reading.provider === 'neon'
        ? `See where it is, in each database: ${LARGEST_TABLES}`
        : 'See where it is: MATCH (n) RETURN labels(n), count(*) ORDER BY count(*) DESC; and SHOW INDEXES for new ones.',
      'If it was meant, there is nothing to do, as long as there is room for the next one.',
    ],
  }
}

const none = ({ measures }: MeasuredReading): Finding => ({
  rule: name,
  severity: 'ok',
  headline: `no jump within the last day, ${measures.map(sayFilled).join(', ')}`,
  summary: '',
  recovered: true,
})
