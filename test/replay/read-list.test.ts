import { expect, test } from 'vitest'
import { readList } from '../../replay/read-list.ts'

test('of something else altogether three lines are named, and how many there are', () => {
  const { faults } = readList(Array.from({ length: 300 }, (_, i) => `line ${i} of a log`).join('\n'), 'a.log')
  expect(faults).toHaveLength(4)
  expect(faults[3]).toMatch(/^a\.log: 297 lines more are not JSON; .*"processList":true/)
})
