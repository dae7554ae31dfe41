import { expect, test } from 'vitest'
import { type Months, startMonths } from '../world/months.ts'
import { PROJECT } from '../world/night.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** The last days of a leap year's February, and over midnight. */
const START = Date.UTC(2028, 1, 27, 12)
const BRANCH = 'br-main-1234'

const ORDERS = { name: 'orders', neon: { project: PROJECT, role: 'nightshift' }, note: 'Owner: the shop team.' }
const GRAPH = { name: 'graph', aura: { instance: 'a1b2c3d4' } }
const iso = (at: number) => new Date(at).toISOString()

function addProject({ neon }: Months) {
  const project = neon.addProject({
    id: PROJECT,
    owner: { subscription_type: 'launch_v3' },
    created_at: iso(START - 100 * DAY),
    history_retention_seconds: 86_400,
    branches: [{ id: BRANCH, created_at: iso(START - 100 * DAY) }],
  })
  const [main] = project.branches
  if (main) main.schedule = [{ frequency: 'daily', hour: 23, retention_seconds: 14 * 86_400 }]
  return { project, main: main ?? expect.fail('no branch') }
}

/** Every hour from `from` to `to`, both in hours since START; what was told, with the hour. */
async function watch(months: Months, from: number, to: number, each?: (at: number) => void): Promise<string[]> {
  const told: string[] = []
  for (let hours = from; hours <= to; hours++) {
    months.now = START + hours * HOUR
    each?.(months.now)
    await months.run(months.snapshots)
    for (const subject of months.subjects()) told.push(`${hours}: ${subject}`)
  }
  return told
}

const sms = ({ aws }: Months) => aws.sns.inbox.filter(({ protocol }) => protocol === 'sms').map(({ text }) => text)

test('snapshots that stop are told of when one is late, again when two are, once a day, and that they are back', async () => {
  await using months = await startMonths({ targets: [ORDERS] })
  const { project } = addProject(months)
  const nightly = (at: number) => {
    if (new Date(at).getUTCHours() !== 23) return
    project.addSnapshot({ source_branch_id: BRANCH, created_at: iso(at), expires_at: iso(at + 14 * DAY) })
  }
  nightly(START - 13 * HOUR)
  // Over the leap day nothing is told while all is well.
  expect(await watch(months, 0, 4 * 24, nightly)).toEqual([])

  // The last one is of hour 83, 23:00 UTC; due again after 24 h, late after 26 h, critical after 50 h.
  const told = await watch(months, 97, 97 + 8 * 24)
  expect(told[0]).toMatch(/^110: \[WARNING\] orders: /)
  expect(told[1]).toMatch(/^134: \[CRITICAL\] orders: /)
  for (const reminder of told.slice(2)) expect(reminder).toMatch(/: \[STILL CRITICAL\] orders: .*\d d/)
  expect(told.length).toBe(2 + 6)
  // A telephone rings when it becomes critical, and not each day at that hour.
  expect(sms(months)).toEqual([expect.stringMatching(/^CRITICAL orders: /)])

  const after = await watch(months, 290, 300, (at) => {
    if (at === START + 291 * HOUR) project.addSnapshot({ source_branch_id: BRANCH, created_at: iso(at) })
  })
  expect(after).toEqual([expect.stringMatching(/^29\d: \[RESOLVED\] orders: /)])
  expect(months.neon.requests.filter(({ service }) => service === 'sql')).toEqual([])
}, 120_000)

test('that none could be asked for is another matter than that there are none, and both are told', async () => {
  await using months = await startMonths({ targets: [ORDERS] })
  const { project } = addProject(months)
  project.addSnapshot({ source_branch_id: BRANCH, created_at: iso(START - 2 * HOUR) })
  await watch(months, 0, 0)

  const lift = months.neon.fail('api', { status: 503, body: {} })
  const blind = await watch(months, 1, 3)
  expect(blind).toEqual([expect.stringMatching(/^2: \[UNKNOWN\] orders: /)])
  // What is not seen grows old all the same.
  expect(await watch(months, 23, 25)).toEqual([expect.stringMatching(/^25: \[WARNING\] orders: /)])
  lift()
  expect((await watch(months, 26, 30)).join('\n')).toMatch(/\[RESOLVED\] orders: .*ask/)

  project.snapshots.length = 0
  expect((await watch(months, 31, 33)).join('\n')).toMatch(/\[CRITICAL\] orders: no/)
})

test('a schedule that somebody has turned off is told at the next look', async () => {
  await using months = await startMonths({ targets: [ORDERS] })
  const { project, main } = addProject(months)
  project.addSnapshot({ source_branch_id: BRANCH, created_at: iso(START - 2 * HOUR) })
  expect(await watch(months, 0, 2)).toEqual([])
  main.schedule = []
  expect(await watch(months, 3, 3)).toEqual([expect.stringMatching(/^3: \[WARNING\] orders: .*schedule/)])
})

test('an instance is judged by what its tier promises, and against its pause while it is paused', async () => {
  await using months = await startMonths({ targets: [GRAPH] })
  const graph = months.aura.addInstance({
    id: 'a1b2c3d4',
    name: 'graph',
    type: 'professional-db',
    created_at: iso(START - 100 * DAY),
  })
  graph.addSnapshot({ timestamp: iso(START - 5 * HOUR) })
  expect(await watch(months, 0, 15)).toEqual([])
  graph.api.status = 'paused'
  expect(await watch(months, 16, 90)).toEqual([])
  graph.api.status = 'running'
  // Before its pause it was 21 hours old: it is late five running hours later.
  const told = await watch(months, 91, 100)
  expect(told[0]).toMatch(/\[WARNING\] graph: /)
})

test('a failed snapshot after the last good one is told, with who to ask', async () => {
  await using months = await startMonths({ targets: [GRAPH] })
  const graph = months.aura.addInstance({
    id: 'a1b2c3d4',
    name: 'graph',
    type: 'professional-db',
    created_at: iso(START - 100 * DAY),
  })
  graph.addSnapshot({ timestamp: iso(START - 5 * HOUR) })
  graph.addSnapshot({ timestamp: iso(START - HOUR), status: 'Failed', exportable: false })
  expect(await watch(months, 0, 0)).toEqual([expect.stringMatching(/^0: \[WARNING\] graph: .*failed/)])
  graph.addSnapshot({ timestamp: iso(START + HOUR) })
  expect((await watch(months, 1, 6)).join('\n')).toContain('[RESOLVED] graph')
})

test('hourly snapshots of which nobody tells which are full are no reason to ring', async () => {
  await using months = await startMonths({ targets: [GRAPH] })
  const graph = months.aura.addInstance({
    id: 'a1b2c3d4',
    name: 'graph',
    type: 'business-critical',
    created_at: iso(START - 100 * DAY),
  })
  for (let hours = -240; hours < 60; hours++)
    graph.addSnapshot({ timestamp: iso(START + hours * HOUR), exportable: undefined })
  expect(await watch(months, 0, 59)).toEqual([])
  // What can be judged still is.
  expect(await watch(months, 60, 63)).toEqual([expect.stringMatching(/^63: \[WARNING\] graph: newest snapshot is 4 h/)])
})

test('an instance that has never had a snapshot, and may be without for two weeks, is told of then', async () => {
  const free = { ...GRAPH, snapshots: { maxAge: '14d' } } as const
  await using months = await startMonths({ targets: [free] })
  months.aura.addInstance({ id: 'a1b2c3d4', name: 'graph', type: 'free-db', created_at: iso(START - 100 * DAY) })
  const told: string[] = []
  const asked: number[] = []
  for (let days = 0; days < 9; days++) {
    const before = months.aura.requests.length
    told.push(...(await watch(months, days * 24, days * 24)))
    asked.push(months.aura.requests.slice(before).filter(({ service }) => service === 'api').length)
  }
  expect(told).toEqual([
    expect.stringMatching(/^168: \[CRITICAL\] graph: no completed snapshot since 2028-02-20 00:00 UTC/),
    expect.stringMatching(/^192: \[STILL CRITICAL\] graph: /),
  ])
  // The days before are asked for once.
  expect(asked).toEqual([10, ...Array.from({ length: 8 }, () => 4)])
})

test('a backup schedule that Neon refuses to tell is told, and what should have come by it is missed', async () => {
  await using months = await startMonths({ targets: [ORDERS] })
  const { project } = addProject(months)
  Object.assign(project.api, { owner: { subscription_type: 'scale_v3' } })
  for (const days of [41, 42, 43])
    project.addSnapshot({ source_branch_id: BRANCH, created_at: iso(START - days * DAY) })
  const body = { code: '', message: 'not allowed' }
  const lift = months.neon.fail('api', { status: 403, body }, { match: /backup_schedule/ })
  expect(await watch(months, 0, 2)).toEqual([
    expect.stringMatching(/^0: \[CRITICAL\] orders: newest snapshot is 41 d old, due every day as scheduled ones/),
    expect.stringMatching(/^1: \[UNKNOWN\] orders: the backup schedule is not told/),
  ])
  lift()
  project.addSnapshot({ source_branch_id: BRANCH, created_at: iso(START + 2 * HOUR) })
  const after = await watch(months, 3, 6)
  expect(after).toEqual([0, 1].map(() => expect.stringMatching(/\[RESOLVED\] orders: /)))
})

test('two failed snapshots in a row wake nobody while the last good one is young', async () => {
  await using months = await startMonths({ targets: [GRAPH] })
  const graph = months.aura.addInstance({
    id: 'a1b2c3d4',
    name: 'graph',
    type: 'business-critical',
    created_at: iso(START - 100 * DAY),
  })
  graph.addSnapshot({ timestamp: iso(START - 100 * 60_000) })
  for (const minutes of [20, 10])
    graph.addSnapshot({ timestamp: iso(START - minutes * 60_000), status: 'Failed', exportable: false })
  expect(await watch(months, 0, 1)).toEqual([
    expect.stringMatching(/^0: \[WARNING\] graph: the last 2 snapshots failed/),
  ])
  expect(sms(months)).toEqual([])
  expect((await watch(months, 2, 2)).join()).toMatch(/\[CRITICAL\] graph: /)
  expect(sms(months)).toHaveLength(1)
})
