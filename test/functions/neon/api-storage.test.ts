import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { type NeonStorageApi, neonStorageApi } from '../../../functions/neon/api-storage.ts'
import { failureOf } from '../../../functions/neon/failure.ts'
import { type LocalNeon, type Project, startNeon } from '../../world/neon.ts'

let neon: LocalNeon
let project: Project
let api: NeonStorageApi
beforeAll(async () => {
  neon = await startNeon()
  Object.assign(process.env, neon.env)
  api = neonStorageApi(neon.apiKey, AbortSignal.timeout(100_000))
})
afterAll(() => neon.stop())
beforeEach(() => {
  project = neon.addProject({
    id: 'orders',
    branches: [
      { id: 'br-main', logical_size: 7_000_000_000 },
      { id: 'br-dev', name: 'dev' },
    ],
  })
  neon.requests.length = 0
})
afterEach(() => neon.heal())

const failure = async (asked: Promise<unknown>) =>
  failureOf(
    await asked.then(
      () => expect.fail('it was answered'),
      (error: unknown) => error,
    ),
    'api',
  )

test('a project tells its limits, its history window and its plan', async () => {
  expect(await api.getProject('orders')).toEqual({
    branch_logical_size_limit_bytes: 512 * 1024 ** 2,
    synthetic_storage_size: 0,
    history_retention_seconds: 21_600,
    settings: { quota: {} },
    owner: { subscription_type: 'free_v3' },
  })
})

test('a branch tells its size, its state and its parent', async () => {
  Object.assign(project.branches[1]?.api ?? {}, { logical_size: undefined, current_state: 'archived' })
  const created_at = '2026-01-01T00:00:00Z'
  expect(await api.listBranches('orders')).toEqual([
    { id: 'br-main', name: 'main', default: true, logical_size: 7_000_000_000, current_state: 'ready', created_at },
    { id: 'br-dev', name: 'dev', default: false, parent_id: 'br-main', current_state: 'archived', created_at },
  ])
})

test('every page of branches is read', async () => {
  const branches = Array.from({ length: 1_200 }, (_, i) => ({ id: `br-${i}`, logical_size: i }))
  neon.addProject({ id: 'large', branches })
  expect((await api.listBranches('large')).map(({ logical_size }) => logical_size)).toEqual(branches.map((_, i) => i))
  expect(neon.requests).toHaveLength(2)
})

test('snapshots are those of all branches, and may be none', async () => {
  expect(await api.listSnapshots('orders')).toEqual([])
  project.addSnapshot({ id: 'snap-1' })
  project.addSnapshot({ id: 'snap-2', source_branch_id: 'br-gone' })
  expect((await api.listSnapshots('orders')).map(({ id }) => id)).toEqual(['snap-1', 'snap-2'])
  neon.fail('api', { status: 200, body: { snapshots: null } })
  expect(await api.listSnapshots('orders')).toEqual([])
})

test('fields that are null are none, and fields that are new are no fault', async () => {
  const unset = {
    branch_logical_size_limit_bytes: null,
    synthetic_storage_size: null,
    history_retention_seconds: null,
    settings: null,
    owner: null,
  }
  Object.assign(project.api, unset, { brand_new: 7 })
  expect(await api.getProject('orders')).toEqual(unset)
  const absent = { parent_id: null, logical_size: null, current_state: null, created_at: null, restored_as: null }
  Object.assign(project.branches[0]?.api ?? {}, absent, { brand_new: {} })
  expect((await api.listBranches('orders'))[0]).toMatchObject(absent)
  const empty = { timestamp: null, source_branch_id: null, expires_at: null, manual: null, full_size: null }
  project.addSnapshot({ ...empty, slug: 'new' } as object)
  expect((await api.listSnapshots('orders'))[0]).toMatchObject(empty)
})

describe('an answer of another shape says where it differs', () => {
  test.for<[what: string, ask: () => Promise<unknown>, body: unknown, where: string]>([
    [
      'a project',
      () => api.getProject('orders'),
      { project: { history_retention_seconds: 'a day' } },
      'project.history_',
    ],
    [
      'branches',
      () => api.listBranches('orders'),
      { branches: [{ id: 'br-1', name: 'b', logical_size: '7 GB' }] },
      'branches.0.logical_size',
    ],
    ['snapshots', () => api.listSnapshots('orders'), { snapshots: [{ id: 's', name: 's' }] }, 'snapshots.0.created_at'],
    [
      'a time',
      () => api.listSnapshots('orders'),
      { snapshots: [{ id: 's', name: 's', created_at: 'soon' }] },
      'snapshots.0.created_at',
    ],
    [
      'a schedule',
      () => api.getBackupSchedule('orders', 'br-main'),
      { schedule: [{ hour: 3 }] },
      'schedule.0.frequency',
    ],
    ['no schedule at all', () => api.getBackupSchedule('orders', 'br-main'), {}, 'schedule'],
  ])('%s', async ([, ask, body, where]) => {
    neon.fail('api', { status: 200, body })
    const { cause, message } = await failure(ask())
    expect(cause).toBe('bad-answer')
    expect(message).toMatch(/^the answer to GET \/projects\/orders\S* is not as documented: /)
    expect(message).toContain(where)
  })
})
