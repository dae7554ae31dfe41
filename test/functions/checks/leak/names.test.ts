import { expect, test } from 'vitest'
import { whomToRestart, withNames } from '../../../../functions/checks/leak/names.ts'
import { groupOf } from '../../builders.ts'

const groups = ['worker-1', 'worker-2', 'worker-2', 'shop-7d9f8b6c5-x2x4z', 'sync-job'].map((application) =>
  groupOf({ application }),
)
const named = (name: string) => withNames([{ name, count: 3 }], groups)

test('a family of one name is told by that name', () => {
  expect(named('shop-#')).toMatchObject([{ name: 'shop-7d9f8b6c5-x2x4z', count: 3 }])
  expect(named('sync-job')).toMatchObject([{ name: 'sync-job', count: 3 }])
})

test('a family of several is told as one, with how many there are', () => {
  expect(named('worker-#')).toMatchObject([{ name: 'worker-# (2 names)', names: ['worker-1', 'worker-2'], count: 3 }])
})

test('of who is not there at the moment the family is told', () => {
  expect(named('mailer-#')).toMatchObject([{ name: 'mailer-#', count: 3 }])
  expect(named('(all others)')).toMatchObject([{ name: '(all others)', count: 3 }])
})

test('whom to restart is told by names that can be found', () => {
  const many = { name: 'pod-# (7 names)', names: ['1', '2', '3', '4', '5', '6', '7'].map((n) => `pod-${n}`) }
  expect(whomToRestart([many])).toEqual(['pod-1', 'pod-2', 'pod-3', 'pod-4', 'pod-5', '2 more'])
  expect(whomToRestart([{ name: '(no name) app@neondb', names: ['(no name) app@neondb'] }])).toEqual([
    'what logs in as app to neondb without an application_name',
  ])
  expect(whomToRestart([{ name: '(all others)', names: [] }])).toEqual([])
})
