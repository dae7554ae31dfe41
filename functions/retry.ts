import { setTimeout as delay } from 'node:timers/promises'
import { isTransientHttp } from './failure.ts'
import { HttpError } from './http.ts'

/** Longer than this is not waited for within a run: the next one is minutes away. */
const MOST_WAIT_MS = 10_000

/**
 * Asks again what is safe to ask again: reads that found the other side busy, locked, limited or broken.
 * Waits as long as a Retry-After says, within reason and the deadline.
 * @param retries how often it is asked after the first time
 * @param isTransient which errors are worth it
 * @throws the last refusal, also when the deadline came while waiting: it says more than "no time left" would
 */
export async function retrying<Result>(
  retries: number,
  signal: AbortSignal,
  ask: () => Promise<Result>,
  isTransient: (error: unknown) => boolean = isTransientHttp,
): Promise<Result> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await ask()
    } catch (error) {
      const toldMs = error instanceof HttpError ? (error.retryAfterMs ?? 0) : 0
      if (attempt === retries || !isTransient(error) || toldMs > MOST_WAIT_MS) throw error
      // Scattered, so that targets that failed together do not come back together.
      const backoffMs = 250 * 2 ** attempt * (1 + Math.random())
      await delay(Math.max(backoffMs, toldMs), undefined, { signal }).catch(() => {
        throw error
      })
    }
  }
}
