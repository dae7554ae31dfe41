import { describe, expect, test } from 'vitest'
import { databasesOffline } from '../../../../functions/checks/aura/databases-offline.ts'
import { remember } from '../../../../functions/checks/aura/memory.ts'
import { reachable } from '../../../../functions/checks/aura/reachable.ts'
import { type Cause, STANDING_CAUSES } from '../../../../functions/checks/reading.ts'
import { DAY, MINUTE, NOW } from '../../builders.ts'
import { auraFailed, databaseOf, judge, judged, notRunning, OURS, seenBolt } from './builders.ts'

type Said = [cause: Cause, severity: string, opens: 'at-once' | 'confirmed', headline: RegExp]
const SAID: Said[] = [
  ['credentials', 'unknown', 'at-once', /^not looked at: user or password refused$/],
  ['no-database', 'unknown', 'at-once', /no such database/],
  ['no-password', 'unknown', 'at-once', /no password for the user/],
  ['starting', 'unknown', 'confirmed', /the database is not available/],
  ['not-found', 'unknown', 'at-once', /^not looked at: no such instance$/],
  ['client', 'unknown', 'at-once', /Aura refused the API client/],
  ['forbidden', 'unknown', 'at-once', /the Aura API client may not see it/],
  ['secret', 'unknown', 'at-once', /the secret cannot be used/],
  ['rate-limited', 'unknown', 'confirmed', /^not looked at: too many failed logins for its user$/],
  ['unresolved', 'critical', 'confirmed', /^unreachable: host name not resolved$/],
  ['refused', 'critical', 'confirmed', /^unreachable: connection refused$/],
  ['reset', 'critical', 'confirmed', /^unreachable: connection broken off$/],
  ['tls', 'unknown', 'at-once', /no trusted TLS connection/],
  ['timeout', 'critical', 'confirmed', /^unreachable: no answer in time$/],
  ['provider', 'unknown', 'confirmed', /^not looked at: Aura answered with an error$/],
  ['bad-answer', 'unknown', 'confirmed', /answer not understood/],
  ['query', 'unknown', 'confirmed', /own statement failed/],
  ['no-time', 'unknown', 'confirmed', /the run had no time left/],
  ['unexpected', 'unknown', 'confirmed', /unexpected error/],
]

describe('a look that failed', () => {
  test.for(SAID)('by %s is %s, %s', ([cause, severity, opens, headline]) => {
    const finding = judged(reachable, { reading: auraFailed(cause) })
    expect(finding).toMatchObject({ severity, opens, recovered: false, closes: 'confirmed' })
    expect(finding.headline).toMatch(headline)
    expect(finding.summary).toContain('It said: the words of the other side')
    expect(finding.advice?.length).toBeGreaterThan(0)
  })

  test("by the API's limit is told as that, and not as one of logins", () => {
    const { headline } = judged(reachable, { reading: auraFailed('rate-limited', { at: 'api' }) })
    expect(headline).toBe('not looked at: Aura limits the number of requests')
  })

  test('by a connection broken off near the configured limit says that it may be reached, and by whom', () => {
    const last = { at: NOW - MINUTE, used: 90, top: [{ name: 'shop (checkout/1.0)', connections: 60 }] }
    const broken = (used: number, cause: Cause = 'reset', limit: number | undefined = 100) =>
      judged(reachable, { reading: auraFailed(cause), limit, last: { ...last, used } })
    expect(broken(90)).toMatchObject({
      headline: 'unreachable: connection broken off; 90 of 100 connections were open before',
      summary: expect.stringContaining('90 of 100 connections were open, 60 of them by shop (checkout/1.0)'),
      brief: 'Restart shop (checkout/1.0)',
    })
    expect(broken(89).headline).toBe('unreachable: connection broken off')
    expect(broken(90, 'unresolved').headline).toBe('unreachable: host name not resolved')
  })

  test('is never told in the words of another provider', () => {
    for (const [cause] of SAID)
      for (const at of ['bolt', 'api'] as const) {
        const { headline, summary, advice } = judged(reachable, { reading: auraFailed(cause, { at }) })
        expect([headline, summary, ...(advice ?? [])].join(' ')).not.toMatch(/Neon|Postgres|branch|compute|role/)
      }
  })

  test('and each says something else', () => {
    const headlines = SAID.map(([cause]) => judged(reachable, { reading: auraFailed(cause) }).headline)
    expect(new Set(headlines).size).toBe(SAID.length)
  })
})

test('an API that cannot be reached says nothing of the instance', () => {
  const finding = judged(reachable, { reading: auraFailed('timeout', { at: 'api' }) })
  expect(finding).toMatchObject({
    severity: 'unknown',
    unseen: true,
    headline: "not looked at: Aura's API: no answer in time",
  })
  expect(finding.summary).toContain('the database itself may be well')
  expect(finding.summary).toContain("Aura's API said: ")
})

test('an instance that was there and is no more is for instance.status to tell', () => {
  const reading = auraFailed('not-found', { at: 'api' })
  expect(judge(reachable, { reading, standing: { status: 'running', since: NOW - DAY } })).toBeNull()
})

test('one that answers is reachable, and so is one that takes no more work', () => {
  for (const reading of [seenBolt(), auraFailed('full')])
    expect(judged(reachable, { reading })).toMatchObject({ severity: 'ok', recovered: true, closes: 'confirmed' })
})

describe('where only the system database lets us in', () => {
  const kept = (cause: Cause, databases = [databaseOf()]) =>
    judged(reachable, { reading: seenBolt({ bySystem: { cause, at: 'bolt', message: 'its words' }, databases }) })

  test('a configured database that is not there is told at once, and that all else is seen', () => {
    const finding = kept('no-database')
    expect(finding).toMatchObject({
      severity: 'unknown',
      opens: 'at-once',
      recovered: false,
      headline: 'no such database: only the system database lets us in',
    })
    // Somebody is watching: with time it becomes no worse.
    expect(finding).not.toHaveProperty('unseen')
    expect(finding.summary).toMatch(/seen all the same, by way of the system database.* It said: its words$/)
    expect(finding.advice?.join(' ')).toContain('aura.database')
  })

  test('one that should be online and is not is for databases.offline to tell', () => {
    const down = [databaseOf({ currentStatus: 'offline' })]
    expect(kept('starting', down).severity).toBe('ok')
    expect(judged(databasesOffline, { reading: seenBolt({ databases: down }) }).severity).toBe('critical')
  })

  test('one that is offline on purpose, or of which nothing is said, is told here', () => {
    const stopped = databaseOf({ currentStatus: 'offline', requestedStatus: 'offline' })
    for (const databases of [[stopped], [databaseOf()], []])
      expect(kept('starting', databases)).toMatchObject({
        severity: 'unknown',
        opens: 'confirmed',
        headline: 'the database is not available: only the system database lets us in',
      })
  })
})

test('one that does not run mends no password, and is as reachable as it can be otherwise', () => {
  for (const cutOffBy of STANDING_CAUSES)
    expect(judge(reachable, { reading: notRunning('paused'), cutOffBy })).toBeNull()
  // Nobody has reached it, so that is not said of it.
  expect(judged(reachable, { reading: notRunning('updating') })).toMatchObject({
    severity: 'ok',
    recovered: true,
    headline: 'the instance is updating',
  })
})

test('an API that could not be trusted and answers again is enough, also where the instance is paused by then', () => {
  const { cutOffBy } = remember({}, auraFailed('tls', { at: 'api' }), OURS)
  expect(judged(reachable, { reading: notRunning('paused'), cutOffBy })).toMatchObject({ recovered: true })
})
