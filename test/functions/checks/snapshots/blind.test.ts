import { expect, test } from 'vitest'
import type { Cause } from '../../../../functions/checks/reading.ts'
import { blind } from '../../../../functions/checks/snapshots/blind.ts'
import { DAY, HOUR, NOW } from '../../builders.ts'
import {
  auraListed,
  judged,
  neonListed,
  policyOf,
  remembered,
  severity,
  snapshotOf,
  snapshotsFailed,
} from './builders.ts'

type Said = [provider: 'neon' | 'aura', cause: Cause, opens: 'at-once' | 'confirmed', headline: string]
test.for<Said>([
  ['neon', 'api-key', 'at-once', "snapshots not looked at: Neon's API refused the key"],
  ['neon', 'not-found', 'at-once', 'snapshots not looked at: no such project or branch'],
  ['neon', 'quota', 'at-once', "snapshots not looked at: Neon's quota is used up: the database is cut off"],
  ['neon', 'timeout', 'confirmed', "snapshots not looked at: Neon's API: no answer in time"],
  ['neon', 'rate-limited', 'confirmed', 'snapshots not looked at: Neon limits the number of requests'],
  ['aura', 'client', 'at-once', 'snapshots not looked at: Aura refused the API client'],
  ['aura', 'forbidden', 'at-once', 'snapshots not looked at: the Aura API client may not see it'],
  ['aura', 'not-found', 'at-once', 'snapshots not looked at: no such instance'],
  ['aura', 'reset', 'confirmed', "snapshots not looked at: Aura's API: connection broken off"],
  ['aura', 'provider', 'confirmed', 'snapshots not looked at: Aura answered with an error'],
  ['aura', 'no-time', 'confirmed', 'snapshots not looked at: the run had no time left'],
  ['aura', 'secret', 'at-once', 'snapshots not looked at: the secret cannot be used'],
  ['aura', 'full', 'confirmed', 'snapshots not looked at: unexpected error'],
])('%s, %s: unknown, %s: %s', ([provider, cause, opens, headline]) => {
  expect(judged(blind, snapshotsFailed(cause, { provider }))).toMatchObject({
    severity: 'unknown',
    opens,
    closes: 'confirmed',
    recovered: false,
    headline,
  })
})

test('to be blind is not to have none: it says so, and what was last known', () => {
  const before = remembered(auraListed('professional-db', { at: NOW - DAY, snapshots: [snapshotOf(30 * HOUR)] }))
  const { summary, unseen } = judged(blind, snapshotsFailed('timeout'), { before })
  expect(summary).toMatch(
    /not to say that there are none\. They could last be listed at 2026-11-20 03:15 UTC; the newest one was of 2026-11-19 21:15 UTC\.$/,
  )
  expect(summary).toMatch(
    /Nobody else tells of snapshots; the database itself may be well\. Aura's API said: the words of the other side/,
  )
  // Half an hour without an answer is no reason to wake anybody: snapshots are made once a day.
  expect(unseen).toBeUndefined()
  expect(judged(blind, snapshotsFailed('timeout')).summary).toMatch(/They have never been listed yet\.$/)
  const none = remembered(auraListed('free-db'))
  expect(judged(blind, snapshotsFailed('timeout'), { before: none }).summary).toMatch(/, and there were none\.$/)
})

test('a backup schedule that Neon refuses to tell is told, but not of a plan that has none', () => {
  const { schedule: _, ...untold } = neonListed({ scheduleRefused: 'HTTP 403: not allowed' })
  const { tier: _tier, ...planless } = untold
  const scheduled = [snapshotOf(41 * DAY)]
  expect(judged(blind, { ...untold, tier: 'scale_v3' })).toMatchObject({
    severity: 'unknown',
    recovered: false,
    headline: 'the backup schedule is not told',
    summary: expect.stringContaining('HTTP 403: not allowed'),
  })
  for (const tier of ['free_v3', 'agent_v3']) expect(severity(blind, { ...untold, tier })).toBe('ok')
  expect(severity(blind, planless)).toBe('ok')
  expect(severity(blind, { ...planless, snapshots: scheduled })).toBe('unknown')
  expect(severity(blind, untold, { policy: policyOf({ expected: false }) })).toBe('ok')
})

test("a provider's own incident is named", () => {
  const incident = { name: 'Elevated API errors', url: 'https://neonstatus.com/1' }
  expect(judged(blind, snapshotsFailed('provider', { provider: 'neon', incident }))).toMatchObject({
    headline: 'snapshots not looked at: Neon answered with an error; Neon reports: Elevated API errors',
    evidence: { rows: [['Elevated API errors', 'https://neonstatus.com/1']] },
  })
})

test('it is over once looks get in again, and no concern where nothing of it is wanted', () => {
  expect(judged(blind, neonListed())).toMatchObject({ severity: 'ok', recovered: true, closes: 'confirmed' })
  const unwanted = policyOf({ expected: false })
  expect(severity(blind, snapshotsFailed('timeout'), { policy: unwanted })).toBe('ok')
  expect(severity(blind, snapshotsFailed('timeout'), { policy: { ...unwanted, historyWindowMs: DAY } })).toBe('unknown')
})
