import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { neonApi } from '../../../functions/neon/api.ts'
import { failureOf } from '../../../functions/neon/failure.ts'
import { FAULTS, type Fault, type LocalNeon, startNeon } from '../../world/neon.ts'

const PROJECT = 'cool-darkness-123456'
/** Nothing of this file speaks SQL. */
const nowhere = { host: '127.0.0.1', port: 1 }
const PASSWORD = 'p@ss/w:rd %20'

let neon: LocalNeon
beforeAll(async () => {
  neon = await startNeon()
  process.env.NIGHTSHIFT_NEON_API_URL = neon.apiUrl
})
afterAll(() => neon.stop())
beforeEach(() => {
  neon.projects.clear()
  neon.addProject({
    id: PROJECT,
    roles: { neondb_owner: PASSWORD },
    branches: [
      { id: 'br-main', endpoints: [{ id: 'ep-cool-1234', postgres: nowhere }] },
      { id: 'br-dev', name: 'dev/ä&b', endpoints: [{ id: 'ep-dev-1234', postgres: nowhere, current_state: 'idle' }] },
    ],
  })
  neon.requests.length = 0
})
afterEach(() => neon.heal())

const api = (key = neon.apiKey, signal = AbortSignal.timeout(50_000)) => neonApi(key, signal)
const failure = async (asked: Promise<unknown>) =>
  failureOf(
    await asked.then(
      () => expect.fail('it was answered'),
      (error: unknown) => error,
    ),
    'api',
  )

test('lists computes with their state, and branches with their names', async () => {
  expect(await api().listEndpoints(PROJECT)).toMatchObject([
    {
      id: 'ep-cool-1234',
      branch_id: 'br-main',
      current_state: 'active',
      type: 'read_write',
      region_id: 'aws-us-east-2',
    },
    { id: 'ep-dev-1234', branch_id: 'br-dev', current_state: 'idle' },
  ])
  expect(await api().listBranches(PROJECT)).toEqual([
    { id: 'br-main', name: 'main', default: true },
    { id: 'br-dev', name: 'dev/ä&b', default: false },
  ])
})

test('reads every page of a project with more branches than one page holds', async () => {
  const branches = Array.from({ length: 2_500 }, (_, i) => ({ id: `br-${i}` }))
  neon.addProject({ id: 'large-project', branches })
  const found = await api().listBranches('large-project')
  expect(found.map(({ id }) => id)).toEqual(branches.map(({ id }) => id))
  expect(neon.requests.map(({ path }) => new URL(path, 'http://x').searchParams.get('cursor'))).toEqual([
    null,
    '1000',
    '2000',
  ])
})

test('stops where pages lead nowhere', async () => {
  const page = (next: string | null, branches: object[] = [{ id: 'br-1', name: 'one' }]) => ({
    status: 200,
    body: { branches, pagination: { next } },
  })
  neon.fail('api', page('same'), { match: /branches/ })
  expect(await api().listBranches(PROJECT)).toHaveLength(2)
  neon.heal()
  neon.fail('api', page('further', []), { match: /branches/ })
  expect(await api().listBranches(PROJECT)).toEqual([])
  neon.heal()
  neon.fail('api', page(null), { match: /branches/ })
  expect(await api().listBranches(PROJECT)).toHaveLength(1)
})

test('gives the connection string of a role whose password Neon holds', async () => {
  const of = { branch: 'br-main', endpoint: 'ep-cool-1234', database: 'neondb', role: 'neondb_owner' }
  const uri = new URL(await api().connectionUri(PROJECT, of))
  expect(decodeURIComponent(uri.password)).toBe(PASSWORD)
  expect(uri.hostname).toBe('ep-cool-1234.us-east-2.aws.neon.tech')
  // Directly: behind the pooler one sees the pooler's sessions come and go.
  expect(neon.requests[0]?.path).toContain('pooled=false')
  expect(await failure(api().connectionUri(PROJECT, { ...of, role: 'nightshift' }))).toMatchObject({
    cause: 'not-found',
  })
})

describe('an answer that is no success', () => {
  test('a refused key is not asked about again', async () => {
    expect(await failure(api('napi_revoked_key').listEndpoints(PROJECT))).toMatchObject({
      cause: 'api-key',
      message: expect.stringMatching(/^HTTP 401: supplied credentials do not pass authentication \(request [\w-]+\)$/),
    })
    expect(neon.requests).toHaveLength(1)
  })

  test('a project that is not there is not asked about again', async () => {
    expect(await failure(api().listBranches('no-such-project'))).toMatchObject({
      cause: 'not-found',
      message: expect.stringContaining('HTTP 404: project not found'),
    })
    expect(neon.requests).toHaveLength(1)
  })

  test.for<[string, Fault]>([
    ['locked (423)', FAULTS.locked],
    ['limited (429), as long as it says', FAULTS.rateLimited],
    ['unavailable (503)', FAULTS.unavailable],
    ['a connection that is reset', 'reset'],
    ['a connection that is cut', 'cut'],
  ])('%s is asked again', async ([, fault]) => {
    neon.fail('api', fault, { times: 1 })
    expect(await api().listEndpoints(PROJECT)).toHaveLength(2)
    expect(neon.requests).toHaveLength(2)
  })

  test('three times the same is enough', async () => {
    neon.fail('api', FAULTS.unavailable)
    expect(await failure(api().listEndpoints(PROJECT))).toMatchObject({
      cause: 'provider',
      message: expect.stringContaining('HTTP 503'),
    })
    expect(neon.requests).toHaveLength(3)
  })

  test('one that is told to come back in an hour says that it is limited', async () => {
    neon.fail('api', { ...FAULTS.rateLimited, headers: { 'retry-after': '3600' } })
    expect(await failure(api().listEndpoints(PROJECT))).toMatchObject({ cause: 'rate-limited' })
    expect(neon.requests).toHaveLength(1)
  })

  test('the page of a load balancer is not JSON', async () => {
    neon.fail('api', FAULTS.notJson)
    expect(await failure(api().listEndpoints(PROJECT))).toEqual({
      cause: 'bad-answer',
      at: 'api',
      message: expect.stringMatching(/^the answer to GET .*\/endpoints is not JSON: <html>/),
    })
  })

  test('JSON of another shape says where it differs', async () => {
    neon.fail('api', FAULTS.otherShape)
    expect(await failure(api().listEndpoints(PROJECT))).toMatchObject({
      cause: 'bad-answer',
      message: expect.stringMatching(
        /^the answer to GET \/projects\/cool-darkness-123456\/endpoints is not as documented: endpoints /,
      ),
    })
    neon.heal()
    neon.fail('api', { status: 200, body: { endpoints: [{ id: 7 }] } })
    expect((await failure(api().listEndpoints(PROJECT))).message).toContain('endpoints.0.id')
  })

  test('fields that are new, and states that are unknown, are no fault', async () => {
    const endpoint = neon.projects.get(PROJECT)?.branches[0]?.endpoints[0] ?? expect.fail('no endpoint')
    Object.assign(endpoint.api, { current_state: 'hibernating', brand_new: { x: 1 }, suspended_at: null })
    expect((await api().listEndpoints(PROJECT))[0]).toMatchObject({ current_state: 'hibernating' })
  })
})

test.for(['hang', 'hang-midway'] as const)(
  'an API that does not answer (%s) is left at the deadline',
  async (fault) => {
    neon.fail('api', fault)
    const asked = await failure(api(neon.apiKey, AbortSignal.timeout(300)).listEndpoints(PROJECT))
    expect(asked).toMatchObject({ cause: 'timeout', at: 'api' })
    expect(neon.requests).toHaveLength(1)
  },
)

test('nothing is asked once the deadline is over', async () => {
  expect(await failure(api(neon.apiKey, AbortSignal.abort()).listEndpoints(PROJECT))).toMatchObject({
    cause: 'timeout',
  })
  expect(neon.requests).toEqual([])
})

test('the key is never in what is said of a failure', async () => {
  for (const body of [{ message: `bad key ${neon.apiKey}` }, `Authorization: Bearer ${neon.apiKey}`]) {
    neon.fail('api', { status: 400, body }, { times: 1 })
    expect((await failure(api().listEndpoints(PROJECT))).message).not.toContain(neon.apiKey)
  }
})
