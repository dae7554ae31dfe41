import { expect, test } from 'vitest'
import { age } from '../../../../functions/checks/snapshots/age.ts'
import type { ListedReading } from '../../../../functions/checks/snapshots/reading.ts'
import { seenEvery } from '../../../../functions/checks/snapshots/rhythm.ts'
import { DAY, HOUR, NOW } from '../../builders.ts'
import { neonListed, remembered, severity, snapshotOf, snapshotsOf } from './builders.ts'

const days = (...old: number[]) => old.map((n) => snapshotOf(n * DAY))

/** A look at a branch whose schedule is not told. */
const untold = (changes: Partial<ListedReading>): ListedReading => {
  const { schedule: _, ...reading } = neonListed({ tier: 'scale_v3', scheduleRefused: 'not allowed', ...changes })
  return reading
}

test.for([
  ['none', [], undefined],
  ['some made by hand', snapshotsOf(9, DAY, DAY, { scheduled: false }), undefined],
  ['one', days(41), 31 * DAY],
  ['two', days(41, 42), 31 * DAY],
  ['one an hour', snapshotsOf(30, HOUR, 1.05 * HOUR), HOUR],
  ['one a day', snapshotsOf(30, HOUR), DAY],
  ['one a day, and older ones kept by the week', days(1, 2, 3, 4, 5, 12, 19, 26, 33), DAY],
  ['one a day and another a week, an hour later', days(1, 1.04, 2, 3, 4, 5, 6, 7, 8), DAY],
  ['one a week', days(3, 10, 17, 24), 7 * DAY],
  ['one a month', days(3, 34, 64, 95), 31 * DAY],
  ['less than one a month', days(3, 103, 203), 31 * DAY],
] as const)('%s', ([, snapshots, every]) => {
  expect(seenEvery(untold({ snapshots: [...snapshots] }))).toBe(every)
})

test('scheduled ones that come no more are late by their own rhythm, where the schedule is not told', () => {
  const daily = snapshotsOf(5, 41 * DAY)
  expect(severity(age, untold({ snapshots: daily }))).toBe('critical')
  expect(severity(age, untold({ snapshots: days(41) }))).toBe('warning')
  expect(severity(age, untold({ snapshots: snapshotsOf(5, DAY) }))).toBe('ok')
  // It is remembered when too few are left to tell.
  const before = remembered(untold({ snapshots: snapshotsOf(5, HOUR) }))
  expect(severity(age, untold({ at: NOW + 2 * DAY, snapshots: [] }), { before })).toBe('null')
  expect(before.known?.seenEveryMs).toBe(DAY)
})

test('a schedule that was told before still counts, and a plan without schedules has none', () => {
  const weekly = neonListed({ schedule: [{ frequency: 'weekly', everyMs: 7 * DAY }], snapshots: snapshotsOf(9, 0) })
  const before = remembered(weekly)
  expect(severity(age, untold({ at: NOW + 5 * DAY, snapshots: snapshotsOf(9, 0) }), { before })).toBe('ok')
  expect(severity(age, untold({ tier: 'free_v3', snapshots: snapshotsOf(5, 41 * DAY) }))).toBe('ok')
})
