/** Lambda's own runtime client, installed when it is needed: it is built from C++, which takes a minute. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { progress } from './report.ts'

const HERE = import.meta.dirname
const CLIENT = join(HERE, 'node_modules/aws-lambda-ric')

/** The program; undefined, with the reason on standard error, if it cannot be built here. */
export async function runtimeClient(): Promise<string | undefined> {
  // npm leaves a package whose build failed; the compiled part says that it did not.
  if (!existsSync(join(CLIENT, 'rapid-client.node'))) await install()
  if (existsSync(join(CLIENT, 'rapid-client.node'))) return join(CLIENT, 'index.mjs')
  progress('init: aws-lambda-ric could not be built (it needs cmake, make and g++)')
  return undefined
}

async function install(): Promise<void> {
  progress('init: building aws-lambda-ric in bench/node_modules, about a minute, this once')
  const headers = nodeHeaders()
  const npm = spawn(process.platform === 'win32' ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: HERE,
    // Without headers given, node-gyp downloads them.
    env: { ...process.env, ...(headers && { npm_config_nodedir: headers }) },
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  })
  await once(npm, 'exit').catch((error: Error) => progress(`init: ${error.message}`))
}

/** The folder that holds `include/node` of the Node that runs this: the npm package `node` keeps it inside its own. */
function nodeHeaders(): string | undefined {
  const beside = dirname(dirname(process.execPath))
  return [join(beside, `node_modules/node-${process.platform}-${process.arch}`), beside]
    .map((folder) => resolve(folder))
    .find((folder) => existsSync(join(folder, 'include/node/node_version.h')))
}
