import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  forgetGaps,
  type IdleGaps,
  learnedAgainAt,
  learnGap,
  longestGap,
  lostGaps,
  noGaps,
  parseGaps,
  teachesFrom,
} from '../../../../functions/checks/trust/gaps.ts'
import { DAY, HOUR, MINUTE, NOW } from '../../builders.ts'

/** Names of different families: no digits, and no hexadecimal ones. */
const nameOf = (i: number) => `app-${String.fromCharCode(103 + Math.floor(i / 20), 103 + (i % 20))}`

const learned = (...some: [application: string, ms: number, daysAgo: number][]): IdleGaps =>
  some.reduce((gaps, [application, ms, daysAgo]) => learnGap(gaps, application, ms, NOW - daysAgo * DAY), noGaps(NOW))

test('the longest gap of each application stands, with its day', () => {
  const gaps = learned(['shop', 40 * MINUTE, 3], ['shop', 20 * MINUTE, 2], ['etl', HOUR, 1])
  expect(longestGap(gaps, 'shop', NOW)).toEqual({ ms: 40 * MINUTE, day: Math.floor((NOW - 3 * DAY) / DAY) })
  expect(longestGap(gaps, 'etl', NOW)?.ms).toBe(HOUR)
  expect(longestGap(gaps, 'nobody', NOW)).toBeUndefined()
})

test('it is forgotten after 30 days, and those of the days since have taken its place by then', () => {
  const gaps = learned(['shop', 40 * MINUTE, 29], ['shop', 25 * MINUTE, 10], ['shop', 15 * MINUTE, 5])
  expect(longestGap(gaps, 'shop', NOW)?.ms).toBe(40 * MINUTE)
  expect(longestGap(gaps, 'shop', NOW + DAY)?.ms).toBe(25 * MINUTE)
  expect(longestGap(forgetGaps(gaps, NOW + DAY), 'shop', NOW + DAY)?.ms).toBe(25 * MINUTE)
  expect(forgetGaps(gaps, NOW + 30 * DAY).applications).toEqual([])
})

test('only what is longer than the gaps of the last 15 days teaches anything', () => {
  const gaps = learned(['shop', 40 * MINUTE, 14])
  expect(teachesFrom(gaps, 'shop', NOW)).toBe(40 * MINUTE)
  expect(learnGap(gaps, 'shop', 39 * MINUTE, NOW)).toBe(gaps)
  // A day later shorter ones are learned anew.
  expect(teachesFrom(gaps, 'shop', NOW + DAY)).toBe(0)
})

test('an application for which there is no room is as well protected as one that has room', () => {
  const gaps = Array.from({ length: 60 }, (_, i) => i).reduce(
    (so, i) => learnGap(so, nameOf(i), (i + 1) * MINUTE, NOW),
    noGaps(NOW),
  )
  expect(gaps.applications).toHaveLength(50)
  for (let i = 0; i < 60; i++) expect(longestGap(gaps, nameOf(i), NOW)?.ms).toBeGreaterThanOrEqual((i + 1) * MINUTE)
})

describe('a name that changes with each process or deployment', () => {
  test.each([
    ['worker-12', 'worker-13'],
    ['puma: cluster worker 0: 27 [app]', 'puma: cluster worker 3: 9120 [app]'],
    ['shop-7d9f8b6c5-x2x4z', 'shop-5c8f9bd6b4-kpbvt'],
  ])('%s has taught what counts for %s', (before, after) => {
    const gaps = learned([before, 5 * HOUR, 3], [after, HOUR, 1])
    expect(longestGap(gaps, after, NOW)?.ms).toBe(5 * HOUR)
    expect(longestGap(gaps, before, NOW)?.ms).toBe(5 * HOUR)
    expect(gaps.applications).toHaveLength(1)
  })

  test('counts for its family where it was stored before there were families', () => {
    const today = Math.floor(NOW / DAY)
    const stored = {
      since: NOW - 20 * DAY,
      applications: [
        ['worker-1', [[5 * HOUR, today - 9]]],
        ['worker-2', [[HOUR, today - 2]]],
        ['worker-3', [[HOUR / 2, today - 5]]],
      ],
      others: [],
    }
    const gaps = parseGaps(stored) ?? expect.fail('not read')
    expect(longestGap(gaps, 'worker-99', NOW)).toEqual({ ms: 5 * HOUR, day: today - 9 })
    expect(gaps.applications).toEqual([
      [
        'worker-#',
        [
          [5 * HOUR, today - 9],
          [HOUR, today - 2],
        ],
      ],
    ])
  })
})

test('what was lost is learned again within seven days, whatever else is learned meanwhile', () => {
  const untilAfter = (days: number) =>
    learnedAgainAt(forgetGaps(learnGap(lostGaps(NOW), 'shop', HOUR, NOW), NOW + days * DAY), NOW + days * DAY)
  expect([0, 1, 6.99].map(untilAfter)).toEqual(Array(3).fill(NOW + 7 * DAY))
  expect(untilAfter(7)).toBeUndefined()
  expect(forgetGaps(lostGaps(NOW), NOW + 7 * DAY)).toEqual(noGaps(NOW))
  expect(parseGaps(JSON.parse(JSON.stringify(lostGaps(NOW))))).toEqual(lostGaps(NOW))
  expect(learnedAgainAt(noGaps(NOW), NOW)).toBeUndefined()
})

test('what a clock that was ahead has written is taken for that of today, so that it passes like all the rest', () => {
  const ahead = learnGap(lostGaps(NOW + 90 * DAY), 'shop', HOUR, NOW + 90 * DAY)
  const gaps = forgetGaps(ahead, NOW)
  expect(gaps).toEqual(learnGap(lostGaps(NOW), 'shop', HOUR, NOW))
  expect(longestGap(forgetGaps(gaps, NOW + 30 * DAY), 'shop', NOW + 30 * DAY)).toBeUndefined()
})

describe('whatever is learned', () => {
  const lessons = fc.array(
    fc.record({ application: fc.nat(80), ms: fc.integer({ min: 1, max: 10 * DAY }), day: fc.nat(60) }),
    { maxLength: 400 },
  )
  test('no gap of the last 15 days is ever underestimated, nor any invented, and the bytes are bounded', () => {
    fc.assert(
      fc.property(lessons, (some) => {
        const sorted = some.toSorted((a, b) => a.day - b.day)
        let gaps = noGaps(NOW)
        for (const { application, ms, day } of sorted)
          gaps = learnGap(forgetGaps(gaps, NOW + day * DAY), nameOf(application), ms, NOW + day * DAY)
        const end = sorted.at(-1)?.day ?? 0
        const now = NOW + end * DAY
        const recent = sorted.filter(({ day }) => day > end - 15)
        for (const { application, ms } of recent)
          expect(longestGap(gaps, nameOf(application), now)?.ms ?? 0).toBeGreaterThanOrEqual(ms)
        const most = Math.max(0, ...sorted.filter(({ day }) => day > end - 30).map(({ ms }) => ms))
        for (let i = 0; i <= 80; i++) expect(longestGap(gaps, nameOf(i), now)?.ms ?? 0).toBeLessThanOrEqual(most)
        expect(JSON.stringify(gaps).length).toBeLessThan(30_000)
        expect(parseGaps(JSON.parse(JSON.stringify(gaps)))).toEqual(gaps)
      }),
    )
  })
})

test.for([
  undefined,
  null,
  7,
  'x',
  [],
  {},
  { since: -1 },
  { since: 1, applications: [['shop', [[1]]]] },
  { since: 1, applications: {} },
  { since: 9e15, applications: [] },
  { since: 1, lostAt: 'x', applications: [] },
  { since: 1, applications: [['shop', [[60_000, 2e8]]]] },
])('what is stored as %j is not taken for gaps', (stored) => expect(parseGaps(stored)).toBeUndefined())

test('a state from before there were others is read', () =>
  expect(parseGaps({ since: 1, applications: [['shop', [[60_000, 20_000]]]] })?.others).toEqual([]))
