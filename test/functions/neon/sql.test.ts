import { expect, test } from 'vitest'
import { neonSql } from '../../../functions/neon/sql.ts'
import { startNeon } from '../../world/neon.ts'
import { startPostgres } from '../../world/postgres.ts'
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
