import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { type KnownStore, lookAtAuraStorage } from '../../../functions/aura/look-storage.ts'
import type { Keys } from '../../../functions/secret.ts'
import {
  AURA_FAULTS,
  type Fault,
  type Instance,
  type InstanceSpec,
  type LocalAura,
  startAura,
} from '../../world/aura.ts'
import { HOUR, MINUTE } from '../builders.ts'

const ID = 'a1b2c3d4'
const GB = 1024 ** 3
const SIZE = 'neo4j_database_store_size_database'
const LIMIT = 'neo4j_aura_storage_limit'

let aura: LocalAura
let now: number
beforeEach(async () => {
  aura = await startAura()
  for (const [name, value] of Object.entries(aura.env)) vi.stubEnv(name, value)
  now = Date.now()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await aura.stop()
})

const shop = (type: InstanceSpec['type'] & string, spec: InstanceSpec = {}): Instance =>
  aura.addInstance({ id: ID, name: 'shop', type, ...spec })

// No password: there is nobody to connect to.
const keys = (): Keys => ({ neonApiKey: '', aura: aura.client, passwords: {}, surplus: 0 })
const look = (known?: KnownStore, signal = AbortSignal.timeout(50_000), with_ = keys()) =>
  lookAtAuraStorage({ name: 'graph', aura: { instance: ID } }, with_, known, now, signal)
const scrapes = () => aura.requests.filter(({ service }) => service === 'metrics').length

const sized = (tier: string, used: number, limit?: number, more: object = { by: 'metrics', parts: ['neo4j'] }) => ({
  kind: 'measured',
  at: now,
  provider: 'aura',
  tier,
  measures: [
    {
      series: 'size',
      what: 'instance shop',
      unit: 'bytes',
      used,
      ...more,
      ...(limit && { limit: { value: limit, what: 'the storage of the instance', kind: 'hard' } }),
    },
  ],
})

describe('of Free', () => {
  const count = (series: string, used: number, value: number) => ({
    series,
    what: 'instance shop',
    unit: 'count',
    used,
    limit: { value, what: 'the limit of Aura Free', kind: 'hard' },
  })

  test('nodes and relationships are counted, numbers or texts', async () => {
    shop('free-db', { graph_nodes: 150_000, graph_relationships: '399999' })
    expect(await look()).toEqual({
      kind: 'measured',
      at: now,
      provider: 'aura',
      tier: 'free-db',
      measures: [count('nodes', 150_000, 200_000), count('relationships', 399_999, 400_000)],
    })
    expect(aura.requests.map(({ service }) => service)).toEqual(['token', 'api'])
  })

  test('what is not told is unknown, and none are none', async () => {
    const instance = shop('free-db', { graph_nodes: 0 })
    delete instance.api.graph_relationships
    expect(await look()).toMatchObject({ measures: [count('nodes', 0, 200_000)] })
    delete instance.api.graph_nodes
    expect(await look()).toEqual({
      kind: 'unknown',
      at: now,
      provider: 'aura',
      tier: 'free-db',
      why: 'The Aura API did not tell how many nodes and relationships this Free instance has.',
      forGood: false,
    })
  })
})

describe.for(['business-critical', 'enterprise-db', 'enterprise-ds'] as const)('of %s', (tier) => {
  test('the metrics tell the size and its limit', async () => {
    shop(tier).metrics = {
      [SIZE]: [{ value: 3 * GB }, { value: GB, labels: { database: 'orders' } }],
      [LIMIT]: 16 * GB,
    }
    expect(await look()).toEqual(sized(tier, 4 * GB, 16 * GB, { by: 'metrics', parts: ['neo4j', 'orders'] }))
  })

  test('the limit is what the API says where the metrics do not', async () => {
    const instance = shop(tier, { storage: '32GB' })
    instance.metrics = { [SIZE]: 3 * GB, [LIMIT]: [{ value: Number.NaN }] }
    expect(await look()).toEqual(sized(tier, 3 * GB, 32 * GB))
    for (const storage of [null, '', 'a lot', '-5GB', '0GB']) {
      instance.api.storage = storage
      expect(await look()).toEqual(sized(tier, 3 * GB))
    }
  })

  test('without metrics of now it is unknown for now', async () => {
    const instance = shop(tier)
    const unknown = (why: string) => ({ kind: 'unknown', at: now, provider: 'aura', tier, why, forGood: false })
    instance.metrics = { [SIZE]: [{ value: 3 * GB, at: now - 31 * MINUTE }], [LIMIT]: 16 * GB }
    expect(await look()).toEqual(unknown("Aura's metrics of this instance have no current size of its stores."))
    instance.metrics = {}
    expect(await look()).toEqual(unknown("Aura's metrics endpoint answered with nothing."))
    instance.api.metrics_integration_url = null
    expect(await look()).toEqual(
      unknown('The Aura API gave no address of the metrics that instances of this tier have.'),
    )
    // Bolt counts otherwise.
    expect(await look({ bytes: GB, at: now })).toMatchObject({ kind: 'unknown', forGood: false })
  })

  test('where the metrics are refused, it is unknown until somebody gives the role', async () => {
    shop(tier)
    aura.fail('metrics', AURA_FAULTS.noMetricsReader)
    expect(await look({ bytes: GB, at: now })).toMatchObject({
      kind: 'unknown',
      forGood: true,
      why: expect.stringMatching(/lacks the role Metrics Reader.*User doesn't have access to Metrics resources/),
    })
  })
})

describe('where the metrics are in trouble', () => {
  test.for<[string, Fault]>([
    ['broken', AURA_FAULTS.unavailable],
    ['a web page', AURA_FAULTS.notJson],
    ['reset', 'reset'],
  ])('it is unknown for now, with what they said: %s', async ([, fault]) => {
    shop('business-critical')
    aura.fail('metrics', fault)
    expect(await look()).toMatchObject({
      kind: 'unknown',
      forGood: false,
      why: expect.stringMatching(/^Aura's metrics, .* could not be read\. It said: no metrics: /),
    })
  })

  test('and time is up, that is what failed', async () => {
    shop('business-critical')
    aura.fail('metrics', 'hang')
    expect(await look(undefined, AbortSignal.timeout(500))).toEqual({
      kind: 'failed',
      at: now,
      provider: 'aura',
      failure: { cause: 'no-time', at: 'nightshift', message: 'time was up while waiting for Aura' },
    })
  })
})

describe.for(['professional-db', 'professional-ds'] as const)('of %s', (tier) => {
  test('Aura tells nothing, for good', async () => {
    shop(tier)
    expect(await look()).toEqual({
      kind: 'unknown',
      at: now,
      provider: 'aura',
      tier,
      why: expect.stringContaining('nowhere but in its console'),
      forGood: true,
    })
    expect(scrapes()).toBe(0)
  })

  test('what Bolt has told is taken, as long as it is new', async () => {
    shop(tier, { storage: '4GB' })
    expect(await look({ bytes: GB, at: now - HOUR })).toEqual(sized(tier, GB, 4 * GB, { by: 'bolt' }))
    expect(await look({ bytes: GB, at: now - 3 * HOUR })).toMatchObject({ kind: 'unknown', forGood: false })
  })
})

test('a tier that is not known has what it has', async () => {
  const instance = shop('business-critical')
  Object.assign(instance.api, { type: 'brand-new-db' })
  instance.metrics = { [SIZE]: GB }
  expect(await look()).toMatchObject({ kind: 'measured', tier: 'brand-new-db' })
  instance.api.metrics_integration_url = null
  expect(await look()).toMatchObject({ kind: 'unknown', tier: 'brand-new-db' })
})

test.for(['paused', 'Resuming', 'suspended'])('%s, it is not asked for more', async (status) => {
  shop('business-critical', { status })
  expect(await look()).toEqual({ kind: 'not-running', at: now, status: status.toLowerCase() })
  expect(scrapes()).toBe(0)
})

test.for(['available', 'Resizing', 'something new'])(
  '%s, it is looked at: only what Aura calls rest is rest',
  async (status) => {
    shop('free-db', { status, graph_nodes: 7 })
    expect(await look()).toMatchObject({ kind: 'measured', measures: [{ used: 7 }, {}] })
  },
)

describe('a look fails', () => {
  const failure = async (...args: Parameters<typeof look>) => {
    const reading = await look(...args)
    return reading.kind === 'failed' ? reading.failure : expect.fail(`it is ${reading.kind}`)
  }

  test('of an instance that is gone', async () => {
    expect(await failure()).toMatchObject({ cause: 'not-found', at: 'api' })
  })

  test('without an API client, or with one that was deleted', async () => {
    shop('free-db')
    const { aura: _, ...none } = keys()
    expect(await failure(undefined, undefined, none)).toMatchObject({ cause: 'client', at: 'secret' })
    aura.revokeClient()
    expect(await failure()).toMatchObject({ cause: 'client', at: 'api' })
  })

  test.for<[string, Fault, string]>([
    ['forbids it', AURA_FAULTS.forbidden, 'forbidden'],
    ['is broken', AURA_FAULTS.unavailable, 'provider'],
    ['answers something else', AURA_FAULTS.otherShape, 'bad-answer'],
  ])('where the API %s', async ([, fault, cause]) => {
    shop('free-db')
    aura.fail('api', fault)
    expect(await failure()).toMatchObject({ cause, at: 'api' })
  })

  test('where the API does not answer in time', async () => {
    shop('free-db')
    aura.fail('api', 'hang')
    expect(await failure(undefined, AbortSignal.timeout(300))).toMatchObject({ cause: 'no-time' })
  })
})
