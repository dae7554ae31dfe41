import { expect, test } from 'vitest'
import { attemptsOf, leftOut } from '../../../../functions/checks/snapshots/attempts.ts'
import { HOUR, MINUTE, NOW } from '../../builders.ts'
import { auraListed, neonListed, snapshotOf, snapshotsOf } from './builders.ts'

const sorted = (...snapshots: ReturnType<typeof snapshotOf>[]) =>
  attemptsOf(auraListed('professional-db', { snapshots }))

test('attempts are told apart by their status, the newest first, in whatever order they come', () => {
  const pending = snapshotOf(MINUTE, { status: 'pending' })
  const old = snapshotOf(26 * HOUR)
  const young = snapshotOf(2 * HOUR)
  const failed = snapshotOf(HOUR, { status: 'failed' })
  const other = snapshotOf(3 * HOUR, { status: 'other', said: 'Archived' })
  expect(sorted(old, failed, other, young, pending)).toEqual({
    completed: [young, old],
    failed: [failed],
    pending: [pending],
    other: [other],
    ahead: [],
  })
})

test('of two of one moment the id decides, not the order of the list', () => {
  const [a, b] = [snapshotOf(HOUR, { id: 'a' }), snapshotOf(HOUR, { id: 'b' })]
  expect(sorted(a, b)).toEqual(sorted(b, a))
})

test('a clock may be a minute ahead, and no further than five', () => {
  expect(sorted(snapshotOf(-MINUTE)).completed).toHaveLength(1)
  expect(sorted(snapshotOf(-5 * MINUTE)).completed).toHaveLength(1)
  expect(sorted(snapshotOf(-5 * MINUTE - 1))).toMatchObject({
    completed: [],
    ahead: [{ id: `s-${NOW + 5 * MINUTE + 1}` }],
  })
})

test('what has no moment that can be said is no snapshot', () => {
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, -1, 8.64e15].map((at) => snapshotOf(0, { at }))
  expect(Object.values(sorted(...odd)).flat()).toEqual([])
})

test('what is not counted is named', () => {
  const { other, ahead } = sorted(
    snapshotOf(HOUR, { status: 'other', said: 'Archived' }),
    snapshotOf(2 * HOUR, { status: 'other', said: 'Archived' }),
    snapshotOf(-HOUR),
  )
  const none = { completed: [], failed: [], pending: [] }
  expect(leftOut({ ...none, other, ahead })).toBe(
    ' 1 snapshot is dated in the future (2026-11-21 04:15 UTC) and not counted: compare clocks.' +
      ' 2 snapshots have a status that Nightshift does not know ("Archived") and are not counted.',
  )
  expect(leftOut({ ...none, other: other.slice(1), ahead: [] })).toMatch(
    /^ 1 snapshot has a status .* and is not counted\.$/,
  )
  expect(leftOut({ ...none, other: [], ahead: [] })).toBe('')
})

test('a thousand are sorted as a few', () => {
  const many = snapshotsOf(1_000, HOUR, HOUR)
  const { completed } = attemptsOf(neonListed({ snapshots: many.toReversed() }))
  expect(completed).toEqual(many)
})
