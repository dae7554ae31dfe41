import { expect, test } from 'vitest'
import { remember } from '../../../../functions/checks/aura/memory.ts'
import { isStoreDue, noteStore, type StoreMemory } from '../../../../functions/checks/aura/store.ts'
import { DAY, HOUR, MINUTE } from '../../builders.ts'
import { auraFailed, notRunning, OURS, seenBolt } from './builders.ts'

const NOON = Date.UTC(2026, 10, 21, 12)

test('the size is asked for once in each hour of the clock, answered or not', () => {
  const asked = noteStore({}, undefined, NOON + 58 * MINUTE)
  expect(asked).toEqual({ storeAskedAt: NOON + 58 * MINUTE })
  expect([58, 59, 60, 63, 118].map((minutes) => isStoreDue(asked, NOON + minutes * MINUTE))).toEqual([
    false,
    false,
    true,
    true,
    true,
  ])
  expect(isStoreDue({}, NOON)).toBe(true)
  expect(isStoreDue(asked, NOON + DAY + 58 * MINUTE)).toBe(true)
})

test('the last that was told is kept with its moment, through every look', () => {
  const told = noteStore<StoreMemory>({}, 2_000_000, NOON)
  expect(told).toEqual({ storeAskedAt: NOON, store: { at: NOON, bytes: 2_000_000 } })
  const refused = noteStore(told, undefined, NOON + HOUR)
  expect(refused).toEqual({ storeAskedAt: NOON + HOUR, store: told.store })
  for (const reading of [seenBolt(), notRunning('paused'), auraFailed('timeout')])
    expect(remember(refused, reading, OURS)).toMatchObject(refused)
  expect(noteStore(refused, 0, NOON + 2 * HOUR).store).toEqual({ at: NOON + 2 * HOUR, bytes: 0 })
})
