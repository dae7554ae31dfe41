/** Turns whatever was thrown on the way to Aura's API into a failure that a rule can explain. */
import type { Cause } from '../checks/reading.ts'
import { httpCause, LookFailed } from '../failure.ts'
import { errorMessage } from '../redact.ts'

/** Nobody to ask as. */
export const noClient = (): LookFailed =>
  new LookFailed({
    cause: 'client',
    at: 'secret',
    message: 'the secret has no Aura API client (aura.clientId, aura.clientSecret)',
  })

/** A failure of the token endpoint: what it refuses is the client. Its 400 and 404 are about the request, not about an instance. */
export const tokenFailed = (error: unknown): LookFailed =>
  failed(error, 'no token: ', (status) => (status === 401 || status === 403 ? 'client' : commonCause(status)))

/** A failure of the API itself, after a token was renewed: then a 403 is no longer about the token. */
export const apiFailed = (error: unknown): LookFailed =>
  failed(error, '', (status) => {
    if (status === 401) return 'client'
    if (status === 403) return 'forbidden'
    if (status === 404) return 'not-found'
    return commonCause(status)
  })

/** A failure of the metrics endpoint, after a token was renewed: then a refusal is about the role of the client's user. */
export const metricsFailed = (error: unknown): LookFailed =>
  failed(error, 'no metrics: ', (status) => (status === 401 || status === 403 ? 'forbidden' : commonCause(status)))

function commonCause(status: number): Cause {
  if (status === 429) return 'rate-limited'
  if (status === 0) return 'bad-answer'
  return 'provider'
}

function failed(error: unknown, before: string, causeOf: (status: number) => Cause): LookFailed {
  if (error instanceof LookFailed) return error
  const cause = httpCause(error, causeOf) ?? 'unexpected'
  return new LookFailed({ cause, at: 'api', message: `${before}${errorMessage(error)}` })
}
