import { beforeEach, describe, expect, test, vi } from 'vitest'
import { HttpError } from '../../functions/http.ts'
import { retrying } from '../../functions/retry.ts'

/** Time, the one thing that a test cannot run for real: it passes at once, or stands still until the deadline. */
const clock = vi.hoisted(() => ({ waits: [] as number[], stands: false }))
vi.mock('node:timers/promises', () => ({
  setTimeout: (ms: number, value: unknown, { signal }: { signal: AbortSignal }) => {
    clock.waits.push(ms)
    if (!clock.stands) return Promise.resolve(value)
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  },
}))
beforeEach(() => {
  clock.waits.length = 0
  clock.stands = false
})

const never = new AbortController().signal
/** Fails with these one after the other, then answers. */
function failing(...errors: Error[]) {
  const ask = vi.fn(async () => {
    const error = errors[ask.mock.calls.length - 1]
    if (error) throw error
    return 'answer'
  })
  return ask
}
const outcome = (promise: Promise<unknown>) => promise.catch((error: unknown) => error)

test.for([423, 429, 500, 502, 503, 504])('%i is asked again', async (status) => {
  const ask = failing(new HttpError(status, 'busy'), new HttpError(status, 'busy'))
  expect(await outcome(retrying(2, never, ask))).toBe('answer')
  expect(ask).toHaveBeenCalledTimes(3)
})

test.for([0, 400, 401, 402, 403, 404, 412])('%i is not', async (status) => {
  const error = new HttpError(status, 'no')
  const ask = failing(error)
  expect(await outcome(retrying(2, never, ask))).toBe(error)
  expect(ask).toHaveBeenCalledTimes(1)
})

test('the last refusal is the error, after as many tries as were allowed', async () => {
  const errors = ['one', 'two', 'three'].map((words) => new HttpError(503, words))
  const ask = failing(...errors)
  expect(await outcome(retrying(1, never, ask))).toBe(errors[1])
  expect(ask).toHaveBeenCalledTimes(2)
})

test('a broken connection is asked again, a refused one is not', async () => {
  const network = (code: string) => new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) })
  expect(await outcome(retrying(1, never, failing(network('ECONNRESET'))))).toBe('answer')
  expect(await outcome(retrying(1, never, failing(network('ECONNREFUSED'))))).toBeInstanceOf(TypeError)
})

describe('a Retry-After', () => {
  const limited = (ms: number) => new HttpError(429, 'slow down', ms)

  test('is waited for', async () => {
    expect(await outcome(retrying(1, never, failing(limited(3_000))))).toBe('answer')
    expect(clock.waits).toEqual([3_000])
  })

  test('that is longer than a run should wait is left to the next run, and the refusal is told as what it is', async () => {
    const error = limited(3_600_000)
    const ask = failing(error)
    expect(await outcome(retrying(2, never, ask))).toBe(error)
    expect(ask).toHaveBeenCalledTimes(1)
    expect(clock.waits).toEqual([])
  })

  test('that outlasts the deadline ends with the refusal, not with a time-out', async () => {
    clock.stands = true
    const deadline = new AbortController()
    const error = limited(5_000)
    const asked = outcome(retrying(2, deadline.signal, failing(error)))
    await vi.waitFor(() => expect(clock.waits).toEqual([5_000]))
    deadline.abort()
    expect(await asked).toBe(error)
  })
})

test('without one the wait grows from try to try, and is scattered', async () => {
  const busy = () => new HttpError(503, 'busy')
  const first: number[] = []
  for (let run = 0; run < 20; run++) {
    clock.waits.length = 0
    await retrying(2, never, failing(busy(), busy()))
    const [one, two] = clock.waits as [number, number]
    expect(one).toBeGreaterThanOrEqual(250)
    expect(two).toBeGreaterThanOrEqual(500)
    expect(two).toBeLessThanOrEqual(2_000)
    first.push(one)
  }
  expect(new Set(first).size).toBeGreaterThan(1)
})
