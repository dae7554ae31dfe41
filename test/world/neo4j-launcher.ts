import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rmdir, stat, writeFile } from 'node:fs/promises'
import { basename, delimiter, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { HOST } from './process.ts'

const run = promisify(execFile)

const POM = fileURLToPath(new URL('./neo4j/pom.xml', import.meta.url))
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/nightshift/', import.meta.url))
/** The newest of the version that the pom names. */
const IMAGE = 'neo4j:5.26-community'

/** One way to run a Neo4j server on this machine. */
export interface Launcher {
  /** Prepares the folder and says what to start; the server is to serve Bolt on this port. */
  command(directory: string, port: number, settings: Record<string, string>): Promise<{ file: string; args: string[] }>
  /** Shell commands that end it; `$1` is the folder, in which `pid` holds the id of the process started. */
  end: string
  /** How long a first start may take, in milliseconds. */
  patience: number
}

/** No Neo4j can run here; the message says why and what to do. */
export class Neo4jUnavailable extends Error {
  override name = 'Neo4jUnavailable'
}

/** Java with the jars of Maven Central; where there is no Java or no Maven, the official image in Docker. */
export async function findLauncher(): Promise<Launcher> {
  try {
    const java = await findJava()
    return onJava(java, await classpath())
  } catch (error) {
    if (!(error instanceof Neo4jUnavailable)) throw error
    if (await answers('docker', ['info'])) return onDocker()
    throw new Neo4jUnavailable(
      `Neo4j cannot run here: ${error.message}, and no Docker answers. Install Java 17 and Maven, or start Docker.`,
    )
  }
}

function onJava(java: string, jars: string): Launcher {
  return {
    command: async (directory, port, settings) => {
      const conf = join(directory, 'conf')
      await mkdir(conf)
      const lines = Object.entries({ ...settings, 'server.bolt.listen_address': `${HOST}:${port}` })
      await writeFile(join(conf, 'neo4j.conf'), lines.map(([name, value]) => `${name}=${value}\n`).join(''))
      // For a quick start in little memory: the plain collector, the quick compiler, no file in /tmp.
      const jvm = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData']
      const server = ['org.neo4j.server.CommunityEntryPoint', `--home-dir=${directory}`, `--config-dir=${conf}`]
      return { file: java, args: [...jvm, '-cp', jars, ...server] }
    },
    // At once: nothing here is worth the ten seconds of an orderly end.
    end: 'kill -KILL "$(cat "$1/pid")"',
    patience: 120_000,
  }
}

/** The image takes settings as environment variables, `.` as `_` and `_` as `__`. */
function onDocker(): Launcher {
  return {
    command: async (directory, port, settings) => {
      const all = { ...settings, 'server.memory.heap.max_size': '256m' }
      const env = Object.entries(all).flatMap(([name, value]) => [
        '--env',
        `NEO4J_${name.replaceAll('_', '__').replaceAll('.', '_')}=${value}`,
      ])
      const container = ['--rm', '--name', basename(directory), '--publish', `${HOST}:${port}:7687`]
      return { file: 'docker', args: ['run', ...container, ...env, IMAGE] }
    },
    end: 'docker rm --force "$(basename "$1")" > /dev/null',
    patience: 300_000,
  }
}

/** Neo4j 5.26 runs on Java 17 and 21. */
async function findJava(): Promise<string> {
  const java = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java'
  const found = await run(java, ['-version']).catch(() => undefined)
  const version = /version "(\d+)/.exec(found?.stderr ?? '')?.[1]
  if (version === undefined) throw new Neo4jUnavailable(`no Java was found ('${java} -version' fails)`)
  if (Number(version) < 17) throw new Neo4jUnavailable(`${java} is Java ${version}, Neo4j needs 17`)
  return java
}

/**
 * The jars that the pom stands for. Asking Maven takes seconds, and the first time a minute or so for the download, so
 * the answer is kept for as long as the pom is the same and every jar is there.
 */
async function classpath(): Promise<string> {
  const hash = createHash('sha256')
    .update(await readFile(POM))
    .digest('hex')
  const file = join(CACHE, `neo4j-${hash.slice(0, 12)}.classpath`)
  await mkdir(CACHE, { recursive: true })
  // Test files run beside each other: one asks Maven, the others wait for its answer.
  const lock = `${file}.lock`
  for (;;) {
    const known = await readFile(file, 'utf8').catch(() => '')
    if (known !== '' && known.split(delimiter).every((jar) => existsSync(jar))) return known
    if (await taken(lock)) break
    await sleep(200)
  }
  try {
    const output = `${file}.new`
    await run('mvn', ['-q', '-B', '-f', POM, 'dependency:build-classpath', `-Dmdep.outputFile=${output}`])
    await rename(output, file)
    return await readFile(file, 'utf8')
  } catch (error) {
    const { code, stdout = '', message } = error as Error & { code?: unknown; stdout?: string }
    if (code === 'ENOENT') throw new Neo4jUnavailable("no Maven was found ('mvn')")
    throw new Neo4jUnavailable(`Maven did not bring its jars (${stdout.trim().split('\n')[0] || message})`)
  } finally {
    await rmdir(lock).catch(() => undefined)
  }
}

/** Whether the lock is ours now. One that is five minutes old was left behind by a process that died. */
async function taken(lock: string): Promise<boolean> {
  const since = await stat(lock).catch(() => undefined)
  if (since && Date.now() - since.mtimeMs > 300_000) await rmdir(lock).catch(() => undefined)
  return mkdir(lock).then(
    () => true,
    () => false,
  )
}

async function answers(file: string, args: string[]): Promise<boolean> {
  return run(file, args, { timeout: 10_000 }).then(
    () => true,
    () => false,
  )
}
