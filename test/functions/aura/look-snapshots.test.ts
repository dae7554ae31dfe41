import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { lookAtAuraSnapshots } from '../../../functions/aura/look-snapshots.ts'
import type { KnownSnapshots } from '../../../functions/aura/snapshot-search.ts'
import type { SnapshotsMemory, SnapshotsPolicy } from '../../../functions/checks/snapshots/facts.ts'
import type { ListedReading, SnapshotsReading } from '../../../functions/checks/snapshots/reading.ts'
import {
  AURA_FAULTS,
  type AuraOptions,
  type Instance,
  type InstanceType,
  type LocalAura,
  type Snapshot,
  startAura,
} from '../../world/aura.ts'
import { DAY, HOUR, MINUTE, NOW } from '../builders.ts'
import { policyOf } from '../checks/snapshots/builders.ts'

const ID = 'a1b2c3d4'
const iso = (at: number) => new Date(at).toISOString()
const dayOf = (at: number) => iso(at).slice(0, 10)
const TODAY = Date.parse(dayOf(NOW))

let aura: LocalAura
let shop: Instance
async function start(options: AuraOptions = {}): Promise<void> {
  await aura?.stop()
  aura = await startAura(options)
  Object.assign(process.env, aura.env)
  shop = aura.addInstance({ id: ID, name: 'shop', created_at: iso(NOW - 90 * DAY) })
}
beforeEach(() => start())
afterEach(() => aura.stop())

interface Given extends KnownSnapshots {
  at?: number
  keepForMs?: number
  policy?: Partial<SnapshotsPolicy>
  known?: SnapshotsMemory['known']
  signal?: AbortSignal
}
function look({ at = NOW, keepForMs, policy, signal = AbortSignal.timeout(20_000), ...before }: Given = {}) {
  const keys = { neonApiKey: '', aura: aura.client, passwords: {}, surplus: 0 }
  return lookAtAuraSnapshots(
    { name: 'graph', aura: { instance: ID } },
    keys,
    before,
    policyOf({ keepForMs, ...policy }),
    at,
    signal,
  )
}
const listed = (reading: SnapshotsReading): ListedReading =>
  reading.kind === 'listed' ? reading : expect.fail(JSON.stringify(reading))
const ids = (reading: SnapshotsReading) => listed(reading).snapshots.map(({ id }) => id)

let count = 0
/** Adds a snapshot and gives its id. */
const snapshot = (at: number, fields: Partial<Snapshot> = {}): string =>
  shop.addSnapshot({ snapshot_id: `s${++count}`, timestamp: iso(at), ...fields }).snapshot_id
/** The days that were asked for, in order; a day as the number of days before the look's own. */
const daysAsked = (at = NOW): number[] =>
  aura.requests.flatMap(({ path }) => {
    const [, day] = /snapshots\?date=([\d-]+)$/.exec(path) ?? []
    return day === undefined ? [] : (Date.parse(dayOf(at)) - Date.parse(day)) / DAY
  })
const asked = () => aura.requests.filter(({ service }) => service === 'api').length

describe('a look', () => {
  test('brings what was made today and yesterday, the newest first, in three requests', async () => {
    const [first, third, second] = [NOW - 26 * HOUR, NOW - HOUR, NOW - 2 * HOUR].map((at) => snapshot(at))
    const reading = await look()
    expect(reading).toMatchObject({
      kind: 'listed',
      at: NOW,
      provider: 'aura',
      of: 'instance shop',
      tier: 'professional-db',
      status: 'running',
      createdAt: NOW - 90 * DAY,
      askedFrom: TODAY - DAY,
    })
    expect(reading).not.toHaveProperty('alsoAsked')
    expect(ids(reading)).toEqual([third, second, first])
    expect(daysAsked()).toEqual([0, 1])
    expect(asked()).toBe(3)
  })

  test.for<[given: Partial<Snapshot>, read: object]>([
    [{}, { status: 'completed', said: 'Completed', scheduled: true, full: true }],
    [
      { status: 'COMPLETED', profile: 'scheduled' },
      { status: 'completed', scheduled: true },
    ],
    [
      { status: 'Pending', profile: 'AdHoc' },
      { status: 'pending', scheduled: false },
    ],
    [
      { status: 'InProgress', profile: 'AddHoc' },
      { status: 'pending', scheduled: false },
    ],
    [
      { status: 'in_progress', profile: 'Yearly' },
      { status: 'pending', said: 'in_progress', scheduled: null },
    ],
    [
      { status: 'Failed', profile: undefined },
      { status: 'failed', scheduled: null },
    ],
    [{ status: 'Cancelled' }, { status: 'failed', said: 'Cancelled' }],
    [{ status: 'Archived' }, { status: 'other', said: 'Archived' }],
    [{ status: '' }, { status: 'other', said: '' }],
    [{ exportable: false }, { full: false }],
  ])('reads %j as %j', async ([given, read]) => {
    const id = snapshot(NOW - HOUR, given)
    snapshot(NOW - 2 * HOUR)
    const [newest] = listed(await look()).snapshots
    expect(newest).toMatchObject({ id, at: NOW - HOUR, ...read })
  })

  test.for<[type: InstanceType, full: true | null]>([
    ['free-db', true],
    ['professional-db', true],
    ['professional-ds', true],
    ['enterprise-ds', true],
    ['business-critical', null],
    ['enterprise-db', null],
  ])('takes one of %s that is not said to be exportable or not for full: %s', async ([type, full]) => {
    shop.api.type = type
    snapshot(NOW - HOUR, { exportable: undefined })
    expect(listed(await look()).snapshots).toMatchObject([{ full }])
  })

  test('lists a snapshot once, as it was last seen', async () => {
    snapshot(NOW - HOUR, { snapshot_id: 'twice', status: 'InProgress' })
    snapshot(NOW - 25 * HOUR, { snapshot_id: 'twice' })
    expect(listed(await look()).snapshots).toMatchObject([{ id: 'twice', status: 'completed' }])
  })

  test('takes a thousand snapshots in a day', async () => {
    for (let i = 0; i < 1_000; i++) snapshot(NOW - i * 10_000)
    const { snapshots } = listed(await look())
    expect(snapshots).toHaveLength(1_000)
    expect(snapshots.map(({ at }) => at)).toEqual(Array.from({ length: 1_000 }, (_, i) => NOW - i * 10_000))
    expect(asked()).toBe(3)
  })

  test('takes no list for an empty one', async () => {
    aura.fail('api', { status: 200, body: { data: null } }, { match: /snapshots/ })
    expect(await look()).toMatchObject({ kind: 'listed', snapshots: [] })
  })

  test('of a paused instance lists what there is, and says that it is paused', async () => {
    shop.api.status = 'paused'
    const id = snapshot(NOW - 3 * DAY)
    const reading = await look()
    expect(reading).toMatchObject({ status: 'paused', askedFrom: TODAY - 3 * DAY })
    expect(ids(reading)).toEqual([id])
  })

  test('leaves out what has no time, unless it is completed: then nobody can say what there is', async () => {
    await start({ now: () => new Date(NOW) })
    const good = snapshot(NOW - HOUR)
    const odd = shop.addSnapshot({ snapshot_id: 'odd', status: 'Pending', timestamp: '' })
    expect(ids(await look())).toEqual([good])
    Object.assign(odd, { status: 'Completed', timestamp: 'soon' })
    const message = 'the completed snapshot odd has the timestamp "soon", which is no time'
    const failure = { cause: 'bad-answer', at: 'api', message }
    expect(await look()).toEqual({ kind: 'failed', at: NOW, provider: 'aura', failure })
  })

  test('takes the year 1 for no time: so a time that is not set may be written', async () => {
    shop.api.created_at = '0001-01-01T00:00:00Z'
    const good = snapshot(NOW - HOUR)
    aura.fail(
      'api',
      {
        status: 200,
        body: {
          data: [
            { snapshot_id: 'odd', status: 'Pending', timestamp: '0001-01-01T00:00:00Z' },
            { snapshot_id: good, status: 'Completed', timestamp: iso(NOW - HOUR) },
          ],
        },
      },
      { match: /snapshots/ },
    )
    const reading = await look()
    expect(ids(reading)).toEqual([good])
    expect(reading).not.toHaveProperty('createdAt')
  })
})

describe('goes back', () => {
  test('to the day of the last completed one, and no further', async () => {
    const id = snapshot(NOW - 5 * DAY)
    const failed = snapshot(NOW - 2 * DAY, { status: 'Failed' })
    snapshot(NOW - 6 * DAY)
    const reading = await look()
    expect(ids(reading)).toEqual([failed, id])
    expect(reading).toMatchObject({ askedFrom: TODAY - 5 * DAY })
    expect(daysAsked()).toEqual([0, 1, -1, 2, 3, 4, 5])
  })

  test('over nine days at most where there is none, in ten requests', async () => {
    expect(await look()).toMatchObject({ snapshots: [], askedFrom: TODAY - 7 * DAY })
    expect(daysAsked()).toEqual([0, 1, -1, 2, 3, 4, 5, 6, 7])
    expect(asked()).toBe(10)
  })

  test('no further than yesterday where nothing is due: three requests', async () => {
    snapshot(NOW - 5 * DAY)
    const askedBy = async (type: InstanceType, policy: Partial<SnapshotsPolicy>) => {
      shop.api.type = type
      aura.requests.length = 0
      await look({ policy })
      return asked()
    }
    expect(await askedBy('free-db', {})).toBe(3)
    expect(await askedBy('professional-db', { expected: false, keepForMs: 30 * DAY })).toBe(3)
    expect(await askedBy('free-db', { maxAgeMs: 14 * DAY })).toBe(8)
  })

  test('over days that looks have covered only once', async () => {
    const policy = { maxAgeMs: 30 * DAY }
    const seen = { coveredFrom: TODAY - 20 * DAY, policy }
    const askedWith = async (given: Given) => {
      aura.requests.length = 0
      await look(given)
      return daysAsked()
    }
    expect(await askedWith({ ...seen, listedAt: NOW - HOUR })).toEqual([0, 1, -1])
    expect(await askedWith({ ...seen, listedAt: NOW - 4 * DAY })).toEqual([0, 1, -1, 2, 3, 4])
    // What is older than all that can be asked for need not be sought; what is not may be gone.
    expect(await askedWith({ ...seen, listedAt: NOW - HOUR, newestAt: NOW - 15 * DAY })).toEqual([0, 1, -1])
    expect(await askedWith({ ...seen, listedAt: NOW - HOUR, newestAt: NOW - 4 * DAY })).toEqual([0, 1, -1, 2, 3, 4])
    // Not all of them yet, or those of another instance.
    const all = [0, 1, -1, 2, 3, 4, 5, 6, 7]
    expect(await askedWith({ policy, coveredFrom: TODAY - 2 * DAY, listedAt: NOW - HOUR })).toEqual(all)
    const known = { provider: 'aura', of: 'instance other' } as const
    expect(await askedWith({ ...seen, listedAt: NOW - HOUR, known })).toEqual(all)
  })

  test('no further than for any one, where it is not told which are full', async () => {
    shop.api.type = 'business-critical'
    for (let age = 1; age < 48; age++) snapshot(NOW - age * HOUR, { exportable: undefined })
    await look()
    expect(daysAsked()).toEqual([0, 1])
  })

  test('to when the instance was made', async () => {
    shop.api.created_at = iso(NOW - 3 * DAY)
    expect(await look()).toMatchObject({ snapshots: [], askedFrom: TODAY - 3 * DAY })
  })

  test('to the newest that any look has seen', async () => {
    expect(await look({ newestAt: NOW - 4 * DAY })).toMatchObject({ snapshots: [], askedFrom: TODAY - 4 * DAY })
  })

  test.for<[type: InstanceType, askedFrom: number]>([
    ['business-critical', TODAY - 4 * DAY],
    ['enterprise-db', TODAY - 4 * DAY],
    ['professional-db', TODAY - DAY],
  ])('for the last full one where snapshots may hold changes alone: %s', async ([type, askedFrom]) => {
    shop.api.type = type
    for (let age = 1; age < 4 * 24; age++) snapshot(NOW - age * HOUR, { exportable: false })
    snapshot(NOW - 4 * DAY)
    expect(await look()).toMatchObject({ askedFrom })
    // With both known nothing older is of interest.
    aura.requests.length = 0
    await look({ newestAt: NOW - HOUR, newestFullAt: NOW - 2 * DAY })
    expect(daysAsked()).toEqual(type === 'professional-db' ? [0, 1] : [0, 1, 2])
  })

  test('over the end of February in a leap year', async () => {
    const at = Date.UTC(2028, 2, 1, 0, 30)
    shop.api.created_at = null
    const id = snapshot(Date.UTC(2028, 1, 28, 3))
    expect(ids(await look({ at }))).toEqual([id])
    expect(aura.requests.filter(({ path }) => path.includes('date=')).map(({ path }) => path.slice(-10))).toEqual([
      '2028-03-01',
      '2028-02-29',
      '2028-03-02',
      '2028-02-28',
    ])
  })
})

describe('at midnight', () => {
  test.for([
    ['a minute before', TODAY - MINUTE, [0, 1]],
    ['a minute after', TODAY + MINUTE, [0, 1]],
    ['at midnight itself', TODAY, [0, 1]],
  ] as const)('the last snapshot is found: %s', async ([, at, days]) => {
    const id = snapshot(TODAY - 20 * HOUR)
    expect(ids(await look({ at }))).toEqual([id])
    expect(daysAsked(at)).toEqual(days)
  })

  test('a clock that is a minute slow finds what was made under the new day, once it seems overdue', async () => {
    shop.api.type = 'business-critical'
    const at = TODAY - MINUTE
    const full = snapshot(TODAY - 20 * HOUR)
    const newest = snapshot(TODAY + 30_000, { exportable: false })
    expect(ids(await look({ at }))).toEqual([newest, full])
    expect(daysAsked(at)).toEqual([0, 1, -1])
  })

  test('a clock that is a minute fast asks for a day that has not begun, and finds what there is', async () => {
    const id = snapshot(TODAY - HOUR)
    expect(ids(await look({ at: TODAY + 30_000 }))).toEqual([id])
  })
})

describe('in whatever time zone Aura’s days are', () => {
  test.for([-12, -5, 5.5, 14])('%d hours from UTC, the newest snapshot is found at any hour', async (hours) => {
    for (const type of ['professional-db', 'business-critical'] as const)
      for (let hour = 0; hour < 24; hour++) {
        // With a client of its own each: of one, no more than 125 requests are sent in a minute.
        await start({ daysAheadMs: hours * HOUR })
        shop.api.type = type
        const at = TODAY + hour * HOUR
        const newest = snapshot(at - 3 * HOUR)
        snapshot(at - 27 * HOUR)
        expect(ids(await look({ at })), `${type} at ${hour}:00`).toContain(newest)
      }
  })

  test('a day that has not begun may be refused', async () => {
    aura.fail(
      'api',
      { status: 400, body: { errors: [{ message: 'Invalid date', reason: 'bad-request' }] } },
      { match: /2026-11-22/ },
    )
    const id = snapshot(NOW - 26 * HOUR)
    expect(ids(await look())).toEqual([id])
    expect(daysAsked()).toEqual([0, 1, -1])
  })
})

describe('what is dated ahead', () => {
  test('by a minute is as good as any', async () => {
    snapshot(NOW + MINUTE)
    expect(await look()).toMatchObject({ askedFrom: TODAY - DAY })
    expect(daysAsked()).toEqual([0, 1])
  })

  test('by hours is listed, and proves nothing: an older one is sought', async () => {
    const ahead = snapshot(NOW + 5 * HOUR)
    const id = snapshot(NOW - 3 * DAY)
    expect(ids(await look())).toEqual([ahead, id])
  })
})

describe('whether old ones are kept', () => {
  const keepForMs = 30 * DAY
  const edge = NOW - keepForMs

  test('is seen on the day of the edge', async () => {
    snapshot(NOW - HOUR)
    const old = snapshot(edge - HOUR)
    const reading = await look({ keepForMs })
    expect(reading).toMatchObject({ askedFrom: TODAY - DAY, alsoAsked: [TODAY - 30 * DAY] })
    expect(ids(reading)).toContain(old)
    expect(daysAsked()).toEqual([0, 1, 30])
  })

  test.for<[why: string, at: number, status: string]>([
    ['has failed', edge - HOUR, 'Failed'],
    ['is not there', NOW - 2 * HOUR, 'Completed'],
  ])(
    'is seen on the day after, as the one before it may just have expired, where the one of that day %s',
    async ([, at, status]) => {
      snapshot(NOW - HOUR)
      snapshot(at, { status })
      const old = snapshot(TODAY - 29 * DAY + HOUR)
      const reading = await look({ keepForMs })
      expect(reading).toMatchObject({ alsoAsked: [TODAY - 30 * DAY, TODAY - 29 * DAY] })
      expect(ids(reading)).toContain(old)
      expect(asked()).toBe(5)
    },
  )

  test('is asked with twelve requests at most', async () => {
    await look({ keepForMs })
    expect(asked()).toBe(12)
  })

  test('needs no other day where the edge is among those asked for anyway', async () => {
    snapshot(NOW - 6 * DAY)
    const reading = await look({ keepForMs: 4 * DAY })
    expect(reading).toMatchObject({ askedFrom: TODAY - 6 * DAY })
    expect(reading).not.toHaveProperty('alsoAsked')
  })

  test('is not asked of an instance that is younger', async () => {
    shop.api.created_at = iso(edge + MINUTE)
    snapshot(NOW - HOUR)
    expect(await look({ keepForMs })).not.toHaveProperty('alsoAsked')
    shop.api.created_at = iso(edge - MINUTE)
    expect(await look({ keepForMs })).toMatchObject({ alsoAsked: [TODAY - 30 * DAY, TODAY - 29 * DAY] })
  })

  test('stays unsaid when that day cannot be had', async () => {
    snapshot(NOW - HOUR)
    aura.fail('api', AURA_FAULTS.notJson, { match: new RegExp(dayOf(edge)) })
    const reading = await look({ keepForMs })
    expect(listed(reading).snapshots).toHaveLength(1)
    expect(reading).not.toHaveProperty('alsoAsked')
  })
})

describe('a day that cannot be had', () => {
  const match = (daysBack: number) => ({ match: new RegExp(`date=${dayOf(TODAY - daysBack * DAY)}`) })

  test.for([
    ['with Retry-After', AURA_FAULTS.rateLimited],
    ['without', AURA_FAULTS.rateLimitedWithoutRetryAfter],
  ] as const)('because of too many requests (429 %s) is asked for again', async ([, fault]) => {
    const id = snapshot(NOW - 25 * HOUR)
    aura.fail('api', fault, { ...match(1), times: 1 })
    expect(ids(await look())).toEqual([id])
    expect(daysAsked().filter((day) => day === 1)).toHaveLength(2)
  })

  test('and goes on being limited ends the look there: enough, when a completed one is found', async () => {
    const id = snapshot(NOW - HOUR)
    aura.fail('api', { ...AURA_FAULTS.rateLimited, headers: { 'retry-after': '60' } }, match(1))
    const reading = await look({ keepForMs: 30 * DAY })
    expect(ids(reading)).toEqual([id])
    expect(reading).toMatchObject({ askedFrom: TODAY })
    expect(daysAsked()).toEqual([0, 1])
  })

  test.for([1, 2, 5])('leaves the look with nothing to say when none is found: %d days ago', async (day) => {
    snapshot(NOW - HOUR, { status: 'Failed' })
    snapshot(NOW - 6 * DAY)
    aura.fail('api', { ...AURA_FAULTS.rateLimited, headers: { 'retry-after': '60' } }, match(day))
    expect(await look()).toMatchObject({ kind: 'failed', failure: { cause: 'rate-limited', at: 'api' } })
  })

  test('is a failed look when it is today, whatever was made yesterday', async () => {
    snapshot(NOW - 25 * HOUR)
    aura.fail('api', AURA_FAULTS.otherShape, match(0))
    expect(await look()).toMatchObject({ kind: 'failed', failure: { cause: 'bad-answer', at: 'api' } })
  })

  test.for([0, 1, 2, -1, 30])('because the instance is gone is a failed look: %d days ago', async (day) => {
    snapshot(NOW - HOUR, { exportable: false })
    if (day === -1) shop.snapshots.length = 0
    shop.api.type = 'business-critical'
    const gone = { errors: [{ message: `DB not found: ${ID}`, reason: 'db-not-found' }] }
    aura.fail('api', { status: 404, body: gone }, match(day))
    expect(await look({ keepForMs: 30 * DAY })).toMatchObject({
      kind: 'failed',
      failure: { cause: 'not-found', at: 'api', message: expect.stringContaining(`DB not found: ${ID}`) },
    })
  })
})

describe('a look that fails', () => {
  test('for want of an instance asks for no snapshots', async () => {
    aura.instances.delete(ID)
    expect(await look()).toMatchObject({ kind: 'failed', at: NOW, failure: { cause: 'not-found', at: 'api' } })
    expect(asked()).toBe(1)
  })

  test('for want of a client asks nothing', async () => {
    const keys = { neonApiKey: '', passwords: {}, surplus: 0 }
    const target = { name: 'graph', aura: { instance: ID } }
    const reading = await lookAtAuraSnapshots(target, keys, {}, policyOf(), NOW, AbortSignal.timeout(1_000))
    expect(reading).toMatchObject({ kind: 'failed', failure: { cause: 'client', at: 'secret' } })
    expect(aura.requests).toEqual([])
  })

  test('for want of time says so', async () => {
    aura.fail('api', 'hang', { match: /snapshots/ })
    expect(await look({ signal: AbortSignal.timeout(200) })).toMatchObject({
      kind: 'failed',
      failure: { cause: 'no-time', at: 'nightshift', message: 'time was up while waiting for the Aura API' },
    })
  })

  test('because it is limited says so, even when time is up while it waits', async () => {
    aura.fail('api', { ...AURA_FAULTS.rateLimited, headers: { 'retry-after': '5' } }, { match: /snapshots/ })
    expect(await look({ signal: AbortSignal.timeout(200) })).toMatchObject({ failure: { cause: 'rate-limited' } })
  })
})

test('a token that expires in the middle is renewed, and nothing is lost', async () => {
  const id = snapshot(NOW - 3 * DAY)
  aura.fail('api', AURA_FAULTS.forbidden, { times: 1, match: new RegExp(dayOf(TODAY - 2 * DAY)) })
  expect(ids(await look())).toEqual([id])
  expect(aura.tokensIssued).toBe(2)
  expect(daysAsked()).toEqual([0, 1, -1, 2, 2, 3])
})
