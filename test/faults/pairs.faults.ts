import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BUSY, playAll } from './campaign.ts'
import { CALLS, type Plan } from './case.ts'
import { FAULTS, LONG, PAIRS } from './faults.ts'
import { KINDS } from './lane.ts'
import { ONE_IN, SEED } from './share.ts'
import { type Stage, startStage } from './stage.ts'

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage?.[Symbol.asyncDispose]())

/** One in so many strikes is of those that take seconds. */
const LONG_ONE_IN = 12

const quick = FAULTS.filter((fault) => !LONG.includes(fault))
const patience = LONG.filter((fault) => fault !== '50 MB')
const faults = fc.oneof(
  { weight: LONG_ONE_IN - 1, arbitrary: fc.constantFrom(...quick) },
  { weight: 1, arbitrary: fc.constantFrom(...patience) },
)
const pairs = fc.constantFrom(...KINDS).chain((kind) =>
  fc.record<Plan>({
    kind: fc.constant(kind),
    strikes: fc
      .tuple(fc.shuffledSubarray(CALLS[kind], { minLength: 2, maxLength: 2 }), faults, faults)
      .map(([[one = 'secret', other = 'secret'], ...both]) => [
        { call: one, fault: both[0] },
        { call: other, fault: both[1] },
      ]),
    targetMs: fc.constant(20_000),
  }),
)

test('two things that fail at once are two things that are told, and nothing else', async () => {
  const seed = SEED
  const numRuns = Math.ceil(PAIRS / ONE_IN)
  const { cases, complaints } = await playAll(stage, fc.sample(pairs, { numRuns, seed }), Math.ceil(14 / ONE_IN) + BUSY)
  console.log(`${cases} cases of two faults, seed ${seed} (NIGHTSHIFT_TEST_SEED)`)
  expect(complaints, `seed ${seed}`).toEqual([])
  expect(cases).toBe(numRuns)
}, 600_000)
