import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Cause } from '../../../functions/checks/reading.ts'
import type { ListedReading } from '../../../functions/checks/snapshots/reading.ts'
import type { NeonPlace } from '../../../functions/neon/branch.ts'
import { lookAtNeonSnapshots } from '../../../functions/neon/look-snapshots.ts'
import { FAULTS, type Fault, type LocalNeon, type Project, type Snapshot, startNeon } from '../../world/neon.ts'
import { apiError } from '../../world/neon-faults.ts'
import { DAY, HOUR, NOW } from '../builders.ts'

const MB = 1024 ** 2
/** Nothing of this file speaks SQL. */
const nowhere = { host: '127.0.0.1', port: 1 }
const iso = (at: number) => new Date(at).toISOString()

let neon: LocalNeon
let project: Project
beforeAll(async () => {
  neon = await startNeon()
  Object.assign(process.env, neon.env)
})
afterAll(() => neon.stop())
beforeEach(() => {
  neon.projects.clear()
  neon.requests.length = 0
  project = neon.addProject({
    id: 'orders',
    owner: { subscription_type: 'launch_v3' },
    history_retention_seconds: 86_400,
    branches: [
      {
        id: 'br-main',
        created_at: iso(NOW - 90 * DAY),
        endpoints: [{ id: 'ep-cool-1234', postgres: nowhere, current_state: 'idle' }],
      },
      { id: 'br-dev', name: 'dev' },
      { id: 'br-feature', name: 'feature', parent_id: 'br-dev' },
      { id: 'br-audit', name: 'audit', parent_id: undefined },
    ],
  })
})
afterEach(() => {
  neon.heal()
  // Whatever it was: no compute has been woken for it, nor asked.
  expect(neon.sqlTraffic().roundTrips).toBe(0)
  expect(project.branches.flatMap(({ endpoints }) => endpoints.map(({ wakeUps }) => wakeUps))).toEqual([0])
})

const look = (changes: Partial<NeonPlace> = {}, key = neon.apiKey, signal = AbortSignal.timeout(50_000)) =>
  lookAtNeonSnapshots(
    { neon: { project: 'orders', branch: undefined, ...changes } },
    { neonApiKey: key, passwords: {}, surplus: 0 },
    NOW,
    signal,
  )
async function listed(...asked: Parameters<typeof look>): Promise<ListedReading> {
  const { reading } = await look(...asked)
  return reading.kind === 'listed' ? reading : expect.fail(`not listed: ${JSON.stringify(reading)}`)
}
const madeAgo = (ms: number, fields: Partial<Snapshot> = {}) =>
  project.addSnapshot({ created_at: iso(NOW - ms), ...fields })
const branch = (index = 0) => project.branches[index] ?? expect.fail('no branch')

describe('a look', () => {
  test('brings the snapshots, the newest first, and what they are measured by', async () => {
    branch().schedule = [{ frequency: 'daily', hour: 23, retention_seconds: 14 * 86_400 }]
    madeAgo(2 * DAY, { id: 'snap-first', name: 'first' })
    madeAgo(2 * HOUR, { id: 'snap-third', name: 'third', expires_at: iso(NOW + 12 * DAY) })
    madeAgo(DAY, { id: 'snap-second', name: 'before the release', manual: true, full_size: 40 * MB })
    madeAgo(HOUR, { id: 'snap-other', source_branch_id: 'br-audit' })
    expect(await look()).toEqual({
      branchId: 'br-main',
      reading: {
        kind: 'listed',
        at: NOW,
        provider: 'neon',
        of: 'branch main',
        tier: 'launch_v3',
        createdAt: NOW - 90 * DAY,
        snapshots: [
          {
            id: 'snap-third',
            name: 'third',
            at: NOW - 2 * HOUR,
            status: 'completed',
            scheduled: true,
            full: true,
            expiresAt: NOW + 12 * DAY,
          },
          {
            id: 'snap-second',
            name: 'before the release',
            at: NOW - DAY,
            status: 'completed',
            scheduled: false,
            full: true,
            bytes: 40 * MB,
          },
          {
            id: 'snap-first',
            name: 'first',
            at: NOW - 2 * DAY,
            status: 'completed',
            scheduled: true,
            full: true,
            bytes: 30 * MB,
          },
        ],
        schedule: [{ frequency: 'daily', everyMs: DAY, retentionMs: 14 * DAY }],
        historyWindowMs: DAY,
      },
    })
    expect(neon.requests).toHaveLength(4)
  })

  test('goes by the moment whose data a snapshot holds, not by when it was made', async () => {
    madeAgo(HOUR, { id: 'snap-of-yesterday', timestamp: iso(NOW - 20 * HOUR) })
    madeAgo(2 * HOUR, { id: 'snap-newer', timestamp: undefined })
    madeAgo(3 * HOUR, { id: 'snap-unset', timestamp: '0001-01-01T00:00:00Z', expires_at: '0001-01-01T00:00:00Z' })
    expect((await listed()).snapshots.map(({ id, at, expiresAt }) => [id, at, expiresAt])).toEqual([
      ['snap-newer', NOW - 2 * HOUR, undefined],
      ['snap-unset', NOW - 3 * HOUR, undefined],
      ['snap-of-yesterday', NOW - 20 * HOUR, undefined],
    ])
  })

  test('gives only what is told', async () => {
    Object.assign(project.api, { owner: undefined, history_retention_seconds: undefined })
    Object.assign(branch().api, { created_at: undefined })
    madeAgo(HOUR, { id: 'snap-bare', name: 'bare', manual: undefined, full_size: undefined, expires_at: null })
    expect(await listed()).toEqual({
      kind: 'listed',
      at: NOW,
      provider: 'neon',
      of: 'branch main',
      snapshots: [{ id: 'snap-bare', name: 'bare', at: NOW - HOUR, status: 'completed', scheduled: null, full: true }],
      schedule: [],
    })
  })

  test('knows no plan of an account without billing, no size of what is not billed, and a window of 0', async () => {
    Object.assign(project.api, { owner: { subscription_type: 'UNKNOWN' }, history_retention_seconds: 0 })
    madeAgo(HOUR, { full_size: 0 })
    const { tier, historyWindowMs, snapshots } = await listed()
    expect(tier).toBeUndefined()
    expect(historyWindowMs).toBe(0)
    expect(snapshots[0]?.bytes).toBeUndefined()
  })

  test('takes 1,000 snapshots among 1,200 branches', async () => {
    const branches = Array.from({ length: 1_199 }, (_, i) => ({ id: `br-${i}`, name: `b${i}` }))
    const large = neon.addProject({ id: 'large', branches: [...branches, { id: 'br-last', name: 'last' }] })
    for (let i = 0; i < 1_000; i++) large.addSnapshot({ created_at: iso(NOW - i * HOUR), expires_at: iso(NOW + i) })
    const { of, snapshots } = await listed({ project: 'large', branch: 'last' })
    expect(of).toBe('branch b0, the root of branch last')
    expect(snapshots).toHaveLength(1_000)
    expect(snapshots[0]?.at).toBe(NOW)
  })
})

describe('only root branches have snapshots', () => {
  test.for([
    ['dev', 'br-main', 'branch main, the root of branch dev'],
    ['br-feature', 'br-main', 'branch main, the root of branch feature'],
    ['audit', 'br-audit', 'branch audit'],
  ] as const)('of %s it is %s that is looked at', async ([wanted, root, of]) => {
    madeAgo(HOUR, { source_branch_id: root })
    madeAgo(HOUR, { source_branch_id: 'br-dev' })
    branch(1).schedule = [{ frequency: 'hourly' }]
    const { reading, branchId } = await look({ branch: wanted })
    expect(branchId).toBe(root)
    expect(reading).toMatchObject({ of, snapshots: [{ at: NOW - HOUR }], schedule: [] })
    expect(neon.requests.map(({ path }) => path)).toContain(`/api/v2/projects/orders/branches/${root}/backup_schedule?`)
  })
})

describe('after a restore', () => {
  /** The name goes to a new branch; the old one keeps its snapshots. */
  const restored = (old: string, fields: object = {}) => {
    project = neon.addProject({
      id: 'orders',
      branches: [
        { id: 'br-new', name: 'main', created_at: iso(NOW - HOUR), ...fields },
        {
          id: 'br-main',
          name: old,
          parent_id: undefined,
          endpoints: [{ id: 'ep-cool-1234', postgres: nowhere, current_state: 'idle' }],
        },
      ],
    })
    madeAgo(26 * HOUR, { source_branch_id: 'br-main' })
    madeAgo(2 * HOUR, { source_branch_id: 'br-main' })
  }

  test.for([
    ['main (old)', {}],
    ['main (old) 2', {}],
    ['main_old_2026-11-21T02:15:00Z', {}],
    ['kept for the inquiry', { restored_as: 'br-main' }],
  ] as const)('the snapshots left with "%s" do not count, but are not forgotten', async ([old, fields]) => {
    restored(old, fields)
    const { snapshots, createdAt, leftBehind } = await listed({ branch: 'main' })
    expect(snapshots).toEqual([])
    expect(createdAt).toBe(NOW - HOUR)
    expect(leftBehind).toEqual({ of: `branch ${old}`, snapshots: 2, newestAt: NOW - 2 * HOUR })
  })

  test('they are not spoken of any more once there is a new one', async () => {
    restored('main (old)')
    madeAgo(HOUR / 2, { source_branch_id: 'br-new' })
    const { snapshots, leftBehind } = await listed()
    expect(snapshots).toHaveLength(1)
    expect(leftBehind).toBeUndefined()
  })

  test.for(['br-deleted', undefined])('those of a branch that is gone are told too: %s', async (source) => {
    madeAgo(3 * DAY, { source_branch_id: source })
    const { snapshots, leftBehind } = await listed()
    expect(snapshots).toEqual([])
    expect(leftBehind).toEqual({ of: 'branches that are gone or not named', snapshots: 1, newestAt: NOW - 3 * DAY })
  })

  test('those of any other branch are nobody else’s', async () => {
    madeAgo(HOUR, { source_branch_id: 'br-audit' })
    const { snapshots, leftBehind } = await listed()
    expect(snapshots).toEqual([])
    expect(leftBehind).toBeUndefined()
  })
})

describe('the backup schedule', () => {
  test('has lines of the frequencies that are known, and keeps the words of others', async () => {
    branch().schedule = [
      { frequency: 'hourly' },
      { frequency: 'Daily', hour: 3 },
      { frequency: 'weekly', day: 1, hour: 4, retention_seconds: 604_800 },
      { frequency: 'monthly', day: 1, hour: 4 },
      { frequency: 'yearly' },
      { frequency: 'fortnightly', retention_seconds: 3_600 },
    ]
    expect((await listed()).schedule).toEqual([
      { frequency: 'hourly', everyMs: HOUR },
      { frequency: 'Daily', everyMs: DAY },
      { frequency: 'weekly', everyMs: 7 * DAY, retentionMs: 7 * DAY },
      { frequency: 'monthly', everyMs: 31 * DAY },
      { frequency: 'yearly', everyMs: 366 * DAY },
      { frequency: 'fortnightly', retentionMs: HOUR },
    ])
  })

  test.for<[what: string, answer: Fault, schedule: [] | undefined]>([
    ['an empty list: none', { status: 200, body: { schedule: [] } }, []],
    ['null instead of a list: none', { status: 200, body: { schedule: null } }, []],
    ['null altogether: none', { status: 200, body: 'null' }, []],
    ['404: none', { status: 404, body: apiError('backup schedule not found') }, []],
    ['403: not told', { status: 403, body: apiError('not available on your plan') }, undefined],
  ])('%s', async ([, answer, schedule]) => {
    neon.fail('api', answer, { match: /backup_schedule/ })
    expect((await listed()).schedule).toEqual(schedule)
  })

  test('that is refused is said to be: no other schedule is', async () => {
    neon.fail('api', { status: 403, body: apiError('not available on your plan') }, { match: /backup_schedule/ })
    expect((await listed()).scheduleRefused).toContain('not available on your plan')
    neon.heal()
    expect(await listed()).not.toHaveProperty('scheduleRefused')
  })

  test('of a branch that a restore has just replaced is not "none"', async () => {
    neon.fail('api', { status: 404, body: apiError('branch not found') }, { match: /backup_schedule/ })
    expect((await look()).reading).toMatchObject({ kind: 'failed', failure: { cause: 'not-found' } })
  })
})

describe('a look that fails is a reading too', () => {
  test.for<[what: string, fault: Fault, cause: Cause]>([
    ['401', { status: 401, body: apiError('supplied credentials do not pass authentication') }, 'api-key'],
    ['404', { status: 404, body: apiError('project not found') }, 'not-found'],
    ['429', { ...FAULTS.rateLimited, headers: { 'retry-after': '60' } }, 'rate-limited'],
    ['500', { status: 500, body: apiError('internal error') }, 'provider'],
    ['a page of HTML', FAULTS.notJson, 'bad-answer'],
    ['another shape', FAULTS.otherShape, 'bad-answer'],
  ])('%s', async ([, fault, cause]) => {
    for (const match of [/branches\?/, /orders\?/, /snapshots\?/, /backup_schedule\?/]) {
      neon.heal()
      // None is no fault of a schedule.
      if (cause === 'not-found' && match.test('backup_schedule?')) continue
      neon.fail('api', fault, { match })
      expect((await look()).reading).toMatchObject({
        kind: 'failed',
        at: NOW,
        provider: 'neon',
        failure: { cause, at: 'api' },
      })
    }
  })

  test('a project that is limited for a moment is asked again', async () => {
    neon.fail('api', { ...FAULTS.rateLimited, headers: {} }, { match: /snapshots/, times: 1 })
    expect((await look()).reading.kind).toBe('listed')
  })

  test('a branch that is not there', async () => {
    expect((await look({ branch: 'staging' })).reading).toMatchObject({
      kind: 'failed',
      failure: {
        cause: 'not-found',
        message: 'project orders has no branch "staging"; it has main, dev, feature, audit',
      },
    })
  })

  test('an API that does not answer is left at the deadline', async () => {
    neon.fail('api', 'hang', { match: /snapshots/ })
    expect((await look({}, neon.apiKey, AbortSignal.timeout(300))).reading).toMatchObject({
      kind: 'failed',
      failure: { cause: 'no-time', at: 'nightshift', message: "time was up while waiting for Neon's API" },
    })
  })
})
