import { type Fault, HUGE, NOT_JSON, OTHER_SHAPE } from './faults.ts'
import { sqlError } from './neon-sql-errors.ts'

/** Answers that Neon is known to give; for `sql` the first three, for `api` the others. */
export const FAULTS = {
  /** Public reports of the HTTP driver: the edge's own JSON, with a status of its own. */
  transferQuota: {
    status: 402,
    body: { message: 'Your project has exceeded the data transfer quota. Upgrade your plan to increase limits.' },
  },
  /** The proxy: the control plane's sentence with an empty code. */
  computeQuota: {
    status: 500,
    body: sqlError(
      'Your account or project has exceeded the compute time quota. Upgrade your plan to increase limits.',
    ),
  },
  controlPlaneDown: { status: 500, body: sqlError('Control plane request failed') },
  locked: {
    status: 423,
    body: apiError('project already has running operations, scheduling of new ones is prohibited'),
  },
  rateLimited: { status: 429, headers: { 'retry-after': '1' }, body: apiError('you have exceeded the request limit') },
  unavailable: { status: 503, body: apiError('service temporarily unavailable') },
  notJson: NOT_JSON,
  otherShape: OTHER_SHAPE,
  huge: HUGE,
} satisfies Record<string, Fault>

/** The body of the console API's errors. */
export function apiError(message: string, code = '') {
  return { request_id: crypto.randomUUID(), code, message }
}
