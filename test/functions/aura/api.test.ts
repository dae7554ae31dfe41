import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type AuraApi, auraApi } from '../../../functions/aura/api.ts'
import type { Failure } from '../../../functions/checks/reading.ts'
import { LookFailed } from '../../../functions/failure.ts'
import { redact } from '../../../functions/redact.ts'
import {
  AURA_FAULTS,
  type AuraService,
  type Fault,
  type Instance,
  type LocalAura,
  startAura,
} from '../../world/aura.ts'

const ID = 'a1b2c3d4'
const ANY_ID = / \(request [0-9a-f-]{36}\)$/

// Tokens are kept by client: each test has one of its own.
let aura: LocalAura
let shop: Instance
beforeEach(async () => {
  aura = await startAura()
  Object.assign(process.env, aura.env)
  shop = aura.addInstance({ id: ID, name: 'shop' })
})
afterEach(async () => {
  vi.useRealTimers()
  vi.restoreAllMocks()
  await aura.stop()
})

const api = (signal = AbortSignal.timeout(50_000), client = aura.client): AuraApi => auraApi(client, signal)
const asked = (service: AuraService) => aura.requests.filter((request) => request.service === service).length
async function failure(answer: Promise<unknown>): Promise<Failure> {
  const error = await answer.then(
    () => expect.fail('it was answered'),
    (thrown: unknown) => thrown,
  )
  return error instanceof LookFailed ? error.failure : expect.fail(`not understood: ${error}`)
}

describe('an instance', () => {
  test('is told with its status, address and size', async () => {
    expect(await api().getInstance(ID)).toEqual({
      id: ID,
      name: 'shop',
      status: 'running',
      tenant_id: aura.tenant,
      cloud_provider: 'aws',
      connection_url: 'neo4j+s://a1b2c3d4.databases.neo4j.invalid',
      region: 'us-east-1',
      type: 'professional-db',
      memory: '2GB',
      storage: '4GB',
      created_at: expect.stringMatching(/^\d{4}-/),
      metrics_integration_url: null,
      graph_nodes: null,
      graph_relationships: null,
    })
  })

  test.for([
    ['Loading Failed', 'loading failed'],
    ['encryption key deleted', 'encryption key deleted'],
    ['HIBERNATING', 'hibernating'],
  ] as const)('may have any status, known or not: %s', async ([given, status]) => {
    shop.api.status = given
    expect(await api().getInstance(ID)).toMatchObject({ status })
  })

  test.for<[given: unknown, read: number | null]>([
    [200_000, 200_000],
    ['200000', 200_000],
    [0, 0],
    [null, null],
    ['', null],
    ['unknown', null],
  ])('may count its nodes and relationships as %j', async ([given, read]) => {
    Object.assign(shop.api, { graph_nodes: given, graph_relationships: given })
    expect(await api().getInstance(ID)).toMatchObject({ graph_nodes: read, graph_relationships: read })
  })

  test('may lack what its tier or its age does not have, and have what is new', async () => {
    const none = { connection_url: null, storage: null, created_at: null, metrics_integration_url: '' }
    Object.assign(shop.api, { ...none, brand_new: { x: 1 } })
    delete shop.api.memory
    expect(await api().getInstance(ID)).toMatchObject({ ...none, metrics_integration_url: null, memory: null })
    shop.api.metrics_integration_url = 'https://customer-metrics-api.neo4j.io/api/v1/x/metrics'
    expect(await api().getInstance(ID)).toMatchObject({ metrics_integration_url: shop.api.metrics_integration_url })
  })

  test('that is gone is not asked about again', async () => {
    expect(await failure(api().getInstance('00000000'))).toEqual({
      cause: 'not-found',
      at: 'api',
      message: expect.stringMatching(/^HTTP 404 db-not-found: DB not found: 00000000 \(request [0-9a-f-]{36}\)$/),
    })
    expect(asked('api')).toBe(1)
  })

  test('whose id is no id is no other path', async () => {
    await failure(api().getInstance('../tenants?x=/#'))
    expect(aura.requests.at(-1)?.path).toBe('/v1/instances/..%2Ftenants%3Fx%3D%2F%23')
  })
})

describe('one token', () => {
  test('serves all calls, of one run and of the next', async () => {
    const first = api()
    await first.getInstance(ID)
    await first.listSnapshots(ID, '2026-11-21')
    await api().getInstance(ID)
    expect(aura.tokensIssued).toBe(1)
  })

  test('serves all who ask at once', async () => {
    await Promise.all(Array.from({ length: 12 }, () => api().getInstance(ID)))
    expect(aura.tokensIssued).toBe(1)
    expect(asked('token')).toBe(1)
  })

  test('serves until a minute before its end', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const start = Date.now()
    await api().getInstance(ID)
    vi.setSystemTime(start + 3_530_000)
    await api().getInstance(ID)
    expect(aura.tokensIssued).toBe(1)
    vi.setSystemTime(start + 3_545_000)
    await api().getInstance(ID)
    expect(aura.tokensIssued).toBe(2)
    // It was not refused: nothing was asked twice.
    expect(asked('api')).toBe(3)
  })

  test('that is refused before its time is renewed, once for all who hold it', async () => {
    await api().getInstance(ID)
    aura.expireTokens()
    await Promise.all(Array.from({ length: 4 }, () => api().getInstance(ID)))
    expect(aura.tokensIssued).toBe(2)
  })

  test.for([
    ['401', AURA_FAULTS.unauthorized],
    ['403', AURA_FAULTS.forbidden],
  ] as const)('that is refused with %s is renewed', async ([, fault]) => {
    aura.fail('api', fault, { times: 1 })
    expect(await api().getInstance(ID)).toMatchObject({ id: ID })
    expect(aura.tokensIssued).toBe(2)
  })

  test('is called bearer in any case', async () => {
    aura.fail('token', { status: 200, body: { access_token: 'x'.repeat(20), expires_in: 3_600, token_type: 'BEARER' } })
    // The local API knows no such token: that it was taken there is enough.
    await failure(api().getInstance(ID))
    expect(asked('api')).toBe(2)
  })

  test('is of one client and secret: another has its own', async () => {
    await api().getInstance(ID)
    expect(await failure(api(undefined, { ...aura.client, secret: 'not-the-secret' }).getInstance(ID))).toMatchObject({
      cause: 'client',
    })
    expect(asked('token')).toBe(2)
  })

  test('is asked for anew where it was the deadline of another that ended the request', async () => {
    aura.fail('token', 'hang', { times: 1 })
    const hurried = failure(api(AbortSignal.timeout(200)).getInstance(ID))
    const patient = api().getInstance(ID)
    expect(await hurried).toMatchObject({ cause: 'timeout' })
    expect(await patient).toMatchObject({ id: ID })
    expect(asked('token')).toBe(2)
  })

  test('is not waited for longer than by one’s own deadline', async () => {
    aura.fail('token', { slow: 1_000 })
    const patient = api().getInstance(ID)
    expect(await failure(api(AbortSignal.timeout(100)).getInstance(ID))).toMatchObject({ cause: 'timeout' })
    expect(await patient).toMatchObject({ id: ID })
    expect(asked('token')).toBe(1)
  })
})

describe('a refusal', () => {
  test('of a client that was deleted comes once its token has ended', async () => {
    await api().getInstance(ID)
    aura.revokeClient()
    expect(await api().getInstance(ID)).toMatchObject({ id: ID })
    aura.expireTokens()
    aura.requests.length = 0
    expect(await failure(api().getInstance(ID))).toEqual({
      cause: 'client',
      at: 'api',
      message: expect.stringMatching(/^no token: HTTP 401: Unauthorized \(request [0-9a-f-]{36}\)$/),
    })
    expect(asked('token')).toBe(1)
    aura.restoreClient()
    expect(await api().getInstance(ID)).toMatchObject({ id: ID })
  })

  test.for([
    ['401 says that the client is not good', AURA_FAULTS.unauthorized, 'client'],
    ['403 says that the client may not see it', AURA_FAULTS.forbidden, 'forbidden'],
  ] as const)('of a fresh token too is not asked about again: %s', async ([, fault, cause]) => {
    aura.fail('api', fault)
    expect(await failure(api().getInstance(ID))).toMatchObject({ cause, message: expect.stringMatching(ANY_ID) })
    expect(aura.tokensIssued).toBe(2)
    expect(asked('api')).toBe(2)
  })

  test('that a client may not see an instance costs one new token an hour, however often it is looked at', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const start = Date.now()
    const lift = aura.fail('api', AURA_FAULTS.forbidden, { match: /a1b2c3d4/ })
    for (let i = 0; i < 4; i++) expect(await failure(api().getInstance(ID))).toMatchObject({ cause: 'forbidden' })
    expect([aura.tokensIssued, asked('api')]).toEqual([2, 5])
    // That token has ended by itself, and after an hour another is tried once more.
    vi.setSystemTime(start + 3_700_000)
    for (let i = 0; i < 4; i++) await failure(api().getInstance(ID))
    expect(aura.tokensIssued).toBe(4)
    // Who is given the right is seen with the token that there is.
    lift()
    expect(await api().getInstance(ID)).toMatchObject({ id: ID })
    expect(aura.tokensIssued).toBe(4)
    // From there on a refusal may be about the token again.
    vi.setSystemTime(start + 3_800_000)
    aura.expireTokens()
    expect(await api().getInstance(ID)).toMatchObject({ id: ID })
    expect(aura.tokensIssued).toBe(5)
  })

  test('of many instances costs one new token in all, and none to those that may be seen', async () => {
    const ids = ['00000001', '00000002', '00000003']
    for (const id of ids) aura.addInstance({ id })
    aura.fail('api', AURA_FAULTS.forbidden, { match: /0000000/ })
    for (const id of ids) expect(await failure(api().getInstance(id))).toMatchObject({ cause: 'forbidden' })
    expect(await api().getInstance(ID)).toMatchObject({ id: ID })
    expect([aura.tokensIssued, asked('api')]).toEqual([2, 5])
  })

  test('of the client at the token endpoint is that, by whichever status', async () => {
    for (const [status, error] of [
      [401, 'invalid_client'],
      [403, 'access_denied'],
    ] as const) {
      aura.fail('token', { status, body: { error } }, { times: 1 })
      expect(await failure(api().getInstance(ID))).toMatchObject({
        cause: 'client',
        message: expect.stringContaining(`no token: HTTP ${status}: ${error}`),
      })
    }
    expect(asked('token')).toBe(2)
  })

  test.for([400, 404])('of the token request itself (%i) is not about an instance', async (status) => {
    aura.fail('token', { status, body: { error: 'invalid_request', error_description: 'no body' } })
    expect(await failure(api().getInstance(ID))).toMatchObject({
      cause: 'provider',
      message: expect.stringMatching(/^no token: HTTP \d+: invalid_request: no body \(request /),
    })
    expect(asked('api')).toBe(0)
  })

  test('names the field that is at fault', async () => {
    aura.fail('api', {
      status: 400,
      body: { errors: [{ message: 'Invalid date', reason: 'bad-request', field: 'date' }] },
    })
    expect((await failure(api().getInstance(ID))).message).toMatch(
      /^HTTP 400 bad-request: Invalid date \(field date\) /,
    )
  })
})

describe.for<AuraService>(['api', 'token'])('trouble with %s', (service) => {
  test.for<[string, Fault]>([
    ['limited (429), as long as it says', AURA_FAULTS.rateLimited],
    ['limited (429), without saying how long', AURA_FAULTS.rateLimitedWithoutRetryAfter],
    ['unavailable (503)', AURA_FAULTS.unavailable],
    ['a connection that is reset', 'reset'],
    ['a connection that is cut', 'cut'],
  ])('%s is asked again', async ([, fault]) => {
    aura.fail(service, fault, { times: 1 })
    const start = performance.now()
    expect(await api().getInstance(ID)).toMatchObject({ id: ID })
    expect(asked(service)).toBe(2)
    if (fault === AURA_FAULTS.rateLimited) expect(performance.now() - start).toBeGreaterThan(990)
  })

  test('three times the same is enough', async () => {
    aura.fail(service, AURA_FAULTS.unavailable)
    expect(await failure(api().getInstance(ID))).toMatchObject({
      cause: 'provider',
      message: expect.stringMatching(/HTTP 503 service-unavailable: Service unavailable \(request /),
    })
    expect(asked(service)).toBe(3)
  })

  test('one that is told to come back in an hour says that it is limited', async () => {
    aura.fail(service, { ...AURA_FAULTS.rateLimited, headers: { 'retry-after': '3600' } })
    expect(await failure(api().getInstance(ID))).toMatchObject({
      cause: 'rate-limited',
      message: expect.stringMatching(ANY_ID),
    })
    expect(asked(service)).toBe(1)
  })

  test.for([
    ['the page of a load balancer', AURA_FAULTS.notJson, /the answer to (GET|POST) \/.* is not JSON: <html>/],
    ['JSON of another shape', AURA_FAULTS.otherShape, /the answer to (GET|POST) \/.* is not as documented: /],
    ['an answer without end', 'hang-midway', /the answer to (GET|POST) \/.* has no end/],
  ] as const)('%s is told with the id of its request', async ([, fault, words]) => {
    aura.fail(service, fault)
    const { cause, message } = await failure(api(AbortSignal.timeout(500)).getInstance(ID))
    expect(cause).toBe(fault === 'hang-midway' ? 'timeout' : 'bad-answer')
    expect(message).toMatch(words)
    expect(message).toMatch(/\(request [0-9a-f-]{36}\)/)
  })

  test('who does not answer is left at the deadline, and nothing is asked after it', async () => {
    aura.fail(service, 'hang')
    const late = api(AbortSignal.timeout(300))
    for (let i = 0; i < 2; i++)
      expect(await failure(late.getInstance(ID))).toMatchObject({ cause: 'timeout', at: 'api' })
    expect(asked(service)).toBe(1)
  })

  test('who does not answer within six seconds is not waited for', async () => {
    const timeout = AbortSignal.timeout.bind(AbortSignal)
    const spy = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => timeout(ms / 20))
    aura.fail(service, 'hang')
    expect(await failure(api(new AbortController().signal).getInstance(ID))).toMatchObject({ cause: 'timeout' })
    expect(spy.mock.calls.every(([ms]) => ms === 6_000)).toBe(true)
  })
})

test('JSON of another shape is told by where it differs, without what stands there', async () => {
  Object.assign(shop.api, { name: 7, status: null, region: 'a-region' })
  const { message } = await failure(api().getInstance(ID))
  expect(message).toMatch(/: data\.name is not string, data\.status is not string \(request /)
})

test('where nothing listens, it is said so', async () => {
  await aura.stop()
  expect(await failure(api().getInstance(ID))).toMatchObject({ cause: 'refused', at: 'api' })
})

test('few requests are under way at once, and whoever gives up leaves room for others', async () => {
  await api().getInstance(ID)
  aura.requests.length = 0
  aura.fail('api', 'hang')
  const deadline = new AbortController()
  const all = Array.from({ length: 20 }, () => failure(api(deadline.signal).getInstance(ID)))
  await vi.waitFor(() => expect(aura.requests).toHaveLength(5))
  await new Promise((resolve) => setTimeout(resolve, 100))
  expect(aura.requests).toHaveLength(5)
  deadline.abort()
  for (const { cause } of await Promise.all(all)) expect(cause).toBe('timeout')
  aura.heal()
  const many = await Promise.all(Array.from({ length: 20 }, () => api().getInstance(ID)))
  expect(many).toHaveLength(20)
})

describe('no more requests a minute than Aura takes', () => {
  const LATE = {
    cause: 'rate-limited',
    at: 'nightshift',
    message: expect.stringMatching(/^not sent: .* 25 requests a/),
  }

  test('are sent where nothing is paid: whose turn does not come in time says that it was held back', async () => {
    await aura.stop()
    aura = await startAura({ requestsPerMinute: 25 })
    Object.assign(process.env, aura.env)
    aura.addInstance({ id: ID, type: 'free-db' })
    await api().getInstance(ID)
    const deadline = new AbortController()
    const asking = Array.from({ length: 29 }, () => api(deadline.signal).getInstance(ID))
    await Promise.all(asking.slice(0, 24))
    const late = asking.slice(24).map(failure)
    deadline.abort()
    for (const one of await Promise.all(late)) expect(one).toEqual(LATE)
    expect(aura.requests.filter(({ status }) => status === 429)).toEqual([])
    expect(asked('api')).toBe(25)
  })

  test('are sent in any minute, not from its first second on', async () => {
    vi.useFakeTimers({ toFake: ['Date'] })
    const start = Date.now()
    shop.api.type = 'free-db'
    for (let i = 0; i < 20; i++) await api().getInstance(ID)
    vi.setSystemTime(start + 50_000)
    for (let i = 0; i < 5; i++) await api().getInstance(ID)
    vi.setSystemTime(start + 61_000)
    for (let i = 0; i < 20; i++) await api().getInstance(ID)
    expect(await failure(api(AbortSignal.timeout(50)).getInstance(ID))).toEqual(LATE)
  })

  test('are more as soon as an answer shows that something is paid', async () => {
    const asking = Array.from({ length: 40 }, () => api().getInstance(ID))
    expect(await Promise.all(asking)).toHaveLength(40)
    expect(asked('api')).toBe(40)
  })
})

describe('neither the secret nor a token', () => {
  /** What was sent, as a provider may echo it. */
  async function sent(): Promise<string[]> {
    const spy = vi.spyOn(globalThis, 'fetch')
    await api().getInstance(ID)
    const headers = spy.mock.calls.map(([, init]) => new Headers(init?.headers).get('authorization') ?? '')
    return [aura.client.secret, ...headers.flatMap((header) => header.split(' ').slice(1))]
  }

  test('is ever in what is said of a failure', async () => {
    const secrets = await sent()
    expect(secrets).toHaveLength(3)
    for (const service of ['api', 'token'] as const)
      for (const secret of secrets)
        for (const body of [
          { errors: [{ message: `bad ${secret}`, reason: secret }] },
          { error: secret },
          // Cut in its middle it must not be seen either.
          `${'.'.repeat(190)} ${secret}`,
          { errors: [{ message: `${'.'.repeat(240)} ${secret}`, reason: 'x' }] },
        ]) {
          aura.expireTokens()
          const lift = aura.fail(service, { status: 400, body })
          const { message } = await failure(api().getInstance(ID))
          lift()
          expect(message).toContain('HTTP 400')
          for (const part of [secret, secret.slice(0, 8)]) expect(message).not.toContain(part)
        }
  })

  test('is in any text that leaves the machine', async () => {
    for (const secret of await sent()) expect(redact(`so: ${secret}!`)).toBe('so: [redacted]!')
  })

  test('is shown by an answer that is not JSON', async () => {
    const [, , token = ''] = await sent()
    aura.fail('api', { status: 200, body: `${'.'.repeat(70)} ${token}` })
    expect((await failure(api().getInstance(ID))).message).not.toContain(token.slice(0, 8))
  })
})
