/** Does it fill within hours? A runaway job or a loop that writes: by the last hours alone, and only what is not usual there. */
import { formatDuration, formatTime } from '../../units.ts'
import { type Finding, gradeBelow, SEVERITIES, type Severity, type Thresholds } from '../finding.ts'
import { DAY, HOUR } from './changes.ts'
import { storageTable } from './evidence.ts'
import type { StorageFacts, StorageRule } from './facts.ts'
import { type Filling, fillOf } from './filling.ts'
import { limited, sayAmount, sayLevel, sayWhat } from './measure.ts'
import type { MeasuredReading } from './reading.ts'
import { LARGEST_TABLES, makeRoomBriefly } from './room.ts'

const name = 'storage.fast-fill'
export const fastFill = {
  name,
  limits: { unit: 'duration', worse: 'below', warning: DAY, critical: 6 * HOUR, recovery: 2 * DAY },
  judge(facts, limits) {
    const { reading, history } = facts
    if (reading.kind !== 'measured') return null
    const fills = limited(reading).flatMap((measure) => {
      const series = history[measure.series]
      return series ? [measure.asOf === undefined ? fillOf(measure, series, reading.at, limits) : 'unseen'] : []
    })
    const [first] = fills
      .filter((fill) => typeof fill !== 'string')
      .sort(
        (a, b) =>
          SEVERITIES.indexOf(severityOf(b, limits)) - SEVERITIES.indexOf(severityOf(a, limits)) || a.leftMs - b.leftMs,
      )
    if (first && severityOf(first, limits) !== 'ok') return sayFilling(first, severityOf(first, limits), reading, facts)
    if (fills.length === 0 || fills.includes('unseen')) return null
    return { ...none, recovered: fills.every((fill) => fill === 'still') }
  },
} satisfies StorageRule

/** At a budget nothing breaks: that is no reason to wake anybody. */
function severityOf({ measure, leftMs }: Filling, limits: Thresholds): Severity {
  const { severity } = gradeBelow(leftMs, limits)
  return severity === 'critical' && measure.limit?.kind === 'budget' ? 'warning' : severity
}

const none: Finding = {
  rule: name,
  severity: 'ok',
  headline: 'storage does not fill within hours',
  summary: '',
  recovered: true,
}

function sayFilling(
  { measure, perHour, leftMs, hours, rise }: Filling,
  severity: Severity,
  reading: MeasuredReading,
  facts: StorageFacts,
): Finding {
  const budget = measure.limit?.kind === 'budget'
  return {
    rule: name,
    severity,
    recovered: false,
    // Hours of growth have said so already, and there are only hours left.
    opens: 'at-once',
    headline: `storage ${budget ? 'budget reached' : 'full'} in ${formatDuration(leftMs)} at this rate: ${sayLevel(measure)}`,
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
