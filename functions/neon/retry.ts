import { setTimeout as wait } from 'node:timers/promises'
import pRetry from 'p-retry'
import { isTransient } from './failure.ts'
import { HttpError } from './http.ts'

/** Whoever is told to come back later than this comes back with the next run. */
const LONGEST_WAIT_MS = 10_000

/**
 * Asks again what is safe to ask again: reads that found the other side busy, locked (423), limited (429) or broken (5xx).
 * Waits as long as a Retry-After says; where that is too long, or the deadline comes first, the refusal itself is the error.
 */
export function retrying<Result>(retries: number, signal: AbortSignal, ask: () => Promise<Result>): Promise<Result> {
  return pRetry(ask, {
    retries,
    minTimeout: 250,
    maxTimeout: 2_000,
    randomize: true,
    signal,
    shouldRetry: async ({ error }) => {
      if (!isTransient(error)) return false
      const ms = (error instanceof HttpError && error.retryAfterMs) || 0
      if (ms > LONGEST_WAIT_MS) return false
      return ms === 0 || wait(ms, true, { signal }).catch(() => false)
    },
  })
}
