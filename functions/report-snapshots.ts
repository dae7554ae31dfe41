/** The report of the snapshots of one target. */
import { type Finding, worst } from './checks/finding.ts'
import { attemptsOf, isMoment, isSized } from './checks/snapshots/attempts.ts'
import { kindOf } from './checks/snapshots/evidence.ts'
import { limitsFor, periodOf } from './checks/snapshots/expected.ts'
import type { SnapshotsFacts } from './checks/snapshots/facts.ts'
import type { ListedReading, ScheduleLine, Snapshot } from './checks/snapshots/reading.ts'
import type { TargetReport } from './report.ts'
import { findingLine } from './report-lines.ts'
import { formatBytes, formatDuration, formatTime } from './units.ts'

/** What a look saw of a target's snapshots, in words. */
export interface SnapshotsPart {
  /** Whose they are: `branch main`, `instance shop`. */
  of: string
  /** Aura's tier or Neon's plan. */
  tier?: string
  status?: string
  newest?: string
  newestAge?: string
  newestFull?: string
  oldest?: string
  completed: number
  failed: number
  pending: number
  /** Of a status that is not known, or dated in the future: they count for nothing. */
  notCounted: number
  /** Neon: the backup schedule. */
  schedule?: string
  /** Neon: how far back any moment can be restored. */
  historyWindow?: string
  /** None older was asked for; absent: these are all there are. */
  askedFrom?: string
  /** The newest, of any status. */
  listed: SnapshotLine[]
}

interface SnapshotLine {
  id: string
  name?: string
  at: string
  status: string
  kind: string
  size?: string
  expires?: string
}

const MOST = 20

export function reportSnapshots(
  target: string,
  facts: SnapshotsFacts,
  findings: Finding[],
  tookMs: number,
): TargetReport {
  const { reading } = facts
  const bad = findings.filter((finding) => finding.severity !== 'ok')
  return {
    target,
    severity: worst(findings.map(({ severity }) => severity)),
    says: bad.length > 0 ? bad.map((one) => `${one.severity}: ${one.rule}: ${one.headline}`) : [wellLine(facts)],
    findings: bad.map(findingLine),
    ...(reading.kind === 'listed' && { snapshots: partOf(reading) }),
    tookMs,
  }
}

function partOf(reading: ListedReading): SnapshotsPart {
  const { of, tier, status, at, askedFrom, schedule, historyWindowMs } = reading
  const { completed, failed, pending, other, ahead } = attemptsOf(reading)
  const [newest, oldest] = [completed[0], completed.at(-1)]
  const full = completed.find((one) => one.full)
  return {
    of,
    ...(tier && { tier }),
    ...(status && { status }),
    ...(newest && { newest: formatTime(newest.at), newestAge: formatDuration(at - newest.at) }),
    ...(full && { newestFull: formatTime(full.at) }),
    // On tiers that make full ones and others.
    ...(newest && completed.every((one) => one.full === null) && { newestFull: 'not told by the API: not judged' }),
    ...(oldest && { oldest: formatTime(oldest.at) }),
    completed: completed.length,
    failed: failed.length,
    pending: pending.length,
    notCounted: other.length + ahead.length,
    ...(schedule && { schedule: scheduleInWords(schedule) }),
    ...(reading.scheduleRefused !== undefined && { schedule: 'not told' }),
    ...(historyWindowMs !== undefined && { historyWindow: formatDuration(historyWindowMs) }),
    ...(isMoment(askedFrom) && { askedFrom: formatTime(askedFrom) }),
    listed: [...completed, ...failed, ...pending, ...other, ...ahead]
      .sort((one, other) => other.at - one.at)
      .slice(0, MOST)
      .map(line),
  }
}

const line = (one: Snapshot): SnapshotLine => ({
  id: one.id,
  ...(one.name && { name: one.name }),
  at: formatTime(one.at),
  status: one.said ?? one.status,
  kind: kindOf(one),
  ...(isSized(one) && { size: formatBytes(one.bytes) }),
  ...(isMoment(one.expiresAt) && { expires: formatTime(one.expiresAt) }),
})

const scheduleInWords = (schedule: ScheduleLine[]): string =>
  schedule.length === 0
    ? 'off'
    : schedule
        .toSorted((one, other) => periodOf(one) - periodOf(other))
        .map(
          ({ frequency, retentionMs }) =>
            `${frequency}${retentionMs === undefined ? '' : `, kept for ${formatDuration(retentionMs)}`}`,
        )
        .join('; ')

function wellLine({ reading, policy }: SnapshotsFacts): string {
  if (reading.kind === 'failed') return `not looked at: ${reading.failure.message}`
  const { of, at, askedFrom } = reading
  const { completed } = attemptsOf(reading)
  const [newest, oldest] = [completed[0], completed.at(-1)]
  if (!policy.expected) return `ok: no snapshots of ${of} are wanted`
  if (!newest || !oldest)
    return `ok: no snapshot of ${of}, and none ${limitsFor(reading, policy).any ? 'can be missed yet' : 'is due'}`
  const kept =
    askedFrom === undefined
      ? `${completed.length} kept, the oldest ${formatDuration(at - oldest.at)}`
      : `${completed.length} seen since ${formatTime(Math.min(askedFrom, oldest.at))}`
  return `ok: newest snapshot of ${of} is ${formatDuration(at - newest.at)} old; ${kept}`
}
