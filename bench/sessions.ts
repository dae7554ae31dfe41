/** A server as busy as the one in the issue: 90 of 100 connections, in mixed states. */
import { type Postgres, startPostgres } from '../test/world/postgres.ts'

export const SESSIONS = 90

export async function startBusyServer(): Promise<Postgres> {
  const postgres = await startPostgres({
    maxConnections: 100,
    // Seven, as on Neon, would leave those who ask no connection.
    reserved: 1,
    flags: {
      idle_in_transaction_session_timeout: 0,
      shared_preload_libraries: 'pg_stat_statements',
      'pg_stat_statements.track_planning': 'on',
    },
  })
  await postgres.query('CREATE EXTENSION pg_stat_statements')
  await postgres.query('CREATE TABLE orders AS SELECT i AS id, md5(i::text) AS note FROM generate_series(1, 1000) i')
  await postgres.createRole('app', { grants: ['pg_read_all_data'] })
  for (let i = 0; i < SESSIONS; i += 1) {
    const session = await postgres.session({ application: `app-${i % 6}`, user: 'app' })
    // Of ten: six idle, three idle in a transaction, one at work.
    if (i % 10 < 6) {
      await session.query('SELECT count(*) FROM orders')
    } else if (i % 10 < 9) {
      await session.query('BEGIN')
      await session.query('SELECT count(*) FROM orders')
    } else {
      session.query('SELECT pg_sleep(3600)').catch(() => undefined)
    }
  }
  return postgres
}
