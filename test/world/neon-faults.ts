import type { HttpAnswer, Service } from './neon-http.ts'
import { sqlError } from './neon-sql-errors.ts'

/** What can go wrong on the way to Neon. */
export type Fault =
  /** Any answer; the request is not carried out. */
  | Pick<HttpAnswer, 'status' | 'body' | 'headers'>
  /** The request is taken and never answered. */
  | 'hang'
  /** The request is carried out; the answer stops in the middle and the connection stays open. */
  | 'hang-midway'
  /** The request is carried out; the connection is cut in the middle of the answer. */
  | 'cut'
  /** The connection is reset before any answer; the request is not carried out. */
  | 'reset'
  /** The proper answer, after so many milliseconds. */
  | { slow: number }

export interface FaultOptions {
  /** How many requests it strikes; default all, until it is lifted. */
  times?: number
  /** Which: tested against `METHOD path`, for `sql` followed by the endpoint's host and the request's JSON. */
  match?: RegExp
}

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
  /** What a load balancer in between sends. */
  notJson: { status: 200, body: '<html><body>502 Bad Gateway</body></html>', headers: { 'content-type': 'text/html' } },
  otherShape: { status: 200, body: { unexpected: [] } },
  /** 32 MB of white space before an empty object: legal JSON. */
  huge: {
    status: 200,
    get body() {
      return `${' '.repeat(32 * 1024 * 1024)}{}`
    },
  },
} satisfies Record<string, Fault>

/** The faults that are in force, oldest first. */
export class Faults {
  readonly #inForce: { service: Service; fault: Fault; times: number; match: RegExp | undefined }[] = []

  /** Adds one; the function returned lifts it. */
  add(service: Service, fault: Fault, { times = Number.POSITIVE_INFINITY, match }: FaultOptions = {}): () => void {
    const entry = { service, fault, times, match }
    this.#inForce.push(entry)
    return () => {
      entry.times = 0
    }
  }

  /** The fault that strikes this request, if any. */
  take(service: Service, subject: string): Fault | undefined {
    const entry = this.#inForce.find(
      (one) => one.service === service && one.times > 0 && (one.match?.test(subject) ?? true),
    )
    if (entry === undefined) return undefined
    entry.times -= 1
    return entry.fault
  }

  clear(): void {
    this.#inForce.length = 0
  }
}

/** The body of the console API's errors. */
export function apiError(message: string, code = '') {
  return { request_id: crypto.randomUUID(), code, message }
}
