import { type Fault, HUGE, NOT_JSON, OTHER_SHAPE } from './faults.ts'

/** Answers that Aura is known to give, for `api`, `token` and `metrics`. */
export const AURA_FAULTS = {
  /** What an expired token gets. */
  forbidden: { status: 403, body: { error: 'Forbidden' } },
  unauthorized: { status: 401, body: auraError('Unauthorized', 'unauthorized') },
  /** What `metrics` tells a user without the role Metrics Reader. */
  noMetricsReader: {
    status: 401,
    headers: { 'content-type': 'text/plain' },
    body: "User doesn't have access to Metrics resources.",
  },
  rateLimited: { status: 429, headers: { 'retry-after': '1' }, body: auraError('Too many requests', 'rate-limit') },
  rateLimitedWithoutRetryAfter: { status: 429, body: auraError('Too many requests', 'rate-limit') },
  unavailable: { status: 503, body: auraError('Service unavailable', 'service-unavailable') },
  notJson: NOT_JSON,
  otherShape: OTHER_SHAPE,
  huge: HUGE,
} satisfies Record<string, Fault>

/** The body of the API's errors. */
export function auraError(message: string, reason: string, field?: string) {
  return { errors: [{ message, reason, ...(field !== undefined && { field }) }] }
}
