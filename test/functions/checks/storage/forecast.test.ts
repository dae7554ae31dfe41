import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Forecast, forecast, type NoForecast } from '../../../../functions/checks/storage/forecast.ts'
import type { Series } from '../../../../functions/checks/storage/series.ts'
import { DAY, NOW } from '../../builders.ts'
import { GB, noise, seriesOf, type Trace } from './builders.ts'

const LIMIT = 100 * GB
const percent = (n: number) => n * GB

/** What is forecast after so many days of a trace in percent of the limit, `NOW` being its last hour. */
const foreseen = (days: number, trace: Trace): Forecast | NoForecast =>
  forecast(
    seriesOf((hour) => (trace(hour) === null ? null : percent(trace(hour) ?? 0)), days * 24 + 1) as Series,
    LIMIT,
    NOW,
  )
const day = (hour: number) => hour / 24
/** In days from now. */
const full = (coming: Forecast | NoForecast) => (coming.kind === 'fills' ? (coming.fullAt - NOW) / DAY : coming.why)

describe('growth', () => {
  test('by two percent a day from 50 to 80 is full in ten days, and surely so', () => {
    const coming = foreseen(15, (hour) => 50 + 2 * day(hour))
    if (coming.kind === 'none') throw new Error(coming.why)
    expect(full(coming)).toBeCloseTo(10, 0)
    expect(coming.perDay / GB).toBeCloseTo(2, 3)
    expect(coming.earliestAt).toBeLessThanOrEqual(coming.fullAt)
    expect(((coming.latestAt ?? 0) - coming.fullAt) / DAY).toBeLessThan(0.1)
    expect(coming.days).toBe(14)
  })

  test('among noise has its day somewhere between the earliest and the latest', () => {
    const coming = foreseen(28, (hour) => 50 + day(hour) + 3 * noise(hour))
    if (coming.kind === 'none') throw new Error(coming.why)
    // 78 of 100, one a day.
    expect(coming.earliestAt).toBeLessThan(NOW + 23 * DAY)
    expect(coming.latestAt).toBeGreaterThan(NOW + 20 * DAY)
    expect(Number(full(coming))).toBeGreaterThan(16)
    expect(Number(full(coming))).toBeLessThan(28)
  })

  test('that has begun a week ago counts as it is now, not as it was on average', () => {
    expect(full(foreseen(40, (hour) => 50 + 3 * Math.max(0, day(hour) - 33)))).toBeCloseTo(29 / 3, 0)
  })

  test('with looks missing for two days here and there is the same growth', () => {
    const seen = (hour: number) => ![3, 4, 9, 16].includes(Math.floor(day(hour)))
    expect(full(foreseen(20, (hour) => (seen(hour) ? 40 + 2 * day(hour) : null)))).toBeCloseTo(10, 0)
  })

  test('seen every six hours only is the same growth', () => {
    expect(full(foreseen(20, (hour) => (hour % 6 === 0 ? 40 + 2 * day(hour) : null)))).toBeCloseTo(10, 0)
  })

  test('that speeds up is forecast by its last days', () => {
    // Doubles in ten days: from 70 it takes 5.1 to 100; as in the last five, 7.4.
    expect(Number(full(foreseen(30, (hour) => 70 * 2 ** ((day(hour) - 30) / 10))))).toBeLessThan(8)
  })
})

describe('what is no growth', () => {
  test.each<[string, Trace]>([
    ['nothing happens', () => 80],
    ['it varies', (hour) => 90 + 3 * noise(hour)],
    ['it wanders', (hour) => 88 + 4 * Math.sin(hour / 37) + 2 * Math.sin(hour / 11)],
    ['it is cleaned up each night', (hour) => 80 + 10 * (day(hour + 7) % 1)],
    ['it is cleaned up each week', (hour) => 75 + 20 * ((day(hour) / 7) % 1)],
    ['it is higher during the week', (hour) => (day(hour) % 7 < 5 ? 90 : 80)],
    ['it swings by the week', (hour) => 82 + 8 * Math.sin((2 * Math.PI * day(hour)) / 7)],
  ])('not full soon where %s', (_, trace) => {
    for (let days = 14; days <= 28; days += 1) {
      const coming = foreseen(days, trace)
      if (coming.kind === 'fills') expect(Number(full(coming)), `after ${days} days`).toBeGreaterThan(30)
    }
  })

  test.each([1, 2, 3, 5, 7, 10, 13])('a bulk load %d days ago is a step', (ago) => {
    const coming = foreseen(28, (hour) => 60 + 30 * Math.min(1, Math.max(0, (day(hour) - (28 - ago)) * 4)))
    if (coming.kind === 'fills') expect(Number(full(coming))).toBeGreaterThan(100)
  })

  test('a load through midnight is one as well', () => {
    expect(full(foreseen(28, (hour) => 50 + 40 * Math.min(1, Math.max(0, day(hour) - 22.5))))).toBe('no growth')
  })

  test('but a load that comes again every five days is how it grows', () => {
    expect(Number(full(foreseen(30, (hour) => 50 + 7 * Math.floor(day(hour) / 5 - 0.3))))).toBeLessThan(15)
  })

  test('growth that ends at 90 % says so by itself', () => {
    expect(full(foreseen(20, (hour) => 90 - 50 * Math.exp(-day(hour) / 5)))).toBe('growth slows down')
  })

  test('growth that has stopped is not told for longer than it takes to see', () => {
    const stopped = (ago: number) => full(foreseen(40, (hour) => 80 - 2 * Math.max(0, 40 - ago - day(hour))))
    expect(stopped(0)).toBeCloseTo(10, 0)
    expect(['no growth', 'growth slows down', 'not within a year']).toContain(stopped(4))
  })

  test('growth too slow for a year is none', () => {
    expect(full(foreseen(28, (hour) => 60 + 0.05 * day(hour)))).toBe('not within a year')
  })
})

describe('what swings above the trend', () => {
  test('each night must have room, too', () => {
    // 78 at noon of the last day, 1 a day: the line has 22 left, but the highest hour is 7 above the middle of its day.
    const coming = foreseen(28, (hour) => 50 + day(hour) + 14 * ((day(hour) % 1) - 0.5))
    expect(Number(full(coming))).toBeGreaterThan(14)
    expect(Number(full(coming))).toBeLessThan(17)
  })

  test('on its highest weekday must have room, too', () => {
    const coming = foreseen(35, (hour) => 50 + day(hour) + 5 * Math.sin((2 * Math.PI * day(hour)) / 7))
    expect(Number(full(coming))).toBeGreaterThan(9)
    expect(Number(full(coming))).toBeLessThan(15.5)
  })
})

describe('what has been emptied', () => {
  const purged = (ago: number) => (hour: number) => {
    const now = 28 - ago
    return day(hour) < now ? 60 + day(hour) : 40 + 3 * (day(hour) - now)
  }

  test.each([0.5, 1, 3])('%d days ago: what was said before is over', (ago) => {
    expect(foreseen(28, purged(ago))).toEqual({ kind: 'none', why: 'it fell within the last days', reason: 'fallen' })
  })

  test('and has grown again for more than a week is judged by that alone', () => {
    expect(Number(full(foreseen(28, purged(9))))).toBeCloseTo(33 / 3, 0)
  })
})

describe('too little is known', () => {
  test.each([
    [0, 'only 0 days known'],
    [1, 'only 1 day known'],
    [3, 'only 4 days known'],
    [6, 'only 7 days known'],
  ])('after %d days and some hours: %s', (days, why) => {
    expect(full(foreseen(days, (hour) => 60 + 5 * day(hour)))).toBe(why)
  })

  test('where the last looks are older than three days', () => {
    expect(full(foreseen(30, (hour) => (day(hour) > 25 ? null : 60 + day(hour))))).toBe(
      'nothing is known of the last days',
    )
  })

  test('where two weeks have four days', () => {
    const seen = (hour: number) => day(hour) < 13 || day(hour) > 26
    expect(full(foreseen(29, (hour) => (seen(hour) ? 50 + day(hour) : null)))).toBe('only 4 of the last 14 days known')
  })
})

test('two days at 99 % are full', () => {
  expect(full(foreseen(20, (hour) => Math.min(99.5, 80 + 2 * day(hour))))).toBe(0)
})

test('what has not come yet does not count', () => {
  const series = seriesOf((hour) => percent(40 + 2 * day(hour)), 20 * 24 + 1) as Series
  const known = seriesOf((hour) => percent(40 + 2 * day(hour)), 18 * 24 + 1, NOW - 2 * DAY) as Series
  const [then, now] = [known, series].map((one) => forecast(one, LIMIT, NOW - 2 * DAY))
  expect(now).toEqual(then)
})

describe('whatever grows', () => {
  const traces = fc.record({
    days: fc.integer({ min: 8, max: 60 }),
    from: fc.integer({ min: 5, max: 80 }),
    perDay: fc.double({ min: 0, max: 5, noNaN: true }),
    swing: fc.double({ min: 0, max: 5, noNaN: true }),
    seed: fc.integer({ min: 0, max: 10_000 }),
  })
  type Made = typeof traces extends fc.Arbitrary<infer T> ? T : never
  // Even numbers, whose medians are whole.
  const value = ({ from, perDay, swing, seed }: Made, hour: number) =>
    2 * Math.round(1e6 * Math.min(100, from + perDay * day(hour) + swing * (1 + noise(hour + seed))))
  const made = (of: Made, factor: number) =>
    forecast(seriesOf((hour) => factor * value(of, hour), of.days * 24 + 1) as Series, 2e8 * factor, NOW)

  test('a thousand times as much, of a limit a thousand times as high, is full on the same day', () => {
    fc.assert(
      fc.property(traces, fc.constantFrom(2, 10, 1000), (of, factor) => {
        const [one, many] = [made(of, 1), made(of, factor)]
        expect(many.kind).toBe(one.kind)
        if (one.kind === 'none' || many.kind === 'none') {
          expect(many).toEqual(one)
          return
        }
        expect(many.fullAt / DAY).toBeCloseTo(one.fullAt / DAY, 3)
        expect(many.perDay / factor).toBeCloseTo(one.perDay, 3)
      }),
      { numRuns: 60 },
    )
  })

  test('the day is never before now, nor outside its range', () => {
    fc.assert(
      fc.property(traces, (of) => {
        const coming = made(of, 1)
        if (coming.kind === 'none') {
          expect(coming.why).not.toMatch(/undefined|NaN/)
          return
        }
        expect(coming.earliestAt).toBeGreaterThanOrEqual(NOW)
        expect(coming.fullAt).toBeGreaterThanOrEqual(coming.earliestAt)
        expect(coming.latestAt ?? Number.POSITIVE_INFINITY).toBeGreaterThanOrEqual(coming.fullAt)
      }),
      { numRuns: 100 },
    )
  })
})
