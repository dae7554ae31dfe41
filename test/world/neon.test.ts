import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { neon as driver, type NeonDbError, neonConfig } from '@neondatabase/serverless'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { FAULTS, type LocalNeon, type Project, startNeon } from './neon.ts'
import { type Postgres, startPostgres } from './postgres.ts'
import { freePort } from './process.ts'

let postgres: Postgres
let neon: LocalNeon
let project: Project
const HOST = 'ep-cool-1234.us-east-2.aws.neon.tech'

beforeAll(async () => {
  postgres = await startPostgres({ maxConnections: 30, internalSessions: true })
  neon = await startNeon({ proxyAddress: '127.0.0.2' })
  project = neon.addProject({
    id: 'orders',
    roles: { neondb_owner: postgres.password('neondb_owner') },
    branches: [
      {
        id: 'br-main',
        endpoints: [
          { id: 'ep-cool-1234', postgres },
          { id: 'ep-replica-1', postgres, type: 'read_only' },
          { id: 'ep-refusing-1', postgres: { host: '127.0.0.1', port: await freePort() } },
        ],
      },
      { id: 'br-dev', name: 'dev', default: false, endpoints: [] },
      { id: 'br-old', name: 'old', default: false, current_state: 'archived', logical_size: undefined },
    ],
  })
  neonConfig.fetchEndpoint = () => neon.sqlUrl
})

afterAll(async () => {
  await neon?.stop()
  await postgres?.stop()
})

afterEach(() => {
  neon.heal()
  neon.requests.length = 0
})

/** The driver as Nightshift uses it; by default as the owner of the database. */
function connectTo({
  user = 'neondb_owner',
  password = postgres.password('neondb_owner'),
  host = HOST,
  database = 'neondb',
} = {}) {
  return driver(`postgresql://${user}:${password}@${host}/${database}?sslmode=require`)
}

/** What the driver throws. */
async function failure(query: PromiseLike<unknown>): Promise<NeonDbError> {
  return Promise.resolve(query).then(
    () => expect.unreachable('it did not fail'),
    (error) => error,
  )
}

/** A query as a client without the driver would send it. */
function post(body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  const connection = `postgresql://neondb_owner:${postgres.password('neondb_owner')}@${HOST}/neondb`
  return fetch(neon.sqlUrl, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'neon-connection-string': connection, ...headers },
  })
}

describe('the SQL front, asked by the real driver', () => {
  it('answers in the types of PostgreSQL', async () => {
    const sql = connectTo()
    const rows = await sql`SELECT ${7}::int AS n, 5::bigint AS big, 'é'::text AS t, true AS b, NULL::text AS none,
      '{"a":[1]}'::jsonb AS j, ARRAY[1,2] AS list, ARRAY[]::int[] AS empty, '2026-01-02T03:04:05Z'::timestamptz AS at`
    expect(rows).toEqual([
      {
        n: 7,
        big: '5',
        t: 'é',
        b: true,
        none: null,
        j: { a: [1] },
        list: [1, 2],
        empty: [],
        at: new Date('2026-01-02T03:04:05Z'),
      },
    ])
  })

  it('takes arrays and numbers as parameters', async () => {
    const rows = await connectTo().query('SELECT x FROM unnest($1::text[]) AS x WHERE length(x) > $2', [
      ['a"b', 'NULL', 'c'],
      1,
    ])
    expect(rows).toEqual([{ x: 'a"b' }, { x: 'NULL' }])
  })

  it('gives fields, command and row count, the last null for SET', async () => {
    const sql = connectTo()
    const select = await sql.query('SELECT 1 AS one', [], { fullResults: true })
    expect(select).toMatchObject({
      command: 'SELECT',
      rowCount: 1,
      fields: [{ name: 'one', dataTypeID: 23, format: 'text' }],
    })
    expect(await sql.query("SET statement_timeout = '1s'", [], { fullResults: true })).toMatchObject({
      command: 'SET',
      rowCount: null,
    })
  })

  it('runs a batch as one transaction in one round trip', async () => {
    const sql = connectTo()
    const results = await sql.transaction(
      [
        sql`SELECT set_config('statement_timeout', '4321', true)`,
        sql`SELECT current_setting('statement_timeout') AS timeout, current_setting('transaction_isolation') AS isolation,
          current_setting('transaction_read_only') AS read_only, current_setting('transaction_deferrable') AS deferrable`,
      ],
      { readOnly: true, isolationLevel: 'Serializable', deferrable: true },
    )
    expect(results[1]).toEqual([{ timeout: '4321ms', isolation: 'serializable', read_only: 'on', deferrable: 'on' }])
    expect(neon.sqlTraffic()).toEqual({ roundTrips: 1, rows: 2 })
    expect(await sql`SELECT current_setting('statement_timeout') AS timeout`).toEqual([{ timeout: '0' }])
  })

  it('refuses to write in a read-only batch, and rolls it back', async () => {
    const sql = connectTo()
    const error = await failure(sql.transaction([sql`SELECT 1`, sql`CREATE TABLE never (id int)`], { readOnly: true }))
    expect(error).toMatchObject({ name: 'NeonDbError', code: '25006', severity: 'ERROR' })
  })

  it("gives 400 and PostgreSQL's fields for an error in a query, every key there", async () => {
    expect(await failure(connectTo()`SELECT 1/0`)).toMatchObject({ code: '22012', message: 'division by zero' })
    expect(await failure(connectTo().query('SELEC 1'))).toMatchObject({ code: '42601', position: '1' })
    const response = await post({ query: 'SELECT 1/0' })
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({
      message: 'division by zero',
      code: '22012',
      severity: 'ERROR',
      file: 'int.c',
      line: expect.stringMatching(/^\d+$/),
      routine: 'int4div',
      ...Object.fromEntries(
        [
          'detail',
          'hint',
          'position',
          'internalPosition',
          'internalQuery',
          'where',
          'table',
          'column',
          'schema',
          'dataType',
          'constraint',
        ].map((key) => [key, null]),
      ),
    })
  })

  it('says the same, without a code, for a wrong password, an unknown role and an unknown endpoint', async () => {
    const refusals = [
      connectTo({ password: 'wrong' }),
      connectTo({ user: 'nobody' }),
      connectTo({ host: 'ep-none-1.us-east-2.aws.neon.tech' }),
    ]
    for (const sql of refusals) {
      const error = await failure(sql`SELECT 1`)
      expect(error.message).toMatch(/^password authentication failed for user '(neondb_owner|nobody)'$/)
      expect(error.code).toBe('')
    }
  })

  it('says 3D000 for an unknown database', async () => {
    expect(await failure(connectTo({ database: 'nowhere' })`SELECT 1`)).toMatchObject({ code: '3D000' })
  })

  it('hides "full" in a status 500: the driver shows no code', async () => {
    await using small = await startPostgres({ maxConnections: 12 })
    neon.addProject({ id: 'small', branches: [{ id: 'br-small', endpoints: [{ id: 'ep-small-1', postgres: small }] }] })
    const sql = connectTo({ host: 'ep-small-1.us-east-2.aws.neon.tech', password: small.password('neondb_owner') })
    const free = 12 - 7 - 1
    const sessions = await Promise.all(Array.from({ length: free }, () => small.session({ application: 'leak' })))
    await expect(small.session()).rejects.toMatchObject({ code: '53300' })

    const error = await failure(sql`SELECT 1`)
    expect(error.code).toBeUndefined()
    const [, status, body] = /^Server error \(HTTP status (\d+)\): (.*)$/s.exec(error.message) ?? []
    expect(status).toBe('500')
    expect(JSON.parse(body ?? '')).toMatchObject({
      code: '53300',
      severity: 'FATAL',
      message: 'remaining connection slots are reserved for roles with the SUPERUSER attribute',
    })
    await sessions[0]?.close()
    expect(await sql`SELECT 1 AS one`).toEqual([{ one: 1 }])

    const password = await small.createRole('limited', { attributes: 'CONNECTION LIMIT 0' })
    const limited = connectTo({ host: 'ep-small-1.us-east-2.aws.neon.tech', user: 'limited', password })
    expect((await failure(limited`SELECT 1`)).message).toContain(
      'HTTP status 500): {"message":"too many connections for role \\"limited\\"","code":"53300"',
    )
  })

  it('answers 500 when the compute refuses or is not ready yet', async () => {
    const refused = await failure(connectTo({ host: 'ep-refusing-1.us-east-2.aws.neon.tech' })`SELECT 1`)
    expect(refused.message).toContain(`HTTP status 500): {"message":"Couldn't connect to compute node","code":""`)

    // PostgreSQL's ErrorResponse while it starts: no real server can be held in that state.
    const fields = 'SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0'
    const starting = createServer((socket) => {
      socket.on('data', () =>
        socket.end(Buffer.concat([Buffer.from([69, 0, 0, 0, fields.length + 4]), Buffer.from(fields)])),
      )
    }).listen(0, '127.0.0.1')
    await once(starting, 'listening')
    const { port } = starting.address() as AddressInfo
    neon.addProject({
      id: 'starting',
      branches: [{ id: 'br-s', endpoints: [{ id: 'ep-starting-1', postgres: { host: '127.0.0.1', port } }] }],
    })
    const error = await failure(connectTo({ host: 'ep-starting-1.us-east-2.aws.neon.tech' })`SELECT 1`)
    expect(error.message).toContain('HTTP status 500): {"message":"the database system is starting up","code":"57P03"')
    starting.close()
  })

  it('says "connection closed", without a code, when the backend vanishes', async () => {
    await using crashing = await startPostgres({ maxConnections: 20 })
    neon.addProject({
      id: 'crashing',
      branches: [{ id: 'br-c', endpoints: [{ id: 'ep-crashing-1', postgres: crashing }] }],
    })
    const sql = connectTo({
      host: 'ep-crashing-1.us-east-2.aws.neon.tech',
      password: crashing.password('neondb_owner'),
    })
    const [row] = await sql`SELECT pg_backend_pid() AS pid`
    const error = failure(sql`SELECT pg_sleep(60)`)
    await running(crashing, row?.pid)
    process.kill(row?.pid, 'SIGKILL')
    expect(await error).toMatchObject({ message: 'connection closed', code: '' })
  })

  it('says 57P01 when the session is ended under the query', async () => {
    const sql = connectTo()
    const [row] = await sql`SELECT pg_backend_pid() AS pid`
    const error = failure(sql`SELECT pg_sleep(60)`)
    await running(postgres, row?.pid)
    await postgres.query('SELECT pg_terminate_backend($1)', [row?.pid])
    expect(await error).toMatchObject({ code: '57P01' })
  })

  it('passes on user and database only, from its own address', async () => {
    const sql = driver(
      `postgresql://neondb_owner:${postgres.password('neondb_owner')}@${HOST}/neondb?application_name=x&options=-c%20statement_timeout%3D9`,
    )
    expect(
      await sql`SELECT application_name, host(client_addr) AS address, current_setting('statement_timeout') AS timeout
        FROM pg_stat_activity WHERE pid = pg_backend_pid()`,
    ).toEqual([{ application_name: '', address: '127.0.0.2', timeout: '0' }])
  })

  it('keeps the session for the next request; a failed query costs it, a failed batch does not', async () => {
    const sql = connectTo({ database: 'postgres' })
    const pid = async () => (await sql`SELECT pg_backend_pid() AS pid`)[0]?.pid
    const first = await pid()
    const [kept] = await postgres.query('SELECT state, query FROM pg_stat_activity WHERE pid = $1', [first])
    expect(kept).toMatchObject({ state: 'idle', query: expect.stringMatching(/^ROLLBACK;.*DISCARD SEQUENCES;$/s) })
    expect(await pid()).toBe(first)
    await failure(sql.transaction([sql`SELECT 1/0`]))
    expect(await pid()).toBe(first)
    await failure(sql`SELECT 1/0`)
    const second = await pid()
    expect(second).not.toBe(first)

    // Ended while it is kept: the next request opens another.
    await postgres.query('SELECT pg_terminate_backend($1, 5000)', [second])
    expect(await pid()).not.toBe(second)
  })

  it('keeps so many sessions at most, and so long', async () => {
    const password = await postgres.createRole('keeper')
    const sessions = () => postgres.query("SELECT state FROM pg_stat_activity WHERE usename = 'keeper'")
    const ask = async (front: LocalNeon, requests: number) => {
      front.addProject({ id: 'kept', branches: [{ id: 'br-kept', endpoints: [{ id: 'ep-kept-1', postgres }] }] })
      const connection = `postgresql://keeper:${password}@ep-kept-1/neondb`
      const body = JSON.stringify({ query: 'SELECT pg_sleep(0.2)' })
      const headers = { 'neon-connection-string': connection }
      await Promise.all(Array.from({ length: requests }, () => fetch(front.sqlUrl, { method: 'POST', body, headers })))
    }
    {
      await using front = await startNeon({ keepSessionsAtMost: 2 })
      await ask(front, 3)
      await eventually(sessions).toEqual([{ state: 'idle' }, { state: 'idle' }])
    }
    await using front = await startNeon({ keepSessionsFor: 1 })
    await ask(front, 1)
    await eventually(sessions).toEqual([])
  })

  it('cancels the statement of a client that goes away', async () => {
    const leave = new AbortController()
    const sql = driver(`postgresql://neondb_owner:${postgres.password('neondb_owner')}@${HOST}/neondb`, {
      fetchOptions: { signal: leave.signal },
    })
    const error = failure(sql`SELECT pg_sleep(60) AS "left"`)
    const active = () =>
      postgres.query(`SELECT pid FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%AS "left"'`)
    await eventually(active).toHaveLength(1)
    leave.abort()
    expect((await error).message).toContain('Error connecting to database')
    await eventually(active).toHaveLength(0)
    expect(neon.requests[0]?.status).toBeUndefined()
  })

  it('takes requests and gives answers of 10 MiB at most', async () => {
    const long = await failure(connectTo().query('SELECT length($1)', ['x'.repeat(10 * 1024 * 1024)]))
    expect(long.message).toContain(
      'HTTP status 413): {"message":"request is too large (max is 10485760 bytes)","code":""',
    )
    const wide = await failure(connectTo()`SELECT repeat('x', 1024 * 1024) FROM generate_series(1, 11)`)
    expect(wide.message).toContain('HTTP status 507): {"message":"response is too large (max is 10485760 bytes)"')
  })

  it('without raw text turns values into JSON, with the mistakes of the real one', async () => {
    const query = `SELECT 1 AS n, 'NaN'::float8 AS nan, true AS b, ARRAY['a'] AS list, ARRAY[]::text[] AS empty`
    expect(await (await post({ query })).json()).toMatchObject({
      rows: [{ n: 1, nan: 'NaN', b: true, list: ['a'], empty: [''] }],
    })
    expect((await post({ query: 'SELECT ARRAY[]::int[]' })).status).toBe(500)
  })

  it('wakes an idle compute at the first query, and not for a wrong password', async () => {
    const endpoint = project.branches[0]?.endpoints[0]
    if (!endpoint) throw new Error('no endpoint')
    endpoint.api.current_state = 'idle'
    await failure(connectTo({ password: 'wrong' })`SELECT 1`)
    expect(endpoint).toMatchObject({ wakeUps: 0, api: { current_state: 'idle' } })
    await connectTo({ host: HOST.replace('.', '-pooler.') })`SELECT 1`
    await connectTo()`SELECT 1`
    expect(endpoint).toMatchObject({ wakeUps: 1, api: { current_state: 'active' } })
  })

  it('refuses a disabled compute', async () => {
    const endpoint = project.branches[0]?.endpoints[1]
    if (!endpoint) throw new Error('no endpoint')
    endpoint.api.disabled = true
    const error = await failure(connectTo({ host: endpoint.api.host })`SELECT 1`)
    expect(error).toMatchObject({ message: 'Control plane request failed: endpoint is disabled', code: '' })
  })
})

describe('faults on the way', () => {
  it.each([
    ['transferQuota', 'Server error (HTTP status 402): {"message":"Your project has exceeded the data transfer quota'],
    [
      'computeQuota',
      'Server error (HTTP status 500): {"message":"Your account or project has exceeded the compute time quota',
    ],
    ['notJson', 'Unexpected token'],
    ['otherShape', 'Cannot read properties of undefined'],
    ['huge', 'Cannot read properties of undefined'],
  ] as const)('%s reaches the caller through the driver', async (fault, message) => {
    neon.fail('sql', FAULTS[fault])
    expect((await failure(connectTo()`SELECT 1`)).message).toContain(message)
  })

  it('strike only what they match, and are lifted', async () => {
    const lift = neon.fail('sql', 'reset', { match: /ep-cool-1234\.us-east-2.*pg_terminate_backend/ })
    expect(await connectTo()`SELECT 1 AS one`).toEqual([{ one: 1 }])
    expect((await failure(connectTo()`SELECT pg_terminate_backend(0)`)).message).toContain('fetch failed')
    lift()
    expect(await connectTo()`SELECT pg_terminate_backend(0) AS ended`).toEqual([{ ended: false }])
  })

  it('an answer cut in the middle fails, though its statement was carried out', async () => {
    await postgres.query('CREATE TABLE IF NOT EXISTS done (id int)')
    await postgres.query('GRANT INSERT ON done TO neondb_owner')
    neon.fail('sql', 'cut', { times: 1 })
    expect((await failure(connectTo()`INSERT INTO done VALUES (1) RETURNING id`)).message).toContain('terminated')
    expect(await postgres.query('SELECT id FROM done')).toEqual([{ id: 1 }])
  })

  it.each(['hang', 'hang-midway', { slow: 60_000 }] as const)(
    '%s leaves the caller waiting until it gives up',
    async (fault) => {
      neon.fail('sql', fault, { times: 1 })
      const sql = driver(`postgresql://neondb_owner:${postgres.password('neondb_owner')}@${HOST}/neondb`, {
        fetchOptions: { signal: AbortSignal.timeout(300) },
      })
      expect((await failure(sql`SELECT 1`)).message).toMatch(/timeout|aborted/i)
      expect(neon.requests).toMatchObject([{ service: 'sql' }])
      expect(neon.requests[0]?.status).toBeUndefined()
    },
  )
})

/** The machine may be slow. */
function eventually<T>(read: () => T) {
  return expect.poll(read, { timeout: 20_000 })
}

/** Waits until this backend runs something. */
async function running(server: Postgres, pid: number): Promise<void> {
  const state = async () => (await server.query('SELECT state FROM pg_stat_activity WHERE pid = $1', [pid]))[0]?.state
  await eventually(state).toBe('active')
}
