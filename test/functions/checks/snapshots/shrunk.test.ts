import { expect, test } from 'vitest'
import type { Snapshot } from '../../../../functions/checks/snapshots/reading.ts'
import { shrunk } from '../../../../functions/checks/snapshots/shrunk.ts'
import { DAY, HOUR } from '../../builders.ts'
import { judge, judged, neonListed, policyOf, severity, snapshotOf, snapshotsFailed } from './builders.ts'

const GB = 1024 ** 3
const sized = (hours: number, gigabytes: number | undefined, changes: Partial<Snapshot> = {}) =>
  snapshotOf(hours * HOUR, { ...(gigabytes !== undefined && { bytes: gigabytes * GB }), ...changes })
const listed = (...snapshots: Snapshot[]) => neonListed({ snapshots })

test.for([
  ['as large', [sized(1, 10), sized(25, 10)], 'ok'],
  ['larger', [sized(1, 90), sized(25, 10)], 'ok'],
  ['a quarter smaller', [sized(1, 7.5), sized(25, 10)], 'ok'],
  ['a third smaller', [sized(1, 6.6), sized(25, 10)], 'warning'],
  ['two thirds smaller', [sized(1, 3.3), sized(25, 10)], 'critical'],
  ['empty', [sized(1, 0), sized(25, 10)], 'critical'],
  ['empty as ever', [sized(1, 0), sized(25, 0)], 'ok'],
  ['no longer empty', [sized(1, 1), sized(25, 0)], 'ok'],
  // Neon tells no size of those of which it bills the difference only.
  [
    'smaller than the last whose size is told',
    [sized(1, undefined), sized(25, 3), sized(49, undefined), sized(73, 10)],
    'critical',
  ],
  ['only what changed, which is always small', [sized(1, 0.1, { full: false }), sized(25, 10), sized(49, 10)], 'ok'],
  ['larger, after one that failed', [sized(1, 10), sized(13, 1, { status: 'failed' }), sized(25, 10)], 'ok'],
  ['smaller more than a week ago', [sized(8 * 24, 3), sized(9 * 24, 10)], 'ok'],
] as [string, Snapshot[], string][])('%s', ([, snapshots, expected]) => {
  expect(severity(shrunk, listed(...snapshots))).toBe(expected)
  expect(severity(shrunk, listed(...snapshots.toReversed()))).toBe(expected)
})

test('nothing is said where two sizes are not known', () => {
  expect(judge(shrunk, listed())).toBeNull()
  expect(judge(shrunk, listed(sized(1, 10)))).toBeNull()
  expect(judge(shrunk, listed(sized(1, undefined), sized(25, 10)))).toBeNull()
  expect(judge(shrunk, listed(sized(1, Number.NaN), sized(25, -1), sized(49, 10)))).toBeNull()
  expect(judge(shrunk, snapshotsFailed('timeout'))).toBeNull()
})

test('it is told once, with both sizes and what to keep', () => {
  const finding = judged(shrunk, listed(sized(1, 3), sized(25, 10)))
  expect(finding).toMatchObject({
    opens: 'at-once',
    once: true,
    headline: 'newest full snapshot is 70% smaller: 3 GB after 10 GB',
    brief: 'Was data deleted? Keep the older snapshot',
  })
  expect(finding.evidence?.rows).toHaveLength(2)
  expect(finding.advice?.[0]).toMatch(/keep the older snapshot from expiring/)
})

test("the limits are the user's, and where none are wanted nothing is said", () => {
  expect(severity(shrunk, listed(sized(1, 3), sized(25, 10)), {}, { warning: 80, critical: null })).toBe('ok')
  const policy = policyOf({ expected: false, maxAgeMs: DAY })
  expect(severity(shrunk, listed(sized(1, 3), sized(25, 10)), { policy })).toBe('ok')
})

test('between recovery and warning it is not over', () => {
  expect(judged(shrunk, listed(sized(1, 7.5), sized(25, 10)))).toMatchObject({ severity: 'ok', recovered: false })
  for (const [newest, previous] of [
    [9, 10],
    [0, 0],
    [1, 0],
  ] as const)
    expect(judged(shrunk, listed(sized(1, newest), sized(25, previous)))).toMatchObject({
      severity: 'ok',
      recovered: true,
    })
})
