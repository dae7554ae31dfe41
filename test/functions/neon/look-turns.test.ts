import { afterAll, beforeAll, expect, test } from 'vitest'
import { type NeonSql, neonSql } from '../../../functions/neon/sql.ts'
import { type LocalNeon, startNeon } from '../../world/neon.ts'
import { type Postgres, startPostgres } from '../../world/postgres.ts'
import { policyOf } from '../builders.ts'

let postgres: Postgres
let neon: LocalNeon
let sql: NeonSql
beforeAll(async () => {
  postgres = await startPostgres({ maxConnections: 420 })
  neon = await startNeon({ proxyAddress: '127.0.0.2' })
  neon.addProject({ id: 'p', branches: [{ id: 'br-main', endpoints: [{ id: 'ep-cool-1234', postgres }] }] })
  process.env.NIGHTSHIFT_NEON_SQL_URL = neon.sqlUrl
  await postgres.createRole('app')
  const password = await postgres.createRole('nightshift', { grants: ['pg_monitor', 'app'] })
  const host = 'ep-cool-1234.us-east-2.aws.neon.tech'
  sql = neonSql(`postgresql://nightshift:${password}@${host}/neondb`, AbortSignal.timeout(110_000))
})
afterAll(async () => {
  await neon.stop()
  await postgres.stop()
})

/** Sessions one after the other, so that their order of age is known. */
async function open(names: string[], localAddress = '127.0.0.3'): Promise<number[]> {
  const pids: number[] = []
  for (const application of names) pids.push((await postgres.session({ application, user: 'app', localAddress })).pid)
  return pids
}

test('a leak that fills what a look can list hides nobody: applications take turns, in whose age the plan goes by', async () => {
  // Of processes that are numbered, idle for longest; a pool of Neon's; and two applications that came after them.
  const workers = await open(Array.from({ length: 310 }, (_, i) => `worker-${i}`))
  const pooled = await open(Array(20).fill('web'), '127.0.0.1')
  const jobs = await open(Array(60).fill('job'))
  const shops = await open(Array(3).fill('shop'))
  await postgres.query('SELECT pg_sleep(0.005)')
  const { idleSessions, candidates, staleSessions } = await sql.look(policyOf({ idleMs: 0 }))
  expect(staleSessions).toBe(373)

  const idle = idleSessions.map(({ pid }) => pid)
  expect(idle).toHaveLength(300)
  expect(shops.every((pid) => idle.includes(pid))).toBe(true)
  expect(jobs.every((pid) => idle.includes(pid))).toBe(true)
  // Nobody can learn from those of a pool.
  expect(idle.some((pid) => pooled.includes(pid))).toBe(false)
  // Of each application those that are the likeliest to work again.
  expect(idle).toEqual([...workers.slice(-237), ...jobs, ...shops])

  // Oldest first, whoever they are of.
  expect(candidates.map(({ pid }) => pid)).toEqual([...workers.slice(0, 49), ...jobs.slice(0, 48), ...shops])
})

test('who may not be ended comes after all who may', async () => {
  await postgres.createRole('foreign')
  const theirs = await postgres.session({ application: 'theirs', user: 'foreign', localAddress: '127.0.0.3' })
  await postgres.query('SELECT pg_sleep(0.005)')
  const { candidates } = await sql.look(policyOf({ idleMs: 0 }))
  expect(candidates).toHaveLength(100)
  expect(candidates.every(({ permitted }) => permitted)).toBe(true)
  const { candidates: only } = await sql.look(policyOf({ idleMs: 0, only: { applications: ['theirs'], roles: [] } }))
  expect(only).toMatchObject([{ pid: theirs.pid, permitted: false }])
})
