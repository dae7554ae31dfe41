import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { headsOf } from '../../../functions/checks/surge/blockers.ts'
import { pilesOf } from '../../../functions/checks/surge/statements.ts'
import { type AskedSession, type NeonSql, neonSql } from '../../../functions/neon/sql.ts'
import { type LocalNeon, startNeon } from '../../world/neon.ts'
import { type Postgres, type Session, startPostgres } from '../../world/postgres.ts'
import { policyOf } from '../builders.ts'

let postgres: Postgres
let neon: LocalNeon
let sql: NeonSql
beforeAll(async () => {
  postgres = await startPostgres({ flags: { max_prepared_transactions: 2 } })
  neon = await startNeon({ proxyAddress: '127.0.0.2' })
  neon.addProject({ id: 'p', branches: [{ id: 'br-main', endpoints: [{ id: 'ep-cool-1234', postgres }] }] })
  process.env.NIGHTSHIFT_NEON_SQL_URL = neon.sqlUrl
  await postgres.createRole('app')
  const password = await postgres.createRole('nightshift', { grants: ['pg_monitor', 'app'] })
  const host = 'ep-cool-1234.us-east-2.aws.neon.tech'
  sql = neonSql(`postgresql://nightshift:${password}@${host}/neondb`, AbortSignal.timeout(110_000))
  await postgres.query('CREATE TABLE carts (id int PRIMARY KEY, total int)')
  await postgres.query('INSERT INTO carts SELECT i, 0 FROM generate_series(1, 3) i')
  await postgres.query('GRANT ALL ON carts TO app')
})
afterAll(async () => {
  await neon.stop()
  await postgres.stop()
})

const session = (application: string, localAddress = '127.0.0.3') =>
  postgres.session({ application, user: 'app', localAddress })
const look = (known?: AskedSession[]) => sql.look(policyOf({ idleMs: 0 }), known)
/** Runs it, and resolves once the server lists it as running, or as waiting for a lock. */
async function start(one: Session, statement: string, waits = false): Promise<Promise<unknown>[]> {
  const running = one.query(statement).catch((error: unknown) => error)
  await postgres.query(
    `DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = ${one.pid} AND state = 'active'
       AND (NOT ${waits} OR wait_event_type = 'Lock'))
     LOOP PERFORM pg_stat_clear_snapshot(), pg_sleep(0.005); END LOOP; END $$`,
  )
  return [running]
}
const cancelAll = () => postgres.query(`SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename = 'app'`)

describe('who is at work', () => {
  test('runs a statement, or is in the midst of a transaction', async () => {
    await using busy = await session('busy')
    const running = await start(busy, 'SELECT pg_sleep(60)')
    await using between = await session('between')
    await between.query('BEGIN')
    await using _idle = await session('idle')
    const { active, atWork, groups } = await look()
    expect([active, atWork]).toEqual([1, 2])
    const working = groups.filter((one) => one.atWork > 0).map(({ application, state }) => `${application} ${state}`)
    expect(working.toSorted()).toEqual(['between idle in transaction', 'busy active'])
    expect(groups.find(({ application }) => application === 'idle')).toMatchObject({ atWork: 0, idleOverHour: 0 })
    await cancelAll()
    await Promise.all(running)
  })

  test('is named with what it runs: alike are counted, literals are not seen, and backups are left out', async () => {
    await using first = await session('shop')
    await using second = await session('shop')
    await using other = await session('shop')
    await using dump = await session('pg_dump')
    const running = [
      ...(await start(first, "SELECT pg_sleep(60), 'a secret'")),
      ...(await start(second, "SELECT pg_sleep(60), 'a secret'")),
      ...(await start(other, "SELECT pg_sleep(60), 'another secret'")),
      ...(await start(dump, 'SELECT pg_sleep(60) AS dumped')),
    ]
    const { statements } = await look()
    expect(statements).toEqual([
      expect.objectContaining({ application: 'shop', statement: 'SELECT pg_sleep(?), ?', sessions: 2, waiting: 0 }),
      expect.objectContaining({ application: 'shop', statement: 'SELECT pg_sleep(?), ?', sessions: 1, waiting: 0 }),
    ])
    expect(statements.every(({ longestMs }) => longestMs >= 0)).toBe(true)
    await cancelAll()
    await Promise.all(running)
  })
})

describe('who waits for a lock', () => {
  const update = 'UPDATE carts SET total = total + 1 WHERE id = 1'

  test('waits in the end for the one that holds it, however long the queue', async () => {
    await using holder = await session('reports')
    await holder.query('BEGIN')
    await holder.query("UPDATE carts SET total = 7 WHERE id = 1 AND 'a secret' <> ''")
    await using one = await session('shop')
    await using two = await session('shop')
    await using three = await session('web')
    const running = []
    for (const waiter of [one, two, three]) running.push(...(await start(waiter, update, true)))

    const reading = await look()
    expect(reading).toMatchObject({ runningSessions: 3, waitingSessions: 3 })
    expect(reading.statements.reduce((sum, { waiting }) => sum + waiting, 0)).toBe(3)
    expect(reading.waiting.map(({ pid }) => pid)).toEqual([one.pid, two.pid, three.pid])
    expect(headsOf(reading)).toEqual([
      {
        pid: holder.pid,
        application: 'reports',
        role: 'app',
        database: 'neondb',
        state: 'idle in transaction',
        waits: false,
        protection: 'holds-locks',
        transactionMs: expect.any(Number),
        statement: 'UPDATE carts SET total = ? WHERE id = ? AND ? <> ?',
        blocks: 3,
      },
    ])
    await holder.query('ROLLBACK')
    await Promise.all(running)
    expect(await look()).toMatchObject({ waiting: [], blockers: [], statements: [], runningSessions: 0 })
  })

  test('may wait for a prepared transaction, which is no session', async () => {
    await postgres.query('BEGIN')
    await postgres.query('UPDATE carts SET total = 1 WHERE id = 2')
    await postgres.query(`PREPARE TRANSACTION 'left'`)
    await using shop = await session('shop')
    const running = await start(shop, 'UPDATE carts SET total = 2 WHERE id = 2', true)
    expect(headsOf(await look())).toEqual([{ pid: 0, blocks: 1 }])
    await postgres.query(`ROLLBACK PREPARED 'left'`)
    await Promise.all(running)
  })

  test('is asked about for no more than fifty', async () => {
    await using holder = await session('reports')
    await holder.query('BEGIN')
    await holder.query('LOCK TABLE carts')
    const waiters: Session[] = []
    const running = []
    for (let i = 0; i < 55; i++) {
      const waiter = await session('shop')
      waiters.push(waiter)
      running.push(...(await start(waiter, 'SELECT * FROM carts', true)))
    }
    const reading = await look()
    expect(reading.waiting.map(({ pid }) => pid)).toEqual(waiters.slice(0, 50).map(({ pid }) => pid))
    expect(reading.statements).toMatchObject([{ sessions: 55, waiting: 55 }])
    expect(headsOf(reading)).toMatchObject([{ pid: holder.pid, blocks: 50 }])
    await holder.query('ROLLBACK')
    await Promise.all(running)
    await Promise.all(waiters.map((waiter) => waiter.close()))
  })
})

test('who waits is counted over all, though each statement has a literal of its own and a hundred of them are told', async () => {
  const much = await startPostgres({ maxConnections: 200 })
  neon.addProject({ id: 'q', branches: [{ id: 'br-main', endpoints: [{ id: 'ep-warm-5678', postgres: much }] }] })
  const password = await much.createRole('nightshift', { grants: ['pg_monitor'] })
  await much.query('CREATE TABLE carts AS SELECT 1 AS id')
  const holder = await much.session({ application: 'reports' })
  await holder.query('BEGIN')
  await holder.query('LOCK TABLE carts')
  const waiters = await Promise.all(Array.from({ length: 120 }, () => much.session({ application: 'shop' })))
  const running = waiters.map((one, i) => one.query(`SELECT * FROM carts WHERE id = ${i}`).catch(() => undefined))
  await holder.query(
    `DO $$ BEGIN WHILE (SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock') < 120
     LOOP PERFORM pg_stat_clear_snapshot(), pg_sleep(0.005); END LOOP; END $$`,
  )
  const uri = `postgresql://nightshift:${password}@ep-warm-5678.us-east-2.aws.neon.tech/neondb`
  const reading = await neonSql(uri, AbortSignal.timeout(60_000)).look(policyOf({ idleMs: 0 }))
  await holder.query('ROLLBACK')
  await Promise.all(running)
  await much.stop()
  expect(reading.statements).toHaveLength(100)
  expect(reading).toMatchObject({ runningSessions: 120, waitingSessions: 120 })
  const [pile] = pilesOf(reading.statements)
  expect(pile).toMatchObject({ statement: 'SELECT * FROM carts WHERE id = ?', sessions: 100, waiting: 100 })
})

test('who is first in a queue is asked about, though others began earlier and there are more than fifty', async () => {
  await using holder = await session('reports')
  await holder.query('BEGIN')
  await holder.query('UPDATE carts SET total = 7 WHERE id = 1')
  // Begins first and comes to the row last.
  const waiters = [await session('shop')]
  const late = `DO $$ BEGIN PERFORM pg_advisory_xact_lock(1); UPDATE carts SET total = 1 WHERE id = 1; END $$`
  await holder.query('SELECT pg_advisory_lock(1)')
  const running = await start(waiters[0] as Session, late, true)
  for (let i = 0; i < 52; i++) {
    const waiter = await session('shop')
    waiters.push(waiter)
    running.push(...(await start(waiter, 'UPDATE carts SET total = 2 WHERE id = 1', true)))
  }
  await holder.query('SELECT pg_advisory_unlock(1)')
  await postgres.query(
    `DO $$ BEGIN WHILE EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'advisory')
     LOOP PERFORM pg_stat_clear_snapshot(), pg_sleep(0.005); END LOOP; END $$`,
  )
  const reading = await look()
  expect(reading.waiting[0]?.pid).toBe(waiters[1]?.pid)
  expect(headsOf(reading)[0]).toMatchObject({ pid: holder.pid, blocks: 50 })
  await holder.query('ROLLBACK')
  await Promise.all(running)
  await Promise.all(waiters.map((waiter) => waiter.close()))
})

describe('sessions that are asked about again', () => {
  test('are known by pid and start, with their state and since when, and those that have gone are not', async () => {
    await using stays = await session('stays')
    await using works = await session('works')
    const leaves = await session('leaves')
    const before = (await look()).idleSessions
    const asked = before.map(({ pid, backendStartMs }): AskedSession => [pid, backendStartMs])
    expect(asked.map(([pid]) => pid)).toEqual(expect.arrayContaining([stays.pid, works.pid, leaves.pid]))

    await leaves.close()
    await works.query('BEGIN')
    const { known } = await look(asked)
    const found = (one: Session) => known.find(({ pid }) => pid === one.pid)
    const was = (one: Session) => before.find(({ pid }) => pid === one.pid)
    expect(found(stays)).toEqual({
      pid: stays.pid,
      backendStartMs: was(stays)?.backendStartMs,
      stateChangeMs: was(stays)?.stateChangeMs,
      state: 'idle',
    })
    expect(found(works)?.state).toBe('idle in transaction')
    expect(found(works)?.stateChangeMs).toBeGreaterThan(was(works)?.stateChangeMs ?? Number.NaN)
    expect(found(leaves)).toBeUndefined()
    // Another session with the same pid is another session.
    expect((await look([[stays.pid, (was(stays)?.backendStartMs ?? 0) - 1]])).known).toEqual([])
    expect((await look()).known).toEqual([])
  })

  test('are first of all the idle ones, longest idle first, protected or not, with who they are', async () => {
    await using first = await session('first')
    await using second = await session('pg_dump')
    const { idleSessions } = await look()
    const mine = idleSessions.filter(({ pid }) => pid === first.pid || pid === second.pid)
    expect(mine).toEqual([
      {
        pid: first.pid,
        application: 'first',
        role: 'app',
        database: 'neondb',
        protection: null,
        backendStartMs: expect.any(Number),
        stateChangeMs: expect.any(Number),
        idleMs: expect.any(Number),
      },
      expect.objectContaining({ pid: second.pid, application: 'pg_dump', protection: 'protected' }),
    ])
    expect(mine[0]?.idleMs).toBeGreaterThanOrEqual(mine[1]?.idleMs ?? Number.NaN)
  })

  test('are in the first place none that has been idle for less than a minute, where the policy waits longer', async () => {
    await using _fresh = await session('fresh')
    expect((await sql.look(policyOf())).idleSessions).toEqual([])
  })
})

test('an application without a name tells where it comes from, others do not', async () => {
  await using _one = await session('')
  await using _two = await session('', '127.0.0.4')
  await using _named = await session('named')
  const { groups } = await look()
  const clientsOf = (application: string) =>
    groups.filter((one) => one.application === application && one.role === 'app').map(({ clients }) => clients)
  expect(clientsOf('')).toEqual([['127.0.0.3', '127.0.0.4']])
  expect(clientsOf('named')).toEqual([[]])
})
