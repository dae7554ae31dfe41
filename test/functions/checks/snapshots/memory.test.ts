import { describe, expect, test } from 'vitest'
import { rememberSnapshots } from '../../../../functions/checks/snapshots/memory.ts'
import { DAY, HOUR, MINUTE, NOW } from '../../builders.ts'
import { auraListed, DAILY, neonListed, remembered, snapshotOf, snapshotsFailed } from './builders.ts'

test('a look leaves what the next ones need', () => {
  const snapshots = [snapshotOf(HOUR, { full: false }), snapshotOf(20 * HOUR), snapshotOf(MINUTE, { status: 'failed' })]
  expect(remembered(auraListed('business-critical', { snapshots }))).toEqual({
    newestAt: NOW - HOUR,
    newestFullAt: NOW - 20 * HOUR,
    sawRunning: true,
    firstListedAt: NOW,
    listedAt: NOW,
    coveredFrom: NOW - 5 * DAY,
    known: { provider: 'aura', of: 'instance shop', tier: 'business-critical', createdAt: NOW - 365 * DAY },
  })
})

test('the newest ever seen is kept when it is no longer listed, and what is dated in the future is none', () => {
  const memory = remembered(
    neonListed({ snapshots: [snapshotOf(HOUR)] }),
    neonListed({ at: NOW + HOUR, snapshots: [snapshotOf(DAY), snapshotOf(-3 * HOUR)] }),
    neonListed({ at: NOW + 2 * HOUR }),
  )
  expect(memory).toMatchObject({ newestAt: NOW - HOUR, newestFullAt: NOW - HOUR, listedAt: NOW + 2 * HOUR })
})

describe('since when all have been asked for', () => {
  const look = (days: number, askedDays: number) =>
    auraListed('professional-db', { at: NOW + days * DAY, askedFrom: NOW + (days - askedDays) * DAY })
  const covered = (...looks: [days: number, askedDays: number][]) =>
    ((remembered(...looks.map(([days, asked]) => look(days, asked))).coveredFrom ?? 0) - NOW) / DAY

  test('goes back as far as looks join up', () => {
    expect(covered([0, 8])).toBe(-8)
    expect(covered([0, 8], [1, 2], [2, 2])).toBe(-8)
    expect(covered([0, 2], [1, 8])).toBe(-7)
  })

  test('begins anew after a gap, or where one may have been under way in it', () => {
    expect(covered([0, 8], [3, 2])).toBe(1)
    expect(covered([0, 8], [2, 2])).toBe(0)
    expect(covered([0, 8], [1.9, 2])).toBe(-8)
  })

  test('is not remembered of an instance that was made anew', () => {
    const anew = auraListed('professional-db', { at: NOW + DAY, askedFrom: NOW - DAY, createdAt: NOW - HOUR })
    expect(remembered(look(0, 8), anew).coveredFrom).toBe(NOW - DAY)
  })
})

test('a clock that is a minute ahead is believed', () => {
  expect(remembered(neonListed({ snapshots: [snapshotOf(-MINUTE)] })).newestAt).toBe(NOW + MINUTE)
})

test('a look that failed changes nothing', () => {
  const before = remembered(neonListed({ snapshots: [snapshotOf(HOUR)] }))
  expect(rememberSnapshots(before, snapshotsFailed('timeout'))).toBe(before)
  expect(remembered(snapshotsFailed('timeout'))).toEqual({})
})

test('a pause is remembered from when it was first seen until it runs again', () => {
  const at = (hours: number, status: string) => auraListed('professional-db', { at: NOW + hours * HOUR, status })
  expect(remembered(at(0, 'running'), at(1, 'Paused'), at(2, 'paused'), at(3, 'resuming')).pausedSince).toBe(NOW + HOUR)
  const resumed = remembered(at(0, 'running'), at(1, 'paused'), at(4, 'running'))
  expect(resumed).not.toHaveProperty('pausedSince')
  expect(resumed.pauses).toEqual([[NOW + HOUR, NOW + 4 * HOUR]])
})

describe('a schedule', () => {
  const at = (hours: number, schedule = [DAILY], scheduled = true) =>
    neonListed({ at: NOW + hours * HOUR, schedule, snapshots: [snapshotOf(HOUR, { scheduled })] })

  test('that has made a snapshot was there before the first look; one that has not is counted from there', () => {
    expect(remembered(at(0))).not.toHaveProperty('dueSince')
    expect(remembered(at(0, [DAILY], false)).dueSince).toBe(NOW)
    expect(remembered(at(0, [], false))).not.toHaveProperty('dueSince')
  })

  test('is another from the look that first saw it so, and the same while only its retention changes', () => {
    const shorter = [{ ...DAILY, frequency: 'hourly', everyMs: HOUR }]
    expect(remembered(at(0), at(1, shorter), at(2, shorter)).dueSince).toBe(NOW + HOUR)
    expect(remembered(at(0, []), at(1)).dueSince).toBe(NOW + HOUR)
    expect(remembered(at(0), at(1, [{ ...DAILY, retentionMs: DAY }]))).not.toHaveProperty('dueSince')
  })

  test('that was once seen is remembered, and is not gone where nobody told of it', () => {
    expect(remembered(at(0), at(1, []), at(2, [])).hadSchedule).toBe(true)
    expect(remembered(at(0, []))).not.toHaveProperty('hadSchedule')
    const { schedule: _, ...untold } = at(1)
    expect(remembered(at(0), untold, at(2))).not.toHaveProperty('dueSince')
  })
})

test('another tier makes other snapshots due', () => {
  const tier = (name: string, hours = 0) => auraListed(name, { at: NOW + hours * HOUR, snapshots: [snapshotOf(HOUR)] })
  expect(remembered(tier('professional-db'), tier('business-critical', 1)).dueSince).toBe(NOW + HOUR)
  expect(remembered(tier('professional-db'), tier('PROFESSIONAL-DB', 1))).not.toHaveProperty('dueSince')
})

test('an instance of unknown age counts from the first look, unless a snapshot shows that it was there before', () => {
  const { createdAt: _, ...ageless } = auraListed('professional-db')
  expect(remembered(ageless).dueSince).toBe(NOW)
  expect(remembered({ ...ageless, snapshots: [snapshotOf(DAY)] })).not.toHaveProperty('dueSince')
  for (const createdAt of [Number.NaN, NOW + DAY]) expect(remembered({ ...ageless, createdAt }).dueSince).toBe(NOW)
})

test('what is remembered of another branch says nothing of this one; a restored one has other snapshots and no less of a schedule', () => {
  const before = neonListed({ snapshots: [snapshotOf(HOUR)] })
  const other = remembered(before, neonListed({ of: 'branch dev', at: NOW + HOUR, schedule: [] }))
  expect(other).toMatchObject({ firstListedAt: NOW + HOUR })
  expect(other).not.toHaveProperty('newestAt')
  expect(other).not.toHaveProperty('hadSchedule')
  const restored = remembered(before, neonListed({ createdAt: NOW, at: NOW + HOUR, schedule: [] }))
  expect(restored).toMatchObject({ hadSchedule: true, firstListedAt: NOW })
  expect(restored).not.toHaveProperty('newestAt')
})
