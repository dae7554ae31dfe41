import { expect, test } from 'vitest'
import { blind } from '../../../functions/checks/blind.ts'
import { idleInTransaction } from '../../../functions/checks/idle-in-transaction.ts'
import { longRunning } from '../../../functions/checks/long-running.ts'
import { stale } from '../../../functions/checks/stale.ts'
import { asleep, failedWith, groupOf, judge, judged, seen } from '../builders.ts'

test('a role that may not see the others is unknown, at once, with the grant it lacks', () => {
  const finding = judged(blind, { reading: seen({ sighted: false }) })
  expect(finding).toMatchObject({
    severity: 'unknown',
    opens: 'at-once',
    recovered: false,
    headline: 'blind: role nightshift cannot see the sessions of others',
    advice: ["As the project's owner role run: GRANT pg_monitor TO nightshift;"],
  })
})

test('the grant can be copied whatever the role is called', () => {
  const grant = (role: string) => judged(blind, { reading: seen({ sighted: false, role }) }).advice?.[0]
  expect(grant('Night Shift')).toMatch(/TO "Night Shift";$/)
  expect(grant('x"; DROP ROLE y; --')).toMatch(/TO "x""; DROP ROLE y; --";$/)
})

test('one that sees is ok', () => {
  expect(judged(blind, { reading: seen() })).toMatchObject({ severity: 'ok', recovered: true })
})

test('is not judged where nothing was seen', () => {
  expect(judge(blind, { reading: asleep() })).toBeNull()
  expect(judge(blind, { reading: failedWith('timeout') })).toBeNull()
})

test('being blind is never taken for there being nothing', () => {
  const reading = seen({ sighted: false, groups: [groupOf({ state: '' })] })
  for (const rule of [idleInTransaction, longRunning, stale]) expect(judge(rule, { reading }), rule.name).toBeNull()
})
