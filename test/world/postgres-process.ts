import { CLOUD_ADMIN } from './postgres-roles.ts'
import { Server, type Settings } from './postgres-server.ts'
import { END, fill } from './postgres-template.ts'
import { startGuard } from './process.ts'
import { scratchFolder } from './run-folder.ts'

/** A PostgreSQL server process of our own, with Neon's roles, on a data folder of its own. */
export interface PostgresProcess {
  port: number
  directory: string
  /** Of the superuser: that of the template, to be changed. */
  password: string
  stop(): Promise<void>
}

/**
 * Starts a server that nothing survives: neither `stop()`, nor a failed start, nor the death of this process by any
 * signal leaves a process or a folder behind. `settings` are given to the server as `-c name=value`.
 */
export async function startProcess(settings: Settings): Promise<PostgresProcess> {
  const directory = scratchFolder('nightshift-postgres-')
  const guard = startGuard(directory, END)
  try {
    const password = await fill(directory)
    const server = new Server(directory, CLOUD_ADMIN, password, settings)
    const port = await server.startOnFreePort()
    return {
      port,
      directory,
      password,
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
