import { neon as driver, neonConfig } from '@neondatabase/serverless'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { FAULTS, incident, type LocalNeon, startNeon } from './neon.ts'
import { type Postgres, startPostgres } from './postgres.ts'

let postgres: Postgres
let neon: LocalNeon
const HOST = 'ep-cool-1234.us-east-2.aws.neon.tech'

beforeAll(async () => {
  postgres = await startPostgres()
  neon = await startNeon()
  neon.addProject({
    id: 'orders',
    roles: { neondb_owner: postgres.password('neondb_owner') },
    branches: [
      {
        id: 'br-main',
        endpoints: [
          { id: 'ep-cool-1234', postgres },
          { id: 'ep-replica-1', postgres, type: 'read_only' },
        ],
      },
      { id: 'br-dev', name: 'dev', endpoints: [] },
      { id: 'br-old', name: 'old', current_state: 'archived', logical_size: undefined },
    ],
  })
  neonConfig.fetchEndpoint = () => neon.sqlUrl
})

afterAll(async () => {
  await neon?.stop()
  await postgres?.stop()
})

afterEach(() => {
  neon.heal()
  neon.requests.length = 0
})

describe('the console API', () => {
  const get = async (path: string, key = neon.apiKey) => {
    const response = await fetch(neon.apiUrl + path, { headers: { authorization: `Bearer ${key}` } })
    return { status: response.status, body: (await response.json()) as Record<string, unknown> }
  }

  it('gives projects, branches and endpoints', async () => {
    expect(await get('/projects/orders')).toMatchObject({
      status: 200,
      body: { project: { id: 'orders', region_id: 'aws-us-east-2' } },
    })
    expect(await get('/projects/orders/branches/br-dev')).toMatchObject({
      body: { branch: { id: 'br-dev', name: 'dev', default: false } },
    })
    expect((await get('/projects/orders/endpoints')).body).toMatchObject({
      endpoints: [
        {
          id: 'ep-cool-1234',
          host: HOST,
          branch_id: 'br-main',
          type: 'read_write',
          current_state: 'active',
          disabled: false,
        },
        { id: 'ep-replica-1', type: 'read_only' },
      ],
    })
  })

  it('gives branches page by page', async () => {
    const first = (await get('/projects/orders/branches?limit=2')).body
    expect(first).toMatchObject({
      branches: [{ id: 'br-main', default: true }, { id: 'br-dev' }],
      pagination: { next: '2' },
    })
    const last = (await get('/projects/orders/branches?limit=2&cursor=2')).body
    expect(last).toMatchObject({ branches: [{ id: 'br-old' }] })
    expect(last.pagination).not.toHaveProperty('next')
    expect((last.branches as object[])[0]).not.toHaveProperty('logical_size')
  })

  it('gives every branch but the first a parent, unless a test makes it a root', async () => {
    const family = neon.addProject({
      id: 'family',
      branches: [
        { id: 'br-1' },
        { id: 'br-2' },
        { id: 'br-3', parent_id: 'br-2' },
        { id: 'br-4', parent_id: undefined },
      ],
    })
    expect(family.branches.map(({ api }) => api.parent_id)).toEqual([undefined, 'br-1', 'br-2', undefined])
    const listed = (await get('/projects/family/branches')).body.branches as object[]
    expect(listed.map((one) => 'parent_id' in one)).toEqual([false, true, true, false])
  })

  it('gives snapshots and backup schedules as a test has made them', async () => {
    const project = neon.addProject({ id: 'kept', branches: [{ id: 'br-root' }, { id: 'br-other' }] })
    expect(await get('/projects/kept/snapshots')).toEqual({ status: 200, body: { snapshots: [] } })
    expect(await get('/projects/kept/branches/br-root/backup_schedule')).toEqual({
      status: 200,
      body: { schedule: [] },
    })

    const first = project.addSnapshot()
    project.addSnapshot({ id: 'snap-2', timestamp: undefined })
    project.addSnapshot({ id: 'snap-3', manual: true, expires_at: '2027-01-01T00:00:00Z' })
    project.addSnapshot({ id: 'snap-4', source_branch_id: 'br-other' })
    first.name = 'renamed'
    const { snapshots } = (await get('/projects/kept/snapshots')).body as { snapshots: object[] }
    expect(snapshots).toMatchObject([
      { name: 'renamed', source_branch_id: 'br-root', manual: false, full_size: expect.any(Number) },
      { id: 'snap-2', diff_size: expect.any(Number) },
      { id: 'snap-3', manual: true, full_size: expect.any(Number), expires_at: '2027-01-01T00:00:00Z' },
      { id: 'snap-4', source_branch_id: 'br-other', full_size: expect.any(Number) },
    ])
    expect(
      snapshots.map((one) => ['full_size', 'diff_size', 'timestamp', 'expires_at'].filter((f) => f in one)),
    ).toEqual([
      ['full_size', 'timestamp'],
      ['diff_size'],
      ['full_size', 'timestamp', 'expires_at'],
      ['full_size', 'timestamp'],
    ])
    project.snapshots.length = 0
    expect((await get('/projects/kept/snapshots')).body).toEqual({ snapshots: [] })

    const [root] = project.branches
    if (root) root.schedule = [{ frequency: 'daily', hour: 23, retention_seconds: 1_209_600 }]
    expect((await get('/projects/kept/branches/br-root/backup_schedule')).body).toEqual({
      schedule: [{ frequency: 'daily', hour: 23, retention_seconds: 1_209_600 }],
    })
  })

  it('gives a connection string for roles of the console, by which the driver gets in', async () => {
    const { body } = await get('/projects/orders/connection_uri?database_name=neondb&role_name=neondb_owner')
    expect(await driver(String(body.uri))`SELECT current_user AS me`).toEqual([{ me: 'neondb_owner' }])
    const pooled = await get(
      '/projects/orders/connection_uri?database_name=neondb&role_name=neondb_owner&pooled=true&endpoint_id=ep-replica-1',
    )
    expect(pooled.body.uri).toContain('@ep-replica-1-pooler.us-east-2.aws.neon.tech/neondb?')
  })

  it.each([
    ['/projects/none', 404, 'project not found'],
    ['/projects/orders/branches/br-none', 404, 'branch not found'],
    ['/projects/orders/branches/br-none/backup_schedule', 404, 'branch not found'],
    ['/projects/orders/branches/br-main/unknown', 404, 'not found'],
    ['/projects/orders/connection_uri?database_name=neondb&role_name=made_by_sql', 404, 'role not found'],
    ['/projects/orders/connection_uri?database_name=none&role_name=neondb_owner', 404, 'database not found'],
    [
      '/projects/orders/connection_uri?database_name=neondb&role_name=neondb_owner&branch_id=br-dev',
      404,
      'endpoint not found',
    ],
    ['/projects/orders/connection_uri?role_name=neondb_owner', 400, 'database_name and role_name are required'],
  ])('answers %s with %i', async (path, status, message) => {
    expect(await get(path)).toEqual({ status, body: { code: '', message, request_id: expect.any(String) } })
  })

  it('refuses another key, and records neither', async () => {
    expect(await get('/projects/orders', 'another')).toMatchObject({
      status: 401,
      body: { message: 'supplied credentials do not pass authentication' },
    })
    await driver(`postgresql://neondb_owner:${postgres.password('neondb_owner')}@${HOST}/neondb`)`SELECT 1`
    const record = JSON.stringify(neon.requests)
    for (const secret of ['another', neon.apiKey, postgres.password('neondb_owner')])
      expect(record).not.toContain(secret)
    expect(neon.requests).toMatchObject([
      { service: 'api', method: 'GET', path: '/api/v2/projects/orders', status: 401 },
      { service: 'sql', method: 'POST', path: '/sql', status: 200, rows: 1 },
    ])
  })

  it.each([
    ['locked', 423],
    ['rateLimited', 429],
    ['unavailable', 503],
  ] as const)('can be %s, as often as a test says', async (fault, status) => {
    neon.fail('api', FAULTS[fault], { times: 1, match: /endpoints/ })
    expect((await get('/projects/orders')).status).toBe(200)
    expect((await get('/projects/orders/endpoints')).status).toBe(status)
    expect((await get('/projects/orders/endpoints')).status).toBe(200)
  })
})

describe('the status page', () => {
  it('is well until a test says otherwise', async () => {
    const summary = async (path: string) => (await fetch(neon.statusUrl + path)).json()
    neon.status['aws-us-east-ohio'].ongoing_incidents.push(incident('Connections fail'))
    expect(await summary('/aws-us-east-ohio/api/v1/summary')).toMatchObject({
      page_title: 'AWS - US East (Ohio) - us-east-2',
      ongoing_incidents: [{ name: 'Connections fail', status: 'investigating' }],
      in_progress_maintenances: [],
      scheduled_maintenances: [],
    })
    expect(await summary('/aws-europe-london/api/v1/summary')).toMatchObject({ ongoing_incidents: [] })
    const all = (await summary('/api/v1/summary')) as { subpages: { subpage: string; summary: object }[] }
    expect(all.subpages.find(({ subpage }) => subpage === 'aws-us-east-ohio')?.summary).toMatchObject({
      ongoing_incidents: [{ name: 'Connections fail' }],
    })
    neon.status['aws-us-east-ohio'].ongoing_incidents.length = 0
    expect((await fetch(`${neon.statusUrl}/api/v2/status.json`)).status).toBe(404)
  })
})
