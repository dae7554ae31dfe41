import { expect, test } from 'vitest'
import { notable, sayLevel, shareOf } from '../../../../functions/checks/storage/measure.ts'
import { GB, MB, measureOf, measureWithoutLimit, nodesOf } from './builders.ts'

const hard = (value: number) => ({ value, what: 'the limit', kind: 'hard' as const })

test('how much of how much, in the words of what is measured', () => {
  expect(sayLevel(measureOf({ used: 310 * MB }))).toBe('310 MB of 512 MB (60%)')
  expect(sayLevel(nodesOf({ used: 184_231 }))).toBe('184,231 of 200,000 nodes (92%)')
  expect(sayLevel(measureWithoutLimit({ used: 1.4 * GB }))).toBe('1.4 GB')
})

test('a limit of nothing is none: no share is ever infinite', () => {
  expect(shareOf(measureOf({ limit: hard(0) }))).toBeUndefined()
  expect(sayLevel(measureOf({ used: 5 * MB, limit: hard(0) }))).toBe('5 MB')
})

test('what is notable is a part of a near limit, and a plain amount below a far one', () => {
  expect(notable(measureOf())).toBe((512 * MB) / 20)
  expect(notable(measureOf({ limit: hard(16 * 1024 * GB) }))).toBe(100 * MB)
  expect(notable(measureWithoutLimit())).toBe(100 * MB)
  expect(notable(nodesOf())).toBe(10_000)
})
