/** Waiting for others, but no longer than one's own deadline. */

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
