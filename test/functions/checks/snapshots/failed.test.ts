import { expect, test } from 'vitest'
import { failed } from '../../../../functions/checks/snapshots/failed.ts'
import type { Snapshot } from '../../../../functions/checks/snapshots/reading.ts'
import { DAY, HOUR, NOW } from '../../builders.ts'
import { auraListed, judge, judged, policyOf, remembered, severity, snapshotOf, snapshotsFailed } from './builders.ts'

const bad = (hours: number, said = 'Failed') => snapshotOf(hours * HOUR, { status: 'failed', said })
const good = (hours: number) => snapshotOf(hours * HOUR)
const listed = (...snapshots: Snapshot[]) => auraListed('professional-db', { snapshots })

test.for([
  ['the last was good', [good(1), bad(2), bad(3)], 'ok'],
  ['the last failed', [bad(1), good(2)], 'warning'],
  ['the last two failed, and the good one is young', [bad(1), bad(2), good(3)], 'warning'],
  ['the last two failed, and the good one is late', [bad(1), bad(2), good(27)], 'critical'],
  ['one failed, and the good one is late', [bad(1), good(27)], 'warning'],
  ['two failed, and there is no good one', [bad(1), bad(2)], 'critical'],
  ['one failed and one is under way', [snapshotOf(HOUR, { status: 'pending' }), bad(2), good(3)], 'warning'],
  [
    'one failed and one has a status that nobody knows',
    [snapshotOf(HOUR, { status: 'other' }), bad(2), good(3)],
    'warning',
  ],
  ['a good one between two that failed', [bad(1), good(2), bad(3)], 'warning'],
  ['one failed at the very moment of a good one', [bad(1), { ...good(1), id: 'another' }], 'ok'],
  ['one failed in the future', [bad(-3), good(2)], 'ok'],
  ['nothing at all', [], 'null'],
] as [string, Snapshot[], string][])('%s', ([, snapshots, expected]) => {
  expect(severity(failed, listed(...snapshots))).toBe(expected)
  expect(severity(failed, listed(...snapshots.toReversed()))).toBe(expected)
})

test('it says which failed and when, and since when the last good one is', () => {
  expect(judged(failed, listed(bad(3), good(27)))).toMatchObject({
    opens: 'at-once',
    recovered: false,
    headline: 'the last snapshot failed, 3 h ago',
    summary: `The snapshot of instance shop of 2026-11-21 00:15 UTC (s-${NOW - 3 * HOUR}) ended as "Failed". The last good one is of 2026-11-20 00:15 UTC, 1 d 3 h old.`,
  })
  const finding = judged(failed, listed(bad(3), bad(4, 'Cancelled'), bad(5)))
  expect(finding.headline).toBe('the last 3 snapshots failed')
  expect(finding.summary).toMatch(/and so did the 2 before it \(Failed, Cancelled\)\. No good one is known\.$/)
})

test('a good one that an earlier look saw is remembered', () => {
  const before = remembered(auraListed('professional-db', { at: NOW - DAY, snapshots: [snapshotOf(9 * DAY)] }))
  expect(judged(failed, listed(bad(3)), { before }).summary).toMatch(
    /The last good one is of 2026-11-12 03:15 UTC, 9 d old/,
  )
})

test('one that has dropped out of what was asked for is not mended by that', () => {
  expect(judge(failed, listed())).toBeNull()
  expect(judge(failed, snapshotsFailed('timeout'))).toBeNull()
})

test('two that fail in ten minutes wake nobody while the last good one is young, nor where none is due', () => {
  const snapshots = [bad(0.1), bad(0.2), good(1.7)]
  expect(severity(failed, auraListed('business-critical', { snapshots }))).toBe('warning')
  expect(severity(failed, auraListed('business-critical', { snapshots, at: NOW + 2 * HOUR }))).toBe('critical')
  const first = auraListed('business-critical', { snapshots: [bad(0.1), bad(0.2)], createdAt: NOW - HOUR })
  expect(severity(failed, first)).toBe('warning')
  expect(severity(failed, auraListed('free-db', { snapshots: [bad(1), bad(2), good(90)] }))).toBe('warning')
})

test('where none are wanted, none is missed', () => {
  expect(severity(failed, listed(bad(1)), { policy: policyOf({ expected: false }) })).toBe('ok')
})
