import { describe, expect, test } from 'vitest'
import { dueFrom, limitsFor, periodOf } from '../../../../functions/checks/snapshots/expected.ts'
import { DAY, HOUR, NOW } from '../../builders.ts'
import { auraListed, DAILY, neonListed, policyOf } from './builders.ts'

const HOURLY_AND_FULL = { any: [3 * HOUR, 6 * HOUR], full: [26 * HOUR, 50 * HOUR] }
const DAILY_ONE = { any: [26 * HOUR, 50 * HOUR] }

/** Warning and critical. */
const limits = (...[known, policy]: Parameters<typeof limitsFor>) =>
  Object.fromEntries(
    Object.entries(limitsFor(known, policy)).map(([kind, { warningMs, criticalMs }]) => [
      kind,
      [warningMs, criticalMs],
    ]),
  )

describe('of Aura', () => {
  test.for([
    ['free-db', {}],
    ['professional-db', DAILY_ONE],
    ['professional-ds', DAILY_ONE],
    ['enterprise-ds', DAILY_ONE],
    ['business-critical', HOURLY_AND_FULL],
    ['enterprise-db', HOURLY_AND_FULL],
    ['Business-Critical ', HOURLY_AND_FULL],
    ['a-tier-to-come', DAILY_ONE],
    ['', DAILY_ONE],
    ['__proto__', DAILY_ONE],
  ] as const)('on %s the tier says what is due', ([tier, due]) => {
    expect(limits(auraListed(tier), policyOf())).toEqual(due)
  })

  test("the user's word wins, and full ones may be as old as the user's limit too", () => {
    const policy = policyOf({ maxAgeMs: 3 * DAY })
    expect(limits(auraListed('free-db'), policy)).toEqual({ any: [3 * DAY, 6 * DAY] })
    expect(limits(auraListed('professional-db'), policy)).toEqual({ any: [3 * DAY, 6 * DAY] })
    expect(limits(auraListed('business-critical'), policy)).toEqual({
      any: [3 * DAY, 6 * DAY],
      full: [3 * DAY, 6 * DAY],
    })
    // A shorter limit is met by what is made every hour: no tier makes full ones so often.
    expect(limits(auraListed('business-critical'), policyOf({ maxAgeMs: 4 * HOUR }))).toEqual({
      any: [4 * HOUR, 8 * HOUR],
      full: [26 * HOUR, 50 * HOUR],
    })
  })
})

describe('of Neon', () => {
  const by = (...schedule: Parameters<typeof periodOf>[0][]) => limits(neonListed({ schedule }), policyOf())
  const weekly = { frequency: 'weekly', everyMs: 7 * DAY }
  const monthly = { frequency: 'monthly', everyMs: 31 * DAY }

  test('the shortest line of the schedule counts, and two hours of slack', () => {
    expect(by(DAILY)).toEqual({ any: [26 * HOUR, 50 * HOUR] })
    expect(by(weekly)).toEqual({ any: [7 * DAY + 2 * HOUR, 14 * DAY + 2 * HOUR] })
    expect(by(monthly, weekly, DAILY)).toEqual(by(DAILY))
    expect(by(monthly, weekly)).toEqual(by(weekly))
  })

  test('a schedule that is not told is taken to be as scheduled snapshots have come so far', () => {
    const seenEveryMs = 7 * DAY
    expect(limits({ provider: 'neon', seenEveryMs }, policyOf())).toEqual(by(weekly))
    expect(limits({ provider: 'neon', seenEveryMs, schedule: [] }, policyOf())).toEqual({})
    expect(limitsFor({ provider: 'neon', seenEveryMs }, policyOf()).any?.as).toBe(
      'due every week as scheduled ones have come so far',
    )
  })

  test('no schedule, or none that is told: nothing is due but what the user wants', () => {
    expect(by()).toEqual({})
    const { schedule: _, ...untold } = neonListed()
    expect(limits(untold, policyOf())).toEqual({})
    expect(limits(untold, policyOf({ maxAgeMs: DAY }))).toEqual({ any: [DAY, 2 * DAY] })
  })

  test('a line of a length that nobody knows counts as the longest that is usual', () => {
    for (const everyMs of [undefined, Number.NaN, 0, -DAY, Number.POSITIVE_INFINITY, 1e300])
      expect(periodOf({ frequency: 'fortnightly', ...(everyMs !== undefined && { everyMs }) })).toBe(31 * DAY)
    expect(periodOf({ frequency: 'fortnightly', everyMs: 14 * DAY })).toBe(14 * DAY)
  })
})

test('where none are wanted, none is due', () => {
  const policy = policyOf({ expected: false, maxAgeMs: DAY })
  expect(limits(auraListed('business-critical'), policy)).toEqual({})
  expect(limits(neonListed(), policy)).toEqual({})
})

test('it is said whose word it is', () => {
  expect(limitsFor(neonListed(), policyOf()).any?.as).toBe('due every day by the backup schedule')
  expect(limitsFor(auraListed('business-critical'), policyOf()).any?.as).toBe('due every hour on business-critical')
  expect(limitsFor(auraListed(''), policyOf()).any?.as).toBe('due every day on Aura')
  expect(limitsFor(neonListed(), policyOf({ maxAgeMs: 36 * HOUR })).any?.as).toBe('wanted within 1 d 12 h')
})

test('none can be missed before the database was there, or its schedule was what it is', () => {
  const known = { provider: 'neon', of: 'branch main', createdAt: NOW - 9 * DAY } as const
  expect(dueFrom({ known }, policyOf())).toBe(NOW - 9 * DAY)
  expect(dueFrom({ known, dueSince: NOW - DAY }, policyOf())).toBe(NOW - DAY)
  // The user's own limit cares for no schedule.
  expect(dueFrom({ known, dueSince: NOW - DAY }, policyOf({ maxAgeMs: DAY }))).toBe(NOW - 9 * DAY)
  expect(dueFrom({}, policyOf())).toBe(0)
})
