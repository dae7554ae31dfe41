/**
 * Tells somebody outside of AWS that a run was made, by the protocol of healthchecks.io: a POST to the address, or to the
 * address with `/fail` behind it, says how it went. When no more come, they tell: also when the account is gone.
 */
import { addresses } from './env.ts'
import { ask } from './http.ts'
import { log } from './log.ts'
import { errorMessage } from './redact.ts'
import { retrying } from './retry.ts'

/** For both attempts together. */
const PING_MS = 5_000
/** What is longer is cut off there, of the request and of the answer. */
const MOST_BYTES = 10_000

/**
 * Never throws and takes 5 seconds at most: a run does not depend on whether anybody outside listens.
 * @param endsAt epoch milliseconds: it takes no longer than that either
 * @returns why nobody has taken it; undefined: it was taken
 */
export async function ping(address: string, well: boolean, body: string, endsAt: number): Promise<string | undefined> {
  const { origin, pathname, search } = new URL(address)
  const url = `${addresses.ping() ?? origin}${pathname.replace(/\/$/, '')}${well ? '' : '/fail'}${search}`
  const request = { method: 'POST', body: Buffer.from(body).subarray(0, MOST_BYTES) }
  const signal = AbortSignal.timeout(Math.max(1, Math.min(PING_MS, endsAt - Date.now())))
  const attempt = () => ask(url, request, { timeoutMs: PING_MS / 2, mostBytes: MOST_BYTES }, signal)
  try {
    await retrying(1, signal, attempt, () => true)
    return undefined
  } catch (error) {
    const why = errorMessage(error)
    log('ping-failed', { error: why })
    return why
  }
}
