/** The real check_postgres and postgres_exporter (Debian: check-postgres, prometheus-postgres-exporter), if installed. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import type { Postgres } from '../test/world/postgres.ts'
import { freePort } from '../test/world/process.ts'

export interface Program extends AsyncDisposable {
  name: string
  role: string
  look(): Promise<void>
}

export async function installedPrograms(postgres: Postgres): Promise<Program[]> {
  const programs = []
  const checkPostgres = find('check_postgres') ?? find('check_postgres.pl')
  if (checkPostgres && find('psql')) programs.push(await realCheckPostgres(checkPostgres, postgres))
  const exporter = find('prometheus-postgres-exporter') ?? find('postgres_exporter')
  if (exporter) programs.push(await realExporter(exporter, postgres))
  return programs
}

function find(name: string): string | undefined {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

async function realCheckPostgres(path: string, postgres: Postgres): Promise<Program> {
  const role = 'check_postgres'
  const password = await postgres.createRole(role, { grants: ['pg_monitor'] })
  const env = {
    PATH: process.env.PATH,
    PGHOST: postgres.host,
    PGPORT: String(postgres.port),
    PGUSER: role,
    PGPASSWORD: password,
    PGDATABASE: 'neondb',
  }
  const actions = [
    ['--action=backends', '--warning=80%', '--critical=95%'],
    ['--action=txn_idle', '--warning=600', '--critical=900'],
    ['--action=database_size', '--warning=1TB', '--critical=2TB'],
  ]
  return {
    name: 'check_postgres itself: the same actions',
    role,
    look: async () => {
      for (const options of actions) {
        const child = spawn(path, options, { env, stdio: ['ignore', 'pipe', 'inherit'] })
        const [output, [code]] = await Promise.all([child.stdout.setEncoding('utf8').toArray(), once(child, 'exit')])
        // 0, 1 and 2 are its verdicts; 3 means that it could not look.
        if (![0, 1, 2].includes(code))
          throw new Error(`check_postgres ${options[0]} ended with ${code}: ${output.join('')}`)
      }
    },
    [Symbol.asyncDispose]: async () => undefined,
  }
}

async function realExporter(path: string, postgres: Postgres): Promise<Program> {
  const role = 'postgres_exporter'
  const password = await postgres.createRole(role, { grants: ['pg_monitor'] })
  const port = await freePort()
  const child = spawn(path, [`--web.listen-address=127.0.0.1:${port}`], {
    env: {
      DATA_SOURCE_NAME: `postgresql://${role}:${password}@${postgres.host}:${postgres.port}/neondb?sslmode=disable`,
    },
    stdio: 'ignore',
  })
  const gone = once(child, 'exit')
  const look = async () => {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    if (!/^pg_up 1$/m.test(text)) throw new Error(`${path} could not scrape the server`)
  }
  const stop = async () => {
    child.kill()
    await gone
  }
  try {
    await waitUntil(look)
  } catch (error) {
    await stop()
    throw error
  }
  return { name: 'postgres_exporter itself: one scrape', role, look, [Symbol.asyncDispose]: stop }
}

/** Tries for ten seconds; throws what the last attempt threw. */
async function waitUntil(attempt: () => Promise<void>): Promise<void> {
  for (let left = 100; ; left -= 1) {
    try {
      return await attempt()
    } catch (error) {
      if (left === 0) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}
