/** Small things of snapshots to test with: a test names what matters to it. */
import type { Finding, Thresholds } from '../../../../functions/checks/finding.ts'
import type { Cause, Failure } from '../../../../functions/checks/reading.ts'
import type {
  SnapshotsFacts,
  SnapshotsMemory,
  SnapshotsPolicy,
  SnapshotsRule,
} from '../../../../functions/checks/snapshots/facts.ts'
import { rememberSnapshots } from '../../../../functions/checks/snapshots/memory.ts'
import type {
  FailedSnapshotsReading,
  ListedReading,
  ScheduleLine,
  Snapshot,
  SnapshotsReading,
} from '../../../../functions/checks/snapshots/reading.ts'
import { snapshotsLimits } from '../../../../functions/checks/snapshots/rules.ts'
import { DAY, NOW } from '../../builders.ts'

export const policyOf = (changes: Partial<SnapshotsPolicy> = {}): SnapshotsPolicy => ({
  expected: true,
  maxAgeMs: undefined,
  keepForMs: undefined,
  historyWindowMs: undefined,
  drill: undefined,
  ...changes,
})

/** A good one of so long ago; by default full, and made by the schedule. */
export const snapshotOf = (ageMs: number, changes: Partial<Snapshot> = {}, now = NOW): Snapshot => ({
  id: `s-${now - ageMs}`,
  at: now - ageMs,
  status: 'completed',
  scheduled: true,
  full: true,
  ...changes,
})

/** So many, a period apart. */
export const snapshotsOf = (n: number, newestMs: number, everyMs = DAY, changes: Partial<Snapshot> = {}): Snapshot[] =>
  Array.from({ length: n }, (_, i) => snapshotOf(newestMs + i * everyMs, changes))

export const DAILY: ScheduleLine = { frequency: 'daily', everyMs: DAY, retentionMs: 14 * DAY }

/** Neon: a branch a year old, with a daily schedule. */
export const neonListed = (changes: Partial<ListedReading> = {}): ListedReading => ({
  kind: 'listed',
  at: NOW,
  provider: 'neon',
  of: 'branch main',
  tier: 'launch_v3',
  createdAt: NOW - 365 * DAY,
  snapshots: [],
  schedule: [DAILY],
  historyWindowMs: DAY,
  ...changes,
})

/** Aura: a running instance a year old, whose days were asked for since the day before yesterday. */
export const auraListed = (tier: string, changes: Partial<ListedReading> = {}): ListedReading => ({
  kind: 'listed',
  at: NOW,
  provider: 'aura',
  of: 'instance shop',
  tier,
  status: 'running',
  createdAt: NOW - 365 * DAY,
  snapshots: [],
  askedFrom: NOW - 5 * DAY,
  ...changes,
})

export const snapshotsFailed = (
  cause: Cause,
  {
    at = NOW,
    provider = 'aura',
    ...changes
  }: Omit<Partial<Failure>, 'at'> & { at?: number; provider?: 'neon' | 'aura' } = {},
): FailedSnapshotsReading => ({
  kind: 'failed',
  at,
  provider,
  failure: { cause, at: 'api', message: 'the words of the other side', ...changes },
})

export const factsOf = (reading: SnapshotsReading, changes: Partial<SnapshotsFacts> = {}): SnapshotsFacts => ({
  reading,
  policy: policyOf(),
  before: {},
  ...changes,
})

export const judge = (
  rule: SnapshotsRule,
  reading: SnapshotsReading,
  changes: Partial<SnapshotsFacts> = {},
  limits: Partial<Thresholds> = {},
): Finding | null =>
  rule.judge(factsOf(reading, changes), { warning: 0, critical: null, recovery: 0, ...rule.limits, ...limits })

export function judged(...asked: Parameters<typeof judge>): Finding {
  const finding = judge(...asked)
  if (finding === null) throw new Error(`${asked[0].name} did not judge`)
  return finding
}

/** `ok`, `warning`, ..., or `null` where the rule does not judge. */
export const severity = (...asked: Parameters<typeof judge>): string => judge(...asked)?.severity ?? 'null'

/** What is remembered after these looks, as the table gives it back. */
export const remembered = (...readings: SnapshotsReading[]): SnapshotsMemory =>
  readings.reduce<SnapshotsMemory>(
    (memory, reading) => JSON.parse(JSON.stringify(rememberSnapshots(memory, reading))),
    {},
  )

export const LIMITS = snapshotsLimits
