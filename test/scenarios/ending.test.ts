import { randomInt } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { EndingPolicy } from '../../functions/checks/victims.ts'
import { END_SESSION } from '../../functions/neon/sessions-sql.ts'
import { type NeonSql, neonSql } from '../../functions/neon/sql.ts'
import { type LocalNeon, startNeon } from '../world/neon.ts'
import { type Postgres, type Session, startPostgres } from '../world/postgres.ts'

const policy = (changes: Partial<EndingPolicy> = {}): EndingPolicy => ({
  end: true,
  idleMs: 0,
  abovePercent: 0,
  atMost: 100,
  only: { applications: [], roles: [] },
  protect: { applications: [], roles: [] },
  ...changes,
})

let postgres: Postgres
let neon: LocalNeon
let sql: NeonSql

beforeAll(async () => {
  postgres = await startPostgres({
    maxConnections: 120,
    internalSessions: true,
    flags: { wal_level: 'logical', max_wal_senders: 4 },
  })
  await postgres.createRole('app')
  const password = await postgres.createRole('nightshift', { grants: ['pg_monitor', 'pg_signal_backend'] })
  // From another address than 127.0.0.1, as Neon's proxy comes from outside the compute.
  neon = await startNeon({ proxyAddress: '127.0.0.2' })
  neon.addProject({ id: 'p', branches: [{ id: 'br-main', endpoints: [{ id: 'ep-cool-1234', postgres }] }] })
  process.env.NIGHTSHIFT_NEON_SQL_URL = neon.sqlUrl
  sql = neonSql(
    `postgresql://nightshift:${password}@ep-cool-1234.us-east-2.aws.neon.tech/neondb`,
    AbortSignal.timeout(110_000),
  )
})
afterAll(async () => {
  await neon?.stop()
  await postgres?.stop()
})

/** A direct client, which reaches Postgres over the network. */
const client = (application: string, user = 'app') => postgres.session({ application, user, localAddress: '127.0.0.3' })

describe('what protects a session', () => {
  const cases: { what: string; protection: string; open: () => Promise<Session>; policy?: Partial<EndingPolicy> }[] = [
    { what: "Nightshift's own role", protection: 'own-role', open: () => client('someone', 'nightshift') },
    { what: "Neon's service role", protection: 'neon', open: () => client('x', 'neon_service') },
    { what: "one of Neon's application names", protection: 'neon', open: () => client('compute_ctl:configurator') },
    { what: 'a superuser', protection: 'superuser', open: () => client('x', 'root_of_all') },
    { what: 'a pooler by its name', protection: 'pooler', open: () => client('pgbouncer') },
    {
      what: 'a pooler by its address: from inside the compute, under the name of its last client',
      protection: 'pooler',
      open: () => postgres.session({ application: 'shop', user: 'app', localAddress: '127.0.0.1' }),
    },
    { what: 'a foreign data wrapper', protection: 'protected', open: () => client('postgres_fdw') },
    {
      what: 'a listener',
      protection: 'listener',
      open: async () => {
        const session = await client('worker')
        await session.query('listen jobs')
        return session
      },
    },
    ...[
      '/* app:jobs */ LISTEN jobs',
      '-- jobs\nLISTEN jobs',
      'SET statement_timeout = 0; LISTEN jobs',
      ';LISTEN jobs',
    ].map((statement) => ({
      what: `a listener by ${JSON.stringify(statement)}`,
      protection: 'listener',
      open: async () => {
        const session = await client('worker')
        await session.query(statement)
        return session
      },
    })),
    {
      what: 'the holder of an advisory lock',
      protection: 'holds-locks',
      open: async () => {
        const session = await client('leader')
        await session.query('SELECT pg_advisory_lock(42)')
        return session
      },
    },
    {
      what: "a session of Neon's HTTP pool",
      protection: 'neon-http-pool',
      open: async () => {
        const session = await client('')
        await session.query('ROLLBACK; SET SESSION AUTHORIZATION DEFAULT; RESET ALL; DISCARD SEQUENCES;')
        return session
      },
    },
    {
      what: 'an application on the list, by a pattern with odd characters',
      protection: 'protected',
      open: () => client("it's_100%\\ours"),
      policy: { protect: { applications: ["it's_100%\\*"], roles: [] } },
    },
    {
      what: 'a role on the list',
      protection: 'protected',
      open: () => client('x'),
      policy: { protect: { applications: [], roles: ['ap*'] } },
    },
    {
      what: 'not being among the applications that were selected',
      protection: 'not-selected',
      open: () => client('shop'),
      policy: { only: { applications: ['sync-*'], roles: [] } },
    },
  ]
  beforeAll(() => postgres.createRole('root_of_all', { attributes: 'SUPERUSER' }))

  test.for(cases)('$what', async ({ protection, open, policy: changes }) => {
    await using session = await open()
    const limits = policy(changes)
    const [row] = await postgres.query<{ backend_start: string; state_change: string }>(
      `SELECT extract(epoch FROM backend_start)::text AS backend_start, extract(epoch FROM state_change)::text AS state_change
       FROM pg_stat_activity WHERE pid = $1`,
      [session.pid],
    )
    expect((await sql.look(limits)).candidates.map(({ pid }) => pid)).not.toContain(session.pid)
    // Even asked to by name, the statement that ends sessions refuses.
    const victim = {
      pid: session.pid,
      application: '',
      role: '',
      database: '',
      idleMs: 1,
      permitted: true,
      backendStart: row?.backend_start ?? '',
      stateChange: row?.state_change ?? '',
    }
    expect(await sql.end(victim, limits)).toEqual({ outcome: 'protected', detail: protection })
    await session.query('SELECT 1')
  })

  test('a pattern without a star is the whole name, and _ and % are only themselves', async () => {
    await using one = await client('sync_job')
    await using other = await client('syncXjob')
    const { candidates } = await sql.look(policy({ protect: { applications: ['sync_job', 'sync%'], roles: [] } }))
    const pids = candidates.map(({ pid }) => pid)
    expect(pids).toContain(other.pid)
    expect(pids).not.toContain(one.pid)
  })

  test('neither replication nor background processes are ever candidates', async () => {
    const { candidates, groups } = await sql.look(policy())
    expect(candidates).toEqual([])
    expect(groups.filter(({ protection }) => protection === null)).toEqual([])
  })
})

test('a session that is really stale is ended, and a repeated request finds it gone', async () => {
  const session = await client('sync-job')
  const victim = (await sql.look(policy())).candidates.find(({ pid }) => pid === session.pid)
  if (victim === undefined) throw new Error('not a candidate')
  expect(victim).toMatchObject({ application: 'sync-job', role: 'app', database: 'neondb', permitted: true })
  expect(await sql.end(victim, policy())).toEqual({ outcome: 'ended' })
  expect(await session.ended).toMatchObject({ code: '57P01' })
  expect(await sql.end(victim, policy())).toEqual({ outcome: 'gone' })
})

test('a session that took a lock or worked since the look is left', async () => {
  await using worked = await client('worked')
  await using locked = await client('locked')
  await using opened = await client('opened')
  const { candidates } = await sql.look(policy())
  const victim = (session: Session) =>
    candidates.find(({ pid }) => pid === session.pid) ?? expect.fail('not a candidate')
  const victims = [worked, locked, opened].map(victim) as [
    (typeof candidates)[0],
    (typeof candidates)[0],
    (typeof candidates)[0],
  ]
  await worked.query('SELECT 1')
  await locked.query('SELECT pg_advisory_lock(7)')
  await opened.query('BEGIN')
  const outcomes: string[] = []
  for (const one of victims) outcomes.push((await sql.end(one, policy())).outcome)
  expect(outcomes).toEqual(['woke', 'protected', 'woke'])
  for (const session of [worked, locked, opened]) await session.query('SELECT 1')
})

test('the last look is a fresh one: who works while the statement is still about locks and roles is left', async () => {
  await using session = await client('slow-wake')
  const victim =
    (await sql.look(policy())).candidates.find(({ pid }) => pid === session.pid) ?? expect.fail('no candidate')
  // A second between the first picture and the last look, as a machine under load might make it.
  const slowly = END_SESSION.replace(/FROM session$/, 'FROM session, pg_sleep(1)')
  expect(slowly).not.toBe(END_SESSION)
  // Whoever waits for anything but its client is at work; that it is looked at cannot be arranged, so it is read.
  expect(END_SESSION).toContain("a.wait_event IS DISTINCT FROM 'ClientRead'")
  await using monitor = await client('', 'nightshift')
  const lists = ['[]', '[]', '[]', '[]']
  const ending = monitor.query<{ outcome: string }>(slowly, [
    ...lists,
    0,
    victim.pid,
    victim.backendStart,
    victim.stateChange,
  ])
  await postgres.query(
    `DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE usename = 'nightshift' AND wait_event = 'PgSleep')
     LOOP PERFORM pg_stat_clear_snapshot(), pg_sleep(0.01); END LOOP; END $$`,
  )
  await session.query('SELECT 1')
  expect(await ending).toMatchObject([{ outcome: 'woke' }])
  await session.query('SELECT 1')
})

test('of 40 clients that wake at random, none that woke between look and act is ended', async () => {
  await postgres.query('CREATE TABLE woke (pid int, backend_start text, at numeric); GRANT INSERT ON woke TO app')
  const limits = policy({ idleMs: 60 })
  const over = new AbortController()
  /** Sleeps, works, and starts again with a new session when its own was ended. */
  const livesOn = async () => {
    while (!over.signal.aborted) {
      const session = await client('restless')
      try {
        while (!over.signal.aborted) {
          await delay(randomInt(0, 250))
          // Its own transaction, so that the mark stands from the first moment of the work.
          await session.query(
            `INSERT INTO woke SELECT pid, extract(epoch FROM backend_start)::text, extract(epoch FROM clock_timestamp())
             FROM pg_stat_activity WHERE pid = pg_backend_pid()`,
          )
          await session.query('SELECT pg_sleep(0.02)')
        }
        await session.close()
      } catch {
        // Ended while it slept: what a pool does then is to open another.
      }
    }
  }
  const lives = Array.from({ length: 40 }, livesOn)
  const outcomes: Record<string, number> = {}
  const ended: { pid: number; backendStart: string; stateChange: string; askedAt: number }[] = []
  try {
    while (ended.length < 300) {
      const { candidates } = await sql.look(limits)
      // The longer between look and act, the more have woken: by pid alone, a third would be ended wrongly at half a second.
      await delay(randomInt(0, 100))
      // Side by side, since each waits until its victim is really gone.
      await Promise.all(
        candidates.slice(0, 12).map(async (victim) => {
          const askedAt = Date.now() / 1000
          const { outcome } = await sql.end(victim, limits)
          outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
          if (outcome === 'ended') ended.push({ ...victim, askedAt })
        }),
      )
    }
  } finally {
    over.abort()
    await Promise.all(lives)
  }
  const worked = await postgres.query<{ between: boolean }>(
    `SELECT w.at < v."askedAt" AS between
     FROM jsonb_to_recordset($1::jsonb) AS v (pid int, "backendStart" text, "stateChange" numeric, "askedAt" numeric)
     JOIN woke w ON w.pid = v.pid AND w.backend_start = v."backendStart" AND w.at > v."stateChange"`,
    [JSON.stringify(ended)],
  )
  expect(worked.filter(({ between }) => between)).toEqual([])
  // Whoever wakes in the very moment in which Postgres goes from its last look to the signal cannot be spared: that
  // moment must be so short that hardly anyone ever does, on a busy machine too.
  expect(worked.length).toBeLessThanOrEqual(ended.length / 100)
  // The race was really run: many had woken in between, and were left.
  expect(outcomes.woke).toBeGreaterThan(30)
})
