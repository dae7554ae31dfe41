import { readFile, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { transform } from 'esbuild'
import { madeOnce, runFolder } from './run-folder.ts'

const SOURCE = join(import.meta.dirname, 'lambda-runtime.ts')

/**
 * The program of a local Lambda's process. Node would take the types out of it at every start, a fifth of the start, so
 * the tests of one run do it once.
 */
export async function runtimeProgram(): Promise<string> {
  const shared = runFolder()
  if (shared === undefined) return SOURCE
  const { mtimeMs } = await stat(SOURCE)
  const folder = await madeOnce(join(shared, `lambda-runtime-${mtimeMs}`), async (draft) => {
    const { code } = await transform(await readFile(SOURCE, 'utf8'), { loader: 'ts', format: 'esm', target: 'node24' })
    await writeFile(join(draft, 'runtime.mjs'), code)
  })
  return join(folder, 'runtime.mjs')
}
