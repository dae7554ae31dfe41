import fc from 'fast-check'
import { expect, test } from 'vitest'
import { planEndings } from '../../../functions/checks/victims.ts'
import { candidateOf, HOUR, policyOf, seen } from '../builders.ts'

const candidates = [1, 3, 2].map((hours) => candidateOf({ pid: hours, idleMs: hours * HOUR }))
const crowded = (changes: Parameters<typeof seen>[0] = {}) => seen({ used: 80, candidates, ...changes })
const pids = ({ victims }: ReturnType<typeof planEndings>) => victims.map(({ pid }) => pid)

test('the oldest go first, and no more than the cap', () => {
  expect(pids(planEndings(crowded(), policyOf(), false))).toEqual([3, 2, 1])
  expect(planEndings(crowded(), policyOf({ atMost: 2 }), false)).toMatchObject({
    held: null,
    victims: [{ pid: 3 }, { pid: 2 }],
  })
})

test('nobody is chosen while there is room', () => {
  // Of 97: 70 % is 67.9.
  expect(planEndings(crowded({ used: 67 }), policyOf({ abovePercent: 70 }), false)).toEqual({
    victims: [],
    notPermitted: [],
    held: 'below',
  })
  expect(planEndings(crowded({ used: 68 }), policyOf({ abovePercent: 70 }), false).held).toBeNull()
})

test('a share is reached by being met', () => {
  const reading = crowded({ used: 70, limit: { max: 107, reserved: 7, usable: 100 } })
  expect(planEndings(reading, policyOf({ abovePercent: 70 }), false).held).toBeNull()
  expect(planEndings(reading, policyOf({ abovePercent: 71 }), false).held).toBe('below')
})

test('nobody is chosen in a load surge, when most of what is taken works', () => {
  expect(planEndings(crowded({ used: 80, active: 41 }), policyOf(), false)).toEqual({
    victims: [],
    notPermitted: [],
    held: 'load',
  })
  expect(planEndings(crowded({ used: 80, active: 40 }), policyOf(), false).held).toBeNull()
})

test('nobody is chosen while a surge stands, however much is idle', () => {
  for (const policy of [policyOf(), policyOf({ end: false })])
    expect(planEndings(crowded(), policy, false, true)).toEqual({ victims: [], notPermitted: [], held: 'load' })
})

test('a target that has not opted in, and a dry run, are told who would have been', () => {
  expect(planEndings(crowded(), policyOf({ end: false }), false)).toMatchObject({
    held: 'not-opted-in',
    victims: { length: 3 },
  })
  expect(planEndings(crowded(), policyOf(), true)).toMatchObject({ held: 'dry-run', victims: { length: 3 } })
  // A run for real would end nobody either, and the report must not suggest it.
  expect(planEndings(crowded(), policyOf({ end: false }), true).held).toBe('not-opted-in')
})

test('in maintenance nobody is ended, and who would have been is told, but to who has not opted in at all', () => {
  const inMaintenance = (end: boolean, dryRun: boolean) =>
    planEndings(crowded(), policyOf({ end }), dryRun, false, true)
  for (const dryRun of [false, true])
    expect(inMaintenance(true, dryRun)).toMatchObject({ held: 'maintenance', victims: { length: 3 } })
  expect(inMaintenance(false, false).held).toBe('not-opted-in')
})

test('whom our role may not end does not use up the cap, and is named apart, at most as many', () => {
  const mixed = [9, 8, 7, 6, 5, 4, 3].map((hours) =>
    candidateOf({ pid: hours, idleMs: hours * HOUR, permitted: hours < 6 }),
  )
  const plan = planEndings(crowded({ candidates: mixed }), policyOf({ atMost: 2 }), false)
  expect(pids(plan)).toEqual([5, 4])
  expect(plan.notPermitted.map(({ pid }) => pid)).toEqual([9, 8])
  expect(plan.held).toBeNull()
})

test('who would have been ended is only whom our role may end', () => {
  const refused = [candidateOf({ permitted: false })]
  expect(planEndings(crowded({ candidates: refused }), policyOf({ end: false }), false)).toEqual({
    victims: [],
    notPermitted: refused,
    held: 'not-opted-in',
  })
})

test('whatever is seen, the plan keeps to the policy', () => {
  const readings = fc.record({
    used: fc.nat(120),
    active: fc.nat(120),
    usable: fc.nat(120),
    idle: fc.array(fc.record({ idleMs: fc.nat(10 * HOUR), permitted: fc.boolean() }), { maxLength: 60 }),
    atMost: fc.integer({ min: 1, max: 20 }),
    abovePercent: fc.nat(100),
    end: fc.boolean(),
    dryRun: fc.boolean(),
  })
  fc.assert(
    fc.property(readings, ({ used, active, usable, idle, atMost, abovePercent, end, dryRun }) => {
      const found = idle.map((one, pid) => candidateOf({ pid, ...one }))
      const reading = seen({ used, active, limit: { max: usable, reserved: 0, usable }, candidates: found })
      const { victims, notPermitted, held } = planEndings(reading, policyOf({ atMost, abovePercent, end }), dryRun)
      for (const [chosen, permitted] of [
        [victims, true],
        [notPermitted, false],
      ] as const) {
        const alike = found.filter((one) => one.permitted === permitted)
        expect(chosen.filter((one) => !alike.includes(one))).toEqual([])
        expect(new Set(chosen).size).toBe(chosen.length)
        // Nobody is chosen, or as many as there are and the cap lets.
        if (held !== 'below' && held !== 'load') expect(chosen).toHaveLength(Math.min(atMost, alike.length))
        else expect(chosen).toEqual([])
        const ages = chosen.map(({ idleMs }) => idleMs)
        expect(ages).toEqual(ages.toSorted((a, b) => b - a))
        // Nobody alike is left who is older than somebody chosen.
        const left = alike.filter((one) => !chosen.includes(one)).map(({ idleMs }) => idleMs)
        if (chosen.length > 0 && left.length > 0) expect(Math.max(...left)).toBeLessThanOrEqual(Math.min(...ages))
      }
      // Only an opted-in target in a run for real is ever acted on.
      if (held === null) expect({ end, dryRun }).toEqual({ end: true, dryRun: false })
    }),
  )
})
