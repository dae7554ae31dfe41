import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Cause } from '../../../functions/checks/reading.ts'
import type { MeasuredReading, StorageLimit } from '../../../functions/checks/storage/reading.ts'
import { type AskedStored, lookAtNeonStorage, type NeonStorageTarget } from '../../../functions/neon/look-storage.ts'
import type { Keys } from '../../../functions/secret.ts'
import { FAULTS, type Fault, type LocalNeon, type Project, startNeon } from '../../world/neon.ts'
import { type Postgres, startPostgres } from '../../world/postgres.ts'
import { DAY, HOUR, NOW } from '../builders.ts'

const MB = 1024 ** 2
const GB = 1024 * MB

let postgres: Postgres
let neon: LocalNeon
let project: Project
let password: string
beforeAll(async () => {
  postgres = await startPostgres()
  password = await postgres.createRole('nightshift', { grants: ['pg_monitor'] })
  neon = await startNeon()
  Object.assign(process.env, neon.env)
})
afterAll(async () => {
  await neon?.stop()
  await postgres?.stop()
})
beforeEach(() => {
  neon.projects.clear()
  neon.requests.length = 0
  // Half full, and awake: what takes up the room is asked for.
  project = neon.addProject({
    id: 'orders',
    roles: { neondb_owner: postgres.password('neondb_owner') },
    branches: [
      { id: 'br-main', logical_size: 256 * MB, endpoints: [{ id: 'ep-cool-1234', postgres }] },
      { id: 'br-dev', name: 'dev', logical_size: 40 * MB },
    ],
  })
})
afterEach(() => {
  neon.heal()
  vi.restoreAllMocks()
})

const look = (changes: Partial<NeonStorageTarget['neon']> = {}, keys: Partial<Keys> = {}, signal?: AbortSignal) =>
  lookAtNeonStorage(
    {
      name: 'orders',
      neon: { project: 'orders', branch: undefined, database: 'neondb', role: 'nightshift', ...changes },
    },
    { neonApiKey: neon.apiKey, passwords: { orders: password }, surplus: 0, ...keys },
    NOW,
    signal ?? AbortSignal.timeout(50_000),
  )
async function measured(...asked: Parameters<typeof look>): Promise<MeasuredReading> {
  const { reading } = await look(...asked)
  return reading.kind === 'measured' ? reading : expect.fail(`not measured: ${JSON.stringify(reading)}`)
}
const branch = (index = 0) => project.branches[index] ?? expect.fail('no branch')
const compute = () => branch().endpoints[0] ?? expect.fail('no endpoint')
const roundTrips = () => neon.sqlTraffic().roundTrips

describe("from Neon's API alone", () => {
  test('it is told how much a branch stores and how much it may, and the compute sleeps on, full or not', async () => {
    compute().api.current_state = 'idle'
    branch().api.logical_size = 500 * MB
    expect(await look()).toEqual({
      branchId: 'br-main',
      reading: {
        kind: 'measured',
        at: NOW,
        provider: 'neon',
        measures: [
          {
            series: 'size',
            what: 'branch main',
            unit: 'bytes',
            used: 500 * MB,
            limit: { value: 512 * MB, what: 'the limit of its Neon plan', kind: 'hard' },
          },
        ],
      },
    })
    expect(roundTrips()).toBe(0)
    expect(compute().wakeUps).toBe(0)
  })

  test.for(['idle', 'init', 'hibernating'])('a compute that is %s is not asked', async (state) => {
    Object.assign(compute().api, { current_state: state })
    expect((await measured()).largest).toBeUndefined()
    expect(roundTrips()).toBe(0)
  })

  test('a compute that is awake is let alone while less than half is used', async () => {
    branch().api.logical_size = 255 * MB
    expect((await measured()).largest).toBeUndefined()
    expect(neon.requests.map(({ path }) => path.replace(/\?.*/, '')).toSorted()).toEqual([
      '/api/v2/projects/orders',
      '/api/v2/projects/orders/branches',
    ])
  })

  test.for<[what: string, fields: object, budget: number | undefined, limit: StorageLimit | undefined]>([
    [
      'the quota of the project, below its plan',
      { settings: { quota: { logical_size_bytes: 300 * MB } } },
      undefined,
      { value: 300 * MB, what: 'the quota of its Neon project', kind: 'hard' },
    ],
    [
      'a budget below both',
      { settings: { quota: { logical_size_bytes: 300 * MB } } },
      260 * MB,
      { value: 260 * MB, what: 'the budget in nightshift.config.ts', kind: 'budget' },
    ],
    ['the plan below a budget', {}, 1 * GB, { value: 512 * MB, what: 'the limit of its Neon plan', kind: 'hard' }],
    [
      'the hard one of two that are alike',
      {},
      512 * MB,
      { value: 512 * MB, what: 'the limit of its Neon plan', kind: 'hard' },
    ],
    [
      "a paid plan's 16 TB",
      { branch_logical_size_limit_bytes: 16 * 1024 * GB },
      undefined,
      { value: 16 * 1024 * GB, what: 'the limit of its Neon plan', kind: 'hard' },
    ],
    [
      'a budget, where 0 stands for no limit',
      { branch_logical_size_limit_bytes: 0, settings: { quota: { logical_size_bytes: 0 } } },
      50 * GB,
      { value: 50 * GB, what: 'the budget in nightshift.config.ts', kind: 'budget' },
    ],
    ['none', { branch_logical_size_limit_bytes: undefined, settings: undefined }, undefined, undefined],
    ['none, said by null', { branch_logical_size_limit_bytes: null, settings: { quota: null } }, undefined, undefined],
  ])('the nearest limit counts: %s', async ([, fields, storageBudgetBytes, limit]) => {
    compute().api.current_state = 'idle'
    Object.assign(project.api, fields)
    expect((await measured({ storageBudgetBytes })).measures[0]?.limit).toEqual(limit)
  })

  test('a budget hides no hard limit', async () => {
    compute().api.current_state = 'idle'
    branch().api.logical_size = 512 * MB
    expect((await measured({ storageBudgetBytes: 400 * MB })).measures[0]).toMatchObject({
      limit: { value: 400 * MB, kind: 'budget' },
      hard: { value: 512 * MB, what: 'the limit of its Neon plan', kind: 'hard' },
    })
  })

  test('that there is no limit is told, which is not the same as not to be told', async () => {
    compute().api.current_state = 'idle'
    Object.assign(project.api, { branch_logical_size_limit_bytes: 0 })
    expect((await measured()).measures[0]?.limit).toMatchObject({ value: 0 })
  })

  test('the size of the whole project is told beside it', async () => {
    compute().api.current_state = 'idle'
    Object.assign(project.api, { synthetic_storage_size: 900 * MB })
    expect((await measured()).projectBytes).toBe(900 * MB)
  })

  test.for<[state: string | undefined, size: number | null | undefined, why: string]>([
    ['archived', undefined, "Neon's API gives no size of branch main, which is archived"],
    ['init', undefined, "Neon's API gives no size of branch main, which is still being made"],
    ['resetting', null, "Neon's API gives no size of branch main, which is being reset"],
    ['ready', 0, "Neon's API gives no size of branch main: it may be new"],
    [undefined, undefined, "Neon's API gives no size of branch main: it may be new"],
  ])('a branch that is %s and has the size %s is of unknown size, not empty', async ([state, size, why]) => {
    Object.assign(branch().api, { current_state: state, logical_size: size })
    expect(await look()).toEqual({
      branchId: 'br-main',
      reading: { kind: 'unknown', at: NOW, provider: 'neon', why, forGood: state === 'archived' },
    })
  })

  test.for(['dev', 'br-dev'])('a branch is found by name or id: %s', async (wanted) => {
    expect(await look({ branch: wanted })).toMatchObject({
      branchId: 'br-dev',
      reading: { measures: [{ what: 'branch dev', used: 40 * MB }] },
    })
  })

  test('a branch is found among 1,200, by the name that a restore has given to another id', async () => {
    const branches = Array.from({ length: 1_199 }, (_, i) => ({
      id: `br-${i}`,
      name: i === 0 ? 'main (old)' : `b${i}`,
    }))
    neon.addProject({ id: 'large', branches: [...branches, { id: 'br-new', name: 'main', logical_size: 7 * MB }] })
    expect(await look({ project: 'large', branch: 'main' })).toMatchObject({
      branchId: 'br-new',
      reading: { measures: [{ used: 7 * MB }] },
    })
  })

  test('a branch that is not there is a failed look, which says which there are', async () => {
    expect((await look({ branch: 'staging' })).reading).toEqual({
      kind: 'failed',
      at: NOW,
      provider: 'neon',
      failure: { cause: 'not-found', at: 'api', message: 'project orders has no branch "staging"; it has main, dev' },
    })
  })

  test.for<[what: string, fault: Fault, cause: Cause]>([
    ['404', { status: 404, body: { code: '', message: 'project not found' } }, 'not-found'],
    ['429', { ...FAULTS.rateLimited, headers: { 'retry-after': '60' } }, 'rate-limited'],
    ['500', { status: 500, body: { code: '', message: 'internal error' } }, 'provider'],
    ['a page of HTML', FAULTS.notJson, 'bad-answer'],
    ['another shape', FAULTS.otherShape, 'bad-answer'],
    ['a connection that is reset', 'reset', 'reset'],
  ])('%s is a failed look', async ([, fault, cause]) => {
    neon.fail('api', fault)
    expect((await look()).reading).toMatchObject({ kind: 'failed', failure: { cause, at: 'api' } })
  })

  test('a refused key is a failed look, and nothing of the key is in it', async () => {
    const { reading } = await look({}, { neonApiKey: 'napi_revoked_key' })
    expect(reading).toMatchObject({ kind: 'failed', failure: { cause: 'api-key', at: 'api' } })
    expect(JSON.stringify(reading)).not.toContain('napi_revoked_key')
  })

  test('an API that does not answer is left at the deadline', async () => {
    neon.fail('api', 'hang', { match: /branches/ })
    expect((await look({}, {}, AbortSignal.timeout(300))).reading).toMatchObject({
      kind: 'failed',
      failure: { cause: 'no-time', at: 'nightshift', message: "time was up while waiting for Neon's API" },
    })
  })
})

describe('of a compute that is awake', () => {
  beforeAll(async () => {
    await postgres.query(
      'CREATE TABLE events AS SELECT g AS id, repeat($$x$$, 500) AS body FROM generate_series(1, 4000) g',
    )
    await postgres.query('CREATE INDEX ON events (id)')
    await postgres.query('CREATE MATERIALIZED VIEW totals AS SELECT * FROM events WHERE id < 2000')
    await postgres.query('CREATE SCHEMA "Odd one"')
    await postgres.query('CREATE TABLE "Odd one".small AS SELECT 1 AS id')
    await postgres.query('CREATE TABLE empty (id int)')
  })

  test('the largest databases and tables are told, in one round trip', async () => {
    const [size] = await postgres.query<{ events: string; neondb: string }>(
      "SELECT pg_total_relation_size('events') AS events, pg_database_size('neondb') AS neondb",
    )
    const { largest } = await measured()
    expect(largest?.map(({ name }) => name)).toEqual([
      'database neondb',
      'database postgres',
      'table public.events',
      'materialized view public.totals',
      'table "Odd one".small',
    ])
    expect(largest?.[2]?.bytes).toBe(Number(size?.events))
    expect(largest?.[0]?.bytes).toBeGreaterThan(Number(size?.events))
    // One row for the time limits, one for the sizes.
    expect(neon.sqlTraffic()).toEqual({ roundTrips: 1, rows: 2 })
  })

  test('a compute is asked once a day, as each question puts off its sleep; what it said is used until then', async () => {
    const target = {
      name: 'orders',
      neon: { project: 'orders', branch: undefined, database: 'neondb', role: 'nightshift' },
    }
    const keys = { neonApiKey: neon.apiKey, passwords: { orders: password }, surplus: 0 }
    const at = async (now: number, before?: AskedStored) =>
      lookAtNeonStorage(target, keys, now, AbortSignal.timeout(50_000), before)
    const { stored } = await at(NOW)
    expect(stored).toMatchObject({ at: NOW, limitBytes: 512 * MB })
    const before = { ...(stored ?? expect.fail('not asked')), maxBytes: 300 * MB }
    const next = await at(NOW + HOUR, before)
    expect(next.stored).toBeUndefined()
    expect(next.reading).toMatchObject({ largest: stored?.largest, measures: [{ limit: { value: 300 * MB } }] })
    expect(roundTrips()).toBe(1)
    expect((await at(NOW + DAY, before)).stored?.at).toBe(NOW + DAY)
    // Of another plan the compute has another limit.
    Object.assign(project.api, { branch_logical_size_limit_bytes: 400 * MB })
    expect((await at(NOW + HOUR, before)).reading).toMatchObject({ measures: [{ limit: { value: 400 * MB } }] })
  })

  test("also with the password that Neon's API gives", async () => {
    expect((await measured({ role: 'neondb_owner' }, { passwords: {} })).largest).not.toHaveLength(0)
  })

  test('the statement can change nothing, and its limits in time go with it', async () => {
    await measured()
    expect(neon.requests.find(({ service }) => service === 'sql')?.headers).toMatchObject({
      'neon-batch-read-only': 'true',
    })
    vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    neon.fail('sql', FAULTS.computeQuota, { match: /'statement_timeout', '8000', true.*pg_database_size/ })
    expect((await measured()).largest).toBeUndefined()
  })

  test('a table filled today, which nobody has analysed yet, is found among hundreds that somebody has', async () => {
    await postgres.query(
      "DO $$ BEGIN FOR i IN 1..250 LOOP EXECUTE format('CREATE TABLE part_%s AS SELECT 1 AS id', i); END LOOP; END $$",
    )
    await postgres.query('ANALYZE')
    await postgres.query('CREATE TABLE fresh AS SELECT * FROM events, generate_series(1, 2)')
    const { largest } = await measured()
    expect(largest?.map(({ name }) => name)).toContain('table public.fresh')
    await postgres.query('DROP TABLE fresh')
    await postgres.query("DO $$ BEGIN FOR i IN 1..250 LOOP EXECUTE format('DROP TABLE part_%s', i); END LOOP; END $$")
  })

  test('databases that our role may not enter, and broken ones, do not hide the others', async () => {
    const own = await postgres.createRole('plain')
    await postgres.query('CREATE DATABASE closed')
    await postgres.query('REVOKE CONNECT ON DATABASE closed FROM PUBLIC')
    await postgres.query('CREATE DATABASE broken')
    await postgres.query("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'broken'")
    const databases = async (...asked: Parameters<typeof look>) =>
      (await measured(...asked)).largest?.map(({ name }) => name).filter((name) => name.startsWith('database'))
    expect(await databases({ role: 'plain' }, { passwords: { orders: own } })).toEqual([
      'database neondb',
      'database postgres',
    ])
    expect(await databases()).toContain('database closed')
    expect(await databases()).not.toContain('database broken')
  })

  test.for([
    ['a table', 'LOCK TABLE events IN ACCESS EXCLUSIVE MODE'],
    ["a table's index", 'REINDEX INDEX events_id_idx'],
  ] as const)('%s that somebody has locked is left out and not waited for', async ([, lock]) => {
    await using migration = await postgres.session({ application: 'migration', user: 'cloud_admin' })
    await migration.query('BEGIN')
    await migration.query(lock)
    const names = (await measured()).largest?.map(({ name }) => name)
    expect(names).not.toContain('table public.events')
    expect(names).toContain('materialized view public.totals')
  })

  describe('the limit that the compute itself knows', () => {
    const asLimited = async (role: string, size: string) => {
      const own = await postgres.createRole(role)
      await postgres.query(`ALTER ROLE ${role} SET neon.max_cluster_size = '${size}'`)
      return measured({ role }, { passwords: { orders: own } })
    }

    test('counts where it is the nearest', async () => {
      expect((await asLimited('limited', '300MB')).measures[0]?.limit).toEqual({
        value: 300 * MB,
        what: 'the limit of its compute',
        kind: 'hard',
      })
    })

    test('is asked for where the API knows none', async () => {
      Object.assign(project.api, { branch_logical_size_limit_bytes: 0 })
      expect((await asLimited('unlimited_by_plan', '2GB')).measures[0]?.limit?.value).toBe(2 * GB)
    })

    test.for([
      ['farther', '16TB'],
      ['not_set', '-1'],
      ['without_unit', '512'],
    ] as const)('changes nothing: %s', async ([role, size]) => {
      const reading = await asLimited(role, size)
      expect(reading.measures[0]?.limit?.value).toBe(512 * MB)
      expect(reading.largest).not.toHaveLength(0)
    })
  })

  describe('evidence that cannot be had is left out, and the look has seen all the same', () => {
    test.for<[what: string, arrange: () => Parameters<typeof look> | undefined]>([
      ['a wrong password', () => [{}, { passwords: { orders: 'not-the-one-it-is' } }]],
      ['no password anywhere', () => [{}, { passwords: {} }]],
      ['no such database', () => [{ database: 'gone' }]],
      ['a quota that is used up', () => void neon.fail('sql', FAULTS.computeQuota)],
      ['rows of another shape', () => void neon.fail('sql', { status: 200, body: { results: [] } })],
      ['a connection that is cut', () => void neon.fail('sql', 'cut')],
      ['computes that cannot be listed', () => void neon.fail('api', FAULTS.notJson, { match: /endpoints/ })],
    ])('%s', async ([, arrange]) => {
      const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
      const reading = await measured(...(arrange() ?? []))
      expect(reading.measures[0]).toMatchObject({ used: 256 * MB, limit: { value: 512 * MB } })
      expect(reading.largest).toBeUndefined()
      expect(written.mock.calls.map(([line]) => String(line)).join('')).toMatch(
        /^{"event":"no-storage-evidence","target":"orders"/,
      )
    })

    test('a database that does not answer in time', async () => {
      vi.spyOn(process.stdout, 'write').mockReturnValue(true)
      neon.fail('sql', 'hang')
      const over = new AbortController()
      const asked = measured({}, {}, over.signal)
      await expect.poll(roundTrips).toBe(1)
      over.abort()
      expect((await asked).measures[0]?.used).toBe(256 * MB)
    })

    test('a branch without a compute of its own, or with a disabled one, is nothing to speak of', async () => {
      const written = vi.spyOn(process.stdout, 'write')
      branch(1).api.logical_size = 400 * MB
      expect((await measured({ branch: 'dev' })).largest).toBeUndefined()
      compute().api.disabled = true
      expect((await measured()).largest).toBeUndefined()
      Object.assign(compute().api, { disabled: false, type: 'read_only' })
      expect((await measured()).largest).toBeUndefined()
      expect(written).not.toHaveBeenCalled()
      expect(roundTrips()).toBe(0)
    })
  })
})
