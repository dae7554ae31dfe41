import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { Bolt } from '../../functions/aura/bolt.ts'
import { type AuraLooked, lookAtAura } from '../../functions/aura/look.ts'
import { checkAura } from '../../functions/check-aura.ts'
import { keptAs } from '../../functions/checks/aura/kept.ts'
import { auraRules } from '../../functions/checks/aura/rules.ts'
import type { AuraReading } from '../../functions/checks/aura-reading.ts'
import type { Outcome } from '../../functions/checks/victims.ts'
import { resolveConfig, type TargetConfig } from '../../functions/config.ts'
import { resolveAuraTargets } from '../../functions/config-aura.ts'
import { loadState, type Stored } from '../../functions/incidents/store.ts'
import { tell } from '../../functions/incidents/tell.ts'
import { run } from '../../functions/run.ts'
import { keyring } from '../../functions/secret.ts'
import { type LocalAws, startAws } from '../world/aws.ts'
import { configOf, HOUR, MINUTE, NOW } from './builders.ts'
import { auraFailed, connectionsOf, OURS, seenBolt, transactionOf } from './checks/aura/builders.ts'

// What a look brings where Community cannot: its every user sees all, and it has one member.
vi.mock('../../functions/aura/look.ts', () => ({ lookAtAura: vi.fn() }))

let aws: LocalAws
let direct: DynamoDBClient
let name: string
let asked: string[]
let outcomes: Record<string, Outcome>
beforeAll(async () => {
  aws = await startAws()
  Object.assign(process.env, aws.env)
  direct = new DynamoDBClient(aws.connect('dynamodb'))
  aws.sns.subscribe({ protocol: 'email', endpoint: 'oncall@example.com' })
  aws.secrets.put(aws.env.NIGHTSHIFT_SECRET as string, { aura: { clientId: 'id', clientSecret: 'no-such-secret' } })
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
})
afterAll(async () => {
  vi.restoreAllMocks()
  direct.destroy()
  await aws[Symbol.asyncDispose]()
})
let nights = 0
beforeEach(() => {
  name = `graph-${++nights}`
  asked = []
  outcomes = {}
})

const instance = 'a1b2c3d4'
const OPTED_IN: TargetConfig['staleSessions'] = {
  end: true,
  idleFor: '30m',
  above: 0,
  atMost: 3,
  only: { roles: ['shop', 'etl'] },
}

function settingsOf(
  staleSessions: TargetConfig['staleSessions'] = OPTED_IN,
  maintenance: TargetConfig['maintenance'] = [],
) {
  const aura = { instance, user: OURS, connectionLimit: 100 }
  return configOf({
    tell: { emails: ['oncall@example.com'], confirm: { looks: 1, of: 1 } },
    targets: [{ name, aura, staleSessions, maintenance }],
  })
}

const answer = async ({ id }: { id: string }) => {
  asked.push(id)
  return { outcome: outcomes[id] ?? ('ended' as const) }
}
const bolt = { endConnection: answer, endTransaction: answer, close: async () => undefined } as unknown as Bolt
const looked = (reading: AuraReading): AuraLooked => ({ reading, ...(reading.kind === 'seen' && { bolt }) })

async function look(reading: AuraReading, { dryRun = false, config = settingsOf() } = {}) {
  vi.mocked(lookAtAura).mockResolvedValueOnce(looked(reading))
  const check = {
    name: 'aura',
    rules: auraRules.map((rule) => rule.name),
    targets: resolveAuraTargets(config),
    checkTarget: checkAura,
  }
  const context = { settings: resolveConfig(config), runId: crypto.randomUUID(), endsAt: Date.now() + 60_000 }
  const report = await run(check, { ...context, request: { dryRun } })
  return { ...report, target: report.targets[0] ?? expect.fail('no target') }
}

/** Two idle connections and two transactions held open with locks, of users whose work is seen; seven looks, 5 minutes apart. */
const CONNECTIONS = connectionsOf(2)
const HELD = [1, 2].map((n) =>
  transactionOf({ id: `t-${n}`, connectionId: `bolt-9${n}`, user: 'etl', query: '', work: '3 0 1', locks: 1 }),
)
const WITH_HELD = [...CONNECTIONS, ...connectionsOf(2, { user: 'etl' }, 91)]
const night = (changes: Parameters<typeof seenBolt>[0] = {}) =>
  Array.from({ length: 7 }, (_, n) =>
    seenBolt({
      at: NOW + n * 5 * MINUTE,
      connections: WITH_HELD,
      transactions: n === 0 ? [...HELD, transactionOf({ connectionId: 'bolt-x' })] : HELD,
      ...changes,
    }),
  )
async function through(readings: AuraReading[], options?: Parameters<typeof look>[1]) {
  let last = await look(readings[0] as AuraReading, options)
  for (const reading of readings.slice(1)) last = await look(reading, options)
  return last.target
}

test('what is abandoned is ended, transactions first, and of both together no more than the cap', async () => {
  const target = await through(night())
  expect(asked).toEqual(['t-1', 't-2', 'bolt-1'])
  expect(target.abandonedTransactions).toMatchObject({
    held: null,
    ended: [{ id: 't-1' }, { id: 't-2', outcome: 'ended' }],
  })
  expect(target.staleConnections).toMatchObject({ ended: [{ id: 'bolt-1' }] })
})

test('what may not be ended does not use up the cap', async () => {
  outcomes = { 't-1': 'refused' }
  await through(night())
  expect(asked).toEqual(['t-1', 'bolt-1', 'bolt-2'])
})

test('who is protected is left', async () => {
  const protect = { roles: ['etl'], applications: ['neo4j-javascript/*'] }
  await through(night(), { config: settingsOf({ ...OPTED_IN, protect }) })
  expect(asked).toEqual([])
})

const AT_THREE = { from: '03:00', to: '04:00', timeZone: 'UTC' }

test('a dry run ends nobody, and says who would have been; so does a run in maintenance, or of who has not opted in', async () => {
  for (const [options, held] of [
    [{ dryRun: true }, 'dry-run'],
    [{ config: settingsOf(OPTED_IN, [AT_THREE]) }, 'maintenance'],
    [{ config: settingsOf({ ...OPTED_IN, end: false }) }, 'not-opted-in'],
  ] as const) {
    // A dry run remembers nothing, so it comes after runs that do.
    const readings = night()
    for (const reading of readings.slice(0, -1))
      await look(reading, { config: settingsOf({ ...OPTED_IN, end: false }) })
    const { target } = await look(readings.at(-1) as AuraReading, { ...options })
    expect(asked).toEqual([])
    expect(target.abandonedTransactions).toMatchObject({
      held,
      ended: [],
      wouldEnd: [{ id: 't-1', locks: 1 }, { id: 't-2' }],
    })
    expect(target.staleConnections).toMatchObject({ held, wouldEnd: [{ id: 'bolt-1' }] })
    name = `${name}-again`
  }
})

test("where only our own user's are listed nobody is ended, opted in or not, and how many there are is not told as well", async () => {
  const [first] = night()
  await look(first as AuraReading)
  const target = await through(night({ sighted: false }).slice(1))
  expect(asked).toEqual([])
  expect(target).not.toHaveProperty('staleConnections')
  expect(target).not.toHaveProperty('abandonedTransactions')
  const { target: alone } = await look(seenBolt({ at: NOW + 50 * MINUTE, sighted: false }))
  expect(alone.says).toEqual([
    "nothing bad, but only our own user's are listed: 0 connections on 10.0.0.1:7687; whether there are others is not known",
  ])
})

test('that nobody else is connected any more closes what was bad of their connections', async () => {
  expect((await look(seenBolt({ connections: connectionsOf(99) }))).notices).toMatchObject([{ kind: 'opened' }])
  const { notices } = await look(seenBolt({ at: NOW + 5 * MINUTE, sighted: false }))
  expect(notices).toMatchObject([{ rule: 'connections.saturation', kind: 'resolved' }])
})

test('a good look at another member resolves nothing of what stands on the first', async () => {
  const at = (minutes: number, member: string, n: number) =>
    look(seenBolt({ at: NOW + minutes * MINUTE, member, connections: connectionsOf(n) }))
  expect((await at(0, 'a:7687', 99)).notices).toMatchObject([{ rule: 'connections.saturation', kind: 'opened' }])
  expect((await at(5, 'b:7687', 3)).notices).toEqual([])
  expect((await at(10, 'a:7687', 3)).notices).toMatchObject([{ kind: 'resolved' }])
})

test('of overlapping runs none undoes what the faster one saw', async () => {
  const config = settingsOf()
  const [target = expect.fail('no target')] = resolveAuraTargets(config)
  const [early, late] = [seenBolt({ member: 'a:7687' }), seenBolt({ at: NOW + MINUTE, member: 'b:7687' })].map(
    (reading) => ({
      ...reading,
      bolt: { ...reading.bolt, connections: { rows: connectionsOf(7) } },
    }),
  )
  const keyrings = { aura: keyring([name], 'aura', Date.now()), neon: keyring([name], 'neon', Date.now()) }
  const looking = { check: 'aura', keyrings, dryRun: false, processList: false, signal: AbortSignal.timeout(30_000) }
  const results = []
  for (const reading of [late, early]) {
    vi.mocked(lookAtAura).mockResolvedValueOnce(looked(reading as AuraReading))
    results.push(await checkAura(target, looking))
  }
  // Both were made before either is written.
  for (const result of results) {
    const told = await tell({
      results: [result],
      settings: resolveConfig(config),
      check: 'aura',
      rules: auraRules.map((rule) => rule.name),
      runId: crypto.randomUUID(),
      dryRun: false,
      endsAt: Date.now() + 60_000,
      now: Date.now(),
    })
    expect(told.faults).toEqual([])
  }
  const { aura } = (await stored()).state
  expect(aura?.lookedAt).toBe(NOW + MINUTE)
  expect(aura?.idle?.members.map(({ member }) => member).sort()).toEqual(['a:7687', 'b:7687'])
})

const stored = (): Promise<Stored> => loadState(name, 'aura', AbortSignal.timeout(10_000))

const write = (aura: unknown) =>
  direct.send(
    new PutItemCommand({
      TableName: aws.env.NIGHTSHIFT_TABLE as string,
      Item: {
        pk: { S: `TARGET#${name}` },
        sk: { S: 'CHECK#aura' },
        version: { N: '1' },
        state: { S: JSON.stringify({ incidents: {}, aura }) },
      },
    }),
  )

test.for([{ idle: {} }, { held: 7 }, { metered: {} }, { counts: 'x' }, { last: 5 }, { broken: 3 }] as object[])(
  'a memory that is not as it should be costs one look at most, and no run: %j',
  async (memory) => {
    const metered = {
      ...seenBolt({ connections: connectionsOf(3) }),
      metrics: { connections: { at: NOW, open: 3, balance: 3 } },
    }
    await write(keptAs(memory, instance))
    await look(metered)
    expect((await look({ ...metered, at: NOW + HOUR })).target.severity).toBe('ok')
    await write(keptAs(memory, instance))
    expect((await look(auraFailed('full'))).target.says).toEqual([expect.stringMatching(/^(critical|unknown)/)])
    await look({ ...metered, at: NOW + 2 * HOUR })
    expect((await look({ ...metered, at: NOW + 3 * HOUR })).target.severity).toBe('ok')
  },
)

test('what was remembered of another instance, or by another Nightshift, is not taken for that of this one', async () => {
  const standing = { status: 'running', since: NOW - HOUR }
  for (const kept of [keptAs({ standing }, 'another1'), { standing }]) {
    await write(kept)
    // One that was there before would be gone, and critical.
    expect((await look(auraFailed('not-found', { at: 'api' }))).target.severity).toBe('unknown')
  }
  await write(keptAs({ standing }, instance))
  expect((await look(auraFailed('not-found', { at: 'api' }))).target.severity).toBe('critical')
})

test('a check that throws fails the run, and no other target', async () => {
  const targets = ['one', 'two'].map((which) => ({ name: `${name}-${which}`, note: undefined }))
  const config = settingsOf()
  const check = {
    name: 'aura',
    rules: [],
    targets,
    checkTarget: async (target: (typeof targets)[number]) => {
      if (target === targets[0]) throw new Error('oh')
      return {
        target,
        links: [],
        findings: [],
        report: { target: target.name, severity: 'ok' as const, says: ['ok'], findings: [], tookMs: 1 },
        stored: await loadState(target.name, 'aura', AbortSignal.timeout(10_000)),
        keep: () => ({ snapshots: {} }),
      }
    },
  }
  const context = { settings: resolveConfig(config), runId: crypto.randomUUID(), endsAt: Date.now() + 60_000 }
  await expect(run(check, { ...context, request: { dryRun: false } })).rejects.toThrow(`${name}-one was not checked`)
  expect((await loadState(`${name}-two`, 'aura', AbortSignal.timeout(10_000))).version).toBe(1)
})
