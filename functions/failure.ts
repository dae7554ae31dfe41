/** What failures have in common, whichever provider was asked. */
import type { Cause, Failure } from './checks/reading.ts'
import { HttpError } from './http.ts'

/** A failure that is already understood, on its way to the reading. */
export class LookFailed extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.name = 'LookFailed'
    this.failure = failure
  }
}

/**
 * The cause behind an error of the network or of an API; undefined for any other error.
 * @param causeOf what the API means by a status; 0 is an answer that is not as documented
 */
export const httpCause = (error: unknown, causeOf: (status: number) => Cause): Cause | undefined =>
  networkCause(error) ?? (error instanceof HttpError ? causeOf(error.status) : undefined)

/** Worth asking again at once: busy, locked (423), limited (429) or broken (5xx), or the connection broke. */
export const isTransientHttp = (error: unknown): boolean =>
  error instanceof HttpError
    ? error.status === 423 || error.status === 429 || error.status >= 500
    : networkCause(error) === 'reset'

/** The cause when no answer came at all: found in the code of the error or of anything it wraps. */
function networkCause(error: unknown): Cause | undefined {
  for (let at = error as Wrapped | undefined, depth = 0; at && depth < 6; depth++) {
    if (at.name === 'TimeoutError' || at.name === 'AbortError') return 'timeout'
    const code = typeof at.code === 'string' ? at.code : ''
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'unresolved'
    if (/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH)$/.test(code)) return 'refused'
    if (/^(ETIMEDOUT|UND_ERR_(CONNECT|HEADERS|BODY)_TIMEOUT)$/.test(code)) return 'timeout'
    if (/CERT|^ERR_(TLS|SSL)|^UNABLE_TO_|^EPROTO$/.test(code)) return 'tls'
    if (/^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/.test(code) || at.message === 'terminated') return 'reset'
    at = at.sourceError ?? at.cause ?? at.errors?.[0]
  }
  return undefined
}

interface Wrapped {
  name?: string
  code?: unknown
  message?: string
  sourceError?: Wrapped
  cause?: Wrapped
  errors?: Wrapped[]
}
