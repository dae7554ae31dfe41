import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, test } from 'vitest'
import { noTrust, type TrustMemory } from '../../functions/checks/trust/memory.ts'
import type { StaleSessionsConfig } from '../../functions/config.ts'
import type { EndingsList } from '../../functions/record.ts'
import type { Report } from '../../functions/report.ts'
import { ROOT } from '../../infra/bundling.ts'
import { startFunction } from '../world/lambda.ts'
import { bundleFor, EMAIL, idleFor, leak, type Night, startNight, TARGET } from '../world/night.ts'

const DENIED = { status: 400, code: 'AccessDeniedException', message: 'not authorized to perform this' }

/** What is remembered of the sessions. */
async function memoryOf({ aws }: Night): Promise<TrustMemory> {
  const items = await aws.dynamodb.items(aws.env.NIGHTSHIFT_TABLE as string)
  return JSON.parse(String(items.find(({ sk }) => sk === 'SESSIONS')?.state ?? '{}'))
}

const records = async ({ aws }: Night) =>
  (await aws.dynamodb.items(aws.env.NIGHTSHIFT_TABLE as string)).filter(({ sk }) => String(sk).startsWith('ENDED#'))

/** The same function once somebody has changed the policy and deployed. */
async function deployed({ aws, neon, config }: Night, staleSessions: StaleSessionsConfig) {
  const stack = new AsyncDisposableStack()
  const { directory } = stack.use(await bundleFor('functions/connections.ts', { ...config, staleSessions }))
  const fn = stack.use(await startFunction({ directory, timeoutSeconds: 120, env: { ...aws.env, ...neon.env } }))
  return { run: (event = {}) => fn.invoke<Report>(event), [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

test('an application that works again after a while is rehearsed, learned from, and given twice as long', async () => {
  const policy: StaleSessionsConfig = { idleFor: '1s', above: 0 }
  await using night = await startNight({ staleSessions: policy })
  const [shop] = await leak(night, 'shop', 1)
  const [leaked] = await leak(night, 'sync-job', 1)
  if (!shop || !leaked) throw new Error('no sessions')
  const stale = async () => (await night.run()).payload?.targets[0]?.stale

  await idleFor(night, 3_000)
  const first = await stale()
  expect(first).toMatchObject({ held: 'not-opted-in', wouldEnd: { length: 2 }, unproven: [] })
  expect(first?.rehearsal).toMatch(/^Since .* this policy would have ended 2 sessions; 0 of them came back\.$/)

  await shop.query('SELECT 1')
  const second = await stale()
  expect(second?.rehearsal).toMatch(/would have ended 2 sessions; 1 of them came back\.$/)
  const { gaps } = await memoryOf(night)
  const [[name, [[gap] = [0]]] = ['', [[0]]]] = gaps.applications as [string, [number, number][]][]
  expect(gaps.applications).toHaveLength(1)
  expect(name).toBe('shop')
  expect(gap).toBeGreaterThanOrEqual(3_000)

  // Now it is allowed to: whoever has never been seen to come back is ended past the policy's own limit.
  await using allowed = await deployed(night, { ...policy, end: true })
  await allowed.run({ dryRun: true })
  await shop.query('SELECT 1')
  await idleFor(night, 1_000)
  const third = (await allowed.run()).payload?.targets[0]?.stale
  expect(third?.ended).toMatchObject([{ application: 'sync-job', outcome: 'ended' }])
  expect(third?.unproven).toMatchObject([{ application: 'shop' }])
  expect(third).not.toHaveProperty('rehearsal')
  expect(third?.limits).toEqual([
    expect.objectContaining({ application: 'shop', policy: '1 s', longestGap: expect.stringMatching(/^\d+ s$/) }),
    { application: 'sync-job', policy: '1 s', limit: '1 s' },
  ])
  expect(await leaked.ended).toMatchObject({ code: '57P01' })
  await shop.query('SELECT 1')

  await idleFor(night, 2 * gap)
  const fourth = (await allowed.run()).payload?.targets[0]?.stale
  expect(fourth?.ended).toMatchObject([{ application: 'shop', outcome: 'ended' }])
})

test('what the mail says before anybody opts in is what the policy would have done', async () => {
  await using night = await startNight({
    postgres: { maxConnections: 30, reserved: 3 },
    tell: { emails: ['oncall@example.com'], confirm: { looks: 1, of: 1 } },
    staleSessions: { idleFor: '1s' },
  })
  await leak(night, 'sync-job', 22)
  await idleFor(night, 1_000)
  await night.run()
  const mail = await night.aws.sns.nextMail(({ protocol }) => protocol === 'email')
  // As the policy would have gone on: ten, and then there is room.
  expect(mail.text).toMatch(/this policy would have ended 10 sessions; 0 of them came back\./)
})

test('each ended session is on record, also when the process dies right after, and can be listed', async () => {
  await using night = await startNight({ staleSessions: { end: true, idleFor: '1s', above: 0, atMost: 3 } })
  const sessions = await leak(night, 'sync-job', 4)
  await idleFor(night, 1_000)
  const dying = new AbortController()
  const publish = night.aws.nextRequest('sns', 'Publish').then(() => dying.abort())
  const killed = await night.run({}, { kill: dying.signal })
  await publish
  expect(killed.ok).toBe(false)
  expect(await records(night)).toHaveLength(3)

  const { error } = await night.run()
  expect(error).toBeUndefined()
  const { payload } = await night.run({ endings: { target: 'orders', days: 1 } })
  const { endings } = payload as unknown as EndingsList
  // Newest first: the youngest of them was ended last.
  expect(endings.map(({ pid }) => pid)).toEqual(sessions.map(({ pid }) => pid).toReversed())
  expect(endings[0]).toMatchObject({
    target: 'orders',
    rule: 'connections.stale',
    outcome: 'ended',
    application: 'sync-job',
    role: 'app',
    database: 'neondb',
    policyMs: 1_000,
    limitMs: 1_000,
    evidence: expect.stringMatching(/Longest gap of its application that was followed by work: none seen\.$/),
  })
  const [newest = expect.fail('nothing is listed')] = endings
  expect(Date.parse(newest.at) - Date.parse(String(newest.idleSince))).toBeGreaterThanOrEqual(Number(newest.idleMs))
  const [item] = await records(night)
  const days = (Number(item?.expiresAt) * 1000 - Date.parse(String(item?.at))) / (24 * 60 * 60_000)
  expect(days).toBeCloseTo(90, 3)
  expect((await night.run({ endings: { days: 0 } })).error?.errorMessage).toContain(
    'endings.days 0 is not a whole number',
  )
})

test('a record that the table does not take stops nothing, and is a fault of the run', async () => {
  await using night = await startNight({ staleSessions: { end: true, idleFor: '1s', above: 0 } })
  await leak(night, 'sync-job', 2)
  await idleFor(night, 1_000)
  night.aws.fail('dynamodb', DENIED, { action: 'PutItem' })
  const { error, logs } = await night.run()
  expect(logs.filter((line) => line.includes('"event":"ending"'))).toHaveLength(2)
  expect(error?.errorMessage).toContain(
    'the table did not take 2 records of what was ended on orders, which the log has',
  )
  expect(error?.errorMessage).toContain("the table did not take what is remembered of orders's sessions")
})

test('where what was learned cannot be read, nobody is ended', async () => {
  await using night = await startNight({ staleSessions: { end: true, idleFor: '1s', above: 0 } })
  const sessions = await leak(night, 'sync-job', 2)
  await idleFor(night, 1_000)
  night.aws.fail('dynamodb', DENIED)
  const { payload } = await night.run({ dryRun: true })
  expect(payload?.targets[0]?.stale).toMatchObject({ held: 'unlearned', ended: [], wouldEnd: [] })
  expect((await night.run()).ok).toBe(false)
  await Promise.all(sessions.map((session) => session.query('SELECT 1')))
})

/** Puts another text where something is remembered. */
async function damage({ aws }: Night, sk: string, state: string) {
  const table = new DynamoDBClient(aws.connect('dynamodb'))
  const [TableName, Key] = [aws.env.NIGHTSHIFT_TABLE as string, { pk: { S: `TARGET#${TARGET}` }, sk: { S: sk } }]
  const { Item } = await table.send(new GetItemCommand({ TableName, Key }))
  await table.send(
    new PutItemCommand({ TableName, Item: { version: { N: '1' }, ...Item, ...Key, state: { S: state } } }),
  )
  table.destroy()
}

/** Asked of the server, since a session that works again teaches something. */
const connected = async ({ postgres }: Night) =>
  (await postgres.query(`SELECT FROM pg_stat_activity WHERE application_name = 'sync-job'`)).length

const OPTED_IN: StaleSessionsConfig = { end: true, idleFor: '1s', above: 0 }

test.for(['not JSON', '{"gaps":{"since":"x"},"watched":{"at":0,"names":[],"sessions":[]}}'])(
  'where what was learned is damaged, as %s, nobody is ended for a week, and the report and the mail say until when',
  async (damaged) => {
    await using night = await startNight({
      postgres: { maxConnections: 30, reserved: 3 },
      tell: { emails: [EMAIL], confirm: { looks: 1, of: 1 } },
      staleSessions: OPTED_IN,
    })
    await leak(night, 'sync-job', 16)
    await idleFor(night, 1_000)
    await damage(night, 'SESSIONS', damaged)
    const run = async () => (await night.run()).payload?.targets[0]?.stale
    const until =
      /^How long applications lie idle is learned anew until .* UTC, since .* damaged; nobody is ended before\.$/
    const first = await run()
    expect(first).toMatchObject({ held: 'unlearned', ended: [], wouldEnd: [], unproven: { length: 16 } })
    expect(first?.unlearned).toMatch(until)
    const mail = await night.aws.sns.nextMail(({ protocol }) => protocol === 'email')
    expect(mail.text).toContain(first?.unlearned)
    // The item is whole again, and what was lost is not forgotten by that.
    expect(await run()).toMatchObject({ held: 'unlearned', ended: [], unlearned: first?.unlearned })
    expect(await connected(night)).toBe(16)

    const { gaps, ...rest } = await memoryOf(night)
    const weekAgo = (gaps.lostAt ?? Number.NaN) - 7 * 24 * 60 * 60_000
    await damage(night, 'SESSIONS', JSON.stringify({ ...rest, gaps: { ...gaps, applications: [], lostAt: weekAgo } }))
    const last = await run()
    expect(last?.ended).toHaveLength(10)
    expect(last).not.toHaveProperty('unlearned')
  },
)

test('after a look by a clock that was ahead nobody is ended, once, and learning goes on', async () => {
  await using night = await startNight({ staleSessions: OPTED_IN })
  await leak(night, 'sync-job', 2)
  await night.run({ dryRun: true })
  await damage(night, 'SESSIONS', JSON.stringify({ ...noTrust(0), watched: { at: 9e15, names: [], sessions: [] } }))
  await idleFor(night, 1_000)
  const stale = async () => (await night.run()).payload?.targets[0]?.stale
  expect(await stale()).toMatchObject({
    held: 'unlearned',
    ended: [],
    unlearned: expect.stringContaining('so a clock is wrong'),
  })
  expect((await memoryOf(night)).watched.sessions).toHaveLength(2)
  expect(await stale()).toMatchObject({ held: null, ended: { length: 2 } })
})

describe('where it cannot be read whether a surge stands, nobody is ended', () => {
  const standing = { status: 'open', severity: 'critical', worst: 'critical', headline: 'load', looks: [true] }
  const surge = (changes: object) => ({
    incidents: { 'connections.surge': { ...standing, since: Date.now(), brokenAt: Date.now(), ...changes } },
  })
  const CHECK = 'CHECK#connections'

  test('since the table does not answer with the incidents', async () => {
    await using night = await startNight({ staleSessions: OPTED_IN })
    await leak(night, 'sync-job', 2)
    await damage(night, CHECK, JSON.stringify(surge({})))
    await idleFor(night, 1_000)
    expect((await night.run({ dryRun: true })).payload?.targets[0]?.stale).toMatchObject({ held: 'load' })
    night.aws.fail('dynamodb', DENIED, { action: 'GetItem', about: CHECK })
    const { payload } = await night.run({ dryRun: true })
    expect(payload?.targets[0]?.stale).toMatchObject({ held: 'surge-unknown', ended: [], wouldEnd: [] })
    const { error } = await night.run()
    expect(error?.errorMessage).toContain('the incident table did not answer for orders')
    expect(await connected(night)).toBe(2)
  })

  test.for([
    ['all of it', 'not JSON'],
    ['the surge of it', JSON.stringify(surge({ looks: 7 }))],
  ] as const)('since the item is damaged: %s', async ([, stored]) => {
    await using night = await startNight({ staleSessions: OPTED_IN })
    await leak(night, 'sync-job', 2)
    await damage(night, CHECK, stored)
    await idleFor(night, 1_000)
    const stale = async () => (await night.run()).payload?.targets[0]?.stale
    expect(await stale()).toMatchObject({ held: 'surge-unknown', ended: [], wouldEnd: [] })
    expect(await connected(night)).toBe(2)
    // That look has seen for itself that there is none.
    expect(await stale()).toMatchObject({ held: null, ended: { length: 2 } })
  })
})

test('a replay of an exported list ends whom the function ends, and says why it leaves the others', async () => {
  const staleSessions: StaleSessionsConfig = {
    end: true,
    idleFor: '1s',
    above: 0,
    atMost: 3,
    protect: { applications: ['billing-*'], roles: ['etl'] },
  }
  await using night = await startNight({ staleSessions, grants: ['pg_monitor', 'app'] })
  const { postgres } = night
  for (const role of ['etl', 'foreign']) await postgres.createRole(role)
  const leaked = await leak(night, 'sync-job', 5)
  await leak(night, 'billing-1', 1)
  await leak(night, 'load', 1, 'etl')
  await leak(night, 'theirs', 1, 'foreign')
  await (await postgres.session({ application: 'worker', user: 'app' })).query('LISTEN jobs')
  await (await postgres.session({ application: 'leader', user: 'app' })).query('SELECT pg_advisory_lock(1)')
  await idleFor(night, 1_000, ['app', 'etl', 'foreign'])

  const { payload } = await night.run({ processList: true })
  expect(payload?.dryRun).toBe(true)
  expect(await memoryOf(night)).toEqual({})
  expect(night.fn.logs.join()).not.toContain('processList')

  const folder = await mkdtemp(join(tmpdir(), 'nightshift-replay-'))
  try {
    const [answer, list, config] = ['answer.json', 'list.jsonl', 'config.ts'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ]
    await writeFile(config, `export default ${JSON.stringify(night.config)}`)
    await writeFile(answer, JSON.stringify(payload, null, 2))
    const lines = payload?.targets[0]?.processList?.map((line) => JSON.stringify(line)) ?? []
    await writeFile(list, lines.join('\n'))
    const replay = async (...args: string[]) =>
      (
        await promisify(execFile)(process.execPath, [join(ROOT, 'replay/replay.ts'), '--config', config, ...args], {
          cwd: ROOT,
        })
      ).stdout
    const [{ wouldEnd, left }] = JSON.parse(await replay('--json', answer)).looks
    expect(JSON.parse(await replay('--json', list)).looks).toEqual([expect.objectContaining({ wouldEnd, left })])
    const whyOf = (application: string) =>
      left
        .filter((one: { application: string }) => one.application === application)
        .map(({ why }: { why: string }) => why)
    expect(whyOf('sync-job')).toEqual(Array(2).fill('a run ends at most 3, the oldest: its turn comes later'))
    expect(whyOf('billing-1')).toEqual([expect.stringContaining('staleSessions.protect names it')])
    expect(whyOf('load')).toEqual([expect.stringContaining('staleSessions.protect names it')])
    expect(whyOf('theirs')).toEqual(["Nightshift's role may not end it"])
    expect(whyOf('worker')).toEqual(['it listens (LISTEN)'])
    expect(whyOf('leader')).toEqual(['it holds locks'])
    const text = await replay(list)
    expect(text).toContain('Would be ended: 3 of')

    const { payload: really } = await night.run()
    const ended = really?.targets[0]?.stale?.ended.filter(({ outcome }) => outcome === 'ended')
    expect(ended?.map(({ pid }) => pid)).toEqual(wouldEnd.map(({ pid }: { pid: number }) => pid))
    expect(ended?.map(({ pid }) => pid)).toEqual(leaked.slice(0, 3).map(({ pid }) => pid))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
