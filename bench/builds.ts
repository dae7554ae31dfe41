/**
 * The connections function, bundled as `cdk deploy` does it and as CDK would have by default; and the Aura function as
 * deployed.
 */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deflateRawSync } from 'node:zlib'
import { type BuildOptions, build } from 'esbuild'
import { esbuildOptions, ROOT } from '../infra/bundling.ts'

const ENTRY = 'functions/connections.ts'
const AURA = 'functions/aura.ts'
const CONFIG = 'nightshift.config.ts'
/** What a zip archive adds to one file called index.mjs: two headers, the name twice, and the end record. */
const ZIP_FRAME = 30 + 46 + 22 + 2 * 'index.mjs'.length

export interface Build {
  name: string
  directory: string
  /** False: nothing but an empty function. */
  handler: boolean
  bytes: number
  zipped: number
}

export interface Builds extends AsyncDisposable {
  ours: Build
  byDefault: Build
  bySdk: Build
  /** For information: no alternative stands beside it. */
  aura: Build
  empty: Build
  all: Build[]
}

/**
 * CDK's defaults for `NodejsFunction` on nodejs24.x: CommonJS, not minified, esbuild's own `mainFields` (`main` first),
 * `@aws-sdk/*` left to the copy in Lambda's runtime.
 */
const CDK_DEFAULT = {
  absWorkingDir: ROOT,
  entryPoints: [join(ROOT, ENTRY)],
  bundle: true,
  platform: 'node',
  target: 'node24',
  format: 'cjs',
  logLevel: 'error',
} satisfies BuildOptions

export async function buildAll(): Promise<Builds> {
  const root = await mkdtemp(join(tmpdir(), 'nightshift-bench-'))
  const dispose = () => rm(root, { recursive: true, force: true })
  const place = async (name: string, file: string) => {
    const directory = join(root, name)
    await mkdir(directory)
    return { directory, outfile: join(directory, file) }
  }
  const finish = async (name: string, directory: string, outfile: string, handler = true): Promise<Build> => {
    const content = await readFile(outfile)
    const zipped = deflateRawSync(content, { level: 9 }).length + ZIP_FRAME
    return { name, directory, handler, bytes: content.length, zipped }
  }
  const bundled = async (name: string, folder: string, file: string, options: (outfile: string) => BuildOptions) => {
    const { directory, outfile } = await place(folder, file)
    await build(options(outfile))
    return finish(name, directory, outfile)
  }
  try {
    // Stands for the SDK in Lambda's runtime, which the default leaves out of the bundle.
    await symlink(join(ROOT, 'node_modules'), join(root, 'node_modules'), 'junction')
    const ours = await bundled('Nightshift as deployed', 'ours', 'index.mjs', (outfile) =>
      esbuildOptions({ entry: ENTRY, config: CONFIG, outfile }),
    )
    const byDefault = await bundled('CDK’s default (SDK left to the runtime)', 'default', 'index.js', (outfile) => ({
      ...CDK_DEFAULT,
      outfile,
      external: ['@aws-sdk/*'],
    }))
    const bySdk = await bundled('CDK’s default and bundleAwsSDK', 'sdk', 'index.js', (outfile) => ({
      ...CDK_DEFAULT,
      outfile,
    }))
    const aura = await bundled('the Aura function as deployed', 'aura', 'index.mjs', (outfile) =>
      esbuildOptions({ entry: AURA, config: CONFIG, outfile }),
    )
    const { directory, outfile } = await place('empty', 'index.mjs')
    await writeFile(outfile, 'export const handler = async () => {}')
    const empty = await finish('an empty function', directory, outfile, false)
    const all = [ours, byDefault, bySdk, aura, empty]
    return { ours, byDefault, bySdk, aura, empty, all, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}
