import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type Instance as ApiInstance, auraApi } from '../../../functions/aura/api.ts'
import { meteredConnections, readMetrics } from '../../../functions/aura/metrics.ts'
import type { Sample } from '../../../functions/aura/prometheus.ts'
import type { Failure } from '../../../functions/checks/reading.ts'
import { LookFailed } from '../../../functions/failure.ts'
import { AURA_FAULTS, type Fault, type Instance, type LocalAura, startAura } from '../../world/aura.ts'
import { HOUR, NOW } from '../builders.ts'

const ID = 'a1b2c3d4'
const IDLE = 'neo4j_dbms_bolt_connections_idle'
const RUNNING = 'neo4j_dbms_bolt_connections_running'
const OPENED = 'neo4j_dbms_bolt_connections_opened_total'
const CLOSED = 'neo4j_dbms_bolt_connections_closed_total'
const SIZE = 'neo4j_database_store_size_database'

let aura: LocalAura
let shop: Instance
beforeEach(async () => {
  aura = await startAura()
  for (const [name, value] of Object.entries(aura.env)) vi.stubEnv(name, value)
  shop = aura.addInstance({ id: ID, name: 'shop', type: 'business-critical' })
})
afterEach(async () => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  await aura.stop()
})

const deadline = () => AbortSignal.timeout(50_000)
const instance = (): Promise<ApiInstance> => auraApi(aura.client, deadline()).getInstance(ID)
const read = async (signal = deadline(), changes: Partial<ApiInstance> = {}): Promise<Sample[]> =>
  readMetrics({ ...(await instance()), ...changes }, aura.client, signal)
const scrapes = () => aura.requests.filter(({ service }) => service === 'metrics').length
async function failure(answer: Promise<unknown>): Promise<Failure> {
  const error = await answer.then(
    () => expect.fail('it was answered'),
    (thrown: unknown) => thrown,
  )
  return error instanceof LookFailed ? error.failure : expect.fail(`not understood: ${error}`)
}

describe('metrics are read', () => {
  test('with the token of the API, each with its labels and time', async () => {
    shop.metrics = { [IDLE]: [{ value: 7, at: NOW }], [SIZE]: [{ value: 5.5, at: null, labels: { database: 'a"b' } }] }
    expect(await read()).toEqual([
      { name: IDLE, labels: { aggregation: 'MAX', instance_id: ID }, value: 7, at: NOW },
      { name: SIZE, labels: { aggregation: 'MAX', database: 'a"b', instance_id: ID }, value: 5.5 },
    ])
    expect(aura.tokensIssued).toBe(1)
    expect(aura.requests.at(-1)).toMatchObject({
      service: 'metrics',
      method: 'GET',
      path: `/api/v1/${aura.tenant}/${ID}/metrics`,
    })
  })

  test('of this instance only', async () => {
    shop.metrics = {
      [IDLE]: [
        { value: 1, labels: { instance_id: 'another1' } },
        { value: 2, labels: { instance_id: undefined } },
      ],
    }
    expect((await read()).map(({ value }) => value)).toEqual([2])
  })

  test('of an instance that does not run there are none', async () => {
    shop.api.status = 'pausing'
    expect(await read()).toEqual([])
  })

  test('again where the token was refused before its time', async () => {
    const found = await instance()
    aura.expireTokens()
    expect(await readMetrics(found, aura.client, deadline())).not.toEqual([])
    expect(aura.tokensIssued).toBe(2)
  })
})

describe('a failure', () => {
  test('by the missing role is known, and costs no new token', async () => {
    aura.fail('metrics', AURA_FAULTS.noMetricsReader)
    for (let i = 0; i < 2; i++)
      expect(await failure(read())).toEqual({
        cause: 'forbidden',
        at: 'api',
        message: expect.stringMatching(
          /^no metrics: HTTP 401 Unauthorized: User doesn't have access to Metrics resources\. \(request [0-9a-f-]{36}\)$/,
        ),
      })
    expect(aura.tokensIssued).toBe(1)
    expect(scrapes()).toBe(2)
  })

  test('by any other refusal of a fresh token is of the role, too', async () => {
    aura.fail('metrics', AURA_FAULTS.unauthorized)
    expect(await failure(read())).toMatchObject({ cause: 'forbidden' })
    expect([aura.tokensIssued, scrapes()]).toEqual([2, 2])
  })

  test('of that kind costs one new token an hour, however often and of however many instances it comes', async () => {
    aura.addInstance({ id: 'b1b2c3d4', type: 'business-critical' })
    const other = await auraApi(aura.client, deadline()).getInstance('b1b2c3d4')
    aura.fail('metrics', AURA_FAULTS.unauthorized)
    for (const found of [await instance(), other, await instance(), other])
      expect(await failure(readMetrics(found, aura.client, deadline()))).toMatchObject({ cause: 'forbidden' })
    expect([aura.tokensIssued, scrapes()]).toEqual([2, 5])
  })

  test.for<[string, Fault]>([
    ['busy', AURA_FAULTS.rateLimited],
    ['broken', AURA_FAULTS.unavailable],
    ['cut', 'cut'],
    ['reset', 'reset'],
  ])('that passes is asked about once more: %s', async ([, fault]) => {
    aura.fail('metrics', fault, { times: 1 })
    expect(await read()).not.toEqual([])
    expect(scrapes()).toBe(2)
  })

  test.for<[string, Fault, Partial<Failure>]>([
    ['broken', AURA_FAULTS.unavailable, { cause: 'provider', message: expect.stringContaining('HTTP 503') }],
    ['busy', AURA_FAULTS.rateLimitedWithoutRetryAfter, { cause: 'rate-limited' }],
    [
      'a web page',
      AURA_FAULTS.notJson,
      { cause: 'bad-answer', message: expect.stringContaining('format of Prometheus') },
    ],
    ['JSON', AURA_FAULTS.otherShape, { cause: 'bad-answer' }],
    [
      'too long',
      AURA_FAULTS.huge,
      { cause: 'bad-answer', message: expect.stringContaining('more than 5000000 bytes') },
    ],
    ['gone', { status: 404, body: 'Not found' }, { cause: 'provider' }],
  ])('that stays is told as what it is: %s', async ([, fault, expected]) => {
    aura.fail('metrics', fault)
    expect(await failure(read())).toMatchObject(expected)
  })

  test('is what does not come before the deadline, before the answer or in its middle', async () => {
    const found = await instance()
    for (const fault of ['hang', 'hang-midway'] as const) {
      aura.fail('metrics', fault, { times: 1 })
      expect(await failure(readMetrics(found, aura.client, AbortSignal.timeout(300)))).toMatchObject({
        cause: 'timeout',
      })
    }
  })

  test('is what does not come within the thirty seconds that Aura recommends', async () => {
    const found = await instance()
    const timeout = AbortSignal.timeout.bind(AbortSignal)
    const spy = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => timeout(ms / 100))
    aura.fail('metrics', 'hang')
    expect(await failure(readMetrics(found, aura.client, new AbortController().signal))).toMatchObject({
      cause: 'timeout',
    })
    expect(spy.mock.calls).toEqual([[30_000]])
  })

  test('never shows the token', async () => {
    const spy = vi.spyOn(globalThis, 'fetch')
    await read()
    const header = new Headers(spy.mock.calls.at(-1)?.[1]?.headers).get('authorization') ?? ''
    const token = header.replace('Bearer ', '')
    expect(token.length).toBeGreaterThan(20)
    aura.fail('metrics', { status: 500, body: `${'.'.repeat(190)} ${token}` })
    expect((await failure(read())).message).not.toContain(token.slice(0, 8))
  })
})

describe('the token is sent', () => {
  const sentTo = async (url: string | null) => {
    const found = await instance()
    const spy = vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response('up 1'))
    const said = await readMetrics({ ...found, metrics_integration_url: url }, aura.client, deadline()).catch(
      ({ message }: Error) => message,
    )
    const [[asked] = []] = spy.mock.calls
    spy.mockRestore()
    return asked ?? said
  }

  test.for([
    'https://customer-metrics-api.neo4j.io/api/v1/p/i/metrics',
    'https://neo4j.io/metrics?a=1',
    'https://who:ever@customer-metrics-api.neo4j.io/metrics',
  ])('to an address of Aura: %s', async (url) => {
    const found = await instance()
    vi.stubEnv('NIGHTSHIFT_AURA_METRICS_URL', '')
    vi.stubEnv('NIGHTSHIFT_AURA_API_URL', '')
    const spy = vi.spyOn(globalThis, 'fetch').mockResolvedValue(new Response('up 1'))
    await readMetrics({ ...found, metrics_integration_url: url }, aura.client, deadline())
    expect(spy.mock.calls).toMatchObject([[url.replace('who:ever@', ''), { redirect: 'manual' }]])
  })

  test.for([
    'http://customer-metrics-api.neo4j.io/metrics',
    'https://customer-metrics-api.neo4j.io.evil.example/metrics',
    'https://evilneo4j.io/metrics',
    'https://evil.example/neo4j.io',
    'file:///neo4j.io',
    'nowhere',
    '',
  ])('to no other: %s', async (url) => {
    const found = await instance()
    vi.stubEnv('NIGHTSHIFT_AURA_METRICS_URL', '')
    vi.stubEnv('NIGHTSHIFT_AURA_API_URL', '')
    const spy = vi.spyOn(globalThis, 'fetch')
    const { cause, message } = await failure(
      readMetrics({ ...found, metrics_integration_url: url }, aura.client, deadline()),
    )
    expect(cause).toBe('bad-answer')
    expect(message).toContain("an address of them that is not Aura's")
    expect(spy).not.toHaveBeenCalled()
  })

  test('to the local world in place of any', async () => {
    expect(await sentTo('https://customer-metrics-api.neo4j.io/api/v1/p/i/metrics?a=1')).toBe(
      `${aura.url}/api/v1/p/i/metrics?a=1`,
    )
    expect(await sentTo('https://evil.example//evil.example/metrics')).toBe(`${aura.url}//evil.example/metrics`)
    // A token of another world is not Aura's business.
    vi.stubEnv('NIGHTSHIFT_AURA_METRICS_URL', '')
    expect(await sentTo('https://customer-metrics-api.neo4j.io/metrics')).toBe(`${aura.url}/metrics`)
  })

  test('nowhere that an answer leads to', async () => {
    aura.fail('metrics', { status: 302, body: '', headers: { location: `${aura.url}/v1/instances` } })
    aura.requests.length = 0
    expect(await failure(read())).toMatchObject({ message: expect.stringContaining('HTTP 302') })
    expect(aura.requests.filter(({ path }) => path === '/v1/instances')).toEqual([])
  })
})

describe('of connections a look is told', () => {
  const look = async (signal = deadline()) => meteredConnections(await instance(), aura.client, Date.now(), signal)

  test('how many there are', async () => {
    shop.metrics = { [IDLE]: 30, [RUNNING]: 4, [OPENED]: 1_000, [CLOSED]: 965 }
    expect(await look()).toEqual({ connections: { at: expect.any(Number), open: 34, balance: 35, opened: 1_000 } })
  })

  test('nothing where the tier has no metrics, and nobody is asked', async () => {
    delete shop.api.metrics_integration_url
    expect(await look()).toBeUndefined()
    expect(scrapes()).toBe(0)
  })

  test('why there is nothing', async () => {
    shop.metrics = {}
    expect(await look()).toEqual({ missing: 'values', message: "Aura's metrics endpoint answered with nothing." })
    shop.metrics = { [IDLE]: [{ value: 3, at: Date.now() - HOUR }] }
    expect(await look()).toEqual({
      missing: 'values',
      message: "Aura's metrics of this instance have no current number of connections.",
    })
    const lift = aura.fail('metrics', AURA_FAULTS.noMetricsReader)
    expect(await look()).toMatchObject({ missing: 'role' })
    lift()
    aura.fail('metrics', 'hang')
    expect(await look(AbortSignal.timeout(500))).toMatchObject({ missing: 'failed' })
  })

  test('within twenty seconds or not at all: there are other targets', async () => {
    const found = await instance()
    const timeout = AbortSignal.timeout.bind(AbortSignal)
    const spy = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => timeout(ms / 100))
    aura.fail('metrics', 'hang')
    expect(await meteredConnections(found, aura.client, NOW, new AbortController().signal)).toMatchObject({
      missing: 'failed',
    })
    expect(spy.mock.calls[0]).toEqual([20_000])
  })
})
