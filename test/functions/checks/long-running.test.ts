import { describe, expect, test } from 'vitest'
import { idleInTransaction } from '../../../functions/checks/idle-in-transaction.ts'
import { longRunning } from '../../../functions/checks/long-running.ts'
import { asleep, failedWith, HOUR, judge, judged, longOne, MINUTE, seen } from '../builders.ts'

describe.for([
  { rule: longRunning, list: 'longRunning', warning: 10 * MINUTE, critical: HOUR, recovery: 8 * MINUTE },
  {
    rule: idleInTransaction,
    list: 'idleInTransaction',
    warning: 5 * MINUTE,
    critical: 15 * MINUTE,
    recovery: 4 * MINUTE,
  },
] as const)('$rule.name', ({ rule, list, warning, critical, recovery }) => {
  const aged = (...ages: number[]) =>
    judged(rule, { reading: seen({ [list]: ages.map((ageMs, i) => longOne({ pid: i + 1, ageMs })) }) })

  test('warns, turns critical and recovers by the age of the oldest', () => {
    const ages = [recovery - 1, recovery, warning - 1, warning, critical - 1, critical]
    expect(ages.map((age) => aged(age, 1).severity)).toEqual(['ok', 'ok', 'ok', 'warning', 'warning', 'critical'])
    expect(ages.map((age) => aged(age, 1).recovered)).toEqual([true, false, false, false, false, false])
  })

  test('names who, for how long and what, and shows each', () => {
    const finding = aged(2 * HOUR, MINUTE)
    expect(finding.headline).toContain('sync-job')
    expect(finding.headline).toContain('2 h')
    expect(finding.evidence?.rows).toEqual([
      ['1', 'sync-job', 'app', 'neondb', '2 h', 'SELECT * FROM orders WHERE id = ?'],
      ['2', 'sync-job', 'app', 'neondb', '1 min', 'SELECT * FROM orders WHERE id = ?'],
    ])
    expect(JSON.stringify(finding.advice)).toContain('(1)')
  })

  test('is over when there is none, or nobody is connected', () => {
    expect(aged()).toMatchObject({ severity: 'ok', recovered: true })
    expect(judged(rule, { reading: asleep() })).toMatchObject({ severity: 'ok', recovered: true })
  })

  test('is not judged where nothing was seen', () => {
    expect(judge(rule, { reading: asleep('let-sleep') })).toBeNull()
    expect(judge(rule, { reading: failedWith('full') })).toBeNull()
  })
})

test('the statement that prevents a forgotten transaction can be copied whatever the role is called', () => {
  const advice = (role: string) =>
    judged(idleInTransaction, { reading: seen({ idleInTransaction: [longOne({ role })] }) }).advice?.at(-1)
  expect(advice('app')).toBe(
    'Neon ends such transactions after 5 minutes unless somebody raised that: as app or its creator, put it back by' +
      " ALTER ROLE app SET idle_in_transaction_session_timeout = '5min';",
  )
  expect(advice('My "App"')).toContain('ALTER ROLE "My ""App""" SET')
})
