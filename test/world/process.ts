import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Socket } from 'node:net'

export const HOST = '127.0.0.1'

/** A password that is new at every start, so that no fixture looks like a secret. */
export function randomPassword(): string {
  return randomBytes(18).toString('base64url')
}

/** A port of the loopback interface that was free a moment ago. */
export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, HOST)
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  await once(probe, 'close')
  if (address === null || typeof address === 'string') throw new Error('The loopback interface gave no port')
  return address.port
}

/** What ends a server, and deletes its folder, whatever becomes of us. */
export interface Guard {
  /** Does it now. */
  clean(): Promise<void>
}

/**
 * A small process that outlives us: `cat` waits on a pipe that the kernel closes when this process is gone, however it
 * died (SIGKILL leaves the server running). It then runs `end`, shell commands that end the server that `$1`, the
 * folder, belongs to (its process id is in a file there), and deletes the folder.
 */
export function startGuard(directory: string, end: string): Guard {
  const script = `
    cat > /dev/null
    { ${end}; } 2> /dev/null
    tries=0
    while [ -e "$1" ] && [ $tries -lt 100 ]; do
      rm -rf "$1" 2> /dev/null || sleep 0.1
      tries=$((tries + 1))
    done`
  // Detached, so that an interrupt typed at the terminal ends the test and not its guard.
  const guard = spawn('sh', ['-c', script, 'nightshift-guard', directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const gone = once(guard, 'exit')
  const lifeline = guard.stdin as unknown as Socket
  guard.unref()
  lifeline.unref()
  return {
    clean: async () => {
      guard.ref()
      lifeline.end()
      await gone
    },
  }
}
