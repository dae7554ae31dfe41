/** Any window on any day of fifteen years, by clocks of every kind. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { momentsOf, wallAt } from '../../../functions/quiet/wall-clock.ts'
import { occurrence, type Window, windowAt } from '../../../functions/quiet/windows.ts'
import { DAY, HOUR, MINUTE } from '../builders.ts'

const ZONES = [
  'Europe/Berlin',
  'Europe/London',
  'America/New_York',
  'America/St_Johns', // half an hour from its neighbours
  'America/Santiago', // clocks change at midnight, in the southern hemisphere
  'Australia/Sydney',
  'Australia/Lord_Howe', // clocks change by half an hour
  'Pacific/Chatham', // three quarters of an hour, in the southern hemisphere
  'Africa/Casablanca', // put back for Ramadan
  'Antarctica/Troll', // clocks change by two hours
  'Asia/Kathmandu', // never
  'Pacific/Kiritimati', // 14 hours ahead
  'Pacific/Pago_Pago', // 11 hours behind
  'UTC',
]
/** The most by which clocks change. */
const MOST_CHANGE = 2 * HOUR

const zone = fc.constantFrom(...ZONES)
const FIRST = Date.UTC(2024, 0, 1)
const YEARS = 15 * 365 * DAY

/** Days on which clocks change are few among all: half of what is tried is on one. */
const changesOf = new Map(
  ZONES.map((timeZone) => {
    const days: number[] = []
    for (let day = FIRST; day < FIRST + YEARS; day += DAY)
      if (wallAt(day, timeZone) - day !== wallAt(day + DAY, timeZone) - day - DAY) days.push(day)
    return [timeZone, days]
  }),
)
const zoneAndDay = zone.chain((timeZone) => {
  const any = fc.nat({ max: YEARS / DAY }).map((days) => FIRST + days * DAY)
  const changes = changesOf.get(timeZone) ?? []
  const near = changes.flatMap((day) => [day - DAY, day, day + DAY])
  const day = near.length > 0 ? fc.oneof(any, fc.constantFrom(...near)) : any
  return fc.record({ timeZone: fc.constant(timeZone), day })
})
const DAY_MINUTES = 24 * 60
const times = fc.record({
  from: fc.oneof(fc.nat({ max: DAY_MINUTES - 1 }), fc.nat({ max: 4 * 60 })),
  length: fc.oneof(fc.integer({ min: 1, max: DAY_MINUTES }), fc.integer({ min: 1, max: 3 * 60 })),
})
const wholeLength = fc.boolean()
const some = fc.record({
  of: zoneAndDay,
  times,
  wholeLength,
  days: fc.uniqueArray(fc.nat({ max: 6 }), { minLength: 1 }),
})

test('none of its whole length is shorter than it is written, nor longer than by what clocks are put back', () => {
  fc.assert(
    fc.property(some, ({ of: { timeZone, day }, times: { from, length }, days }) => {
      const found = occurrence({ days, from, length, timeZone, wholeLength: true }, day)
      expect(found.until - found.from).toBeGreaterThanOrEqual(length * MINUTE)
      expect(found.until - found.from).toBeLessThanOrEqual(length * MINUTE + MOST_CHANGE)
    }),
    { numRuns: 3_000 },
  )
})

test('it begins at the first moment at which the clock shows its time or a later one', () => {
  fc.assert(
    fc.property(some, ({ of: { timeZone, day }, times: { from, length }, days }) => {
      const wall = day + from * MINUTE
      const { from: begins } = occurrence({ days, from, length, timeZone }, day)
      expect(wallAt(begins, timeZone)).toBeGreaterThanOrEqual(wall)
      expect(wallAt(begins, timeZone)).toBeLessThan(wall + MOST_CHANGE + MINUTE)
      expect(wallAt(begins - MINUTE, timeZone)).toBeLessThan(wall)
    }),
    { numRuns: 3_000 },
  )
})

test('whenever the clock shows a time within, it is open', () => {
  fc.assert(
    fc.property(
      some,
      fc.double({ min: -0.2, max: 1.2, noNaN: true }),
      ({ of, times: { from, length }, wholeLength: whole }, share) => {
        const { timeZone, day } = of
        const window: Window = { days: [new Date(day).getUTCDay()], from, length, timeZone, wholeLength: whole }
        const { from: begins, until } = occurrence(window, day)
        const now = Math.round((begins + share * (until - begins)) / MINUTE) * MINUTE
        const wall = wallAt(now, timeZone)
        if (wall >= day + from * MINUTE && wall < day + (from + length) * MINUTE)
          expect(windowAt([window], now)?.until).toBe(until)
      },
    ),
    { numRuns: 3_000 },
  )
})

test('what is open now is what some day of its begins, and it is found on whichever day one asks', () => {
  fc.assert(
    fc.property(
      some,
      fc.integer({ min: -2 * DAY, max: 2 * DAY }),
      ({ of, times: { from, length }, wholeLength: whole, days }, later) => {
        const { timeZone, day } = of
        const window: Window = { days, from, length, timeZone, wholeLength: whole }
        const now = day + later
        const all = Array.from({ length: 11 }, (_, i) => day + (i - 5) * DAY)
          .filter((one) => days.includes(new Date(one).getUTCDay()))
          .map((one) => occurrence(window, one))
        const open = all.filter((one) => one.from <= now && now < one.until)
        const found = windowAt([window], now)
        expect(found !== undefined).toBe(open.length > 0)
        // Windows of a whole day follow each other without a break.
        if (found) expect(found.until).toBeGreaterThanOrEqual(Math.max(...open.map(({ until }) => until)))
      },
    ),
    { numRuns: 3_000 },
  )
})

test('a clock shows what it is asked for at both of its moments, unless it never shows it', () => {
  fc.assert(
    fc.property(zoneAndDay, times, ({ timeZone, day }, { from }) => {
      const wall = day + from * MINUTE
      const { first, last } = momentsOf(wall, timeZone)
      expect(first).toBeLessThanOrEqual(last)
      if (first !== last) expect([wallAt(first, timeZone), wallAt(last, timeZone)]).toEqual([wall, wall])
      else if (wallAt(first, timeZone) !== wall) expect(wallAt(first - MINUTE, timeZone)).toBeLessThan(wall)
    }),
    { numRuns: 3_000 },
  )
})
