import pRetry from 'p-retry'
import { isTransient } from './failure.ts'
import { HttpError } from './http.ts'

/**
 * Asks again what is safe to ask again: reads that found the other side busy, locked (423), limited (429) or broken (5xx).
 * Waits as long as a Retry-After says, as far as the deadline allows.
 */
export function retrying<Result>(retries: number, signal: AbortSignal, ask: () => Promise<Result>): Promise<Result> {
  return pRetry(ask, {
    retries,
    minTimeout: 250,
    maxTimeout: 2_000,
    randomize: true,
    signal,
    shouldRetry: ({ error }) => isTransient(error),
    onFailedAttempt: async ({ error, retriesLeft }) => {
      if (retriesLeft === 0 || !(error instanceof HttpError) || error.retryAfterMs === undefined) return
      await waitFor(error.retryAfterMs, signal)
    },
  })
}

const waitFor = (ms: number, signal: AbortSignal) =>
  new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(signal.reason)
    })
  })
