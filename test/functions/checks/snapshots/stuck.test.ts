import { expect, test } from 'vitest'
import type { Snapshot } from '../../../../functions/checks/snapshots/reading.ts'
import { stuck } from '../../../../functions/checks/snapshots/stuck.ts'
import { DAY, HOUR, NOW } from '../../builders.ts'
import { auraListed, judge, judged, policyOf, remembered, severity, snapshotOf, snapshotsFailed } from './builders.ts'

const pending = (hours: number, said = 'InProgress') =>
  snapshotOf(hours * HOUR, { status: 'pending', said, full: false })
const listed = (...snapshots: Snapshot[]) => auraListed('professional-db', { snapshots })

test.for([
  ['none is under way', [snapshotOf(HOUR)], 'ok'],
  ['one for five hours', [pending(5), snapshotOf(DAY)], 'ok'],
  ['one for six', [pending(6), snapshotOf(DAY)], 'warning'],
  ['one for two days, as age is what makes it critical', [pending(48), snapshotOf(3 * DAY)], 'warning'],
  ['one for six hours, and another for one', [pending(1), pending(6), snapshotOf(DAY)], 'warning'],
  ['one that a later one has left behind', [snapshotOf(HOUR), pending(9)], 'ok'],
  ['one of the future', [pending(-9)], 'ok'],
  ['one, and never a good one', [pending(7)], 'warning'],
] as [string, Snapshot[], string][])('%s', ([, snapshots, expected]) => {
  expect(severity(stuck, listed(...snapshots))).toBe(expected)
  expect(severity(stuck, listed(...snapshots.toReversed()))).toBe(expected)
})

test('it says which, and since when as far as is told', () => {
  expect(judged(stuck, listed(pending(7, 'Pending')))).toMatchObject({
    headline: 'a snapshot is under way for 7 h',
    summary: `The snapshot of instance shop that was begun at 2026-11-20 20:15 UTC (s-${NOW - 7 * HOUR}), as far as is told, is still "Pending", and no later one has been completed.`,
  })
})

test("the limits are the user's", () => {
  expect(severity(stuck, listed(pending(7)), {}, { warning: 8 * HOUR })).toBe('ok')
  expect(severity(stuck, listed(pending(30)), {}, { critical: DAY })).toBe('critical')
})

test('while the instance stands still, so does the snapshot', () => {
  const before = remembered(listed(), auraListed('professional-db', { at: NOW + HOUR, status: 'paused' }))
  const later = auraListed('professional-db', { at: NOW + 90 * HOUR, status: 'paused', snapshots: [pending(1)] })
  expect(severity(stuck, later, { before })).toBe('ok')
})

test('a look that failed says nothing, and where none are wanted none is missed', () => {
  expect(judge(stuck, snapshotsFailed('timeout'))).toBeNull()
  expect(severity(stuck, listed(pending(9)), { policy: policyOf({ expected: false }) })).toBe('ok')
})
