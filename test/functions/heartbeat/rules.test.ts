import { describe, expect, test } from 'vitest'
import { blind } from '../../../functions/checks/heartbeat/blind.ts'
import { keys } from '../../../functions/checks/heartbeat/keys.ts'
import { missed } from '../../../functions/checks/heartbeat/missed.ts'
import { outside } from '../../../functions/checks/heartbeat/outside.ts'
import { heartbeatRules, judgeHeartbeat } from '../../../functions/checks/heartbeat/rules.ts'
import { DAY, HOUR, MINUTE, NOW } from '../builders.ts'
import { checkOf, readingOf, standingOf } from './builders.ts'

test('of a Nightshift that is well each rule says so', () => {
  const findings = judgeHeartbeat(readingOf())
  expect(findings.map(({ rule }) => rule)).toEqual(heartbeatRules.map(({ name }) => name))
  expect(findings.every(({ severity, recovered }) => severity === 'ok' && recovered)).toBe(true)
})

test('what is broken is told at the first look: the next one is a day away', () => {
  const findings = judgeHeartbeat(
    readingOf({
      checks: [checkOf({ succeededAt: NOW - DAY })],
      standing: [standingOf()],
      notAsked: [{ what: 'x', why: 'y', refused: false }],
    }),
  )
  const bad = findings.filter(({ severity }) => severity !== 'ok')
  expect(bad.map(({ rule }) => rule)).toEqual(['heartbeat.checks', 'heartbeat.keys', 'heartbeat.blind'])
  for (const finding of bad) {
    expect(finding.opens).toBe('at-once')
    expect(finding.advice?.length).toBeGreaterThan(0)
  }
})

describe('a check', () => {
  const judge = (...checks: Parameters<typeof checkOf>[0][]) => missed.judge(readingOf({ checks: checks.map(checkOf) }))

  test.for([
    [5 * MINUTE, 20 * MINUTE, 'ok'],
    [5 * MINUTE, 21 * MINUTE, 'critical'],
    [HOUR, 3 * HOUR + 4 * MINUTE, 'ok'],
    [HOUR, 3 * HOUR + 6 * MINUTE, 'critical'],
  ] as const)('that runs every %i ms and last succeeded %i ms ago is %s', ([everyMs, ago, severity]) => {
    expect(judge({ everyMs, succeededAt: NOW - ago })?.severity).toBe(severity)
  })

  test('that nobody is woken for is a warning', () => {
    expect(judge({ check: 'storage', everyMs: HOUR, urgent: false, succeededAt: NOW - 2 * DAY })).toMatchObject({
      severity: 'warning',
      headline: 'storage has not succeeded for 2 d',
    })
  })

  test('that has never succeeded is given its time', () => {
    expect(judge({ succeededAt: undefined, awaitedSince: NOW })?.severity).toBe('ok')
    const finding = judge({ succeededAt: undefined, awaitedSince: NOW - DAY })
    expect(finding).toMatchObject({
      severity: 'critical',
      headline: 'connections has not succeeded since it is waited for (1 d)',
    })
    expect(finding?.evidence?.rows).toEqual([['connections', 'never', '5 min']])
  })

  test('of which nothing could be asked is not called well', () => {
    const notAsked = [{ what: 'the last success of aura', why: 'the table did not answer', refused: false }]
    expect(missed.judge(readingOf({ notAsked }))).toBeNull()
    expect(missed.judge(readingOf({ notAsked, checks: [checkOf({ succeededAt: NOW - DAY })] }))?.severity).toBe(
      'critical',
    )
  })
})

describe('an address outside', () => {
  const refused = (since: number) => ({ refused: { since, why: 'HTTP 404 Not Found' } })
  const judge = (...checks: Parameters<typeof checkOf>[0][]) =>
    outside.judge(readingOf({ checks: checks.map(checkOf) }))

  test('that has refused each ping for a day is told, and not one that was out for some hours', () => {
    expect(judge(refused(NOW - DAY + MINUTE))?.severity).toBe('ok')
    const finding = judge(refused(NOW - DAY))
    expect(finding).toMatchObject({
      severity: 'warning',
      headline: 'nobody outside has taken a ping of connections for 1 d',
    })
    expect(finding?.evidence?.rows).toEqual([['connections', expect.stringMatching(/ UTC$/), 'HTTP 404 Not Found']])
  })

  test('is one of two: both are named where both refuse', () => {
    const both = [refused(NOW - 2 * DAY), { check: 'aura', ...refused(NOW - DAY) }]
    expect(judge(...both)?.headline).toBe('nobody outside has taken a ping of connections and aura for 2 d')
  })

  test('of which nothing could be asked is not called well', () => {
    const notAsked = [{ what: 'the last success of aura', why: 'the table did not answer', refused: false }]
    expect(outside.judge(readingOf({ notAsked }))).toBeNull()
  })
})

describe('a key or role that no longer works', () => {
  const judge = (...standing: Parameters<typeof standingOf>[0][]) =>
    keys.judge(readingOf({ standing: standing.map(standingOf) }))

  test('has been told when it began, and is said again when nobody has mended it for a day', () => {
    expect(judge({ since: NOW - DAY + MINUTE })?.severity).toBe('ok')
    const finding = judge({ since: NOW - 2 * DAY }, { target: 'users', since: NOW - 3 * DAY })
    expect(finding).toMatchObject({
      severity: 'warning',
      headline: 'orders: not looked at: role or password refused, and 1 more',
    })
    expect(finding?.summary).toContain('2 targets cannot be looked at')
    expect(finding?.evidence?.rows).toEqual([
      ['orders', 'connections', '2 d', 'not looked at: role or password refused'],
      ['users', 'connections', '3 d', 'not looked at: role or password refused'],
    ])
  })

  test('is said at once where nobody has been told', () => {
    expect(judge({ since: NOW - MINUTE, told: false })?.severity).toBe('warning')
  })

  test('is nothing that Nightshift sees of a database', () => {
    expect(
      judge({ unseen: false, rule: 'connections.saturation', headline: '97 of 97 connections (100%)' })?.severity,
    ).toBe('ok')
  })

  test('is not called well where incidents could not be read', () => {
    const notAsked = [{ what: 'the incidents of orders (storage)', why: 'the table did not answer', refused: false }]
    expect(keys.judge(readingOf({ notAsked }))).toBeNull()
  })
})

describe('what could not be asked', () => {
  test('is unknown, and names each with the reason', () => {
    const finding = blind.judge(
      readingOf({
        notAsked: [
          { what: 'who is subscribed to alerts', why: 'no answer', refused: false },
          { what: 'how much may be spent on SMS', why: 'not authorized', refused: true },
        ],
      }),
    )
    expect(finding).toMatchObject({
      severity: 'unknown',
      headline: 'not known: who is subscribed to alerts, and 1 more',
    })
    expect(finding?.once).toBeUndefined()
    expect(finding?.evidence?.rows[1]).toEqual(['how much may be spent on SMS', 'not authorized'])
  })

  test('is told once where only a right is missing', () => {
    expect(blind.judge(readingOf({ notAsked: [{ what: 'x', why: 'y', refused: true }] }))?.once).toBe(true)
  })
})
