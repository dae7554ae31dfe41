import { DatabaseError } from 'pg'

/** Fields of an error of Neon's proxy, in its order; all are always there, a missing one is null. */
const FIELDS = [
  'detail',
  'hint',
  'position',
  'internalPosition',
  'internalQuery',
  'severity',
  'where',
  'table',
  'column',
  'schema',
  'dataType',
  'constraint',
  'file',
  'line',
  'routine',
] as const

/** The body of an error; from PostgreSQL's error where there is one, else with an empty code and severity. */
export function sqlError(message: string, error?: DatabaseError): Record<string, string | null> {
  const fields = FIELDS.map((name) => [name, error?.[name] ?? (name === 'severity' ? '' : null)])
  return { message, code: error?.code ?? '', ...Object.fromEntries(fields) }
}

/** A request that the front refuses with this status. */
export class SqlFault extends Error {
  readonly status: number
  readonly body: Record<string, string | null>

  constructor(status: number, message: string, error?: DatabaseError) {
    super(message)
    this.status = status
    this.body = sqlError(message, error)
  }
}

/**
 * An error while connecting: 500, "full" (53300) included, for the user's mistakes alone 400.
 * The proxy checks passwords itself, so theirs is its own text, in single quotes and without a code.
 */
export function connectFault(error: unknown, user: string): SqlFault {
  if (!(error instanceof DatabaseError)) return new SqlFault(500, "Couldn't connect to compute node")
  if (error.code === '28P01') return passwordFault(user)
  return new SqlFault(error.code === '3D000' ? 400 : 500, error.message, error)
}

export function passwordFault(user: string): SqlFault {
  return new SqlFault(400, `password authentication failed for user '${user}'`)
}

/** An error of a statement: 400 with PostgreSQL's fields. Without such an error the backend vanished. */
export function queryFault(error: unknown): SqlFault {
  if (error instanceof SqlFault) return error
  if (error instanceof DatabaseError) return new SqlFault(400, error.message, error)
  return new SqlFault(400, 'connection closed')
}
