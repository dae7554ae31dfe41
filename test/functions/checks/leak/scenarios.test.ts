import { describe, expect, test } from 'vitest'
import {
  deploymentOfAll,
  newJobLeaks,
  nightlyBatch,
  october,
  scaleOut,
  surge,
  surgeAndLeak,
} from '../../../../bench/leak/scenarios.ts'
import { HOUR, MINUTE } from '../../builders.ts'
import { watchWorld } from './watching.ts'

const seeds = [1, 2, 3, 4]

describe('a new job leaks until the database is full', () => {
  test.for(seeds)('it is named within hours, and nobody else is, not even in the two weeks before (%i)', (seed) => {
    const { found } = watchWorld(newJobLeaks(), seed)
    expect(found.map(({ name }) => name)).toEqual(['sync-job'])
    const [leak] = found
    expect(leak?.at).toBeGreaterThan(october(12))
    expect(leak?.at).toBeLessThan(october(12, 15))
  })

  test.for(seeds)('36 hours ahead where it takes two days (%i)', (seed) => {
    const { found, end } = watchWorld(newJobLeaks(0.3, true), seed)
    expect(end).toBeGreaterThan(october(13, 20))
    expect(end - (found[0]?.at ?? end)).toBeGreaterThan(36 * HOUR)
  })

  test.for(seeds)('the window holds its deployment, and the pace is about right (%i)', (seed) => {
    const { found } = watchWorld(newJobLeaks(), seed)
    const [from, to] = found[0]?.sinceWindow ?? [0, 0]
    expect(from).toBeLessThanOrEqual(october(12))
    expect(to).toBeGreaterThanOrEqual(october(12))
    expect(to - from).toBeLessThan(10 * HOUR)
    expect(found[0]?.perHour).toBeGreaterThan(0.8)
    expect(found[0]?.perHour).toBeLessThan(3.5)
  })
})

test.for(seeds)('a surge to nearly all connections within minutes, an hour long, is no leak (%i)', (seed) => {
  const { found, most } = watchWorld(surge(), seed)
  expect(most).toBeGreaterThan(150)
  expect(found).toEqual([])
})

test.for([1, 3, 4])('in the midst of such a surge a leak is found all the same (%i)', (seed) => {
  const { found } = watchWorld(surgeAndLeak(), seed)
  expect(found.map(({ name }) => name)).toEqual(['sync-job'])
  expect(found[0]?.at).toBeLessThan(october(12, 18))
})

test.for(seeds)('a deployment that restarts every pool is no leak (%i)', (seed) => {
  expect(watchWorld(deploymentOfAll(), seed).found).toEqual([])
})

test.for([
  ['within 20 minutes, for a working day', 20 * MINUTE, 8 * HOUR, 3],
  ['within an hour, for four', HOUR, 4 * HOUR, 3],
  ['within three hours, for three', 3 * HOUR, 3 * HOUR, 5],
  ['within six hours, for six', 6 * HOUR, 6 * HOUR, 3],
] as const)('from 3 processes to 30 %s, and back, is no leak', ([, upWithin, lasts, keeps]) => {
  for (const seed of seeds) {
    const { found, most } = watchWorld(scaleOut(upWithin, lasts, keeps), seed)
    expect(most).toBeGreaterThan(120)
    expect(found).toEqual([])
  }
})

test.for([0.05, 0.3, 1])('a nightly job that holds 30 sessions, idle on %d of the nights, is no leak', (idleNights) => {
  for (const seed of seeds) expect(watchWorld(nightlyBatch(idleNights), seed).found).toEqual([])
})
