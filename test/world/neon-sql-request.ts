import type { HttpRequest } from './http.ts'
import { SqlFault } from './neon-sql-errors.ts'
import type { Login } from './neon-sql-pool.ts'

/** One query of a request. */
export interface Statement {
  query: string
  params?: unknown[]
  arrayMode?: boolean
}

const ISOLATION_LEVELS: Record<string, string> = {
  ReadUncommitted: 'READ UNCOMMITTED',
  ReadCommitted: 'READ COMMITTED',
  RepeatableRead: 'REPEATABLE READ',
  Serializable: 'SERIALIZABLE',
}

/** Only these four count: port, parameters, application name are ignored. */
export function parseConnectionString(header: string | string[] | undefined): Login & { host: string } {
  if (typeof header !== 'string') throw new SqlFault(400, 'invalid header: neon-connection-string')
  if (!URL.canParse(header)) throw new SqlFault(400, 'invalid connection string: relative URL without a base')
  const { protocol, hostname, username, password, pathname } = new URL(header)
  if (!/^postgres(ql)?:$/.test(protocol)) throw new SqlFault(400, 'incorrect scheme')
  const database = decodeURIComponent(pathname.slice(1))
  if (database === '') throw new SqlFault(400, 'missing database name')
  if (username === '') throw new SqlFault(400, 'missing username')
  if (password === '') throw new SqlFault(400, 'missing authentication credentials: required password')
  return { host: hostname, database, user: decodeURIComponent(username), password: decodeURIComponent(password) }
}

export function parsePayload(body: string): Statement | { queries: Statement[] } {
  try {
    const payload = JSON.parse(body)
    if (typeof payload.query === 'string' || Array.isArray(payload.queries)) return payload
  } catch {}
  throw new SqlFault(400, 'could not parse the HTTP request body')
}

/** What opens the transaction of a batch, by the request's `Neon-Batch-…` headers. */
export function transactionStart(headers: HttpRequest['headers']): string {
  const isolation = headers['neon-batch-isolation-level']
  const level = ISOLATION_LEVELS[String(isolation)]
  if (isolation !== undefined && level === undefined) throw new SqlFault(400, 'invalid isolation level')
  const modes = [
    level && `ISOLATION LEVEL ${level}`,
    headers['neon-batch-read-only'] === 'true' && 'READ ONLY',
    headers['neon-batch-deferrable'] === 'true' && 'DEFERRABLE',
  ]
  return `START TRANSACTION ${modes.filter(Boolean).join(', ')}`
}
