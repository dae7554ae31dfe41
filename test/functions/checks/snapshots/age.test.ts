import { describe, expect, test } from 'vitest'
import { age } from '../../../../functions/checks/snapshots/age.ts'
import { rememberSnapshots } from '../../../../functions/checks/snapshots/memory.ts'
import type { ListedReading } from '../../../../functions/checks/snapshots/reading.ts'
import { DAY, HOUR, MINUTE, NOW } from '../../builders.ts'
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

const hours = (n: number) => [snapshotOf(n * HOUR)]

describe('the newest one of Neon, with a daily schedule', () => {
  test.for([
    [1, 'ok'],
    [26, 'ok'],
    [27, 'warning'],
    [50, 'warning'],
    [51, 'critical'],
  ] as const)('%i hours old is %s', ([old, expected]) => {
    expect(severity(age, neonListed({ snapshots: hours(old) }))).toBe(expected)
  })

  test('is told with its moment, its age, and when the next was due', () => {
    const finding = judged(
      age,
      neonListed({ snapshots: [snapshotOf(51 * HOUR, { name: 'nightly' }), ...snapshotsOf(20, 75 * HOUR)] }),
    )
    expect(finding).toMatchObject({
      rule: 'snapshots.age',
      severity: 'critical',
      opens: 'at-once',
      recovered: false,
      headline: 'newest snapshot is 2 d 3 h old, due every day by the backup schedule',
      summary:
        'The newest completed snapshot of branch main holds the data of 2026-11-19 00:15 UTC, 2 d 3 h ago.' +
        ' One is due every day by the backup schedule: the next should have been there by 2026-11-20 00:15 UTC.',
    })
    expect(finding.evidence?.rows).toHaveLength(5)
    expect(finding.evidence?.rows[0]).toEqual(['2026-11-19 00:15 UTC', 'scheduled, full', 'nightly'])
    expect(finding.advice?.[0]).toMatch(/Neon console, Backup & restore/)
  })

  test('counts by the moment whose data it holds, whoever made it', () => {
    const byHand = (old: number) => [snapshotOf(old * HOUR, { scheduled: false }), snapshotOf(90 * HOUR)]
    const before = remembered(neonListed({ at: NOW - DAY, snapshots: byHand(90) }))
    expect(severity(age, neonListed({ snapshots: byHand(25) }), { before })).toBe('ok')
    expect(severity(age, neonListed({ snapshots: byHand(27) }), { before })).toBe('warning')
  })

  test('is ok again with the next good one', () => {
    expect(judged(age, neonListed({ snapshots: hours(1) }))).toMatchObject({
      severity: 'ok',
      recovered: true,
      headline: 'newest snapshot is 1 h old',
    })
  })
})

describe('by the tier of Aura', () => {
  type Row = [tier: string, anyHours: number, fullHours: number, expected: string]
  test.for<Row>([
    ['free-db', 900, 900, 'ok'],
    ['professional-db', 26, 26, 'ok'],
    ['professional-db', 27, 27, 'warning'],
    ['professional-db', 51, 51, 'critical'],
    ['professional-ds', 27, 27, 'warning'],
    ['enterprise-ds', 51, 51, 'critical'],
    ['a-tier-to-come', 27, 27, 'warning'],
    ['business-critical', 2, 2, 'ok'],
    ['business-critical', 3, 3, 'ok'],
    ['business-critical', 4, 4, 'warning'],
    ['business-critical', 7, 7, 'critical'],
    ['business-critical', 1, 27, 'warning'],
    ['business-critical', 1, 51, 'critical'],
    ['enterprise-db', 1, 20, 'ok'],
    ['Enterprise-DB', 7, 27, 'critical'],
  ])('on %s, %i h old and the full one %i h: %s', ([tier, anyHours, fullHours, expected]) => {
    const snapshots = [snapshotOf(anyHours * HOUR, { full: anyHours === fullHours }), snapshotOf(fullHours * HOUR)]
    const distinct = anyHours === fullHours ? snapshots.slice(1) : snapshots
    expect(severity(age, auraListed(tier, { snapshots: distinct, askedFrom: NOW - 60 * DAY }))).toBe(expected)
  })

  test('the full one is named where it is the late one', () => {
    const snapshots = [snapshotOf(HOUR, { full: false }), snapshotOf(51 * HOUR)]
    expect(judged(age, auraListed('business-critical', { snapshots }))).toMatchObject({
      severity: 'critical',
      headline: 'newest full snapshot is 2 d 3 h old, due every day on business-critical',
    })
  })

  test('no full one within all that was asked for is at least so old', () => {
    const snapshots = snapshotsOf(40, HOUR, HOUR, { full: false })
    const asked = (askedFrom: number, changes: Partial<ListedReading> = {}) =>
      auraListed('business-critical', { snapshots, askedFrom, ...changes })
    expect(severity(age, asked(NOW - DAY))).toBe('ok')
    expect(severity(age, asked(NOW - 2 * DAY))).toBe('warning')
    expect(judged(age, asked(NOW - 3 * DAY))).toMatchObject({
      severity: 'critical',
      headline: 'no full snapshot since 2026-11-18 03:15 UTC, due every day on business-critical',
    })
    expect(severity(age, asked(NOW - 3 * DAY, { createdAt: NOW - DAY }))).toBe('ok')
  })

  describe('where it is not told which are full', () => {
    const untold = (at: number, n = 200) =>
      auraListed('business-critical', {
        at,
        snapshots: Array.from({ length: n }, (_, i) => snapshotOf(i * HOUR, { full: null }, at)),
        askedFrom: at - 9 * DAY,
      })

    test('full ones are not judged, and it is said so', () => {
      expect(judged(age, untold(NOW))).toMatchObject({
        severity: 'ok',
        recovered: true,
        headline: 'newest snapshot is 0 s old; which are full is not told',
      })
      const before = remembered(untold(NOW))
      expect(severity(age, untold(NOW + 9 * DAY), { before })).toBe('ok')
      expect(severity(age, { ...untold(NOW), at: NOW + 7 * HOUR })).toBe('critical')
    })

    test('one that is told is enough to judge them', () => {
      const { snapshots, ...rest } = untold(NOW)
      const one = snapshotOf(60 * HOUR)
      expect(severity(age, { ...rest, snapshots: [...snapshots, one] })).toBe('critical')
    })

    test('and was told before, nothing is said for a month: neither that it is well nor that it is not', () => {
      const told = auraListed('business-critical', { snapshots: [snapshotOf(HOUR)] })
      const before = remembered(told, untold(NOW + 3 * DAY))
      expect(judge(age, untold(NOW + 4 * DAY), { before })).toBeNull()
      expect(judge(age, snapshotsFailed('timeout', { at: NOW + 3 * DAY + HOUR }), { before })).toBeNull()
      expect(severity(age, untold(NOW + 31 * DAY), { before })).toBe('ok')
    })
  })

  test('spellings of status and profile do not matter here: on-demand ones count as scheduled ones do', () => {
    for (const scheduled of [true, false, null])
      expect(severity(age, auraListed('professional-db', { snapshots: [snapshotOf(HOUR, { scheduled })] }))).toBe('ok')
  })
})

describe("the user's own limit", () => {
  const policy = policyOf({ maxAgeMs: 3 * DAY })
  test.for([
    [72, 'ok'],
    [73, 'warning'],
    [144, 'warning'],
    [145, 'critical'],
  ] as const)('%i hours against 3 days is %s', ([old, expected]) => {
    for (const reading of [
      auraListed('free-db'),
      auraListed('professional-db'),
      neonListed(),
      neonListed({ schedule: [] }),
    ])
      expect(severity(age, { ...reading, askedFrom: NOW - 9 * DAY, snapshots: hours(old) }, { policy })).toBe(expected)
  })
})

describe('only a completed one counts', () => {
  test('not one that failed, is under way, or has a status that nobody knows', () => {
    for (const status of ['failed', 'pending', 'other'] as const) {
      const snapshots = [snapshotOf(HOUR, { status, said: 'Quarantined' }), ...hours(27)]
      expect(severity(age, auraListed('professional-db', { snapshots })), status).toBe('warning')
    }
  })

  test('not one dated in the future, which is mentioned', () => {
    const snapshots = [snapshotOf(-HOUR), ...hours(27)]
    const finding = judged(age, auraListed('professional-db', { snapshots }))
    expect(finding.severity).toBe('warning')
    expect(finding.summary).toMatch(/1 snapshot is dated in the future \(2026-11-21 04:15 UTC\) and not counted/)
  })

  test('a clock a minute ahead makes no snapshot of the future, nor a negative age', () => {
    expect(judged(age, auraListed('business-critical', { snapshots: [snapshotOf(-MINUTE)] }))).toMatchObject({
      severity: 'ok',
      headline: 'newest snapshot is 0 s old',
    })
  })
})

describe('a young database', () => {
  test('has none to miss before a period and its slack are over', () => {
    const made = (ago: number) => auraListed('professional-db', { createdAt: NOW - ago, snapshots: hours(60) })
    expect(severity(age, made(26 * HOUR))).toBe('ok')
    expect(severity(age, made(27 * HOUR))).toBe('warning')
  })

  test('or one whose schedule was changed just now', () => {
    const weekly = neonListed({
      at: NOW - HOUR,
      schedule: [{ frequency: 'weekly', everyMs: 7 * DAY }],
      snapshots: hours(100),
    })
    const at = (later: number) => neonListed({ at: NOW + later, snapshots: hours(100) })
    const before = remembered(weekly, at(0))
    expect(severity(age, at(26 * HOUR), { before })).toBe('ok')
    expect(severity(age, at(27 * HOUR), { before })).toBe('warning')
  })
})

test('a schedule that is changed mends nothing: what was late is over only once the newest is really young enough', () => {
  const weekly = { frequency: 'weekly', everyMs: 7 * DAY }
  const at = (later: number, schedule = [DAILY, weekly], old = 60) =>
    neonListed({ at: NOW + later, schedule, snapshots: [snapshotOf(old * HOUR)] })
  const before = remembered(at(-HOUR, [DAILY]), at(0))
  expect(judged(age, at(0), { before })).toMatchObject({ severity: 'ok', recovered: false })
  expect(judged(age, at(0, [DAILY, weekly], 1), { before })).toMatchObject({ severity: 'ok', recovered: true })
  const slower = remembered(at(-HOUR, [DAILY]), at(0, [weekly]))
  expect(judged(age, at(0, [weekly]), { before: slower })).toMatchObject({ severity: 'ok', recovered: true })
})

describe('at rest', () => {
  const paused = (at: number, snapshots = hours(10)) =>
    auraListed('professional-db', { at, status: 'paused', snapshots })
  const running = (at: number, snapshots = hours(10)) => auraListed('professional-db', { at, snapshots })

  test('a snapshot grows no older', () => {
    const before = remembered(running(NOW), paused(NOW + HOUR))
    expect(severity(age, paused(NOW + 30 * DAY), { before })).toBe('ok')
  })

  test('it is judged by its age when the pause began', () => {
    const old = hours(51)
    const before = remembered(running(NOW, old), paused(NOW + HOUR, old))
    expect(judged(age, paused(NOW + 30 * DAY, old), { before })).toMatchObject({
      severity: 'critical',
      headline: 'newest snapshot was 2 d 4 h old when the instance stopped running',
    })
    expect(severity(age, snapshotsFailed('timeout', { at: NOW + 30 * DAY }), { before })).toBe('critical')
  })

  test.for(['paused', 'pausing', 'resuming', 'stopped', 'suspended'])(
    '%s from the first look on: when it stopped nobody knows',
    (status) => {
      expect(severity(age, auraListed('professional-db', { status, snapshots: hours(900) }))).toBe('ok')
    },
  )

  test('resumed, it has as much time left as it had', () => {
    const before = remembered(running(NOW), paused(NOW + HOUR), running(NOW + 100 * HOUR))
    // Eleven hours old when it was paused.
    expect(severity(age, running(NOW + 115 * HOUR), { before })).toBe('ok')
    const finding = judged(age, running(NOW + 116 * HOUR), { before })
    expect(finding.severity).toBe('warning')
    expect(finding.summary).toMatch(/of that time the instance stood still for 4 d 3 h, which is not counted/)
  })

  test('paused every night and never backed up, it is found out all the same', () => {
    let before = remembered(running(NOW))
    const seen = new Set<string>()
    for (let day = 0; day < 6; day++) {
      for (const [hour, look] of [
        [0, running],
        [12, paused],
      ] as const) {
        const reading = look(NOW + day * DAY + hour * HOUR)
        seen.add(severity(age, reading, { before }))
        before = rememberSnapshots(before, reading)
      }
    }
    expect([...seen]).toEqual(['ok', 'warning', 'critical'])
  })
})

describe('a look that failed', () => {
  const before = remembered(auraListed('professional-db', { at: NOW - DAY, snapshots: [snapshotOf(30 * HOUR)] }))
  const later = (hoursOn: number) => snapshotsFailed('timeout', { at: NOW + hoursOn * HOUR })

  test('cannot hide that the newest one that is known grows too old', () => {
    const finding = judged(age, later(21), { before })
    expect(finding).toMatchObject({
      severity: 'critical',
      opens: 'at-once',
      headline: 'newest snapshot known is 2 d 3 h old, not asked since 2026-11-20 03:15 UTC',
    })
    expect(finding.summary).toMatch(/so there may be a newer one, or not/)
    expect(finding.advice?.[0]).toMatch(/snapshots\.blind/)
  })

  test('waits for a second one where it is the first: the next may get in again', () => {
    const known = remembered(auraListed('professional-db', { snapshots: [snapshotOf(25.5 * HOUR)] }))
    expect(judged(age, later(1), { before: known })).toMatchObject({ severity: 'warning', opens: 'confirmed' })
  })

  test('says nothing before that: neither that it is well nor that it is not', () => {
    const fresh = remembered(auraListed('professional-db', { snapshots: hours(1) }))
    expect(judge(age, later(1), { before: fresh })).toBeNull()
    expect(severity(age, later(20), { before })).toBe('warning')
  })

  test('says nothing where nothing is known, or nothing due', () => {
    expect(judge(age, later(1))).toBeNull()
    expect(judge(age, later(900), { before: remembered(auraListed('free-db', { snapshots: hours(1) })) })).toBeNull()
    expect(judge(age, later(900), { before: remembered(auraListed('professional-db')) })).toBeNull()
  })

  test('does not say that there is no full one, only because none has been seen yet', () => {
    const known = remembered(auraListed('business-critical', { snapshots: [snapshotOf(HOUR, { full: false })] }))
    expect(judge(age, snapshotsFailed('timeout'), { before: known })).toBeNull()
  })

  test('goes by the schedule that was last seen', () => {
    const known = remembered(neonListed({ snapshots: hours(1), schedule: [{ ...DAILY, everyMs: HOUR }] }))
    expect(severity(age, snapshotsFailed('api-key', { at: NOW + 3 * HOUR, provider: 'neon' }), { before: known })).toBe(
      'warning',
    )
  })
})

test('what an earlier look saw counts where this one did not ask so far back', () => {
  const before = remembered(
    auraListed('professional-db', { at: NOW - 9 * DAY, snapshots: [snapshotOf(10 * DAY)], askedFrom: NOW - 11 * DAY }),
  )
  const finding = judged(age, auraListed('professional-db'), { before })
  expect(finding).toMatchObject({
    severity: 'critical',
    headline: expect.stringMatching(/^newest snapshot is 10 d old/),
  })
  expect(finding.summary).toMatch(
    /An earlier look saw it; since 2026-11-16 03:15 UTC, as far back as was asked, there is none/,
  )
})

test('where there is none at all, snapshots.none says so and not this rule', () => {
  expect(judge(age, neonListed())).toBeNull()
  expect(judge(age, auraListed('business-critical'))).toBeNull()
})

test('where none is wanted or due, all is well', () => {
  expect(severity(age, neonListed({ snapshots: hours(900) }), { policy: policyOf({ expected: false }) })).toBe('ok')
  expect(severity(age, neonListed({ snapshots: hours(900), schedule: [] }))).toBe('ok')
  expect(severity(age, auraListed('free-db'))).toBe('ok')
})

describe('midnight and leap days', () => {
  const at = (iso: string) => Date.parse(iso)
  const listedAt = (now: string, newest: string, changes: Partial<ListedReading> = {}) =>
    auraListed('professional-db', {
      at: at(now),
      createdAt: at('2027-01-01T00:00:00Z'),
      askedFrom: at(`${newest.slice(0, 10)}T00:00:00Z`),
      snapshots: [snapshotOf(0, { at: at(newest) })],
      ...changes,
    })

  test('just after midnight the one of yesterday is the newest, and young', () => {
    expect(severity(age, listedAt('2028-02-29T00:00:30Z', '2028-02-28T02:00:00Z'))).toBe('ok')
    expect(severity(age, listedAt('2028-03-01T00:00:30Z', '2028-02-29T02:00:00Z'))).toBe('ok')
    expect(severity(age, listedAt('2028-03-01T04:00:30Z', '2028-02-29T02:00:00Z'))).toBe('warning')
  })

  test('a monthly one of 31 January is due by 2 March, leap year or not', () => {
    const monthly = (now: string, newest: string) =>
      neonListed({
        at: at(now),
        createdAt: at('2027-01-01T00:00:00Z'),
        schedule: [{ frequency: 'monthly', everyMs: 31 * DAY }],
        snapshots: [snapshotOf(0, { at: at(newest) })],
      })
    expect(severity(age, monthly('2028-02-29T05:00:00Z', '2028-01-31T05:00:00Z'))).toBe('ok')
    expect(severity(age, monthly('2028-03-02T06:00:00Z', '2028-01-31T05:00:00Z'))).toBe('ok')
    expect(severity(age, monthly('2028-03-02T08:00:00Z', '2028-01-31T05:00:00Z'))).toBe('warning')
    expect(severity(age, monthly('2028-08-01T05:00:00Z', '2028-07-01T05:00:00Z'))).toBe('ok')
  })
})
