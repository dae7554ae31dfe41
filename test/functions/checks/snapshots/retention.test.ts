import { describe, expect, test } from 'vitest'
import type { ListedReading } from '../../../../functions/checks/snapshots/reading.ts'
import { retention } from '../../../../functions/checks/snapshots/retention.ts'
import { DAY, HOUR, NOW } from '../../builders.ts'
import {
  auraListed,
  DAILY,
  judge,
  judged,
  neonListed,
  policyOf,
  remembered,
  severity,
  snapshotOf,
  snapshotsFailed,
  snapshotsOf,
} from './builders.ts'

const wanted = (days: number) => ({ policy: policyOf({ keepForMs: days * DAY }) })
/** Looked at for a hundred days. */
const known = remembered(neonListed({ at: NOW - 100 * DAY, snapshots: [snapshotOf(101 * DAY)] }))

describe('of what Neon keeps', () => {
  const kept = (n: number, changes: Partial<ListedReading> = {}) =>
    neonListed({ snapshots: snapshotsOf(n, HOUR), ...changes })

  test.for([
    // The fourteenth may just have expired.
    [14, 'ok'],
    [13, 'warning'],
    [3, 'warning'],
  ] as const)('%i daily ones against 14 days: %s', ([n, expected]) => {
    expect(severity(retention, kept(n), { ...wanted(14), before: known })).toBe(expected)
  })

  test('the oldest may be as much younger as a snapshot may be late', () => {
    const oldest = (hours: number) => neonListed({ snapshots: [snapshotOf(HOUR), snapshotOf(13 * DAY - hours * HOUR)] })
    expect(severity(retention, oldest(2), { ...wanted(14), before: known })).toBe('ok')
    expect(severity(retention, oldest(3), { ...wanted(14), before: known })).toBe('warning')
  })

  test('it says how old the oldest is', () => {
    expect(judged(retention, kept(3), { ...wanted(14), before: known })).toMatchObject({
      severity: 'warning',
      opens: 'at-once',
      headline: 'oldest snapshot is 2 d 1 h old, 14 d are wanted',
    })
  })

  test('where nothing is wanted, or none are, nothing is missed', () => {
    expect(severity(retention, kept(1), { before: known })).toBe('ok')
    const policy = policyOf({ expected: false, keepForMs: 14 * DAY })
    expect(severity(retention, kept(1), { policy, before: known })).toBe('ok')
  })

  test('a branch that is younger has none so old', () => {
    expect(severity(retention, kept(3, { createdAt: NOW - 3 * DAY }), wanted(14))).toBe('ok')
  })

  test('a schedule that may be younger is not held to it before it was seen for so long', () => {
    expect(severity(retention, kept(3), wanted(14))).toBe('ok')
    const before = remembered(kept(1, { at: NOW - 13 * DAY }))
    expect(severity(retention, kept(3), { ...wanted(14), before })).toBe('ok')
  })

  test('none at all is told elsewhere', () => {
    expect(judge(retention, kept(0), { ...wanted(14), before: known })).toBeNull()
  })
})

describe('of what the schedule keeps', () => {
  const by = (...schedule: NonNullable<ListedReading['schedule']>) =>
    neonListed({ schedule, snapshots: snapshotsOf(3, HOUR), createdAt: NOW - 3 * DAY })
  const weekly = { frequency: 'weekly', everyMs: 7 * DAY, retentionMs: 35 * DAY }

  test('no line keeps them for so long: known before the first one is missing', () => {
    expect(judged(retention, by(DAILY, { ...weekly, retentionMs: 21 * DAY }), wanted(30))).toMatchObject({
      severity: 'warning',
      headline: 'the backup schedule keeps snapshots for 21 d, 30 d are wanted',
    })
  })

  test('one line that does is enough, and so is one whose retention is not told', () => {
    expect(severity(retention, by(DAILY, weekly), wanted(30))).toBe('ok')
    expect(severity(retention, by({ frequency: 'daily', everyMs: DAY }), wanted(30))).toBe('ok')
  })

  test('of weekly ones the oldest may be a week younger', () => {
    const listed = (oldest: number, at = NOW) =>
      neonListed({ at, schedule: [DAILY, weekly], snapshots: [...snapshotsOf(14, HOUR), snapshotOf(oldest * DAY)] })
    const before = remembered(listed(99, NOW - 50 * DAY))
    expect(severity(retention, listed(24), { ...wanted(30), before })).toBe('ok')
    expect(severity(retention, listed(22), { ...wanted(30), before })).toBe('warning')
  })
})

describe('of what Aura was asked for', () => {
  const midnight = Math.floor(NOW / DAY) * DAY
  const listed = (changes: Partial<ListedReading>) =>
    auraListed('professional-db', { snapshots: snapshotsOf(2, HOUR), askedFrom: midnight - DAY, ...changes })
  const day = (ago: number) => midnight - ago * DAY

  test('nothing is said of days that nobody asked for', () => {
    expect(judge(retention, listed({}), wanted(7))).toBeNull()
    expect(judge(retention, listed({ alsoAsked: [day(7)] }), wanted(7))).toBeNull()
    expect(judge(retention, listed({ alsoAsked: [day(8), day(7)] }), wanted(7))).toBeNull()
    expect(judge(retention, listed({ alsoAsked: [day(5)] }), wanted(7))).toBeNull()
  })

  test('that none was made on the days around the edge is enough to say that it is gone', () => {
    expect(severity(retention, listed({ alsoAsked: [day(5), day(7), day(6)] }), wanted(7))).toBe('warning')
    expect(severity(retention, listed({ askedFrom: day(8) }), wanted(7))).toBe('warning')
  })

  test('one that was found there is kept', () => {
    const snapshots = [...snapshotsOf(2, HOUR), snapshotOf(6 * DAY)]
    expect(severity(retention, listed({ snapshots, alsoAsked: [day(6)] }), wanted(7))).toBe('ok')
  })

  test('one that stood still meanwhile has made none', () => {
    const asked = { alsoAsked: [day(5), day(7), day(6)] }
    const before = remembered(
      listed({ at: NOW - 9 * DAY }),
      listed({ at: NOW - 8 * DAY, status: 'paused' }),
      listed({ at: NOW - 4 * DAY }),
    )
    expect(judge(retention, listed(asked), { ...wanted(7), before })).toBeNull()
  })
})

describe('the last copy', () => {
  const expiring = (old: number, leftHours: number) =>
    neonListed({ snapshots: [snapshotOf(old * HOUR, { expiresAt: NOW + leftHours * HOUR })] })

  test.for([
    // Due in 19 hours.
    [5, 20, 'ok'],
    [5, 19, 'ok'],
    [5, 18, 'warning'],
    [5, -1, 'warning'],
    // Due an hour ago, and within the slack.
    [25, 1, 'ok'],
    // Late: it may never come.
    [27, 23, 'warning'],
    [27, 25, 'ok'],
  ] as const)('%i h old and gone in %i h: %s', ([old, left, expected]) => {
    expect(severity(retention, expiring(old, left))).toBe(expected)
  })

  test('is none while another lasts, or one never expires', () => {
    const lasting = [{ expiresAt: NOW + 9 * DAY }, {}, { expiresAt: Number.NaN }]
    for (const changes of lasting) {
      const { snapshots } = expiring(5, 1)
      expect(severity(retention, neonListed({ snapshots: [...snapshots, snapshotOf(DAY, changes)] }))).toBe('ok')
    }
  })

  test('is told with when it is gone, and with what else is wrong', () => {
    const finding = judged(retention, expiring(5, 1), { ...wanted(30), before: known })
    expect(finding.headline).toBe('the last snapshot expires in 1 h, before the next is due')
    expect(finding.summary).toBe(
      'Every snapshot of branch main expires by 2026-11-21 04:15 UTC, and the next is due by 2026-11-21 22:15 UTC: in between nothing could be restored.' +
        ' No line of the backup schedule of branch main keeps its snapshots for longer than 14 d, and 30 d are wanted (snapshots.keepFor).',
    )
    expect(finding.advice).toHaveLength(2)
  })

  test("is nobody's concern where no next one is due", () => {
    const { snapshots } = expiring(5, 1)
    expect(severity(retention, neonListed({ schedule: [], snapshots }))).toBe('ok')
  })
})

test('a look that failed says nothing', () => {
  expect(judge(retention, snapshotsFailed('timeout'), wanted(7))).toBeNull()
})
