import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dailyRates } from '../../../../functions/checks/storage/daily-rate.ts'
import { DAY } from '../../builders.ts'

/** Noon of each day. */
const daysOf = (values: (number | null)[]) =>
  values.flatMap((value, day) => (value === null ? [] : [{ at: (day + 0.5) * DAY, value }]))

test('even growth is the same by both measures, also over days that are not known', () => {
  expect(dailyRates(daysOf([0, 5, 10, 15, 20]), 0, 4, 3)).toEqual({ usual: 5, trend: 5 })
  expect(dailyRates(daysOf([0, null, 10, 15, null, null, 30]), 0, 6, 3)).toEqual({ usual: 5, trend: 5 })
})

test('a step does not move what is usual, and noise not the trend', () => {
  expect(dailyRates(daysOf([0, 0, 0, 0, 100, 100, 100, 100]), 0, 7, 5)?.usual).toBe(0)
  const noisy = dailyRates(daysOf([0, 9, 0, 9, 0, 9, 0, 9]), 0, 7, 5)
  expect(noisy?.usual).toBe(9)
  expect(noisy?.trend).toBeLessThan(1)
})

test('only the days asked for count, and too few of them say nothing', () => {
  const days = daysOf([1_000, 0, 1, 2, 3, 1_000])
  expect(dailyRates(days, 1, 4, 3)).toEqual({ usual: 1, trend: 1 })
  expect(dailyRates(days, 1, 4, 4)).toBeUndefined()
  expect(dailyRates([], 0, 10, 0)).toBeUndefined()
})

test('whatever the values, both lie between the largest loss and the largest gain of a day', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.nat(1_000_000)), { maxLength: 20 }), (values) => {
      const rates = dailyRates(daysOf(values), 0, values.length, 1)
      for (const rate of rates ? [rates.usual, rates.trend] : [])
        expect(Math.abs(rate)).toBeLessThanOrEqual(Math.max(...values.map((value) => value ?? 0)))
    }),
  )
})
