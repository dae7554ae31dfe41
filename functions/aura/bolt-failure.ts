/** Turns whatever the Bolt driver throws into a cause that a rule can explain. Which error means what was measured, driver 6.3. */
import type { Cause, Failure } from '../checks/reading.ts'
import { LookFailed } from '../failure.ts'
import { errorMessage, redact } from '../redact.ts'

/** Of a server whose every thread holds a transaction: in its own code, or in whatever the driver makes of that. */
const NO_THREADS = /no available threads/i

/** The server's own codes, the first that fits; the driver's are in `driverCause`. */
const SERVER: [RegExp, Cause][] = [
  [/^Neo\.ClientError\.Security\.AuthenticationRateLimit$/, 'rate-limited'],
  // What the server knows of a user's rights has run out: a new line asks for them anew.
  [/^Neo\.ClientError\.Security\.AuthorizationExpired$/, 'provider'],
  // Forbidden, too: a user that may not even enter the database. What a part of the look may not is no failure of the look.
  [/^Neo\.ClientError\.Security\./, 'credentials'],
  [/^Neo\.ClientError\.Database\.DatabaseNotFound$/, 'no-database'],
  [/^Neo\.TransientError\.(General|Database)\.DatabaseUnavailable$/, 'starting'],
  [/^Neo\.TransientError\.Request\.NoThreadsAvailable$/, 'full'],
  [/^Neo\.\w+\.Transaction\.(TransactionTimedOut|LockClientStopped|LockAcquisitionTimeout)/, 'timeout'],
  [/^Neo\./, 'query'],
]

/** The failure behind an error of the driver, or of the deadline. */
export function boltFailure(error: unknown): Failure {
  if (error instanceof LookFailed) return error.failure
  const code = codeOf(error)
  const cause = SERVER.find(([pattern]) => pattern.test(code))?.[1] ?? driverCause(error, code)
  return { cause, at: 'bolt', message: words(error) }
}

/** Why one part of the look is missing; undefined when the error is about more than this part. */
export function missingPart(error: unknown): 'refused' | 'unavailable' | undefined {
  const code = codeOf(error)
  if (code === 'Neo.ClientError.Security.Forbidden') return 'refused'
  // No such procedure, no such command in this edition, no such column in this version.
  return /^Neo\.ClientError\.(Procedure|Statement)\./.test(code) ? 'unavailable' : undefined
}

/** Whether the server has said no to an ending: nothing was done then. After any other error it may have been. */
export const refusesEnding = (error: unknown): boolean =>
  /^Neo\.ClientError\.(Security|Procedure|Statement)\./.test(codeOf(error))

/** The database is down or not there; the server is well, and others of its databases may be. */
export const keptOut = (error: unknown): boolean => ['starting', 'no-database'].includes(boltFailure(error).cause)

/**
 * Worth looking again at once, on a new line: the next answer may be another. Never a wrong password: three lock the user.
 * Nor who has no thread left: one more question is no help.
 */
export function isTransientBolt(error: unknown): boolean {
  const { cause } = boltFailure(error)
  const again = cause === 'reset' || /\.AuthorizationExpired$/.test(codeOf(error))
  return again || (codeOf(error).startsWith('Neo.TransientError.') && cause !== 'full' && !keptOut(error))
}

export const codeOf = (error: unknown): string => {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' ? code : ''
}

/** The operating system's word is in the text alone, behind "Caused by:", and when routing in the error inside the error. */
const NETWORK: [RegExp, Cause][] = [
  [/\b(ENOTFOUND|EAI_AGAIN)\b/, 'unresolved'],
  [/\b(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)\b/, 'refused'],
  // As Node says it of a line that closes during the handshake: nobody has looked at a certificate yet.
  [/\b(ECONNRESET|EPIPE)\b|socket disconnected before secure TLS|closed by server|socket hang up/i, 'reset'],
  [/\bETIMEDOUT\b|Failed to establish connection in|acquisition timed out/i, 'timeout'],
  [/certificate|altnames|\b(SSL|TLS|EPROTO)\b/i, 'tls'],
]

function driverCause(error: unknown, code: string): Cause {
  const { name } = (error ?? {}) as { name?: unknown }
  if (name === 'TimeoutError' || name === 'AbortError') return 'timeout'
  const text = words(error)
  // Said to a new connection, before it has logged in: for the driver that is against the protocol.
  if (NO_THREADS.test(text)) return 'full'
  // How the driver falls over a connection that is gone, now and then.
  if (name === 'TypeError' && /onCompleted|onError|onNext/.test(text)) return 'reset'
  const network = NETWORK.find(([pattern]) => pattern.test(text))?.[1]
  if (network !== undefined) return network
  if (code === 'SessionExpired' || code === 'ServiceUnavailable') return 'reset'
  if (code === 'ProtocolError' || /Server responded HTTP|handshake|protocol version|Unknown Bolt protocol/i.test(text))
    return 'bad-answer'
  return 'unexpected'
}

/** The innermost words: what stands before them is the driver's advice on encryption settings and a routing table. */
function words(error: unknown): string {
  let inner = error
  for (let depth = 0; depth < 6; depth++) {
    const { cause, code } = (inner ?? {}) as { cause?: unknown; code?: unknown }
    // The server's codes come with causes of their own, which say less.
    if (!(cause instanceof Error) || String(code).startsWith('Neo.')) break
    inner = cause
  }
  const text = errorMessage(inner)
  const { message } = (inner ?? {}) as { message?: unknown }
  const [, causedBy] = /Caused by: ([\s\S]+)$/.exec(typeof message === 'string' ? message : '') ?? []
  return causedBy === undefined ? text : redact(causedBy).replace(/\s+/g, ' ').slice(0, 400)
}
