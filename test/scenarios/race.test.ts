/**
 * Sessions that wake while they are being ended, at scale. What is promised of the statement that ends one session: whoever
 * had begun anything by the time that it is asked is left, whatever it began, and so is whoever got the pid of one that has
 * left. What no statement can promise: that nobody begins in the fraction of a millisecond in which Postgres goes from its
 * last look to the signal. So "wrong" is counted by the server's own clock, as each client was told it by its own work.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { type Chance, chanceOf } from '../../bench/forecast-trace.ts'
import type { Candidate } from '../../functions/checks/reading.ts'
import type { EndingPolicy, Outcome } from '../../functions/checks/victims.ts'
import { resolveConfig, type Target } from '../../functions/config.ts'
import { endSessions } from '../../functions/neon/act.ts'
import { neonAsk } from '../../functions/neon/ask.ts'
import { END_SESSION } from '../../functions/neon/sessions-sql.ts'
import { type NeonSql, neonSql } from '../../functions/neon/sql.ts'
import { configOf, targetOf } from '../functions/builders.ts'
import { type LocalNeon, startNeon } from '../world/neon.ts'
import { type Postgres, startPostgres } from '../world/postgres.ts'
import { type Fate, fateOf, type Restless, restless } from '../world/restless.ts'

/** As many as a look lists. */
const SESSIONS = 100
/** Side by side, since each ending waits until its session is gone; about so long a round then takes, in milliseconds. */
const LANES = 20
const ROUND = 300
/** No limit: nothing but what the look saw of a session can spare it. */
const NO_LIMIT = { end: true, idleMs: 0, abovePercent: 0, atMost: SESSIONS }
/** Signalled, though it may take more than the second that it is given. */
const ENDED: Outcome[] = ['ended', 'still-ending']

let postgres: Postgres
let neon: LocalNeon
let uri: string
/** At rest between rounds, and always as many. */
let clients: Restless[]
const never = new AbortController().signal

beforeAll(async () => {
  postgres = await startPostgres({ maxConnections: 160 })
  await postgres.createRole('app')
  const password = await postgres.createRole('nightshift', { grants: ['pg_monitor', 'app'] })
  neon = await startNeon({ keepSessionsAtMost: LANES })
  neon.addProject({ id: 'p', branches: [{ id: 'br-main', endpoints: [{ id: 'ep-cool-1234', postgres }] }] })
  process.env.NIGHTSHIFT_NEON_SQL_URL = neon.sqlUrl
  uri = `postgresql://nightshift:${password}@ep-cool-1234.us-east-2.aws.neon.tech/neondb`
  clients = await Promise.all(Array.from({ length: SESSIONS }, () => restless(postgres)))
})
afterAll(async () => {
  await neon?.stop()
  await postgres?.stop()
})
beforeEach(() => {
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
})
afterEach(() => vi.restoreAllMocks())

interface Attempt {
  victim: Candidate
  session: Restless
  askedAt: number
  outcome: Outcome
}

/** One round: a look, then the ending of all that it saw, while they wake. */
async function round(sql: NeonSql, chance: Chance): Promise<Attempt[]> {
  // A client's goodbye returns before its session is gone.
  await postgres.query(
    `DO $$ BEGIN WHILE (SELECT count(*) FROM pg_stat_activity WHERE usename = 'app') <> ${SESSIONS}
     LOOP PERFORM pg_stat_clear_snapshot(), pg_sleep(0.005); END LOOP; END $$`,
  )
  const [target] = resolveConfig(configOf({ targets: [targetOf()] })).targets as [Target]
  const policy: EndingPolicy = { ...target.ending, ...NO_LIMIT }
  const { candidates } = await sql.look(policy)
  expect(candidates.map(({ pid }) => pid).sort()).toEqual(clients.map(({ pid }) => pid).sort())

  const sessions = new Map(clients.map((client) => [client.pid, client]))
  const victims: Candidate[] = []
  for (const victim of candidates) {
    const session = sessions.get(victim.pid) ?? expect.fail('nobody has this pid')
    if (!chance.happens(0.06)) victims.push(victim)
    else {
      // Pids come round again: another client now has the one of a session that has left.
      await session.leave()
      const other = await restless(postgres)
      sessions.delete(session.pid)
      sessions.set(other.pid, other)
      victims.push({ ...victim, pid: other.pid })
    }
  }
  const waking: Promise<void>[] = []
  const fates = new Map(victims.map((victim) => [victim.pid, fateOf(chance, ROUND)]))
  const wakeAfter = (pid: number, { afterMs, how }: Fate) =>
    waking.push(delay(afterMs).then(() => sessions.get(pid)?.wake(how)))
  for (const [pid, fate] of fates) if (fate.wakes === 'sometime') wakeAfter(pid, fate)

  const askedAt = new Map<number, number>()
  const racing: NeonSql = {
    ...sql,
    end: (victim, limits) => {
      askedAt.set(victim.pid, Date.now())
      const fate = fates.get(victim.pid)
      if (fate?.wakes === 'just-then') wakeAfter(victim.pid, fate)
      return sql.end(victim, limits)
    },
  }
  const lanes = await Promise.all(
    Array.from({ length: LANES }, (_, lane) =>
      endSessions({ victims: victims.filter((_, i) => i % LANES === lane), notPermitted: [], held: null }, target, {
        sql: racing,
        evidenceOf: ({ idleMs }) => ({ idleMs, policyMs: 0, limitMs: 0 }),
        recorder: { note: () => undefined, faults: async () => [] },
        signal: never,
      }),
    ),
  )
  await Promise.all(waking)
  expect(lanes.flat()).toHaveLength(SESSIONS)
  const attempts = await Promise.all(
    lanes.flat().map(async ({ victim, outcome }) => {
      const session = sessions.get(victim.pid) ?? expect.fail('nobody has this pid')
      const lives = await session.rest()
      // Only who was ended, or left by itself, is gone.
      if (fates.get(victim.pid)?.how !== 'leaves') expect(!lives).toBe(ENDED.includes(outcome))
      const next = lives ? session : await restless(postgres)
      return { attempt: { victim, session, outcome, askedAt: askedAt.get(victim.pid) ?? Number.NaN }, next }
    }),
  )
  clients = attempts.map(({ next }) => next)
  return attempts.map(({ attempt }) => attempt)
}

const since = ({ stateChange }: Candidate) => Number(stateChange) * 1000
/** What the session began after the look, until the ending was asked for; and from then on. */
const before = ({ session, victim, askedAt }: Attempt) =>
  session.began.filter((at) => at > since(victim) && at < askedAt).length
const meanwhile = ({ session, askedAt }: Attempt) => session.began.filter((at) => at >= askedAt).length

async function rounds(sql: NeonSql, atLeast: number, chance: Chance): Promise<Attempt[]> {
  const attempts: Attempt[] = []
  while (attempts.length < atLeast) attempts.push(...(await round(sql, chance)))
  return attempts
}

const of = (attempts: Attempt[], ...outcomes: Outcome[]) => attempts.filter(({ outcome }) => outcomes.includes(outcome))

test('of 2,000 endings of sessions that wake at random none meets one that had woken', async () => {
  const attempts = await rounds(neonSql(uri, never), 2_000, chanceOf(20261014))
  const ended = of(attempts, ...ENDED)
  const refused = of(attempts, 'woke', 'protected')
  const gone = of(attempts, 'gone')
  expect(ended.length + refused.length + gone.length).toBe(attempts.length)
  expect(ended.filter(before)).toEqual([])
  // As good as nobody meets the moment that is left, on a busy machine too.
  expect(ended.filter(meanwhile).length).toBeLessThanOrEqual(ended.length / 100)
  // The race was really run: many were ended, many left, and of these many woke only once their ending was under way.
  for (const some of [ended, refused, refused.filter((one) => !before(one) && meanwhile(one))])
    expect(some.length).toBeGreaterThan(300)
  expect(gone.length).toBeGreaterThan(100)
})

const WOKE = /WHEN (a\.state IS DISTINCT[\s\S]*?) THEN 'woke'/

test.for([
  ['that does not look again', "WHEN false AND ($1) THEN 'woke'"],
  ['that asks only whether it is idle', "WHEN a.state <> 'idle' OR false AND ($1) THEN 'woke'"],
])('the same race finds a statement out %s', async ([, recheck = '']) => {
  const careless = END_SESSION.replace(WOKE, recheck)
  expect(careless).not.toBe(END_SESSION)
  const ask = neonAsk(uri, never)
  const sql: NeonSql = {
    look: neonSql(uri, never).look,
    end: async ({ pid, backendStart, stateChange }, { idleMs }) => {
      const [row] = await ask(careless, ['[]', '[]', '[]', '[]', idleMs, pid, backendStart, stateChange], false)
      return row === undefined ? { outcome: 'gone' } : { outcome: row.outcome as Outcome }
    },
  }
  const attempts = await rounds(sql, 2 * SESSIONS, chanceOf(5))
  expect(of(attempts, ...ENDED).filter(before).length).toBeGreaterThan(5)
})
