/** What Nightshift sends for a look, recorded from the real code at the wire, so that it can be replayed and timed. */
import { neonSql } from '../functions/neon/sql.ts'
import { startNeon } from '../test/world/neon.ts'
import { transactionStart } from '../test/world/neon-sql-request.ts'
import type { Postgres } from '../test/world/postgres.ts'
import type { Asker, Statement } from './statements.ts'

/** Every idle session counts as stale here, so that the answer is as large as it gets. */
const POLICY = {
  end: false,
  idleMs: 500,
  abovePercent: 70,
  atMost: 10,
  only: { applications: [], roles: [] },
  protect: { applications: [], roles: [] },
}

/** @param role Nightshift's own in the database */
export async function recordLook(postgres: Postgres, role: string): Promise<Asker> {
  await using neon = await startNeon()
  neon.addProject({
    id: 'bench',
    roles: {},
    branches: [{ id: 'br-bench', endpoints: [{ id: 'ep-bench', postgres }] }],
  })
  process.env.NIGHTSHIFT_NEON_SQL_URL = neon.sqlUrl
  const requests: { body: string; headers: Headers }[] = []
  const { fetch } = globalThis
  globalThis.fetch = (url, init) => {
    requests.push({ body: String(init?.body), headers: new Headers(init?.headers) })
    return fetch(url, init)
  }
  try {
    const uri = `postgresql://${role}:${postgres.password(role)}@ep-bench.eu-central-1.aws.neon.tech/neondb`
    const seen = await neonSql(uri, AbortSignal.timeout(10_000)).look(POLICY)
    if (!seen.sighted) throw new Error(`${role} cannot see the sessions of others: grant it pg_monitor`)
  } finally {
    globalThis.fetch = fetch
  }
  return {
    name: 'Nightshift: one look',
    connections: [requests.flatMap(({ body, headers }) => inTransaction(body, Object.fromEntries(headers)))],
    roundTrips: requests.length,
  }
}

/** As Neon's proxy, next door to the server, runs a request of several statements. */
function inTransaction(body: string, headers: Record<string, string>): Statement[] {
  const { queries } = JSON.parse(body) as { queries: { query: string; params: unknown[] }[] }
  return [
    { text: transactionStart(headers) },
    ...queries.map(({ query, params }) => ({ text: query, values: params })),
    { text: 'COMMIT' },
  ]
}
