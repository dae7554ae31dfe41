import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { esbuildOptions, ROOT, UNREACHED } from '../../infra/bundling.ts'

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

/** Runs the app as the CDK CLI does, without the network, credentials or a home. */
async function runApp(context: Record<string, string> = {}): Promise<Outcome> {
  const out = await mkdtemp(join(directory, 'out-'))
  const noNetwork = pathToFileURL(join(import.meta.dirname, 'no-network.ts')).href
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [`--import=${noNetwork}`, join(ROOT, 'infra/app.ts')],
      {
        cwd: ROOT,
        env: { PATH: process.env.PATH, HOME: directory, CDK_OUTDIR: out, CDK_CONTEXT_JSON: JSON.stringify(context) },
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

const readJson = async (path: string) => JSON.parse(await readFile(path, 'utf8'))

describe('the app, offline', () => {
  it('synthesizes for whatever account and region it is deployed to', async () => {
    const { code, output, out } = await runApp()
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
    const bundle = await deployedBundle(out, 'Staging')
    expect(bundle).toContain('staging-orders')
    expect(bundle).not.toContain('Example target')

    const outfile = join(directory, 'index.mjs')
    const { metafile } = await build({
      ...esbuildOptions({ entry: 'functions/connections.ts', config, outfile }),
      metafile: true,
    })
    expect(bundle).toBe(await readFile(outfile, 'utf8'))
    const [output] = Object.values(metafile.outputs)
    const left = output?.imports.filter(({ path }) => !isBuiltin(path)) ?? []
    expect(left.map(({ path }) => path).filter((path) => !UNREACHED.includes(path))).toEqual([])
    expect(left.map(({ kind }) => kind)).not.toContain('import-statement')
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

/** What CDK would upload as the function's code. */
async function deployedBundle(out: string, stack: string): Promise<string> {
  const { files } = await readJson(join(out, `${stack}.assets.json`))
  const [code] = Object.values<{ source: { path: string; packaging: string } }>(files).filter(
    ({ source }) => source.packaging === 'zip',
  )
  return readFile(join(out, code?.source.path ?? 'no zip', 'index.mjs'), 'utf8')
}
