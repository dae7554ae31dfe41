import { createHash } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ROOT } from '../../infra/bundling.ts'

/**
 * Of all that a bundle or a template is made of, besides these files: another after each change, since vitest may watch
 * for hours what was made at its start.
 */
export function fingerprint(...files: string[]): string {
  const folders = ['functions', 'infra'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true }).map((file) => join(folder, String(file))),
  )
  const hash = createHash('sha256')
  for (const file of [...folders, ...files, 'package-lock.json', 'cdk.json']) {
    const { mtimeMs, size } = statSync(resolve(ROOT, file))
    hash.update(`${file} ${mtimeMs} ${size}\n`)
  }
  return hash.digest('hex').slice(0, 16)
}
