import neo4j, { type Integer } from 'neo4j-driver'
import { afterAll, afterEach, beforeAll, describe, expect, it, test, vi } from 'vitest'
import { openLine, type Row } from '../../../functions/aura/bolt-line.ts'
import { lookAtAura } from '../../../functions/aura/look.ts'
import { bytesIn, storeSize } from '../../../functions/aura/store-size.ts'
import { resolveAuraTargets } from '../../../functions/config-aura.ts'
import { type InstanceType, startAura } from '../../world/aura.ts'
import { type Neo4j, startNeo4j } from '../../world/neo4j.ts'
import { describeNeo4j } from '../../world/neo4j-describe.ts'
import { configOf } from '../builders.ts'

afterEach(() => vi.restoreAllMocks())

/** As the server shows a gauge; the JVM's own are measured below. */
const gauge = (name: string, value: unknown, attribute = 'Value'): Row => ({
  name: `neo4j.metrics:name=${name}`,
  attributes: { [attribute]: { description: 'Attribute exposed for management', value } },
})

describe('of the gauges', () => {
  test.for<[what: string, rows: Row[], bytes: number | undefined]>([
    ['none', [], undefined],
    ['the data of one database', [gauge('neo4j.database.neo4j.store.size.database', 500)], 500],
    ['nothing stored', [gauge('neo4j.database.neo4j.store.size.database', 0)], 0],
    ['a name of version 4', [gauge('neo4j.neo4j.store.size.database', 500)], 500],
    ['another prefix, and a database with dots', [gauge('aura.abc.database.my.db.store.size.database', 500)], 500],
    [
      'the data and the whole: the data',
      [gauge('neo4j.database.neo4j.store.size.total', 900), gauge('neo4j.database.neo4j.store.size.database', 500)],
      500,
    ],
    ['only the whole', [gauge('neo4j.database.neo4j.store.size.total', 900)], 900],
    [
      'several databases: their sum, each as it is told',
      [
        gauge('neo4j.database.orders.store.size.database', 500),
        gauge('neo4j.database.orders.store.size.total', 900),
        gauge('neo4j.database.system.store.size.total', 30),
        gauge('neo4j.database.archive.store.size.database', 2_000_000_000_000),
      ],
      2_000_000_000_530,
    ],
    [
      'one that is not measured yet: the whole, where that is',
      [gauge('neo4j.database.neo4j.store.size.database', -1), gauge('neo4j.database.neo4j.store.size.total', 900)],
      900,
    ],
    [
      'one of several that is not told: nothing, as a sum without it says less than there is',
      [gauge('neo4j.database.a.store.size.database', 500), gauge('neo4j.database.b.store.size.database', -1)],
      undefined,
    ],
    ['a text', [gauge('neo4j.database.neo4j.store.size.database', '500')], 500],
    ['a floating-point number', [gauge('neo4j.database.neo4j.store.size.database', 1.5e12)], 1.5e12],
    ['a floating-point number as text', [gauge('neo4j.database.neo4j.store.size.database', '1.5E12')], 1.5e12],
    ['the driver’s own integer', [gauge('neo4j.database.neo4j.store.size.database', neo4j.int(500))], 500],
    ['a newer attribute', [gauge('neo4j.database.neo4j.store.size.database', 500, 'Number')], 500],
    ['a quoted name', [gauge('"neo4j.database.neo4j.store.size.database"', 500)], 500],
    ['a name with its type', [gauge('neo4j.database.neo4j.store.size.database,type=gauges', 500)], 500],
    [
      'other metrics',
      [gauge('neo4j.database.neo4j.store.size.full', 1), gauge('neo4j.dbms.page_cache.hits', 2)],
      undefined,
    ],
    ['no value', [gauge('neo4j.database.neo4j.store.size.database', null)], undefined],
    ['an unreadable value', [gauge('neo4j.database.neo4j.store.size.database', 'n/a')], undefined],
    [
      'no attributes',
      [{ name: 'neo4j.metrics:name=neo4j.database.neo4j.store.size.database', attributes: null }],
      undefined,
    ],
    ['no attribute that is known', [gauge('neo4j.database.neo4j.store.size.database', 500, 'Count')], undefined],
    ['rows of another kind', [{}, { name: null }, { name: 7, attributes: [] }], undefined],
  ])('%s', ([, rows, bytes]) => {
    expect(bytesIn(rows)).toBe(bytes)
  })
})

describe('no size, and no error, where', () => {
  const refusal = (code: string) => new neo4j.Neo4jError('its words', code, '42NFF', '')
  test.for([
    ['it is refused', refusal('Neo.ClientError.Security.Forbidden')],
    ['there is no such procedure', refusal('Neo.ClientError.Procedure.ProcedureNotFound')],
    ['the line is broken', new Error('the line was closed')],
  ] as const)('%s', async ([, error]) => {
    expect(await storeSize({ ask: () => Promise.reject(error) })).toBeUndefined()
  })

  test('no answer comes: nobody waits for long', async () => {
    const timeout = AbortSignal.timeout.bind(AbortSignal)
    const spy = vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => timeout(ms / 100))
    expect(await storeSize({ ask: () => new Promise(() => undefined) })).toBeUndefined()
    expect(spy).toHaveBeenCalledExactlyOnceWith(4_000)
  })
})

describeNeo4j('a real server', () => {
  let server: Neo4j
  beforeAll(async () => {
    server = await startNeo4j()
  })
  afterEach(() => server.reset())
  afterAll(() => server?.stop())

  const access = () => ({
    url: server.url,
    user: 'neo4j',
    password: server.password('neo4j'),
    signal: AbortSignal.timeout(20_000),
    allowUnencrypted: true,
  })

  it('of the Community edition has no metrics: no size, and the line is as good as before', async () => {
    const line = openLine(access())
    try {
      expect(await storeSize(line)).toBeUndefined()
      expect(await line.ask('RETURN 1 AS one')).toEqual([{ one: 1 }])
    } finally {
      await line.close()
    }
  })

  it('shows what Java measures in the shape that is read here, chosen by a pattern like ours', async () => {
    type Shown = { name: string; attributes: Record<string, { description: string; value: number | Integer }> }
    const rows = await server.query<Shown>(
      "CALL dbms.queryJmx('java.nio:name=dir*,*') YIELD name, attributes RETURN name, attributes",
    )
    const [direct] = rows.filter(({ name }) => /name=direct(,|$)/.test(name))
    expect(direct?.attributes.TotalCapacity).toEqual({ description: expect.any(String), value: expect.any(Number) })
    const { TotalCapacity: Value } = direct?.attributes ?? {}
    expect(bytesIn([{ name: 'neo4j.metrics:name=neo4j.database.neo4j.store.size.total', attributes: { Value } }])).toBe(
      Value?.value,
    )
  })

  it.for<[type: InstanceType, offered: boolean]>([
    ['professional-db', true],
    ['professional-ds', true],
    // Of Free the API tells nodes and relationships, of the others the metrics tell bytes.
    ['free-db', false],
    ['business-critical', false],
    ['enterprise-db', false],
    ['enterprise-ds', false],
  ])('behind an instance of type %s is asked: %s', async ([type, offered]) => {
    await using aura = await startAura()
    Object.assign(process.env, aura.env)
    aura.addInstance({
      id: 'a1b2c3d4',
      type,
      neo4j: server,
      metrics_integration_url: offered ? '' : `${aura.url}/none`,
    })
    const [target] = resolveAuraTargets(configOf({ targets: [{ name: 'graph', aura: { instance: 'a1b2c3d4' } }] }))
    if (target === undefined) return expect.fail('no target')
    const keys = { neonApiKey: '', aura: aura.client, passwords: { graph: server.password('neo4j') }, surplus: 0 }
    const looked = await lookAtAura(target, keys, Date.now(), AbortSignal.timeout(20_000))
    try {
      expect(looked.reading).toMatchObject({ kind: 'seen' })
      expect(looked.storeSize !== undefined).toBe(offered)
      expect(await looked.storeSize?.()).toBeUndefined()
      // What is asked last spoils nothing.
      expect(await looked.bolt?.look()).toMatchObject({ connections: { rows: expect.any(Array) } })
    } finally {
      await looked.bolt?.close()
    }
  })
})
