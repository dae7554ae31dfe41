/** `npm run replay -- FILE`: a recorded list of sessions judged against a policy, with no server and no account. */
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import type { EndingPolicy } from '../functions/checks/victims.ts'
import type { Target } from '../functions/config.ts'
import { ConfigError } from '../functions/config-faults.ts'
import { parseDuration } from '../functions/units.ts'
import { loadSettings } from '../infra/load-settings.ts'
import { type Judged, judge } from './judge.ts'
import { type RecordedLook, readList } from './read-list.ts'
import { judgedJson, showJudged } from './show.ts'

const HELP = `Usage: npm run replay -- [options] FILE

Prints which sessions of a recorded list a policy would end, and why each other one is left alone. Needs no database
and no AWS account, and ends nothing. FILE is "-" for standard input, and holds either

  - the answer of the connections function to {"processList":true}, as the Lambda console shows it, or
  - the lists out of it as JSON lines: jq -c '.targets[].processList[]?' answer.json > list.jsonl

Options:
  --target <name>      use this target's policy; lists of other targets are left out
  --config <file>      the configuration with the policies; default nightshift.config.ts
  --idle-for <time>    instead of the policy's idleFor: 90s, 30m, 2h, 7d
  --json               print JSON (npm run --silent replay -- --json FILE prints nothing else)
  --help               this text

The policy is staleSessions of the list's target in the configuration, judged as if it had opted in. Its lists (only,
protect) are applied anew. What only the server can know stands as it was recorded: superusers, poolers, listeners,
lock holders, Neon's own, Nightshift's own. So does what was learned: the longest gap after which an application's
session worked again; a session is ended only once it is idle for twice as long.

Not in a list: sessions at work or idle for less than a minute, and of more than 300 those that an application with
many has idle for longest. Whether
Nightshift's role may end a session that the recorded policy did not reach is not known: it is taken to.

Exit status: 0 judged, whoever would be ended; 1 the list or the configuration has faults, which are all named; 2 the
command line is not understood.`

// What is piped into a program that has read enough is not wanted any more.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))

/** Ends the program with these lines on standard error. */
class Refused extends Error {
  readonly status: 1 | 2
  constructor(status: 1 | 2, lines: string[]) {
    super(lines.join('\n'))
    this.status = status
  }
}

interface Asked {
  file: string
  target: string | undefined
  config: string
  idleMs: number | undefined
  json: boolean
}

process.exitCode = await main()

async function main(): Promise<number> {
  try {
    const asked = understand()
    if (asked === 'help') {
      console.log(HELP)
      return 0
    }
    const judged = await replay(asked)
    console.log(asked.json ? judgedJson(judged) : showJudged(judged))
    return 0
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    console.error(error.message)
    return error.status
  }
}

function understand(): Asked | 'help' {
  const { values, positionals } = argumentsOf()
  if (values.help) return 'help'
  const faults: string[] = []
  const [file, ...more] = positionals
  if (file === undefined) faults.push('FILE is missing; "-" reads standard input')
  if (more.length > 0) faults.push(`one FILE at a time; there is also ${more.join(', ')}`)
  const idleFor = values['idle-for']
  const idleMs = idleFor === undefined ? undefined : parseDuration(idleFor)
  if (idleFor !== undefined && !idleMs) faults.push(`--idle-for ${idleFor} is not a time like 90s, 30m, 2h, 7d`)
  if (file === undefined || faults.length > 0) throw new Refused(2, [...faults, 'See: npm run replay -- --help'])
  return { file, target: values.target, config: values.config, idleMs, json: values.json }
}

function argumentsOf() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        target: { type: 'string' },
        config: { type: 'string', default: 'nightshift.config.ts' },
        'idle-for': { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
  } catch (error) {
    throw new Refused(2, [(error as Error).message, 'See: npm run replay -- --help'])
  }
}

async function replay({ file, target, config, idleMs }: Asked): Promise<Judged[]> {
  const faults: string[] = []
  const targets = await targetsOf(config).catch((error: unknown) => {
    faults.push(error instanceof ConfigError ? error.message : `${config}: ${(error as Error).message}`)
    return []
  })
  const content = await contentOf(file).catch((error: Error) => {
    faults.push(`${file} cannot be read: ${error.message}`)
    return undefined
  })
  const list =
    content === undefined ? { looks: [], faults: [] } : readList(content, file === '-' ? 'standard input' : file)
  faults.push(...list.faults)
  if (faults.length > 0) throw new Refused(1, faults)

  const looks = list.looks.filter((look) => target === undefined || (look.target ?? target) === target)
  if (looks.length === 0)
    throw new Refused(1, [`there is no list of ${target} in ${file}, only of ${namesOf(list.looks)}`])
  const policies = looks.map((look) => policyOf(look, targets, target))
  const without = policies.filter((policy) => typeof policy === 'string')
  if (without.length > 0) throw new Refused(1, [...new Set(without)])
  return looks.flatMap((look, i) => {
    const policy = policies[i]
    return typeof policy === 'object' ? judge(look, { ...policy, ...(idleMs && { idleMs }) }) : []
  })
}

async function targetsOf(config: string): Promise<Target[]> {
  return (await loadSettings(config)).settings.targets
}

function contentOf(file: string): Promise<string> {
  return file === '-' ? text(process.stdin) : readFile(file, 'utf8')
}

function namesOf(looks: RecordedLook[]): string {
  return [...new Set(looks.map(({ target }) => target))].join(', ')
}

/** The policy for a look, or why there is none. */
function policyOf(look: RecordedLook, targets: Target[], wanted: string | undefined): EndingPolicy | string {
  const name = wanted ?? look.target
  const known = `in the configuration there are: ${targets.map((one) => one.name).join(', ') || 'none of Neon'}`
  if (name === undefined) {
    const [only, ...more] = targets
    return only && more.length === 0 ? only.ending : `the list does not say whose it is; name one by --target: ${known}`
  }
  return targets.find((one) => one.name === name)?.ending ?? `no target is called ${name}; ${known}`
}
