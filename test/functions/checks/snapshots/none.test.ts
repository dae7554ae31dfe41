import { describe, expect, test } from 'vitest'
import { age } from '../../../../functions/checks/snapshots/age.ts'
import { none } from '../../../../functions/checks/snapshots/none.ts'
import type { ListedReading } from '../../../../functions/checks/snapshots/reading.ts'
import { DAY, HOUR, NOW } from '../../builders.ts'
import {
  auraListed,
  judge,
  judged,
  neonListed,
  policyOf,
  remembered,
  severity,
  snapshotOf,
  snapshotsFailed,
} from './builders.ts'

describe('by tier and plan, of a database a year old, looked at for days', () => {
  const lookedAt = (reading: ListedReading) => ({ before: remembered({ ...reading, at: NOW - 9 * DAY }) })
  const maxAge = policyOf({ maxAgeMs: DAY })
  type Row = [what: string, reading: ListedReading, policy: ReturnType<typeof policyOf>, expected: string]
  test.for<Row>([
    ['Aura Free', auraListed('free-db'), policyOf(), 'ok'],
    ['Aura Free with snapshots.maxAge', auraListed('free-db'), maxAge, 'critical'],
    ['Aura Professional', auraListed('professional-db'), policyOf(), 'critical'],
    ['AuraDS Professional', auraListed('professional-ds'), policyOf(), 'critical'],
    ['AuraDS Enterprise', auraListed('enterprise-ds'), policyOf(), 'critical'],
    ['Business Critical', auraListed('business-critical'), policyOf(), 'critical'],
    ['VDC', auraListed('enterprise-db'), policyOf(), 'critical'],
    ['a tier to come', auraListed('a-tier-to-come'), policyOf(), 'critical'],
    ['Neon with a schedule', neonListed(), policyOf(), 'critical'],
    ['Neon without', neonListed({ schedule: [] }), policyOf(), 'ok'],
    ['Neon Free', neonListed({ schedule: [], tier: 'free_v3' }), policyOf(), 'ok'],
    ['Neon Free with snapshots.maxAge', neonListed({ schedule: [], tier: 'free_v3' }), maxAge, 'critical'],
    ['where none are wanted', neonListed(), policyOf({ expected: false, maxAgeMs: DAY }), 'ok'],
  ])('%s: no snapshot', ([, reading, policy, expected]) => {
    expect(severity(none, reading, { policy, ...lookedAt(reading) })).toBe(expected)
    // One trouble is told by one rule.
    expect(['ok', 'null']).toContain(severity(age, reading, { policy, ...lookedAt(reading) }))
  })
})

test('it says how far back it was looked, and what there is instead', () => {
  const snapshots = [
    snapshotOf(HOUR, { status: 'failed', said: 'Failed' }),
    snapshotOf(2 * HOUR, { status: 'pending', said: 'InProgress' }),
    snapshotOf(3 * HOUR, { status: 'other', said: 'Quarantined' }),
    snapshotOf(-3 * HOUR),
  ]
  const finding = judged(none, auraListed('professional-db', { snapshots }))
  expect(finding).toMatchObject({
    severity: 'critical',
    opens: 'at-once',
    headline: 'no completed snapshot since 2026-11-16 03:15 UTC',
    recovered: false,
  })
  expect(finding.summary).toBe(
    'No snapshot of instance shop has been completed since 2026-11-16 03:15 UTC, and one is due every day on professional-db: nothing of that time could be restored.' +
      ' Snapshots from before 2026-11-16 03:15 UTC were not asked for: there may be older ones.' +
      ' Of those listed 1 failed and 1 in progress.' +
      ' 1 snapshot is dated in the future (2026-11-21 06:15 UTC) and not counted: compare clocks.' +
      ' 1 snapshot has a status that Nightshift does not know ("Quarantined") and is not counted.',
  )
  expect(finding.evidence?.rows.map(([, status]) => status)).toEqual(['Failed', 'InProgress', 'Quarantined'])
})

describe('that nothing could be restored is said of all that was asked for, and of no more', () => {
  const summaryOf = (reading: ListedReading) => judged(none, reading).summary
  const DAYS_ASKED = { askedFrom: NOW - 9 * DAY }

  test('where the instance was made since, that is all there can be', () => {
    const reading = auraListed('professional-db', { ...DAYS_ASKED, createdAt: NOW - 5 * DAY })
    expect(summaryOf(reading)).toMatch(/since 2026-11-16 03:15 UTC, .*: nothing could be restored\.$/)
    expect(judged(none, reading).advice?.join()).not.toContain('older')
  })

  test('single days are named beside', () => {
    const reading = auraListed('professional-db', { ...DAYS_ASKED, alsoAsked: [NOW - 31 * DAY, NOW - 30 * DAY] })
    expect(summaryOf(reading)).toMatch(
      /nothing of that time could be restored\. Snapshots from before 2026-11-12 03:15 UTC were not asked for, but for 2 single days: there may be older ones\.$/,
    )
    expect(judged(none, reading).advice?.[1]).toMatch(/^See whether there are older ones/)
  })
})

test('one good one is enough', () => {
  expect(severity(none, auraListed('professional-db', { snapshots: [snapshotOf(90 * HOUR)] }))).toBe('ok')
})

test('what was not asked for is not missed: just after midnight today has none', () => {
  const midnight = Date.UTC(2026, 10, 21)
  const asked = (askedFrom: number) => auraListed('professional-db', { at: midnight + 30_000, askedFrom })
  expect(judge(none, asked(midnight))).toBeNull()
  expect(judge(none, asked(midnight - DAY))).toBeNull()
  expect(severity(none, asked(midnight - 2 * DAY))).toBe('critical')
})

test('a database that is younger than a period and its slack has none to miss', () => {
  const made = (ago: number) => auraListed('professional-db', { createdAt: NOW - ago })
  expect(judge(none, made(26 * HOUR))).toBeNull()
  expect(severity(none, made(27 * HOUR))).toBe('critical')
})

test('one of unknown age counts from the first look', () => {
  const { createdAt: _, ...ageless } = auraListed('professional-db')
  expect(judge(none, ageless)).toBeNull()
  const before = remembered(ageless)
  expect(judge(none, { ...ageless, at: NOW + 26 * HOUR }, { before })).toBeNull()
  expect(severity(none, { ...ageless, at: NOW + 27 * HOUR }, { before })).toBe('critical')
})

describe("Neon's schedule", () => {
  test('without a snapshot counts from when it was first seen: nobody tells when it was turned on', () => {
    expect(judge(none, neonListed())).toBeNull()
    const before = remembered(neonListed())
    expect(judge(none, neonListed({ at: NOW + 26 * HOUR }), { before })).toBeNull()
    expect(severity(none, neonListed({ at: NOW + 27 * HOUR }), { before })).toBe('critical')
  })

  test('turned on later counts from then', () => {
    const before = remembered(neonListed({ at: NOW - 9 * DAY, schedule: [] }), neonListed({ at: NOW - HOUR }))
    expect(judge(none, neonListed(), { before })).toBeNull()
    expect(severity(none, neonListed({ at: NOW + 26 * HOUR }), { before })).toBe('critical')
  })
})

describe('one that was there before', () => {
  const one = (old: number) =>
    remembered(neonListed({ at: NOW - HOUR, snapshots: [snapshotOf(old * HOUR), snapshotOf(old * HOUR + DAY)] }))

  test('and is gone within what was asked for has been deleted', () => {
    const finding = judged(none, neonListed(), { before: one(30) })
    expect(finding).toMatchObject({ severity: 'critical', opens: 'at-once', headline: 'no snapshot at all' })
    expect(finding.summary).toMatch(
      /An earlier look saw one of 2026-11-19 21:15 UTC: it has expired since, or somebody has deleted it/,
    )
  })

  test('or has expired a moment before the next: a second look must agree', () => {
    expect(judged(none, neonListed(), { before: one(25) })).toMatchObject({
      severity: 'critical',
      opens: 'confirmed',
    })
  })

  test("and is older than all that was asked for is snapshots.age's to tell", () => {
    const seen = remembered(auraListed('professional-db', { at: NOW - 9 * DAY, snapshots: [snapshotOf(9 * DAY)] }))
    expect(judge(none, auraListed('professional-db'), { before: seen })).toBeNull()
  })
})

describe("after Neon's schedule was turned off", () => {
  const off = (changes: Partial<ListedReading> = {}) => neonListed({ schedule: [], ...changes })
  const before = remembered(neonListed({ at: NOW - 9 * DAY, snapshots: [snapshotOf(9 * DAY)] }))

  test('that all are gone is told, at once and for as long as it lasts', () => {
    const finding = judged(none, off(), { before })
    expect(finding).toMatchObject({ severity: 'critical', opens: 'at-once', headline: 'no snapshot at all' })
    expect(finding.summary).toMatch(/, and the schedule that made them is off: nothing could be restored\./)
    expect(severity(none, off({ at: NOW + 9 * DAY }), { before })).toBe('critical')
  })

  test('or with it another schedule was set', () => {
    const monthly = neonListed({ schedule: [{ frequency: 'monthly', everyMs: 31 * DAY }] })
    expect(severity(none, monthly, { before })).toBe('critical')
  })

  test('what was wrong before is not mended by that', () => {
    const never = remembered(neonListed({ at: NOW - 9 * DAY }))
    expect(judge(none, off(), { before: never })).toBeNull()
    expect(judge(age, off({ snapshots: [snapshotOf(9 * DAY)] }), { before })).toBeNull()
  })

  test('but for who says that none are wanted, or has a plan without', () => {
    expect(severity(none, off(), { before, policy: policyOf({ expected: false }) })).toBe('ok')
    expect(severity(none, off({ tier: 'free_v3' }), { before })).toBe('ok')
    expect(severity(age, off({ tier: 'free_v3', snapshots: [snapshotOf(9 * DAY)] }), { before })).toBe('ok')
  })
})

test('what a restore has left with the former branch is named', () => {
  const leftBehind = { of: 'branch main (old)', snapshots: 14, newestAt: NOW - 30 * HOUR }
  const before = remembered(neonListed({ at: NOW - 9 * DAY }))
  expect(judged(none, neonListed({ leftBehind }), { before }).summary).toMatch(
    /14 snapshots are left with branch main \(old\), .*, the newest 1 d 6 h old: they can be restored, and hold nothing of what came after\./,
  )
})

test('an instance that stands still has none to miss, and resumed has its time', () => {
  const paused = auraListed('professional-db', { status: 'paused', askedFrom: NOW - 9 * DAY })
  expect(judge(none, paused)).toBeNull()
  const before = remembered(paused, auraListed('professional-db', { at: NOW + HOUR }))
  const later = (n: number) => auraListed('professional-db', { at: NOW + n * HOUR, askedFrom: NOW - 5 * DAY })
  expect(judge(none, later(27), { before })).toBeNull()
  expect(severity(none, later(28), { before })).toBe('critical')
})

test('a look that failed does not say that there is none', () => {
  expect(judge(none, snapshotsFailed('timeout'))).toBeNull()
})

test('one that is due more seldom than a look goes back is missed all the same', () => {
  const policy = policyOf({ maxAgeMs: 14 * DAY })
  const day = (n: number, changes: Partial<ListedReading> = {}) =>
    auraListed('free-db', { at: NOW + n * DAY, askedFrom: NOW + (n - 2) * DAY, ...changes })
  const days = [day(0, { askedFrom: NOW - 8 * DAY }), ...Array.from({ length: 6 }, (_, i) => day(i + 1))]
  const before = remembered(...days)
  expect(judge(none, day(6), { before, policy })).toBeNull()
  expect(judged(none, day(7), { before, policy })).toMatchObject({
    severity: 'critical',
    headline: 'no completed snapshot since 2026-11-13 03:15 UTC',
  })
  // One that was seen and is gone: that was seen, so there was one since.
  const seen = remembered(...days, day(6.5, { snapshots: [snapshotOf(-6 * DAY)] }))
  expect(judge(none, day(7), { before: seen, policy })).toBeNull()
})
