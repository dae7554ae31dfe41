import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { expect, test } from 'vitest'
import type { Series } from '../../functions/checks/storage/series.ts'
import { ERRORS } from '../world/aws.ts'
import { type Months, startMonths } from '../world/months.ts'
import { PROJECT } from '../world/night.ts'

const HOUR = 3_600_000
const MB = 1024 ** 2
const GB = 1024 * MB
const START = Date.UTC(2026, 7, 1)

const ORDERS = { name: 'orders', neon: { project: PROJECT, role: 'nightshift' }, note: 'Owner: the shop team.' }
const GRAPH = { name: 'graph', aura: { instance: 'a1b2c3d4' } }

/** A branch whose compute sleeps: whoever asks it anything wakes it. */
function addProject({ neon }: Months, logicalSize: number) {
  const project = neon.addProject({
    id: PROJECT,
    branches: [
      {
        id: 'br-main-1234',
        logical_size: logicalSize,
        endpoints: [{ id: 'ep-cool-1234', postgres: { host: '127.0.0.1', port: 1 }, current_state: 'idle' }],
      },
    ],
  })
  const [main] = project.branches
  return main ?? expect.fail('no branch')
}

const seriesOf = async ({ aws }: Months, target = 'orders', name = 'size'): Promise<Series | undefined> => {
  const items = await aws.dynamodb.items(aws.env.NIGHTSHIFT_TABLE as string)
  const item = items.find(({ pk, sk }) => pk === `TARGET#${target}` && sk === `SERIES#${name}`)
  return item && JSON.parse(String(item.state))
}
const openIn = async ({ aws }: Months): Promise<string[]> => {
  const items = await aws.dynamodb.items(aws.env.NIGHTSHIFT_TABLE as string)
  return items.flatMap(({ pk, sk, state }) =>
    sk === 'CHECK#storage'
      ? Object.keys(JSON.parse(String(state)).incidents ?? {}).map((rule) => `${String(pk).slice(7)} ${rule}`)
      : [],
  )
}
const measured = (series: Series | undefined) => series?.hours.values.filter((value) => value !== null).length

/** Where Bolt would be: it counts who comes. */
async function listen() {
  const server = createServer((socket) => {
    found.connections += 1
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const found = {
    connections: 0,
    url: `bolt://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => void (await once(server.close(), 'close')),
  }
  return found
}

const sqlSent = ({ neon }: Months) => neon.requests.filter(({ service }) => service === 'sql').length

test('a disk that fills for weeks is told of with its date, then by its level, then as full, each once, and no compute is woken', async () => {
  await using months = await startMonths({ targets: [ORDERS] })
  const main = addProject(months, 250 * MB)
  const told: { day: number; subject: string }[] = []
  const sizeAfter = (days: number) => Math.min(512, 250 + 9 * days) * MB
  for (let hours = 0; hours <= 30 * 24; hours += 2) {
    months.now = START + hours * HOUR
    main.api.logical_size = Math.round(sizeAfter(hours / 24))
    await months.run(months.storage)
    for (const subject of months.subjects()) told.push({ day: hours / 24, subject })
  }
  // Full after 29.1 days.
  const first = (pattern: RegExp) => told.find(({ subject }) => pattern.test(subject))?.day
  const warned = first(/^\[WARNING\] orders: .*full/) ?? expect.fail(JSON.stringify(told))
  expect(29.1 - warned).toBeGreaterThan(6)
  // 70 % is reached after 12 days, and must have stood for one; 90 % after 23.5.
  const level = first(/^\[WARNING\] orders: .*\d\d%/) ?? expect.fail(JSON.stringify(told))
  expect(level).toBeGreaterThanOrEqual(12)
  expect(level).toBeLessThan(14.5)
  const critical = first(/^\[CRITICAL\]/) ?? expect.fail(JSON.stringify(told))
  expect(critical).toBeLessThanOrEqual(23.5 + 1)
  expect(told.at(-1)?.subject).toMatch(/full/)
  // Told once each, but for the reminders of what stands.
  const opened = new Set(told.map(({ subject }) => subject))
  expect(opened.size).toBe(told.length)

  // The plan is raised: all of it is over.
  const project = months.neon.projects.get(PROJECT) ?? expect.fail('no project')
  Object.assign(project.api, { branch_logical_size_limit: 16_000, branch_logical_size_limit_bytes: 16_000 * MB })
  for (let hours = 1; hours <= 30; hours++) {
    months.now = START + (30 * 24 + hours) * HOUR
    await months.run(months.storage)
  }
  expect(months.subjects().filter((subject) => subject.startsWith('[RESOLVED]')).length).toBeGreaterThan(0)
  const report = await months.run(months.storage)
  expect(report.severity).toBe('ok')
  expect(await openIn(months)).toEqual([])

  expect(sqlSent(months)).toBe(0)
  expect(main.endpoints[0]?.wakeUps).toBe(0)
}, 180_000)

test('each hour has one point, however many runs overlap in it or are repeated', async () => {
  await using months = await startMonths({ targets: [ORDERS] })
  const main = addProject(months, 100 * MB)
  for (let hours = 0; hours < 5; hours++) {
    for (const minutes of [0, 20, 59]) {
      months.now = START + hours * HOUR + minutes * 60_000
      main.api.logical_size = (100 + hours) * MB + minutes
      await Promise.all(Array.from({ length: 3 }, () => months.run(months.storage)))
    }
  }
  const series = await seriesOf(months)
  expect(series?.hours.values).toEqual([100, 101, 102, 103, 104].map((mb) => mb * MB))
  expect(series?.hours.from).toBe(START / HOUR)
})

test('a gap stays a gap, and a dry run leaves no point', async () => {
  await using months = await startMonths({ targets: [ORDERS] })
  addProject(months, 100 * MB)
  months.now = START
  await months.run(months.storage)
  const lift = months.neon.fail('api', { status: 503, body: {} })
  months.now = START + HOUR
  const blind = await months.run(months.storage)
  expect(blind.targets[0]?.says).toEqual([expect.stringContaining('storage.blind')])
  lift()
  months.now = START + 2 * HOUR
  await months.run(months.storage, { dryRun: true })
  expect((await seriesOf(months))?.hours.values).toEqual([100 * MB])
  months.now = START + 3 * HOUR
  await months.run(months.storage)
  expect((await seriesOf(months))?.hours.values).toEqual([100 * MB, null, null, 100 * MB])
})

test('a size that Neon does not tell is unknown and never nothing', async () => {
  await using months = await startMonths({ targets: [ORDERS] })
  const main = addProject(months, 400 * MB)
  months.now = START
  await months.run(months.storage)
  delete main.api.logical_size
  months.now = START + HOUR
  const report = await months.run(months.storage)
  expect(report.severity).toBe('unknown')
  expect(report.targets[0]?.findings.map(({ rule }) => rule)).toEqual(['storage.blind'])
  expect(measured(await seriesOf(months))).toBe(1)
})

test('a damaged history is begun anew and said so, and a level that is critical is told all the same', async () => {
  await using months = await startMonths({ targets: [ORDERS] })
  addProject(months, 500 * MB)
  const table = new DynamoDBClient(months.aws.connect('dynamodb'))
  const damaged = {
    pk: { S: 'TARGET#orders' },
    sk: { S: 'SERIES#size' },
    version: { N: '7' },
    state: { S: '[{"v":1}' },
  }
  await table.send(new PutItemCommand({ TableName: months.aws.env.NIGHTSHIFT_TABLE as string, Item: damaged }))
  table.destroy()
  months.now = START
  const report = await months.run(months.storage)
  expect(report.targets[0]?.says.join('\n')).toMatch(/critical: storage.level: .*97%/)
  expect(report.targets[0]?.findings.map(({ summary }) => summary).join('\n')).toContain('begun anew')
  expect(measured(await seriesOf(months))).toBe(1)
  months.now = START + HOUR
  const next = await months.run(months.storage)
  expect(next.targets[0]?.findings.map(({ rule }) => rule)).toEqual(['storage.level'])
  // The history is lost whether or not a second look shows it: people have been told, once.
  const texts = months.aws.sns.inbox.filter(({ protocol }) => protocol === 'email').map(({ text }) => text)
  expect(texts.map((text) => text.includes('begun anew'))).toEqual([true])
})

test('another instance under the same name has a history of its own: it has not shrunk', async () => {
  await using months = await startMonths({ targets: [GRAPH] })
  for (const [id, size] of [
    ['a1b2c3d4', 13 * GB],
    ['e5f6a7b8', 5 * GB],
  ] as const) {
    const { metrics } = months.aura.addInstance({ id, type: 'business-critical' })
    if (metrics) Object.assign(metrics, { neo4j_database_store_size_database: size, neo4j_aura_storage_limit: 64 * GB })
  }
  const [target] = months.storage.targets as unknown as { aura: { instance: string } }[]
  for (let hours = 0; hours < 12; hours++) {
    months.now = START + hours * HOUR
    if (target && hours === 6) target.aura = { instance: 'e5f6a7b8' }
    expect((await months.run(months.storage)).severity).toBe('ok')
  }
  expect((await seriesOf(months, 'graph'))?.hours.values).toEqual(Array(6).fill(5 * GB))
  expect(months.subjects()).toEqual([])
})

test('a count that every second look lacks neither ends what is critical nor makes it ring again', async () => {
  await using months = await startMonths({ targets: [GRAPH] })
  const graph = months.aura.addInstance({
    id: 'a1b2c3d4',
    type: 'free-db',
    graph_nodes: 195_000,
    graph_relationships: 9,
  })
  for (let hours = 0; hours < 12; hours++) {
    months.now = START + hours * HOUR
    Object.assign(graph.api, { graph_nodes: hours % 2 === 0 ? 195_000 : null })
    expect((await months.run(months.storage)).severity).toBe('critical')
  }
  expect(months.subjects()).toEqual([
    expect.stringMatching(/^\[CRITICAL\] graph: storage 97% full: 195,000 of 200,000 nodes/),
  ])
  expect(measured(await seriesOf(months, 'graph', 'nodes'))).toBe(6)

  // The upgrade that was advised: nobody tells of the new tier, and nothing stands of the old one.
  Object.assign(graph.api, { type: 'professional-db', graph_nodes: null, graph_relationships: null })
  months.now = START + 12 * HOUR
  await months.run(months.storage)
  expect(months.subjects()).toEqual([expect.stringContaining('UNKNOWN')])
  expect(months.aws.sns.inbox.findLast(({ protocol }) => protocol === 'email')?.text).toMatch(
    /RESOLVED graph: .*another tier/,
  )
  expect(await openIn(months)).toEqual(['graph storage.blind'])

  // Paused, it is as unknown as before.
  graph.api.status = 'paused'
  for (let hours = 13; hours < 20; hours++) {
    months.now = START + hours * HOUR
    await months.run(months.storage)
  }
  expect(months.subjects()).toEqual([])
  expect(await openIn(months)).toEqual(['graph storage.blind'])
})

test('an answer of the metrics that lacks a database is no loss', async () => {
  await using months = await startMonths({ targets: [GRAPH] })
  const { metrics } = months.aura.addInstance({ id: 'a1b2c3d4', type: 'business-critical' })
  const sizes = [{ value: 2 * GB }, { value: 10 * GB, labels: { database: 'orders' } }]
  for (let hours = 0; hours < 10; hours++) {
    months.now = START + hours * HOUR
    if (metrics) {
      metrics.neo4j_aura_storage_limit = 64 * GB
      metrics.neo4j_database_store_size_database = hours === 6 ? sizes.slice(0, 1) : sizes
    }
    await months.run(months.storage)
  }
  expect(months.subjects()).toEqual([])
  expect((await seriesOf(months, 'graph'))?.hours.values.at(6)).toBeNull()
})

test('a table that takes nothing makes the run fail, after what is critical was told', async () => {
  await using months = await startMonths({ targets: [ORDERS] })
  addProject(months, 500 * MB)
  months.now = START
  months.aws.fail('dynamodb', ERRORS.dynamodbInternal)
  await expect(months.run(months.storage)).rejects.toThrow(/history of size of orders/)
  expect(months.subjects()).toEqual([expect.stringMatching(/^\[CRITICAL\] orders: .*97%/)])
})

test('of Aura nothing is connected to over Bolt: the metrics tell, Free tells its counts, and Professional nothing', async () => {
  await using months = await startMonths({
    targets: [GRAPH, { name: 'free', aura: { instance: 'f1f1f1f1' } }, { name: 'pro', aura: { instance: 'p1p1p1p1' } }],
  })
  await using bolt = await listen()
  const graph = months.aura.addInstance({ id: 'a1b2c3d4', type: 'business-critical', connection_url: bolt.url })
  months.aura.addInstance({
    id: 'f1f1f1f1',
    type: 'free-db',
    connection_url: bolt.url,
    graph_nodes: 195_000,
    graph_relationships: '10',
  })
  months.aura.addInstance({ id: 'p1p1p1p1', type: 'professional-db', connection_url: bolt.url })
  const mails: string[] = []
  for (let hours = 0; hours < 30; hours++) {
    months.now = START + hours * HOUR
    if (graph.metrics) graph.metrics.neo4j_database_store_size_database = GB + hours
    const report = await months.run(months.storage)
    expect(report.targets.map(({ target, severity }) => `${target} ${severity}`)).toEqual([
      'graph ok',
      'free critical',
      'pro unknown',
    ])
    mails.push(...months.subjects())
  }
  expect(measured(await seriesOf(months, 'graph'))).toBe(30)
  expect(measured(await seriesOf(months, 'free', 'nodes'))).toBe(30)
  expect(measured(await seriesOf(months, 'free', 'relationships'))).toBe(30)
  expect(mails).toEqual([
    expect.stringMatching(/^\[CRITICAL\] free: storage 97% full: 195,000 of 200,000 nodes \(\+1 more\)/),
    expect.stringMatching(/^\[STILL CRITICAL\] free: /),
  ])
  expect(bolt.connections).toBe(0)
  // What cannot be known is told once; of what is critical people are reminded once a day.
  const texts = months.aws.sns.inbox.filter(({ protocol }) => protocol === 'email').map(({ text }) => text)
  expect(texts.map((text) => text.includes('UNKNOWN pro: '))).toEqual([true, false])
})
