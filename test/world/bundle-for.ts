import { readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { NightshiftConfig } from '../../functions/config.ts'
import { fingerprint } from './fingerprint.ts'
import { type Bundle, bundle } from './lambda-bundle.ts'
import { madeOnce, runFolder, scratchFolder } from './run-folder.ts'

/** Stands in a bundle where the configuration will be. An object, since esbuild writes each into its place as it is. */
const PLACE = '{"nightshift-configuration":0}'

/**
 * A function as CDK would build it for this configuration. To build one takes longer than most tests, so the tests of
 * one run build each function once, and put into it what they want watched.
 */
export async function bundleFor(entry: string, config: NightshiftConfig): Promise<Bundle> {
  const shared = runFolder()
  if (shared === undefined) return buildWith(entry, JSON.stringify(config))
  const without = await madeOnce(
    join(shared, `bundle-${basename(entry, '.ts')}-${fingerprint(entry)}`),
    async (outdir) => {
      await using _ = await buildWith(entry, PLACE, outdir)
    },
  )
  const [before, after, ...more] = (await readFile(join(without, 'index.mjs'), 'utf8')).split(PLACE)
  if (after === undefined || more.length > 0) throw new Error(`${entry} has no one place for a configuration`)
  const directory = scratchFolder('nightshift-bundle-')
  const code = `${before}${JSON.stringify(config)}${after}`
  await writeFile(join(directory, 'index.mjs'), code)
  return {
    directory,
    bytes: Buffer.byteLength(code),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

async function buildWith(entry: string, config: string, outdir?: string): Promise<Bundle> {
  const folder = scratchFolder('nightshift-config-')
  try {
    const file = join(folder, 'config.ts')
    await writeFile(file, `export default ${config}`)
    return await bundle({ entry, config: file, outdir })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
