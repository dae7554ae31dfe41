import { expect, test } from 'vitest'
import { keptAs, memoryOf } from '../../../../functions/checks/aura/kept.ts'
import { NOW } from '../../builders.ts'

const memory = { standing: { status: 'running', since: NOW }, store: { at: NOW, bytes: 7 } }

test('what was kept is remembered', () => {
  expect(memoryOf(JSON.parse(JSON.stringify(keptAs(memory, 'a1b2c3d4'))), 'a1b2c3d4')).toEqual(memory)
  expect(memoryOf(undefined, 'a1b2c3d4')).toEqual({})
})

test('of another instance, or in another shape, nothing is', () => {
  const kept = keptAs(memory, 'a1b2c3d4')
  expect(memoryOf(kept, 'd4c3b2a1')).toEqual({})
  expect(memoryOf({ ...kept, shape: 99 }, 'a1b2c3d4')).toEqual({})
  const { shape: _, ...before } = kept
  expect(memoryOf(before as typeof kept, 'a1b2c3d4')).toEqual({})
})
