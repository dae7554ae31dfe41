import type { HttpAnswer } from './http.ts'

/** What can go wrong on the way to a service. */
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
  /** Which: tested against `METHOD path`, for Neon's `sql` followed by the endpoint's host and the request's JSON. */
  match?: RegExp
}

/** The faults that are in force, oldest first. */
export class Faults<Name extends string> {
  readonly #inForce: { service: Name; fault: Fault; times: number; match: RegExp | undefined }[] = []

  /** Adds one; the function returned lifts it. */
  add(service: Name, fault: Fault, { times = Number.POSITIVE_INFINITY, match }: FaultOptions = {}): () => void {
    const entry = { service, fault, times, match }
    this.#inForce.push(entry)
    return () => {
      entry.times = 0
    }
  }

  /** The fault that strikes this request, if any. */
  take(service: Name, subject: string): Fault | undefined {
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

/** What a load balancer in between sends. */
export const NOT_JSON = {
  status: 200,
  body: '<html><body>502 Bad Gateway</body></html>',
  headers: { 'content-type': 'text/html' },
} satisfies Fault

export const OTHER_SHAPE = { status: 200, body: { unexpected: [] } } satisfies Fault

/** 32 MB of white space before an empty object: legal JSON. */
export const HUGE = {
  status: 200,
  get body() {
    return `${' '.repeat(32 * 1024 * 1024)}{}`
  },
} satisfies Fault
