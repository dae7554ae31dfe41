/** Part 6: the items that a Neon target's looks read and write, how large they are, and what that costs in a month. */
import { noTrust } from '../functions/checks/trust/memory.ts'
import { type EndingPlan, planEndings } from '../functions/checks/victims.ts'
import type { NightshiftConfig } from '../functions/config.ts'
import { resolveConfig } from '../functions/config.ts'
import { LOOKS, MONTH_MS, monthlyCost, PRICES, PRICES_OF } from '../functions/letter/cost.ts'
import { type SessionsMemory, withLook } from '../functions/sessions-memory.ts'
import { type Chance, chanceOf } from './forecast-trace.ts'
import { readingOf } from './leak/readings.ts'
import { simulate, type World } from './leak/simulator.ts'
import { healthyWorld, leaky, serviceOf } from './leak/worlds.ts'
import { median, progress, type Section, table } from './report.ts'

const TARGETS = 12
const DAYS = 10
const LOOK_MS = 5 * 60_000
const LOOKS_A_MONTH = MONTH_MS / LOOK_MS
/** DynamoDB's units: consistent reads of 4 KB begun, writes of 1 KB begun. */
const READ_BYTES = 4096
const WRITE_BYTES = 1024
const POLICY = { end: false, idleMs: 600_000, abovePercent: 70, atMost: 10, only: none(), protect: none() }

export async function measureTable(): Promise<Section> {
  progress(`table: ${TARGETS} targets, ${DAYS} days each`)
  const sizes = Array.from({ length: TARGETS }, (_, i) => sizeAfter((chance) => healthyWorld(DAYS, chance), i)).sort(
    (a, b) => a - b,
  )
  const rows: [string, number][] = [
    ['a new target', bytesOf(noTrust(Date.now()))],
    ['the smallest of them', sizes[0] ?? 0],
    ['half of them at most', median(sizes)],
    ['the largest of them', sizes.at(-1) ?? 0],
    ['one with 50 applications', sizeAfter(crowded, 0)],
    ['one of 200 connections that a leak has filled', sizeAfter(leaking, 0)],
  ]
  const { lines, usd } = monthlyCost(resolveConfig(tenTargets()))
  const typical = Math.ceil(median(sizes) / WRITE_BYTES)
  return {
    title: `What is remembered of a target's sessions, after ${DAYS} days of looks every 5 minutes`,
    table: [
      table(
        ['', 'bytes', 'read units', 'write units', 'USD a month'],
        rows.map(([name, bytes]) => [
          name,
          String(Math.round(bytes)),
          String(reads(bytes)),
          String(writes(bytes)),
          price(bytes),
        ]),
      ),
      `A month of ten targets, list prices of us-east-1 in ${PRICES_OF}\n`,
      table(['', 'USD'], [...lines.map((line) => [line.what, line.usd.toFixed(2)]), ['together', usd.toFixed(2)]]),
    ].join('\n\n'),
    notes: [
      'One item for each target, read once and written once in each look, beside that of its incidents (one unit read, one or two written).',
      'bytes: key, counters and JSON as DynamoDB counts them. The databases are those of the part `leak`, 3 to 6 services of some pods, batches and people.',
    ],
    goals: [
      {
        what: 'write units of a look, beside what the cost table reckons with',
        measured: typical + 1,
        atMost: LOOKS.connections?.writes ?? 0,
      },
    ],
  }
}

function none() {
  return { applications: [], roles: [] }
}

const tenTargets = (): NightshiftConfig => ({
  tell: { emails: ['oncall@example.com'] },
  targets: Array.from({ length: 10 }, (_, i) => ({ name: `t${i}`, neon: { project: `p-${i}`, role: 'nightshift' } })),
})

/** As many applications as are told apart; names that differ by a number alone would be one. */
const crowded = (chance: Chance): World => ({
  ...healthyWorld(DAYS, chance),
  services: Array.from({ length: 50 }, (_, i) =>
    serviceOf(`service-${String.fromCharCode(97 + (i % 26), 97 + Math.floor(i / 26))}`, chance),
  ),
})

/** A leak of 4 an hour until nothing is left. */
const leaking = (chance: Chance): World => ({ ...leaky(healthyWorld, 4, chance), limit: 200 })

function sizeAfter(worldOf: (chance: Chance) => World, seed: number): number {
  const chance = chanceOf(90_001 + seed)
  const plan = (): EndingPlan =>
    planEndings({ used: 0, active: 0, limit: { max: 1, reserved: 0, usable: 1 }, candidates: [] }, POLICY, false, false)
  let memory: SessionsMemory = noTrust(0)
  for (const look of simulate(worldOf(chance), chance)) {
    const reading = readingOf(look, memory.watched)
    memory = withLook(memory, {
      reading,
      asked: reading.known.map(({ pid, backendStartMs }) => [pid, backendStartMs]),
      policy: POLICY,
      plan,
    })
  }
  return bytesOf(memory)
}

/** Names and values, as DynamoDB counts them. */
const bytesOf = (memory: SessionsMemory): number =>
  new TextEncoder().encode(JSON.stringify(memory)).length +
  'pkTARGET#a-usual-nameskSESSIONSversionwritestateexpiresAt'.length +
  36 +
  2 * 8

const reads = (bytes: number) => Math.ceil(bytes / READ_BYTES)
const writes = (bytes: number) => Math.ceil(bytes / WRITE_BYTES)
const price = (bytes: number) =>
  (LOOKS_A_MONTH * (reads(bytes) * PRICES.tableRead + writes(bytes) * PRICES.tableWrite)).toFixed(3)
