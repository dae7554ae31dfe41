import { expect, test } from 'vitest'
import { grade, isWorse, SEVERITIES, worst } from '../../../functions/checks/finding.ts'

test('not having been able to look is worse than a warning and less than a critical', () => {
  expect(SEVERITIES.toSorted((a, b) => (isWorse(a, b) ? 1 : -1))).toEqual(['ok', 'warning', 'unknown', 'critical'])
  expect(isWorse('warning', 'warning')).toBe(false)
  expect(worst(['ok', 'unknown', 'warning'])).toBe('unknown')
  expect(worst([])).toBe('ok')
})

test('a limit is reached by being met, and recovery only by falling below', () => {
  const limits = { warning: 75, critical: 90, recovery: 70 }
  const grades = [69.9, 70, 74.9, 75, 89.9, 90, 120].map((value) => grade(value, limits))
  expect(grades.map(({ severity }) => severity)).toEqual([
    'ok',
    'ok',
    'ok',
    'warning',
    'warning',
    'critical',
    'critical',
  ])
  expect(grades.map(({ recovered }) => recovered)).toEqual([true, false, false, false, false, false, false])
})

test('without a critical limit it only ever warns', () => {
  expect(grade(1_000, { warning: 75, critical: null, recovery: 70 }).severity).toBe('warning')
})
