/** One statement to Postgres over Neon's HTTP driver, in one request, never without a time limit. */
import { neon, neonConfig } from '@neondatabase/serverless'
import { addresses } from '../env.ts'
import { LookFailed } from '../failure.ts'
import { learnSecret } from '../redact.ts'

/** In the server. The client waits a little longer, so that the server's own word arrives. */
const STATEMENT_MS = 8_000
const REQUEST_MS = 10_000

// Neon drops time limits given at connection, so they are set inside the statement's own transaction.
const LIMITS = `SELECT set_config('statement_timeout', '${STATEMENT_MS}', true), set_config('lock_timeout', '2000', true)`

/**
 * The statement's rows; `readOnly` where nothing may be changed.
 * @throws whatever the driver throws
 */
export type NeonAsk = (
  statement: string,
  parameters: unknown[],
  readOnly: boolean,
) => Promise<Record<string, unknown>[]>

/**
 * @param uri the connection string, password included
 * @param signal the deadline of all that is asked for one target
 */
export function neonAsk(uri: string, signal: AbortSignal): NeonAsk {
  learnSecret(decodeURIComponent(new URL(uri).password))
  const endpoint = addresses.neonSql()
  if (endpoint) neonConfig.fetchEndpoint = endpoint
  const sql = neon(uri)
  return async (statement, parameters, readOnly) => {
    const [, rows] = await sql.transaction([sql.query(LIMITS), sql.query(statement, parameters)], {
      isolationLevel: 'ReadCommitted',
      readOnly,
      fetchOptions: { signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]) },
    })
    if (!Array.isArray(rows)) throw notAsDocumented('no rows')
    return rows
  }
}

export const notAsDocumented = (what: string): LookFailed =>
  new LookFailed({
    cause: 'bad-answer',
    at: 'sql',
    message: `the answer to the look is not what was asked for: ${what}`,
  })
