import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { esbuildOptions } from '../../infra/bundling.ts'

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
    await build(esbuildOptions({ entry, config, outfile }))
    return { directory, bytes: (await stat(outfile)).size, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}
