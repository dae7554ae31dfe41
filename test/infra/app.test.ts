import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { esbuildOptions, ROOT, UNREACHED } from '../../infra/bundling.ts'

const run = promisify(execFile)

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'nightshift-synth-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

interface Outcome {
  code: number
  output: string
  /** Where the cloud assembly is. */
  out: string
}

/** For what has nothing to do with the functions' code: to bundle is most of a synth's work. */
const UNBUNDLED = { 'aws:cdk:bundling-stacks': [] }

/** Runs the app as the CDK CLI does, without the network, credentials or a home. */
async function runApp(context: Record<string, unknown> = {}): Promise<Outcome> {
  const out = await mkdtemp(join(directory, 'out-'))
  const noNetwork = pathToFileURL(join(import.meta.dirname, 'no-network.ts')).href
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [`--import=${noNetwork}`, join(ROOT, 'infra/app.ts')],
      {
        cwd: ROOT,
        env: {
          PATH: process.env.PATH,
          HOME: directory,
          CDK_OUTDIR: out,
          CDK_CONTEXT_JSON: JSON.stringify(context),
          // CDK is compiled once for all of these.
          NODE_COMPILE_CACHE: join(directory, 'compiled'),
        },
      },
      (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr, out }),
    )
  })
}

async function configFile(name: string, config: string): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, `export default ${config}`)
  return path
}

const good = (target: string) =>
  `{ tell: { emails: ['a@example.com'] }, targets: [{ name: '${target}', neon: { project: 'cool-darkness-1', role: 'nightshift' } }] }`

const goodWithAura = `{
  tell: { emails: ['a@example.com'] },
  targets: [
    { name: 'orders', neon: { project: 'cool-darkness-1', role: 'nightshift' } },
    { name: 'graph', aura: { instance: 'a1b2c3d4', connectionLimit: 100 } },
  ],
}`

const readJson = async (path: string) => JSON.parse(await readFile(path, 'utf8'))

describe('the app, offline', () => {
  it('synthesizes for whatever account and region it is deployed to', async () => {
    const { code, output, out } = await runApp(UNBUNDLED)
    expect(output).not.toContain('Error')
    expect(code).toBe(0)
    const manifest = await readJson(join(out, 'manifest.json'))
    expect(manifest.missing).toBeUndefined()
    expect(manifest.artifacts.Nightshift.environment).toBe('aws://unknown-account/unknown-region')
  })

  it('bundles the configuration that it is given, under the name that it is given', async () => {
    const config = await configFile('staging.config.mts', good('staging-orders'))
    const { code, out } = await runApp({ config, stack: 'Staging' })
    expect(code).toBe(0)
    const bundles = await deployedBundles(out, 'Staging')
    for (const bundle of bundles) {
      expect(bundle).toContain('staging-orders')
      expect(bundle).not.toContain('Example target')
    }
    expect(digests(bundles)).toEqual(await built(['connections', 'storage', 'snapshots', 'heartbeat'], config))
  })

  it('bundles a function of its own for Aura', async () => {
    const config = await configFile('both.config.mts', goodWithAura)
    const { code, output, out } = await runApp({ config, stack: 'Both' })
    expect(output).not.toContain('Error')
    expect(code).toBe(0)
    const bundles = await deployedBundles(out, 'Both')
    expect(digests(bundles)).toEqual(await built(['connections', 'aura', 'storage', 'snapshots', 'heartbeat'], config))
  })

  it('synthesizes for Aura alone', async () => {
    const config = await configFile(
      'aura.config.mts',
      `{ tell: { emails: ['a@example.com'] }, targets: [{ name: 'graph', aura: { instance: 'a1b2c3d4' } }] }`,
    )
    const { code, out } = await runApp({ ...UNBUNDLED, config, stack: 'Graph' })
    expect(code).toBe(0)
    const { Outputs } = await readJson(join(out, 'Graph.template.json'))
    expect(Outputs).toHaveProperty('AuraFunction')
    expect(Outputs).not.toHaveProperty('ConnectionsFunction')
  })

  it('refuses a faulty configuration with every fault and nothing else', async () => {
    const config = await configFile(
      'faulty.config.mts',
      `{ tell: { emails: ['nobody'], phones: ['+1 415 555'] }, schedules: { connections: '30s' }, targets: [] }`,
    )
    const { code, output } = await runApp({ config, stack: 'Staging' })
    expect(code).toBe(1)
    for (const fault of ['tell.emails[0]', 'tell.phones[0]', 'schedules.connections', 'targets:'])
      expect(output).toContain(`  - ${fault}`)
    expect(output).not.toMatch(/^\s+at /m)
  })

  it('does not take a stack for a database: no target has its name', async () => {
    const config = await configFile('name.config.mts', good('orders'))
    const { code, output } = await runApp({ config, stack: 'orders' })
    expect(code).toBe(1)
    expect(output).toContain('targets: one is called like the stack orders; give one of them another name')
  })

  it('does not let another configuration take the place of the stack that is deployed', async () => {
    const { code, output } = await runApp({ config: await configFile('other.config.mts', good('other')) })
    expect(code).toBe(1)
    expect(output).toContain('needs a stack of its own; add -c stack=<name>')
  })

  it('names a configuration file that is not there', async () => {
    const { code, output } = await runApp({ config: 'nowhere.config.ts', stack: 'Staging' })
    expect(code).toBe(1)
    expect(output).toContain(`${join(ROOT, 'nowhere.config.ts')} has a fault:\n  - it does not exist`)
    expect(output).not.toMatch(/^\s+at /m)
  })
})

/** What CDK would upload as the functions' code. */
async function deployedBundles(out: string, stack: string): Promise<string[]> {
  const { files } = await readJson(join(out, `${stack}.assets.json`))
  const zips = Object.values<{ source: { path: string; packaging: string } }>(files).filter(
    ({ source }) => source.packaging === 'zip',
  )
  return Promise.all(zips.map(({ source }) => readFile(join(out, source.path, 'index.mjs'), 'utf8')))
}

/** The digests of what esbuild makes of these checks, in the order of `digests`. */
const built = async (checks: string[], config: string): Promise<string[]> =>
  digests(await Promise.all(checks.map(async (check) => (await buildCheck(check, config)).code)))
const digests = (bundles: string[]): string[] => bundles.map(digest).toSorted()

/** In place of a bundle, which would be a megabyte of message where it is another. */
const digest = (code = '') => createHash('sha256').update(code).digest('hex')

interface BuiltCheck {
  file: string
  code: string
  /** The source files that something of is left in the bundle, from the repository's root. */
  inputs: string[]
  /** What it still imports, Node's own modules apart. */
  left: { path: string; kind: string }[]
}

/** The checks for Neon and Aura, each built once for all who look into them. */
const withBoth = new Map<string, Promise<BuiltCheck>>()
function buildForBoth(check: string): Promise<BuiltCheck> {
  const build = async () => buildCheck(check, await configFile('bundle.config.mts', goodWithAura))
  const built = withBoth.get(check) ?? build()
  withBoth.set(check, built)
  return built
}

async function buildCheck(check: string, config: string): Promise<BuiltCheck> {
  const file = join(await mkdtemp(join(directory, `${check}-`)), 'index.mjs')
  const { metafile } = await build({
    ...esbuildOptions({ entry: `functions/${check}.ts`, config, outfile: file }),
    metafile: true,
  })
  const [output] = Object.values(metafile.outputs)
  const inputs = Object.entries(output?.inputs ?? {}).filter(([, { bytesInOutput }]) => bytesInOutput > 0)
  return {
    file,
    code: await readFile(file, 'utf8'),
    inputs: inputs.map(([path]) => path),
    left: output?.imports.filter(({ path }) => !isBuiltin(path)) ?? [],
  }
}

describe.each(['connections', 'aura', 'storage', 'snapshots', 'heartbeat'])('the bundle of the %s check', (check) => {
  let built: BuiltCheck
  beforeAll(async () => {
    built = await buildForBoth(check)
  })

  it('leaves out what is never reached, and nothing else', () => {
    expect(built.left.map(({ path }) => path).filter((path) => !UNREACHED.includes(path))).toEqual([])
    expect(built.left.map(({ kind }) => kind)).not.toContain('import-statement')
  })

  it('has the stand-ins in place of what is never used in Lambda', () => {
    for (const name of ['credentials', 'endpoint-discovery'])
      expect(built.inputs).toContain(`infra/stand-ins/${name}.ts`)
    expect(built.inputs.join('\n')).not.toMatch(/credential-provider-node|middleware-endpoint-discovery/)
  })

  it('is loaded by the Node that Lambda has, far from any node_modules', async () => {
    const { version, exported } = await loadOnNode24(built.file)
    expect(version).toMatch(/^v24\./)
    expect(exported).toEqual(['handler'])
  })
})

it('neither storage nor snapshots carries Neo4j’s driver, and snapshots no driver at all', async () => {
  const [storage, snapshots] = [await buildForBoth('storage'), await buildForBoth('snapshots')]
  expect(storage.inputs.filter((path) => /neo4j-driver|bolt/.test(path))).toEqual([])
  expect(snapshots.inputs.filter((path) => /neo4j-driver|bolt|neondatabase|-sql\.ts/.test(path))).toEqual([])
})

it('the heartbeat carries no driver: it connects to no database', async () => {
  const { inputs } = await buildForBoth('heartbeat')
  expect(
    inputs.filter((path) => /neo4j-driver|bolt|neondatabase|-sql\.ts|functions\/(neon|aura)\//.test(path)),
  ).toEqual([])
})

it('the bundle for Neon carries nothing of Aura, and the other way round', async () => {
  const neon = await buildForBoth('connections')
  const aura = await buildForBoth('aura')
  const ofAura = /neo4j|rxjs|functions\/(checks\/)?aura|-aura\.ts$/
  const ofNeon = /neondatabase|functions\/neon\/|-neon\.ts$/
  expect(neon.inputs.filter((path) => ofAura.test(path))).toEqual([])
  expect(aura.inputs.filter((path) => ofNeon.test(path))).toEqual([])
  // Both patterns are of what is really there.
  expect(aura.inputs.some((path) => path.includes('node_modules/neo4j-driver/'))).toBe(true)
  // What the driver needs for its reactive sessions only has a stand-in.
  expect(aura.inputs.filter((path) => path.includes('rxjs'))).toEqual(['infra/stand-ins/rxjs.ts'])
  expect(aura.inputs.some((path) => path.startsWith('functions/checks/aura/'))).toBe(true)
  expect(neon.inputs.some((path) => path.includes('node_modules/@neondatabase/serverless/'))).toBe(true)
})

/** Imports a bundle in a process of its own, on the Node that is a dependency here, whatever runs the tests. */
async function loadOnNode24(file: string): Promise<{ version: string; exported: string[] }> {
  const node = join(ROOT, 'node_modules/node/bin/node')
  const program =
    'const m = await import(process.argv[1]); console.log(JSON.stringify({ version: process.version, exported: Object.keys(m) }))'
  const { stdout } = await run(node, ['--input-type=module', '--eval', program, pathToFileURL(file).href], {
    env: { AWS_REGION: 'eu-central-1' },
  })
  return JSON.parse(stdout)
}
