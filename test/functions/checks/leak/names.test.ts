import { expect, test } from 'vitest'
import { withNames } from '../../../../functions/checks/leak/names.ts'
import { groupOf } from '../../builders.ts'

const groups = ['worker-1', 'worker-2', 'worker-2', 'shop-7d9f8b6c5-x2x4z', 'sync-job'].map((application) =>
  groupOf({ application }),
)
const named = (name: string) => withNames([{ name, count: 3 }], groups)

test('a family of one name is told by that name', () => {
  expect(named('shop-#')).toEqual([{ name: 'shop-7d9f8b6c5-x2x4z', count: 3 }])
  expect(named('sync-job')).toEqual([{ name: 'sync-job', count: 3 }])
})

test('a family of several is told as one, with how many there are', () => {
  expect(named('worker-#')).toEqual([{ name: 'worker-# (2 names)', count: 3 }])
})

test('of who is not there at the moment the family is told', () => {
  expect(named('mailer-#')).toEqual([{ name: 'mailer-#', count: 3 }])
  expect(named('(all others)')).toEqual([{ name: '(all others)', count: 3 }])
})
