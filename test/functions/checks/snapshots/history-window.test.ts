import { expect, test } from 'vitest'
import { historyWindow } from '../../../../functions/checks/snapshots/history-window.ts'
import { DAY, HOUR } from '../../builders.ts'
import { auraListed, judge, judged, neonListed, policyOf, severity, snapshotsFailed } from './builders.ts'

type Row = [window: number, wanted: number | undefined, expected: boolean, told: string]
test.for<Row>([
  [DAY, undefined, true, 'ok'],
  [6 * HOUR, undefined, true, 'ok'],
  [0, undefined, true, 'warning'],
  [0, 0, true, 'ok'],
  [DAY, 0, true, 'ok'],
  [DAY, DAY, true, 'ok'],
  [DAY, 7 * DAY, true, 'warning'],
  [0, 7 * DAY, true, 'warning'],
  // No snapshots are wanted; of the window only what is wanted all the same.
  [0, undefined, false, 'ok'],
  [0, DAY, false, 'warning'],
  [6 * HOUR, DAY, false, 'warning'],
  [Number.NaN, undefined, true, 'warning'],
])('%i ms, wanted %s, snapshots expected: %s: %s', ([historyWindowMs, wanted, expected, told]) => {
  const policy = policyOf({ expected, historyWindowMs: wanted })
  expect(severity(historyWindow, neonListed({ historyWindowMs }), { policy })).toBe(told)
})

test('it says how long it is, and what to do', () => {
  expect(judged(historyWindow, neonListed({ historyWindowMs: 0 })).headline).toBe(
    'no point-in-time restore: the history window is 0',
  )
  const policy = policyOf({ historyWindowMs: 7 * DAY })
  expect(judged(historyWindow, neonListed({ historyWindowMs: DAY }), { policy })).toMatchObject({
    opens: 'at-once',
    headline: 'point-in-time restore reaches back 1 d, wanted: 7 d',
  })
})

test('nothing is said where nobody tells of one', () => {
  const { historyWindowMs: _, ...untold } = neonListed()
  expect(judge(historyWindow, untold)).toBeNull()
  expect(judge(historyWindow, auraListed('professional-db'))).toBeNull()
  expect(judge(historyWindow, snapshotsFailed('timeout'))).toBeNull()
})
