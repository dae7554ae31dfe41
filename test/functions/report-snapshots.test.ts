import { expect, test } from 'vitest'
import type { SnapshotsPolicy } from '../../functions/checks/snapshots/facts.ts'
import type { SnapshotsReading } from '../../functions/checks/snapshots/reading.ts'
import { judgeSnapshots, snapshotsLimits } from '../../functions/checks/snapshots/rules.ts'
import { reportSnapshots } from '../../functions/report-snapshots.ts'
import { DAY, HOUR, MINUTE } from './builders.ts'
import {
  auraListed,
  factsOf,
  neonListed,
  policyOf,
  snapshotOf,
  snapshotsFailed,
  snapshotsOf,
} from './checks/snapshots/builders.ts'

function reportOf(reading: SnapshotsReading, policy: Partial<SnapshotsPolicy> = {}) {
  const facts = factsOf(reading, { policy: policyOf(policy) })
  return reportSnapshots('orders', facts, judgeSnapshots(facts, snapshotsLimits), 42)
}

test('when all is well, it says how old the newest is, how many are kept, and for how long', () => {
  const snapshots = snapshotsOf(14, 7 * HOUR, DAY, { bytes: 3 * 1024 ** 3, expiresAt: Date.UTC(2026, 11, 5) })
  const { snapshots: part, ...report } = reportOf(neonListed({ snapshots }))
  expect(report).toEqual({
    target: 'orders',
    severity: 'ok',
    says: ['ok: newest snapshot of branch main is 7 h old; 14 kept, the oldest 13 d 7 h'],
    findings: [],
    tookMs: 42,
  })
  expect(part).toMatchObject({
    of: 'branch main',
    tier: 'launch_v3',
    newest: '2026-11-20 20:15 UTC',
    newestAge: '7 h',
    newestFull: '2026-11-20 20:15 UTC',
    oldest: '2026-11-07 20:15 UTC',
    completed: 14,
    failed: 0,
    pending: 0,
    notCounted: 0,
    schedule: 'daily, kept for 14 d',
    historyWindow: '1 d',
  })
  expect(part?.listed[0]).toMatchObject({
    at: '2026-11-20 20:15 UTC',
    status: 'completed',
    kind: 'scheduled, full',
    size: '3 GB',
    expires: '2026-12-05 00:00 UTC',
  })
})

test('of many the newest are listed, good and bad', () => {
  const snapshots = [
    snapshotOf(MINUTE, { status: 'pending', said: 'InProgress', full: false, scheduled: null }),
    snapshotOf(2 * MINUTE, { status: 'failed', said: 'Failed' }),
    snapshotOf(-DAY),
    ...snapshotsOf(1_000, HOUR, HOUR),
  ]
  const { snapshots: part } = reportOf(auraListed('business-critical', { snapshots: snapshots.toReversed() }))
  expect(part).toMatchObject({
    completed: 1_000,
    failed: 1,
    pending: 1,
    notCounted: 1,
    askedFrom: '2026-11-16 03:15 UTC',
  })
  expect(part?.listed).toHaveLength(20)
  expect(part?.listed.slice(1, 3).map(({ status, kind }) => [status, kind])).toEqual([
    ['InProgress', 'only what changed'],
    ['Failed', 'scheduled, full'],
  ])
})

test('what is wrong is said in its place', () => {
  const report = reportOf(auraListed('professional-db', { snapshots: [snapshotOf(51 * HOUR)] }))
  expect(report).toMatchObject({ severity: 'critical', findings: [{ rule: 'snapshots.age' }] })
  expect(report.says).toEqual([
    'critical: snapshots.age: newest snapshot is 2 d 3 h old, due every day on professional-db',
  ])
})

test.for([
  [
    auraListed('professional-db', { snapshots: snapshotsOf(3, HOUR) }),
    {},
    'ok: newest snapshot of instance shop is 1 h old; 3 seen since 2026-11-16 03:15 UTC',
  ],
  [auraListed('free-db'), {}, 'ok: no snapshot of instance shop, and none is due'],
  [neonListed(), {}, 'ok: no snapshot of branch main, and none can be missed yet'],
  [neonListed(), { expected: false }, 'ok: no snapshots of branch main are wanted'],
  [snapshotsFailed('timeout'), { expected: false }, 'not looked at: the words of the other side'],
] as [SnapshotsReading, Partial<SnapshotsPolicy>, string][])('%#: %j', ([reading, policy, says]) => {
  expect(reportOf(reading, policy).says).toEqual([says])
})

test('schedules are told in words, the shortest first', () => {
  const said = (schedule: Parameters<typeof neonListed>[0]) => reportOf(neonListed(schedule)).snapshots?.schedule
  expect(said({ schedule: [] })).toBe('off')
  expect(
    said({
      schedule: [
        { frequency: 'monthly', everyMs: 31 * DAY },
        { frequency: 'weekly', everyMs: 7 * DAY, retentionMs: 35 * DAY },
      ],
    }),
  ).toBe('weekly, kept for 35 d; monthly')
  expect(reportOf(auraListed('professional-db')).snapshots).not.toHaveProperty('schedule')
})

test('a look that failed has nothing to list', () => {
  expect(reportOf(snapshotsFailed('timeout'))).not.toHaveProperty('snapshots')
})

test('what is not told is said to be: which are full, and the schedule', () => {
  const snapshots = [snapshotOf(HOUR, { full: null })]
  const { snapshots: part } = reportOf(auraListed('business-critical', { snapshots }))
  expect(part).toMatchObject({ newestFull: 'not told by the API: not judged', listed: [{ kind: 'scheduled' }] })
  const { schedule: _, ...untold } = neonListed({ snapshots: snapshotsOf(3, HOUR), scheduleRefused: 'no' })
  expect(reportOf(untold).snapshots?.schedule).toBe('not told')
})
