import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
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
 * @throws ConfigError with every fault, also when there is no such file
 */
export async function loadSettings(file: string): Promise<LoadedSettings> {
  const config = resolve(file)
  if (!existsSync(config))
    throw new ConfigError([`it does not exist; name the file with -c config=<path>, from ${process.cwd()}`], config)
  const module = await import(pathToFileURL(config).href)
  checkConfig(module.default, file)
  return { settings: resolveConfig(module.default), config }
}
