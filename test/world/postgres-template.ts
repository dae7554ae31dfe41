import { execFile } from 'node:child_process'
import { appendFile, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'
import { CLOUD_ADMIN, createNeonRoles } from './postgres-roles.ts'
import { Server } from './postgres-server.ts'
import { HOST, randomPassword, startGuard } from './process.ts'
import { madeOnce, runFolder, scratchFolder } from './run-folder.ts'

const run = promisify(execFile)

/** In the data folder, until its server is started: the password of the superuser. */
const PASSWORD_FILE = 'nightshift-password'

/**
 * Fills a data folder with a cluster that has Neon's roles. To make one takes most of a second of work, so the tests of
 * one run make one and copy it.
 * @returns the password of the superuser, who then should get another
 */
export async function fill(directory: string): Promise<string> {
  const shared = runFolder()
  if (shared === undefined) await make(directory)
  else await copy(await madeOnce(join(shared, 'postgres'), makeApart), directory)
  const file = join(directory, PASSWORD_FILE)
  const password = await readFile(file, 'utf8')
  await rm(file)
  return password
}

/** Not in the folder of the run: whoever dies while its server runs leaves that to a guard. */
async function makeApart(destination: string): Promise<void> {
  const directory = scratchFolder('nightshift-postgres-')
  const guard = startGuard(directory, END)
  try {
    await make(directory)
    await copy(directory, destination)
  } finally {
    await guard.clean()
  }
}

/** What ends the server of the data folder `$1`, in shell. */
export const END = 'kill -QUIT "$(head -n 1 "$1/postmaster.pid")"'

async function make(directory: string): Promise<void> {
  const password = randomPassword()
  const server = new Server(directory, CLOUD_ADMIN, password)
  await server.initialise()
  // initdb admits 127.0.0.1 only; the sessions of a test may come from other loopback addresses.
  const hba = ['all', 'replication'].map((database) => `host ${database} all 127.0.0.0/8 password\n`)
  await appendFile(join(directory, 'pg_hba.conf'), hba.join(''))
  const port = await server.startOnFreePort()
  try {
    const admin = new Client({ host: HOST, port, user: CLOUD_ADMIN, password, database: 'postgres' })
    await admin.connect()
    await createNeonRoles(admin)
    await admin.end()
  } finally {
    await server.stopCleanly()
  }
  await writeFile(join(directory, PASSWORD_FILE), password)
}

/** With owners and rights, which PostgreSQL insists on. */
async function copy(from: string, to: string): Promise<void> {
  await run('cp', ['-Rp', `${from}/.`, to])
}
