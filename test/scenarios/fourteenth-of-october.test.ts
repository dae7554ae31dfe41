/**
 * What must be told apart, each after two quiet weeks, through the check as it runs in Lambda: the database and the clock
 * are simulated, Neon's API, DynamoDB and SNS are the local ones. With real sessions: leak.test.ts, surge.test.ts.
 */
import { expect, test } from 'vitest'
import { poolOf } from '../../bench/leak/pool.ts'
import {
  deploymentOfAll,
  newJobLeaks,
  nightlyBatch,
  october as oct,
  scaleOut,
  surge,
} from '../../bench/leak/scenarios.ts'
import type { World } from '../../bench/leak/simulator.ts'
import { HOUR, MINUTE } from '../functions/builders.ts'
import { type October, startOctober } from '../world/october.ts'

const SEED = 1

const mails = ({ told }: October) => told.filter(({ by }) => by === 'email')
const first = ({ told }: October, pattern: RegExp) =>
  told.find(({ by, subject }) => by === 'email' && pattern.test(subject)) ??
  expect.fail(`${pattern} is in none of ${told.map(({ subject }) => subject).join('\n')}`)
const noticed = ({ noticed: all }: October, pattern: RegExp) =>
  all.filter(({ what }) => pattern.test(what)).map(({ what }) => what)

/** What became otherwise; that it stands is told again each hour, where it is critical. */
const changes = (october: October, pattern: RegExp) =>
  noticed(october, pattern).filter((what) => !what.includes(' reminder '))
const isReminder = (subject: string) => subject.startsWith('[STILL ')

/** All that stands is told again in one message, once two clocks have met. */
function expectRareReminders(october: October): void {
  const reminders = mails(october).filter(({ subject }) => isReminder(subject))
  const apart = reminders.slice(1).map(({ at }, i) => at - (reminders[i]?.at ?? at))
  expect(Math.min(HOUR, ...apart)).toBeGreaterThanOrEqual(30 * MINUTE)
  expect(Math.min(HOUR, ...apart.slice(2))).toBeGreaterThanOrEqual(HOUR)
}

/** A new job takes 1.7 connections an hour from 12 October 00:00 and gives none back. */
const leaking = newJobLeaks(0.3, true)

test('14 October: the leak is named 36 hours before the database is full, and is critical before its last hours', async () => {
  await using october = await startOctober(leaking, SEED)
  await october.quietUntil(oct(12))
  await october.lookUntil(oct(16), 20 * MINUTE)
  const fullAt = october.fullAt ?? expect.fail('it did not fill')
  expect(fullAt).toBeGreaterThan(oct(13, 20))
  expect(fullAt).toBeLessThan(oct(15))

  const warned = first(october, /^\[WARNING\] orders: sync-job leaks \d\.\d connections an hour, full in \d d/)
  expect(mails(october)[0]).toBe(warned)
  expect(fullAt - warned.at).toBeGreaterThan(36 * HOUR)
  expect(warned.text).toContain('Restart sync-job now to win time')

  const critical = first(october, /^\[CRITICAL\] orders: sync-job leaks 1\.\d connections an hour, full in [45] h/)
  expect(fullAt - critical.at).toBeGreaterThan(4 * HOUR)
  expect(october.told.filter(({ by }) => by === 'sms').map(({ text }) => text)[0]).toMatch(/^CRITICAL orders: sync-job/)
  // Each of them once, and of no other application.
  expect(changes(october, /leak$/)).toEqual(['warning opened connections.leak', 'critical escalated connections.leak'])
  expectRareReminders(october)
  expect(mails(october).filter(({ subject }) => /(web|api|worker) leaks/.test(subject))).toEqual([])
})

/** A pool that keeps six connections and needs them all every second morning only: idle for longer than most that leaked. */
const reports: World['services'] = leaking.services.slice(0, 1).map((service) => ({
  ...service,
  application: 'reports',
  pool: poolOf({ max: 6 }),
  pods: { min: 1, max: 1, workEach: 1, downAfterMs: 0 },
  load: { ...service.load, mean: 0.5, bursts: { perDay: 0, times: 1, lastMs: 0 } },
  spells: [-2, 0, 2, 4, 6, 8, 10, 12, 14].map((day) => ({ from: oct(day, 6), to: oct(day, 7), times: 20 })),
}))

test('14 October with ending allowed: the limit is never reached, and nobody else loses a session', async () => {
  const world = { ...leaking, services: [...leaking.services, ...reports] }
  await using october = await startOctober(world, SEED, { end: true })
  await october.quietUntil(oct(12))
  // Half a day longer than it took without.
  await october.lookUntil(oct(14, 14), 20 * MINUTE)
  expect(october.fullAt).toBeUndefined()
  expect(october.most).toBeLessThan(85)
  const { ended } = october.database
  expect(ended.length).toBeGreaterThan(30)
  expect(new Set(ended.map(({ application }) => application))).toEqual(new Set(['sync-job']))
  // That room is made does not hide who takes it.
  expect(noticed(october, /opened connections\.leak/)).toEqual(['warning opened connections.leak'])
  expect(noticed(october, /critical/)).toEqual([])
})

/** From an ordinary day to about 180 of 200 within minutes, for an hour: each process takes what its pool has. */
function cacheFails(most: number): World {
  const world = surge(14)
  return { ...world, services: world.services.map((one) => ({ ...one, pool: { ...one.pool, max: most } })) }
}
/** When it fails. */
const FAILS = oct(12, 9, 45)

test('5 September: a cache that fails is critical at the first look, is called load, ends nobody, and is over once', async () => {
  await using october = await startOctober(cacheFails(42), SEED, { end: true, above: 0 })
  await october.quietUntil(oct(12, 8))
  await october.lookUntil(oct(12, 13), 5 * MINUTE)
  expect(october.most).toBeGreaterThanOrEqual(180)
  expect(october.fullAt).toBeUndefined()

  const critical = first(october, /^\[CRITICAL\] orders: load, not a leak: 18\d of 200 connections \(9\d%\)/)
  expect(mails(october)[0]).toBe(critical)
  expect(critical.at - FAILS).toBeLessThanOrEqual(5 * MINUTE)
  expect(critical.text).toContain('See what changed upstream: a cache that failed')
  expect(october.database.ended).toEqual([])
  expect(
    mails(october)
      .filter(({ subject }) => !isReminder(subject))
      .slice(1),
  ).toEqual([expect.objectContaining({ subject: expect.stringMatching(/^\[RESOLVED\] orders: no load any more/) })])
  expectRareReminders(october)
  expect(changes(october, /surge/)).toEqual([
    'critical opened connections.surge',
    'critical resolved connections.surge',
  ])
  expect(noticed(october, /leak/)).toEqual([])
})

test('both at once: the leak is named before, the load is called load, and neither hides or ends the other', async () => {
  const { services, leaks = [] } = newJobLeaks()
  const world = cacheFails(38)
  await using october = await startOctober(
    { ...world, days: 20, services: [...world.services, ...services.slice(-1)], leaks },
    SEED,
    { end: true },
  )
  await october.quietUntil(oct(12))
  await october.lookUntil(oct(12, 9, 30), 10 * MINUTE)
  await october.lookUntil(oct(12, 14), 5 * MINUTE)
  expect(october.fullAt).toBeUndefined()

  const leak = first(october, /^\[WARNING\] orders: sync-job leaks/)
  expect(leak.at).toBeLessThan(FAILS)
  const load = first(october, /^\[CRITICAL\] orders: load, and sync-job leaks: 1[89]\d of 200 connections/)
  expect(load.at - FAILS).toBeLessThanOrEqual(5 * MINUTE)
  // Above 70 % the job's sessions would be ended, were it not for the load.
  expect(october.database.ended).toEqual([])
  expect(changes(october, /surge/)).toEqual([
    'critical opened connections.surge',
    'critical resolved connections.surge',
  ])
  // It leaks on.
  expect(changes(october, /connections\.leak/)).toEqual(['warning opened connections.leak'])
  expect(first(october, /^\[RESOLVED\]/).text).toMatch(
    /Still open:\n {2}- WARNING: sync-job leaks \d\.\d connections an hour/,
  )
})

test('a deployment that restarts every pool is neither leak nor load; that pools keep nearly all is saturation', async () => {
  await using october = await startOctober(deploymentOfAll(), SEED)
  await october.quietUntil(oct(12, 8))
  await october.lookUntil(oct(12, 16), 10 * MINUTE)
  // Its pools keep what they ever had, up to 100 of 100: of that, and that it lies idle, one may and should be told.
  expect(noticed(october, /leak|surge/)).toEqual([])
  expect(noticed(october, /^\w+ opened/).every((what) => /saturation|stale/.test(what))).toBe(true)
})

test.for<[string, World, until: number]>([
  ['the same deployment where there is room', { ...deploymentOfAll(), limit: 250 }, oct(12, 14)],
  [
    'from 3 processes to 30 within 20 minutes, for a working day, and back',
    scaleOut(20 * MINUTE, 8 * HOUR),
    oct(12, 19),
  ],
  ['a nightly batch that holds 30 sessions for two hours, and leaves them idle', nightlyBatch(1), oct(13, 6)],
])('%s: nobody hears of it', async ([, world, until]) => {
  await using october = await startOctober(world, SEED)
  await october.quietUntil(oct(12, 7))
  await october.lookUntil(until, 15 * MINUTE)
  expect(october.most).toBeGreaterThan(50)
  expect(october.noticed).toEqual([])
  expect(october.told).toEqual([])
})
