import { randomUUID } from 'node:crypto'
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { changeState, loadState, type TargetState } from '../../../functions/incidents/store.ts'
import { acknowledge, checksOn, snooze } from '../../../functions/quiet/asked.ts'
import { type LocalAws, startAws } from '../../world/aws.ts'
import { DAY, HOUR, incidentOf, NOW } from '../builders.ts'

let aws: LocalAws
let target: string
let printed: string[]
beforeAll(async () => {
  aws = await startAws()
  Object.assign(process.env, aws.env)
})
afterAll(() => aws[Symbol.asyncDispose]())
beforeEach(() => {
  target = `orders-${randomUUID()}`
  printed = []
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => printed.push(String(line)) > 0)
})
afterEach(() => {
  aws.heal()
  vi.restoreAllMocks()
})

const never = new AbortController().signal
const CHECKS = ['connections', 'storage', 'snapshots']
const stateOf = async (check: string) => (await loadState(target, check, never)).state
async function keep(check: string, state: TargetState): Promise<void> {
  await changeState(await loadState(target, check, never), NOW, never, () => ({ state, result: undefined }))
}
const snoozeFor = (forMs: number) => snooze({ snooze: { target, forMs } }, CHECKS, NOW, never)
const acknowledgeFor = (forMs: number, rule?: string) =>
  acknowledge({ acknowledge: { target, forMs, ...(rule && { rule }) } }, CHECKS, NOW, never)

const LEAK = 'connections.leak'
const LEVEL = 'storage.level'
async function keepTwoOpen(): Promise<void> {
  const pending = { status: 'pending' as const }
  await keep('connections', { incidents: { [LEAK]: incidentOf(), 'connections.stale': incidentOf(pending) } })
  await keep('storage', { incidents: { [LEVEL]: incidentOf({ severity: 'warning', headline: '80 %' }) } })
}

test('a target is looked at by its provider’s check, and by those of both', () => {
  expect(checksOn({ neon: {} })).toEqual(['connections', 'storage', 'snapshots'])
  expect(checksOn({ aura: {} })).toEqual(['aura', 'storage', 'snapshots'])
  expect(checksOn({})).toEqual([])
})

describe('a snooze', () => {
  test('is kept with each of the target’s checks, what else is kept stays, and it is logged', async () => {
    await keepTwoOpen()
    const report = await snoozeFor(2 * HOUR)
    const snoozed = { at: NOW, until: NOW + 2 * HOUR }
    for (const check of CHECKS) expect((await stateOf(check)).snoozed).toEqual(snoozed)
    expect((await stateOf('connections')).incidents).toMatchObject({ [LEAK]: incidentOf() })
    expect(report).toMatchObject({ target, until: '2026-11-21T05:15:00.000Z', incidents: { length: 2 } })
    expect(report.says).toEqual([expect.stringContaining('until 2026-11-21 05:15 UTC. What newly becomes critical')])
    expect(printed.map((line) => JSON.parse(line))).toEqual([{ event: 'snooze', ...report }])
  })

  test('of no length ends it', async () => {
    await snoozeFor(2 * HOUR)
    const report = await snoozeFor(0)
    for (const check of CHECKS) expect(await stateOf(check)).toEqual({ incidents: {} })
    expect(report.says).toEqual([`${target} is not snoozed any more.`])
    expect(report.until).toBeUndefined()
  })

  test('that a part of the table does not take says which, and asking again is safe', async () => {
    await keepTwoOpen()
    // Refused, and not asked again by itself: one of the three.
    aws.fail('dynamodb', { status: 400, code: 'AccessDeniedException' }, { action: 'PutItem', times: 1 })
    await expect(snoozeFor(HOUR)).rejects.toThrow(
      /did not take the snooze of orders-\S+ for (connections|storage|snapshots): .+\. Ask again: what was set already/,
    )
    const taken = await Promise.all(CHECKS.map(stateOf))
    expect(taken.filter(({ snoozed }) => snoozed)).toHaveLength(2)
    aws.heal()
    await snoozeFor(HOUR)
    for (const check of CHECKS) expect((await stateOf(check)).snoozed).toEqual({ at: NOW, until: NOW + HOUR })
  })
})

describe('to acknowledge', () => {
  const acknowledged = { at: NOW, until: NOW + DAY }

  test('sets it on all that is open, in whichever check, and says on what', async () => {
    await keepTwoOpen()
    const report = await acknowledgeFor(DAY)
    expect((await stateOf('connections')).incidents).toEqual({
      [LEAK]: incidentOf({ acknowledged }),
      'connections.stale': incidentOf({ status: 'pending' }),
    })
    expect((await stateOf('storage')).incidents[LEVEL]?.acknowledged).toEqual(acknowledged)
    const acknowledgedUntil = '2026-11-22T03:15:00.000Z'
    expect(report.incidents).toEqual([
      { check: 'connections', rule: LEAK, severity: 'critical', headline: incidentOf().headline, acknowledgedUntil },
      { check: 'storage', rule: LEVEL, severity: 'warning', headline: '80 %', acknowledgedUntil },
    ])
    expect(report.says).toEqual([
      'No reminders of connections.leak, storage.level until 2026-11-22 03:15 UTC. What becomes worse is told and ends it, and what is over is told.',
    ])
    expect(printed.map((line) => JSON.parse(line).event)).toEqual(['acknowledge'])
  })

  test('sets it on one rule', async () => {
    await keepTwoOpen()
    const { says } = await acknowledgeFor(DAY, LEVEL)
    expect((await stateOf('connections')).incidents[LEAK]?.acknowledged).toBeUndefined()
    expect((await stateOf('storage')).incidents[LEVEL]?.acknowledged).toEqual(acknowledged)
    expect(says.join()).toContain('No reminders of storage.level until')
  })

  test('of no length ends it', async () => {
    await keepTwoOpen()
    await acknowledgeFor(DAY)
    expect((await acknowledgeFor(0, LEAK)).says).toEqual(['Not acknowledged any more: connections.leak.'])
    expect((await stateOf('connections')).incidents[LEAK]?.acknowledged).toBeUndefined()
    expect((await stateOf('storage')).incidents[LEVEL]?.acknowledged).toEqual(acknowledged)
  })

  test('says so where nothing is open, and makes no item', async () => {
    const { says, incidents, until } = await acknowledgeFor(DAY)
    expect(says).toEqual([`Nothing is open on ${target}: nothing was acknowledged.`])
    expect(until).toBeUndefined()
    expect(incidents).toEqual([])
    for (const check of CHECKS) expect((await loadState(target, check, never)).version).toBe(0)
  })

  test.for([LEVEL, 'connections.lek'])(
    'is refused of a rule by which nothing is open, like a mistyped one: %s',
    async (rule) => {
      await keep('connections', { incidents: { [LEAK]: incidentOf() } })
      for (const forMs of [DAY, 0])
        await expect(acknowledgeFor(forMs, rule)).rejects.toThrow(
          `nothing is open on ${target} by the rule ${rule}: nothing was changed. Open: connections.leak.`,
        )
      expect((await stateOf('connections')).incidents[LEAK]).toEqual(incidentOf())
      expect(printed).toEqual([])
      await keep('connections', { incidents: {} })
      await expect(acknowledgeFor(DAY, LEAK)).rejects.toThrow('Open: nothing.')
    },
  )
})

describe('whoever asks for quiet of what was worse before', () => {
  const told = { severity: 'critical' as const, at: NOW, acute: true as const }
  const before = incidentOf({ severity: 'warning', worst: 'critical', told, brokenAt: NOW + HOUR })
  const known = { severity: 'warning', worst: 'warning', told: { severity: 'warning', at: NOW } }

  test.for(['snoozed', 'acknowledged'])('has seen it as it is now: %s', async (how) => {
    await keep('connections', { incidents: { [LEAK]: before } })
    if (how === 'snoozed') await snoozeFor(HOUR)
    else await acknowledgeFor(HOUR)
    expect((await stateOf('connections')).incidents[LEAK]).toMatchObject(known)
  })

  test.for(['snoozed', 'acknowledged'])('has not seen it anew by ending that: %s', async (how) => {
    await keep('connections', { incidents: { [LEAK]: before }, snoozed: { at: NOW, until: NOW + HOUR } })
    if (how === 'snoozed') await snoozeFor(0)
    else await acknowledgeFor(0)
    expect((await stateOf('connections')).incidents[LEAK]).toEqual(before)
  })
})

describe('of a target whose memory is damaged', () => {
  const damages = ['not JSON', JSON.stringify({ incidents: { [LEAK]: { status: 'open' }, [LEVEL]: incidentOf() } })]

  test.for(damages)('nothing is asked for, and the damage stays for the next look to tell: %s', async (text) => {
    await keep('connections', { incidents: {} })
    await damage(text)
    const says = `connections: what is remembered of ${target} cannot be read; the next look begins anew, ask again then`
    await expect(snoozeFor(HOUR)).rejects.toThrow(says)
    await expect(acknowledgeFor(DAY)).rejects.toThrow(says)
    const { state, version } = await loadState(target, 'connections', never)
    expect([state.unreadable, state.snoozed, version]).toEqual([true, undefined, 1])
  })
})

/** Writes into the item of connections what no version of this program has. */
async function damage(text: string): Promise<void> {
  const table = new DynamoDBClient(aws.connect('dynamodb'))
  const Key = { pk: { S: `TARGET#${target}` }, sk: { S: 'CHECK#connections' } }
  const TableName = aws.env.NIGHTSHIFT_TABLE as string
  const { Item } = await table.send(new GetItemCommand({ TableName, Key }))
  await table.send(new PutItemCommand({ TableName, Item: { ...Item, ...Key, state: { S: text } } }))
  table.destroy()
}
