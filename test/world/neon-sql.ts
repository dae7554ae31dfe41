import type { QueryArrayConfig, QueryArrayResult } from 'pg'
import type { HttpAnswer, HttpRequest } from './http.ts'
import { endpointOfHost, type Project, wake } from './neon-projects.ts'
import { passwordFault, queryFault, SqlFault } from './neon-sql-errors.ts'
import { cancel, type Lease, type SessionPool } from './neon-sql-pool.ts'
import { parseConnectionString, parsePayload, type Statement, transactionStart } from './neon-sql-request.ts'
import { jsonValue, parameterText } from './neon-sql-values.ts'

export interface SqlLimits {
  /** Bytes of a request; above it 413. */
  request: number
  /** Bytes of the rows of an answer; above it 507. */
  response: number
}

interface Output {
  raw: boolean
  arrays: boolean
  limit: number
}

type Row = (string | null)[]

/**
 * `POST /sql` as Neon's proxy answers it (reference/neon.md, section 0a): one statement or one transaction of several,
 * on a session of PostgreSQL that is kept for the next request.
 */
export function sqlFront(projects: Map<string, Project>, pool: SessionPool, limits: SqlLimits) {
  return async (request: HttpRequest): Promise<HttpAnswer> => {
    try {
      return await answer(request)
    } catch (error) {
      if (error instanceof SqlFault) return { status: error.status, body: error.body }
      throw error
    }
  }

  async function answer({ method, headers, body, signal }: HttpRequest): Promise<HttpAnswer> {
    if (method !== 'POST') throw new SqlFault(400, 'query is not supported')
    const { host, ...login } = parseConnectionString(headers['neon-connection-string'])
    const begin = transactionStart(headers)
    if (body === undefined) throw new SqlFault(413, `request is too large (max is ${limits.request} bytes)`)
    const payload = parsePayload(body)
    const endpoint = endpointOfHost(projects.values(), host)
    if (endpoint === undefined) throw passwordFault(login.user)
    if (endpoint.api.disabled) throw new SqlFault(400, 'Control plane request failed: endpoint is disabled')

    const lease = await pool.take(endpoint, login).catch((error: SqlFault) => {
      // A refused password never gets as far as the compute.
      if (error.message !== passwordFault(login.user).message) wake(endpoint)
      throw error
    })
    wake(endpoint)
    const output: Output = {
      raw: headers['neon-raw-text-output'] === 'true',
      arrays: headers['neon-array-mode'] === 'true',
      limit: limits.response,
    }
    const stop = () => cancel(lease)
    signal.addEventListener('abort', stop)
    try {
      if ('query' in payload) {
        const result = await runSingle(lease, payload, output, signal)
        return { status: 200, body: result, rows: result.rows.length }
      }
      const results = await runBatch(lease, begin, payload.queries, output, signal)
      const echo = Object.entries(headers).filter(([name]) => name.startsWith('neon-batch-')) as [string, string][]
      const rows = results.reduce((sum, { rows }) => sum + rows.length, 0)
      return { status: 200, body: { results }, headers: Object.fromEntries(echo), rows }
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }

  /** A failed statement costs its session, but for one that was cancelled because the client left. */
  async function runSingle(lease: Lease, statement: Statement, output: Output, signal: AbortSignal) {
    try {
      const result = await run(lease, statement, output, signal)
      await pool.keep(lease)
      return result
    } catch (error) {
      const fault = queryFault(error)
      if (signal.aborted && fault.body.code === '57014') await pool.keep(lease)
      else await lease.client.end()
      throw fault
    }
  }

  /** A failed statement of a transaction does not cost the session, unless the client left; a failed BEGIN or COMMIT does. */
  async function runBatch(lease: Lease, begin: string, statements: Statement[], output: Output, signal: AbortSignal) {
    const { client } = lease
    let between = false
    try {
      await client.query(begin)
      between = true
      const results = []
      for (const statement of statements) results.push(await run(lease, statement, output, signal))
      between = false
      await client.query('COMMIT')
      await pool.keep(lease)
      return results
    } catch (error) {
      const rolledBack = between && !signal.aborted && (await client.query('ROLLBACK').catch(() => undefined))
      await (rolledBack ? pool.keep(lease) : client.end())
      throw queryFault(error)
    }
  }
}

/** Runs one statement by the extended protocol, all in text, and gives the proxy's JSON for it. */
async function run(
  { client }: Lease,
  { query, params = [], arrayMode }: Statement,
  output: Output,
  signal: AbortSignal,
) {
  if (signal.aborted) throw new SqlFault(400, 'Query cancelled, connection was terminated')
  const config: QueryArrayConfig & { queryMode: 'extended' } = {
    text: query,
    values: params.map(parameterText),
    rowMode: 'array',
    queryMode: 'extended',
    types: { getTypeParser: () => String },
  }
  const { fields, rows, command, rowCount }: QueryArrayResult<Row> = await client.query<Row>(config)
  const rowAsArray = arrayMode ?? output.arrays
  let size = 0
  const converted = rows.map((row) => {
    const values = output.raw ? row : row.map((text, index) => convert(text, fields[index]?.dataTypeID ?? 0))
    const json = rowAsArray ? values : Object.fromEntries(values.map((value, index) => [fields[index]?.name, value]))
    size += Buffer.byteLength(JSON.stringify(json))
    if (size > output.limit) throw new SqlFault(507, `response is too large (max is ${output.limit} bytes)`)
    return json
  })
  return { rowAsArray, fields, rows: converted, command, rowCount }
}

function convert(text: string | null, type: number): unknown {
  const value = text === null ? null : jsonValue(text, type)
  if (value === undefined) throw new SqlFault(500, 'could not parse postgres response')
  return value
}
