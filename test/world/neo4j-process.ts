import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import neo4j, { type Driver } from 'neo4j-driver'
import { findLauncher, type Launcher } from './neo4j-launcher.ts'
import { freePort, HOST, randomPassword, startGuard } from './process.ts'

export const ADMIN = 'neo4j'

/** A Neo4j server process of our own, with empty databases in a temporary folder. */
export interface Neo4jProcess {
  port: number
  pid: number
  directory: string
  /** Of the user `neo4j`. */
  password: string
  stop(): Promise<void>
}

/**
 * Starts a server that nothing survives: neither `stop()`, nor a failed start, nor the death of this process by any
 * signal leaves a process or a folder behind. `settings` are lines of `neo4j.conf`.
 * @throws Neo4jUnavailable if there is nothing on this machine to run it with.
 */
export async function startProcess(settings: Record<string, string>): Promise<Neo4jProcess> {
  const launcher = await findLauncher()
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort()
    try {
      return await startOn(port, launcher, settings)
    } catch (error) {
      // Another process can take a port between our asking for a free one and the server's binding it.
      if (attempt < 5 && /already (in use|allocated)/i.test(String(error))) continue
      throw error
    }
  }
}

async function startOn(port: number, launcher: Launcher, settings: Record<string, string>): Promise<Neo4jProcess> {
  const directory = await mkdtemp(join(tmpdir(), 'nightshift-neo4j-'))
  const guard = startGuard(directory, launcher.end)
  try {
    const { file, args } = await launcher.command(directory, port, {
      'server.bolt.advertised_address': `${HOST}:${port}`,
      ...settings,
    })
    const server = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'] })
    // Not a moment in between, in which we could die or the server's end be missed.
    if (server.pid !== undefined) writeFileSync(join(directory, 'pid'), String(server.pid))
    const password = await firstLogin(port, server, launcher.patience)
    return { port, pid: server.pid ?? 0, directory, password, stop: () => guard.clean() }
  } catch (error) {
    await guard.clean()
    throw error
  }
}

/** Waits until the server lets us in and serves its databases; replaces the well-known first password. */
async function firstLogin(port: number, server: ChildProcess, patience: number): Promise<string> {
  let log = ''
  for (const stream of [server.stdout, server.stderr]) {
    stream?.on('data', (text: Buffer) => {
      log = (log + text).slice(-4_000)
    })
  }
  let over: unknown
  once(server, 'exit').then(
    ([code, signal]) => {
      over = `It ended with ${code ?? signal}.`
    },
    (error: Error) => {
      over = error.message
    },
  )
  const password = randomPassword()
  const deadline = Date.now() + patience
  await retry(connect(port, 'neo4j'), 'system', (session) =>
    session.run('ALTER CURRENT USER SET PASSWORD FROM $old TO $new', { old: 'neo4j', new: password }),
  )
  await retry(connect(port, password), 'neo4j', (session) => session.run('RETURN 1'))
  return password

  async function retry(driver: Driver, database: string, ask: (session: ReturnType<Driver['session']>) => unknown) {
    await using _ = driver
    for (;;) {
      await using session = driver.session({ database })
      try {
        await ask(session)
        return
      } catch (error) {
        if (over === undefined && Date.now() < deadline) await sleep(50)
        else throw new Error(`Neo4j did not start on port ${port}. ${over ?? error}\n${log}`, { cause: error })
      }
    }
  }
}

function connect(port: number, password: string): Driver {
  return neo4j.driver(`bolt://${HOST}:${port}`, neo4j.auth.basic(ADMIN, password), {
    telemetryDisabled: true,
    connectionAcquisitionTimeout: 5_000,
    connectionTimeout: 5_000,
  })
}
