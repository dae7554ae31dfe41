import { execFile } from 'node:child_process'
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ROOT } from '../../infra/bundling.ts'

let directory: string
beforeAll(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), 'nightshift-settings-')))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

/** What Node itself makes of a file: vitest would load it otherwise. */
async function faultOf(name: string, lines: string[]): Promise<string> {
  const file = join(directory, `${name}.config.ts`)
  await writeFile(file, lines.join('\n'))
  const module = pathToFileURL(join(ROOT, 'infra/load-settings.ts')).href
  const load = `const { loadSettings } = await import(${JSON.stringify(module)})
    await loadSettings(${JSON.stringify(file)}).catch((error) => console.log(error.name + ': ' + error.message))`
  return new Promise((done) => {
    execFile(process.execPath, ['--input-type=module', '-e', load], (_, stdout, stderr) =>
      done((stdout + stderr).replaceAll(directory, '').trimEnd()),
    )
  })
}

const REMEDY = 'correct that line, or what stands just before it'
type Case = [what: string, lines: string[], fault: string]
test.for<Case>([
  [
    'a bracket that is missing',
    ['export default {', "  tell: { emails: ['a@example.com' },", '}'],
    `line 2: Expected ',', got '}'; ${REMEDY}
        tell: { emails: ['a@example.com' },
                                         ^`,
  ],
  [
    'what is more than types',
    ['enum Day { monday }', 'export default {}'],
    `line 1: TypeScript enum is not supported in strip-only mode; ${REMEDY}
      enum Day { monday }
      ^^^^^^^^^^^^^^^^^^^`,
  ],
  [
    'what throws',
    ['const team: { name?: string } = {}', 'export default { note: team.name.trim() }'],
    `line 2: Cannot read properties of undefined (reading 'trim'); ${REMEDY}`,
  ],
  ['what throws no error', ["throw 'no'"], 'it throws no; let it throw nothing'],
  [
    'a module that is not there',
    ["import team from './team.ts'", 'export default team'],
    "Cannot find module '/module.ts' imported from /module.config.ts; correct that import, or run npm ci if it is a package",
  ],
  [
    'nothing that is exported',
    ['export const tell = {}'],
    'it has no default export; write: export default defineConfig({ ... })',
  ],
])('%s is one fault, with its line and a remedy, and no stack', async ([what, lines, fault]) => {
  const name = what.split(' ').at(1) ?? 'one'
  const said = await faultOf(name, lines)
  expect(said.replaceAll('/team.ts', '/module.ts')).toBe(`ConfigError: /${name}.config.ts has a fault:\n  - ${fault}`)
})

test('a fault in a file that it imports names that file', async () => {
  await writeFile(join(directory, 'team.ts'), 'export const team = {\n')
  expect(await faultOf('importing', ["import { team } from './team.ts'", 'export default team'])).toMatch(
    /^ConfigError: \/importing\.config\.ts has a fault:\n {2}- \/team\.ts, line 1: Unexpected token/,
  )
})
