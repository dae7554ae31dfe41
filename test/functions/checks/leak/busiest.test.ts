import { expect, test } from 'vitest'
import { busiestOf } from '../../../../functions/checks/leak/idle-series.ts'
import { leaksOf } from '../../../../functions/checks/leak/leaks.ts'
import { DAY, HOUR } from '../../builders.ts'
import { AFTER_A_WEEK, BEGIN, type Counts, looksFrom, watch } from './watching.ts'

test('the busiest moment of a day is remembered without what has leaked', () => {
  const load = (at: number) => (at % DAY >= 10 * HOUR && at % DAY < 16 * HOUR ? 70 : 20)
  const counts = (at: number): Counts => {
    const leaked = Math.max(0, Math.floor(((at - AFTER_A_WEEK) / HOUR) * 2))
    return { shop: { idle: leaked, sessions: leaked + load(at) } }
  }
  const { series } = watch(looksFrom(BEGIN, AFTER_A_WEEK + DAY + 3 * HOUR, counts))
  expect(leaksOf(series, AFTER_A_WEEK + DAY + 3 * HOUR)).toHaveLength(1)
  // The hour before it was over counts, and the leak before it was found.
  expect(busiestOf(series)).toBeGreaterThanOrEqual(70)
  expect(busiestOf(series)).toBeLessThan(85)
})

test("a surge of an hour is no part of the day's load", () => {
  const counts = (at: number): Counts => ({
    shop: { idle: 2, sessions: at % DAY >= 9 * HOUR && at % DAY < 10 * HOUR ? 180 : 30 },
  })
  expect(busiestOf(watch(looksFrom(BEGIN, BEGIN + DAY + 12 * HOUR, counts)).series)).toBe(30)
})
