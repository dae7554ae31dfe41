import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { build } from 'esbuild'

const ROOT = resolve(import.meta.dirname, '../..')

/** The default credential chain's other sources. In Lambda the keys are in the environment, so these are never reached. */
const UNREACHED = [
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-web-identity',
  '@smithy/credential-provider-imds',
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/token-providers',
]

export interface BundleOptions {
  /** The handler's file; relative paths count from the repository's root. */
  entry: string
  /** The file that `#config` stands for. `nightshift.config.ts` by default. */
  config?: string
  /** Where `index.mjs` goes; a temporary directory, removed on disposal, by default. */
  outdir?: string
}

export interface Bundle extends AsyncDisposable {
  directory: string
  /** Of `index.mjs`, not zipped. */
  bytes: number
}

/** Builds a function as the stack does, for the configuration given. */
export async function bundle({ entry, config = 'nightshift.config.ts', outdir }: BundleOptions): Promise<Bundle> {
  const directory = outdir ?? (await mkdtemp(join(tmpdir(), 'nightshift-bundle-')))
  const outfile = join(directory, 'index.mjs')
  const dispose = async () => {
    if (!outdir) await rm(directory, { recursive: true, force: true })
  }
  try {
    await build({
      absWorkingDir: ROOT,
      entryPoints: [resolve(ROOT, entry)],
      outfile,
      bundle: true,
      minify: true,
      platform: 'node',
      target: 'node24',
      format: 'esm',
      mainFields: ['module', 'main'],
      banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
      alias: { '#config': resolve(ROOT, config) },
      external: UNREACHED,
      logLevel: 'error',
    })
    return { directory, bytes: (await stat(outfile)).size, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}
