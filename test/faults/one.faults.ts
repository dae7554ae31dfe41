import { afterAll, beforeAll, expect, test } from 'vitest'
import { BUSY, playAll } from './campaign.ts'
import { CALLS, type Plan } from './case.ts'
import type { Call } from './crossing.ts'
import { FAULTS, type Fault, PAIRS } from './faults.ts'
import { BOLT_FAULTS } from './faulty-bolt.ts'
import { KINDS } from './lane.ts'
import { ONE_IN, SEED, shareOf } from './share.ts'
import { type Stage, startStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage?.[Symbol.asyncDispose]())

const LANES = 30

/** What is done though nobody hears of it: what SNS takes each time that it is asked, it tells each time. */
const takenBy = (call: Call): Fault[] => [
  ...(call === 'SNS publish' || call.includes('write') ? (['answer lost'] as const) : []),
  ...(call.includes('write') ? (['answers lost'] as const) : []),
]

/** Every call of every check through every fault; the status page is only asked when a look has failed. */
function everyFault(): Plan[] {
  const played = new Set<Call>()
  const plans = KINDS.flatMap((kind) =>
    CALLS[kind].flatMap((call) =>
      [...FAULTS, ...takenBy(call)]
        .filter((fault) => fault !== '50 MB' || !played.has(call))
        .map((fault): Plan => {
          played.add(call)
          const before = call === 'Neon status page' ? [{ call: 'SQL over HTTP', fault: 'reset' } as const] : []
          return { kind, strikes: [...before, { call, fault }], targetMs: 40_000 }
        }),
    ),
  )
  const bolts = BOLT_FAULTS.map((bolt): Plan => ({ kind: 'aura', strikes: [], bolt, targetMs: 20_000 }))
  return [...plans, ...bolts]
}

test('every call to the outside meets with every fault: told in a sentence, by itself, once, and without a key in it', async () => {
  const all = everyFault()
  const plans = shareOf(all)
  const { cases, complaints } = await playAll(stage, plans, Math.ceil(LANES / ONE_IN) + BUSY)
  console.log(`${cases} cases of one fault`)
  expect(complaints, `seed ${SEED} (NIGHTSHIFT_TEST_SEED)`).toEqual([])
  expect(cases).toBe(plans.length)
  const met = (some: Plan[]) =>
    new Set(
      some.flatMap(({ kind, strikes, bolt }) => [
        bolt,
        ...strikes.flatMap(({ call, fault }) => [fault, `${kind} ${call}`]),
      ]),
    )
  expect(met(plans)).toEqual(met(all))
  expect(all.length + PAIRS).toBeGreaterThanOrEqual(1_000)
}, 600_000)
