import { existsSync, realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { resolveConfig, type Settings } from '../functions/config.ts'
import { ConfigError, checkConfig } from '../functions/config-faults.ts'

export interface LoadedSettings {
  settings: Settings
  /** Absolute: functions bundle the very file that was checked. */
  config: string
}

/**
 * Reads and checks a configuration file.
 * @param file relative paths count from the working directory
 * @throws ConfigError with every fault, also when there is no such file, or when it is no TypeScript that Node can run
 */
export async function loadSettings(file: string): Promise<LoadedSettings> {
  const config = resolve(file)
  if (!existsSync(config))
    throw new ConfigError([`it does not exist; name the file with -c config=<path>, from ${process.cwd()}`], config)
  const module = await import(pathToFileURL(config).href).catch((error: unknown) => {
    throw new ConfigError([importFault(error, realpathSync(config))], file)
  })
  if (!('default' in module))
    throw new ConfigError(['it has no default export; write: export default defineConfig({ ... })'], file)
  checkConfig(module.default, file)
  return { settings: resolveConfig(module.default), config }
}

/** What Node says of a file that it cannot run: where, which words, and the line itself. Its stack would bury them. */
function importFault(error: unknown, config: string): string {
  if (!(error instanceof Error)) return `it throws ${String(error)}; let it throw nothing`
  const { code } = error as { code?: unknown }
  if (code === 'ERR_MODULE_NOT_FOUND') return `${error.message}; correct that import, or run npm ci if it is a package`
  // Of syntax, Node writes the place and the line before the words; of what the file throws, the place behind them.
  const [frame = '', ...calls] = (error.stack ?? '').split(/^ {4}at /m)
  const [place = '', ...excerpt] = frame.split('\n')
  const known =
    placeIn(place) ?? calls.flatMap((call) => placeIn(call.trim()) ?? []).find(({ path }) => path === config)
  const where = known ? `${known.path === config ? '' : `${known.path}, `}line ${known.line}: ` : ''
  const caret = excerpt.findIndex((line) => /^\s*\^+$/.test(line))
  const lines = placeIn(place) && caret > 0 ? excerpt.slice(caret - 1, caret + 1) : []
  return [
    `${where}${error.message}; correct that line, or what stands just before it`,
    ...lines.map((line) => `      ${line}`),
  ].join('\n')
}

/** `/a/b.ts:3`, `file:///a/b.ts:3:26`, `name (file:///a/b.ts:3:26)`. */
function placeIn(text: string): { path: string; line: number } | undefined {
  const [, address = '', line] = /^(?:.*\()?((?:file:\/\/|\/|[A-Za-z]:\\).+?):(\d+)(?::\d+)?\)?$/.exec(text) ?? []
  if (line === undefined) return undefined
  return { path: address.startsWith('file:') ? fileURLToPath(address) : address, line: Number(line) }
}
