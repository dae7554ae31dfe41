import fc from 'fast-check'
import { expect, test } from 'vitest'
import { lastDays, sparkline } from '../../../../functions/checks/storage/sparkline.ts'
import { HOUR, NOW } from '../../builders.ts'
import { MB, noise, seriesOf } from './builders.ts'

test('the lowest value is the lowest bar, and the highest the highest', () => {
  expect(sparkline([0, 1, 2, 3, 4, 5, 6, 7])).toBe('▁▂▃▄▅▆▇█')
  expect(sparkline([100, 200, 100])).toBe('▁█▁')
})

test('what is flat is flat at the bottom, zero too, and so is a single value', () => {
  expect(sparkline([300, 300, 300])).toBe('▁▁▁')
  expect(sparkline([0, 0])).toBe('▁▁')
  expect(sparkline([7])).toBe('▁')
})

test('noise makes no mountains', () => {
  const bars = sparkline(Array.from({ length: 28 }, (_, i) => 300 * MB + noise(i) * MB))
  expect(bars).toMatch(/^[▁▂]+$/)
})

test('a gap is seen, in a mail too, whose blanks collapse', () => {
  expect(sparkline([1, null, null, 2])).toBe('▁··█')
  expect(sparkline([null, null])).toBe('··')
  expect(sparkline([])).toBe('')
})

test('of more values than fit each group shows its last known one', () => {
  expect(sparkline([9, 1, 9, 7, 5, null, null, null], 4)).toBe('▁█▆·')
})

test('the last days are told hour by hour up to this one, what is not known as a gap', () => {
  const series = seriesOf((hour) => (hour === 3 ? null : hour * MB), 30)
  const hours = lastDays(series, NOW, 1)
  expect(hours).toHaveLength(24)
  expect(hours[0]).toBe(6 * MB)
  expect(hours.at(-1)).toBe(29 * MB)
  expect(lastDays(series, NOW + 2 * HOUR, 1).slice(-3)).toEqual([29 * MB, null, null])
  expect(lastDays(series, NOW).filter((value) => value !== null)).toHaveLength(29)
  expect(lastDays(undefined, NOW, 1)).toEqual(new Array(24).fill(null))
})

test('whatever the values, it is a line of bars and gaps no longer than asked', () => {
  const values = fc.array(fc.option(fc.maxSafeNat()), { maxLength: 300 })
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 40 }), (all, most) => {
      const line = sparkline(all, most)
      expect(line).toMatch(/^[▁▂▃▄▅▆▇█·]*$/)
      expect(line).toHaveLength(Math.min(all.length, most))
      expect(line.includes('▁')).toBe(all.some((value) => value !== null))
    }),
  )
})
