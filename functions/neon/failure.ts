/** Turns whatever was thrown on the way to Neon into a cause that a rule can explain. Which error means what was measured. */
import type { Cause, Failure } from '../checks/reading.ts'
import { httpCause, isTransientHttp, LookFailed } from '../failure.ts'
import { HttpError } from '../http.ts'
import { errorMessage, redact } from '../redact.ts'

/** The failure behind an error of the SQL driver, the API client or the network. */
export function failureOf(error: unknown, at: Failure['at']): Failure {
  if (error instanceof LookFailed) return error.failure
  const cause = httpCause(error, apiCause)
  if (cause === undefined && at === 'sql') return sqlFailure(error)
  return { cause: cause ?? 'unexpected', at, message: errorMessage(error) }
}

/** The same, of a look: once its time is up, that is the reason, whatever was thrown. */
export const failureOfLook = (error: unknown, at: 'api' | 'sql', signal: AbortSignal): Failure =>
  signal.aborted
    ? {
        cause: 'no-time',
        at: 'nightshift',
        message: `time was up while waiting for ${at === 'api' ? "Neon's API" : 'the database'}`,
      }
    : failureOf(error, at)

/** Worth asking again at once: nothing was done, and the next answer may be another. */
export const isTransient = (error: unknown): boolean => {
  if (error instanceof HttpError) return isTransientHttp(error)
  const { cause } = failureOf(error, 'sql')
  return (
    cause === 'compute-failing' ||
    cause === 'provider' ||
    cause === 'starting' ||
    cause === 'rate-limited' ||
    cause === 'reset'
  )
}

function apiCause(status: number): Cause {
  if (status === 401 || status === 403) return 'api-key'
  if (status === 402) return 'quota'
  if (status === 404) return 'not-found'
  if (status === 429) return 'rate-limited'
  if (status === 0) return 'bad-answer'
  return 'provider'
}

/**
 * Neon's proxy answers errors inside a query with 400 and its SQLSTATE. Errors while connecting come as 500, whose body
 * the driver leaves as JSON inside the message; a wrong password comes as 400 with an empty code.
 */
function sqlFailure(error: unknown): Failure {
  const {
    code: driverCode,
    message: driverMessage = '',
    name,
  } = error as { code?: unknown; message?: string; name?: string }
  const [, status, text = ''] = /^Server error \(HTTP status (\d+)\): ([\s\S]*)$/.exec(driverMessage) ?? []
  const body = parseBody(text)
  const code = body?.code || (typeof driverCode === 'string' ? driverCode : '')
  const words = body?.message ?? (text || driverMessage)
  const failure = (cause: Cause): Failure => ({
    cause,
    at: 'sql',
    message: redact(words.replace(/\s+/g, ' ').slice(0, 400)),
  })

  if (code === '53300' || /remaining connection slots are reserved|too many clients already/i.test(words))
    return failure(fullCause(words))
  if (status === '402' || /\bquota\b|upgrade your plan/i.test(words)) return failure('quota')
  if (
    code === '28P01' ||
    code === '28000' ||
    /password authentication failed|permission denied for database/i.test(words) ||
    (code === '' && /role ".*" does not exist/i.test(words))
  )
    return failure('credentials')
  if (code === '3D000') return failure('no-database')
  if (code === '57P03') return failure('starting')
  if (/endpoint.*(is disabled|has been disabled)/i.test(words)) return failure('disabled')
  if (/couldn't connect to compute node/i.test(words)) return failure('compute-failing')
  if (status === '429') return failure('rate-limited')
  if (status !== undefined) return failure('provider')
  if (/^57P0[12]$/.test(code) || /connection closed/i.test(words)) return failure('reset')
  if (code !== '') return failure('query')
  // What the driver throws when the answer is not JSON, or JSON of another shape.
  if (name === 'SyntaxError' || name === 'TypeError' || /JSON|unexpected result format/.test(words))
    return { cause: 'bad-answer', at: 'sql', message: errorMessage(error) }
  return { cause: 'unexpected', at: 'sql', message: errorMessage(error) }
}

/** Who is full: texts, since all three have the same SQLSTATE. */
const fullCause = (words: string): Cause =>
  /too many connections for role/i.test(words)
    ? 'role-full'
    : /too many connections for database/i.test(words)
      ? 'database-full'
      : 'full'

function parseBody(text: string): { message: string; code: string } | undefined {
  try {
    const { message, code } = JSON.parse(text)
    return { message: typeof message === 'string' ? message : text, code: typeof code === 'string' ? code : '' }
  } catch {
    // Some errors come as plain text; that text is then the message.
    return undefined
  }
}
