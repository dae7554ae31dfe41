import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type NeonSql, neonSql } from '../../../functions/neon/sql.ts'
import { type LocalNeon, startNeon } from '../../world/neon.ts'
import { type Postgres, startPostgres } from '../../world/postgres.ts'
import { policyOf } from '../builders.ts'

test('a session that has outlived its role does not keep the others from being seen', async () => {
  await using postgres = await startPostgres()
  const password = await postgres.createRole('nightshift', { grants: ['pg_monitor'] })
  await postgres.createRole('gone')
  await postgres.createRole('app')
  await using neon = await startNeon({ proxyAddress: '127.0.0.2' })
  neon.addProject({ id: 'p', branches: [{ id: 'br-main', endpoints: [{ id: 'ep-cool-1234', postgres }] }] })
  process.env.NIGHTSHIFT_NEON_SQL_URL = neon.sqlUrl
  const address = `postgresql://nightshift:${password}@ep-cool-1234.us-east-2.aws.neon.tech/neondb`
  const sql = neonSql(address, AbortSignal.timeout(50_000))

  // From another address than the server's own, as every direct client.
  await using _left = await postgres.session({ application: 'left', user: 'gone', localAddress: '127.0.0.3' })
  await using _shop = await postgres.session({ application: 'shop', user: 'app', localAddress: '127.0.0.3' })
  await postgres.query('DROP ROLE gone')

  const { candidates } = await sql.look(policyOf({ idleMs: 0 }))
  expect(candidates.map(({ application, role, permitted }) => ({ application, role, permitted }))).toEqual([
    { application: 'left', role: '', permitted: false },
    { application: 'shop', role: 'app', permitted: false },
  ])
})

describe('a look', () => {
  let postgres: Postgres
  let neon: LocalNeon
  let sql: NeonSql
  let blind: NeonSql
  beforeAll(async () => {
    postgres = await startPostgres()
    neon = await startNeon({ proxyAddress: '127.0.0.2' })
    neon.addProject({ id: 'p', branches: [{ id: 'br-main', endpoints: [{ id: 'ep-cool-1234', postgres }] }] })
    process.env.NIGHTSHIFT_NEON_SQL_URL = neon.sqlUrl
    const as = async (role: string, grants: string[]) => {
      const password = await postgres.createRole(role, { grants })
      const host = 'ep-cool-1234.us-east-2.aws.neon.tech'
      return neonSql(`postgresql://${role}:${password}@${host}/neondb`, AbortSignal.timeout(110_000))
    }
    await postgres.createRole('app')
    await postgres.createRole('web')
    sql = await as('nightshift', ['pg_monitor', 'app'])
    blind = await as('blind', [])
  })
  afterAll(async () => {
    await neon.stop()
    await postgres.stop()
  })
  const session = (application: string, user = 'app') =>
    postgres.session({ application, user, localAddress: '127.0.0.3' })
  const look = (changes: Parameters<typeof policyOf>[0] = {}) => sql.look(policyOf({ idleMs: 0, ...changes }))

  test('counts every stale session that somebody should do something about', async () => {
    await using _free = await session('free')
    await using _free2 = await session('free', 'web')
    await using _unselected = await session('unselected')
    await using _kept = await session('kept')
    await using _shared = await session('shares-our-role', 'nightshift')
    const { stale, staleSessions } = await look({
      only: { applications: ['free', 'kept'], roles: [] },
      protect: { applications: ['kept'], roles: [] },
    })
    const named = stale.filter(({ application }) => application !== '')
    expect(
      named.map(({ application, role, protection }) => `${application} ${role} ${protection ?? 'free'}`).toSorted(),
    ).toEqual([
      'free app free',
      'free web free',
      'kept app protected',
      'shares-our-role nightshift own-role',
      'unselected app not-selected',
    ])
    // All but the protected one, and our own without a name.
    expect(staleSessions).toBe(4)
  })

  test('names first whom our role may end, each oldest first', async () => {
    await using _first = await session('first', 'web')
    await using _second = await session('second')
    await using _third = await session('third', 'web')
    await using _fourth = await session('fourth')
    const { candidates } = await look()
    expect(candidates.map(({ application, permitted }) => [application, permitted])).toEqual([
      ['second', true],
      ['fourth', true],
      ['first', false],
      ['third', false],
    ])
  })

  test('knows a listener whatever stands before its LISTEN', async () => {
    await using listening = await session('listening')
    await using _commented = await session('commented')
    await listening.query('LISTEN news')
    await _commented.query('/* of a library */ listen news')
    await using plain = await session('plain')
    await plain.query('SELECT 1 AS listener')
    const { stale } = await look()
    const protections = Object.fromEntries(stale.map(({ application, protection }) => [application, protection]))
    expect(protections).toMatchObject({ listening: 'listener', commented: 'listener', plain: null })
  })

  test('shows open transactions, oldest first, and no session without one', async () => {
    await using older = await session('older')
    await older.query('BEGIN')
    await using younger = await session('younger')
    await younger.query("BEGIN; SELECT 'a secret'")
    await using _idle = await session('idle')
    const { transactions } = await look()
    expect(transactions.map(({ application }) => application)).toEqual(['older', 'younger'])
    expect(transactions[0]?.ageMs).toBeGreaterThanOrEqual(transactions[1]?.ageMs ?? Number.NaN)
    expect(JSON.stringify(transactions)).not.toContain('a secret')
  })

  test('that is blind names no transaction: it sees none', async () => {
    await using _idle = await session('idle')
    const { sighted, used, transactions } = await blind.look(policyOf({ idleMs: 0 }))
    expect(sighted).toBe(false)
    expect(used).toBeGreaterThan(0)
    expect(transactions).toEqual([])
  })
})
