import { describe, expect, test } from 'vitest'
import type { SnapshotsMemory } from '../../../../functions/checks/snapshots/facts.ts'
import type { Snapshot } from '../../../../functions/checks/snapshots/reading.ts'
import { scheduleOff } from '../../../../functions/checks/snapshots/schedule-off.ts'
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

const HAD: SnapshotsMemory = { hadSchedule: true, known: { provider: 'neon', of: 'branch main' } }
const NEVER: SnapshotsMemory = { known: { provider: 'neon', of: 'branch main' } }
const MANUAL = [snapshotOf(HOUR, { scheduled: false })]
const LEFT_OVER = [snapshotOf(HOUR, { scheduled: true })]
const NOT_TOLD = [snapshotOf(HOUR, { scheduled: null })]

describe('an empty schedule', () => {
  const off = (tier: string | undefined, snapshots: Snapshot[] = []) => {
    const { tier: _, ...reading } = neonListed({ schedule: [], snapshots })
    return { ...reading, ...(tier !== undefined && { tier }) }
  }
  type Row = [
    plan: string | undefined,
    had: boolean,
    maxAge: boolean,
    snapshots: Snapshot[],
    told: 'ok' | 'warning' | 'once',
  ]
  test.for<Row>([
    // Free and Agent plans have no schedules, so nobody can be missing one.
    ['free_v3', false, false, [], 'ok'],
    ['free_v3', true, false, [], 'ok'],
    ['FREE', true, true, LEFT_OVER, 'ok'],
    ['agent_v1', true, false, [], 'ok'],
    // Somebody has turned it off.
    ['launch_v3', true, false, [], 'warning'],
    ['launch_v3', true, false, MANUAL, 'warning'],
    ['launch_v3', true, true, [], 'warning'],
    ['launch_v3', true, true, LEFT_OVER, 'warning'],
    [undefined, true, false, [], 'warning'],
    // There never was one, where there could be: said once.
    ['launch_v3', false, false, [], 'once'],
    ['scale', false, false, MANUAL, 'once'],
    ['scale_v3', false, true, LEFT_OVER, 'once'],
    ['scale_v3', false, true, NOT_TOLD, 'once'],
    // Made by hand as often as is wanted.
    ['launch_v3', true, true, MANUAL, 'ok'],
    ['launch_v3', false, true, MANUAL, 'ok'],
    // Nobody knows whether there could be one.
    [undefined, false, false, [], 'ok'],
    [' ', false, false, [], 'ok'],
  ])('on plan %s, there before: %s, maxAge: %s, %j: %s', ([plan, had, maxAge, snapshots, told]) => {
    const policy = policyOf({ maxAgeMs: maxAge ? DAY : undefined })
    const finding = judged(scheduleOff, off(plan, snapshots), { policy, before: had ? HAD : NEVER })
    expect(finding.severity).toBe(told === 'once' ? 'warning' : told)
    expect(finding.once ?? false).toBe(told === 'once')
    expect(finding.recovered).toBe(told === 'ok')
  })

  test('is no trouble where no snapshots are wanted', () => {
    expect(severity(scheduleOff, off('launch_v3'), { before: HAD, policy: policyOf({ expected: false }) })).toBe('ok')
  })

  test('is told for as long as it lasts, not only at the look that first saw it', () => {
    const at = (hours: number) => neonListed({ at: NOW + hours * HOUR, schedule: [], snapshots: LEFT_OVER })
    const before = remembered(neonListed({ snapshots: LEFT_OVER }), at(1), at(2))
    const finding = judged(scheduleOff, at(3), { before })
    expect(finding).toMatchObject({
      severity: 'warning',
      opens: 'at-once',
      headline: 'the backup schedule is off; it was on before',
    })
    expect(finding.summary).toMatch(/The newest that is known is of 2026-11-21 02:15 UTC/)
  })

  test('manual snapshots that have grown too old make up for nothing', () => {
    const policy = policyOf({ maxAgeMs: DAY })
    const old = [snapshotOf(25 * HOUR, { scheduled: false })]
    expect(severity(scheduleOff, off('launch_v3', old), { policy, before: HAD })).toBe('warning')
  })

  test('a plan that was told before counts where it is not told now', () => {
    const before = remembered(neonListed({ tier: 'free_v3', schedule: [] }))
    expect(severity(scheduleOff, off(undefined), { before: { ...before, hadSchedule: true } })).toBe('ok')
  })
})

test('a schedule that is on is well, and ends what was told', () => {
  expect(judged(scheduleOff, neonListed(), { before: HAD })).toMatchObject({ severity: 'ok', recovered: true })
})

test('nothing is said where nobody tells of a schedule', () => {
  const { schedule: _, ...untold } = neonListed()
  expect(judge(scheduleOff, untold, { before: HAD })).toBeNull()
  expect(judge(scheduleOff, auraListed('professional-db'), { before: HAD })).toBeNull()
  expect(judge(scheduleOff, snapshotsFailed('timeout'), { before: HAD })).toBeNull()
})
