/** Waiting for others, but no longer than one's own deadline. */
import { setTimeout as delay } from 'node:timers/promises'

/** What `promise` comes to, unless the deadline comes first; it goes on for whoever else waits for it. */
export function within<Result>(signal: AbortSignal, promise: Promise<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(signal.reason)
    if (signal.aborted) leave()
    signal.addEventListener('abort', leave, { once: true })
    const stay = () => signal.removeEventListener('abort', leave)
    promise.then(resolve, reject).then(stay)
  })
}

/** Does a piece of work when its turn has come. Throws the reason of the deadline when that comes first. */
export type Turns = <Result>(signal: AbortSignal, work: () => Promise<Result>) => Promise<Result>

/** At most so many pieces of work at once, whoever asks, in the order of asking. */
export function atMost(most: number): Turns {
  const waiting: (() => void)[] = []
  let free = most
  const pass = () => {
    const next = waiting.shift()
    if (next) next()
    else free++
  }
  return async (signal, work) => {
    if (free > 0) free--
    else {
      const turn = new Promise<void>((resolve) => waiting.push(resolve))
      await within(signal, turn).catch((reason: unknown) => {
        // The turn comes all the same, and is then somebody else's.
        turn.then(pass)
        throw reason
      })
    }
    try {
      return await work()
    } finally {
      pass()
    }
  }
}

/** How often whoever is next looks whether more may begin by now. */
const LOOK_AGAIN_MS = 250

/**
 * Waits until one more may begin, in the order of asking. Throws the reason of the deadline when that comes first.
 * @param most so many within any `windowMs`; may change while others wait
 */
export function paced(most: () => number, windowMs: number): (signal: AbortSignal) => Promise<void> {
  let begun: number[] = []
  const inOrder = atMost(1)
  return (signal) =>
    inOrder(signal, async () => {
      for (;;) {
        const now = Date.now()
        // A clock that was put back must not make anybody wait for what it says has not been yet.
        begun = begun.filter((at) => at <= now && now - at < windowMs)
        if (begun.length < most()) break
        const [oldest = now] = begun
        const wait = Math.min(LOOK_AGAIN_MS, oldest + windowMs - now)
        await delay(wait, undefined, { signal }).catch(() => {
          throw signal.reason
        })
      }
      begun.push(Date.now())
    })
}
