/** Part 3: from the start of the process until the function is loaded and asks for work. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { environment } from '../test/world/lambda-environment.ts'
import { type Build, buildAll } from './builds.ts'
import { figure, median, progress, ratio, type Section, spread, table } from './report.ts'
import { interleave } from './rounds.ts'
import { startRuntimeApi } from './runtime-api.ts'
import { runtimeClient } from './runtime-client.ts'

type Start = (build: Build) => Promise<void>

export async function measureInit(rounds: number): Promise<Section> {
  const client = await runtimeClient()
  progress('init: building the bundles')
  await using builds = await buildAll()
  await using api = await startRuntimeApi()
  const start: Start = client ? (build) => startClient(client, build, api) : importAlone

  const times = new Map<Build, number[]>(builds.all.map((build) => [build, []]))
  const measure = async (build: Build) => {
    const begun = performance.now()
    await start(build)
    times.get(build)?.push(performance.now() - begun)
  }
  progress(`init: ${rounds} rounds of ${builds.all.length}`)
  await interleave(builds.all, 2, start)
  await interleave(builds.all, rounds, measure)

  const ms = (build: Build) => median(times.get(build) ?? [])
  const floor = ms(builds.empty)
  const how = client ? 'under aws-lambda-ric 4.0.2' : 'by plain `import` in Node, without aws-lambda-ric'
  return {
    title: `Start of the connections function, and of the Aura function, ${how}, medians of ${rounds}`,
    table: table(
      ['', 'ms', '(half of all)', 'of CDK’s default', 'above empty, ms'],
      builds.all.map((build) => [
        build.name,
        figure(ms(build)),
        spread(times.get(build) ?? []),
        build === builds.aura ? '' : ratio(ms(build), ms(builds.byDefault)),
        figure(ms(build) - floor),
      ]),
    ),
    notes: [
      client
        ? 'ms: from starting the process to its first request for work (GET …/runtime/invocation/next). Node and the runtime client alone take what the empty function takes.'
        : 'ms: from starting the process to its end, which follows the import. Not what Lambda does: only the ratio says something.',
      'Where the SDK is left to the runtime, it is loaded from node_modules on this disk; Lambda’s own copy may differ.',
    ],
    goals: [
      { what: 'start, of CDK’s default', measured: ms(builds.ours) / ms(builds.byDefault), atMost: 0.25 },
      {
        what: 'start above an empty function’s, of CDK’s default',
        measured: (ms(builds.ours) - floor) / (ms(builds.byDefault) - floor),
        atMost: 0.25,
      },
    ],
  }
}

async function startClient(
  client: string,
  { directory }: Build,
  api: { address: string; ready(): Promise<void> },
): Promise<void> {
  const ready = api.ready()
  const env = environment({ directory, name: 'bench', memoryMb: 256, env: {} })
  const child = spawn(process.execPath, [client, env._HANDLER], {
    cwd: directory,
    env: { ...env, AWS_LAMBDA_RUNTIME_API: api.address },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const gone = once(child, 'exit')
  try {
    await Promise.race([
      ready,
      gone.then(([code]) => Promise.reject(new Error(`The runtime client ended with ${code}`))),
    ])
  } finally {
    child.kill('SIGKILL')
    await gone
  }
}

async function importAlone({ directory }: Build): Promise<void> {
  const file = ['index.mjs', 'index.js'].map((name) => join(directory, name)).find((path) => existsSync(path)) ?? ''
  const child = spawn(
    process.execPath,
    ['--input-type=module', '--eval', `await import('${pathToFileURL(file)}'); process.exit()`],
    { env: environment({ directory, name: 'bench', memoryMb: 256, env: {} }), stdio: ['ignore', 'ignore', 'inherit'] },
  )
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`${file} could not be imported`)
}
