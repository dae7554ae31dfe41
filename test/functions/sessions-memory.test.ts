import { randomUUID } from 'node:crypto'
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { learnedAgainAt, longestGap } from '../../functions/checks/trust/gaps.ts'
import { type Noting, noTrust } from '../../functions/checks/trust/memory.ts'
import { NOBODY } from '../../functions/checks/trust/watched.ts'
import { planEndings } from '../../functions/checks/victims.ts'
import {
  loadSessions,
  type SessionsMemory,
  type StoredSessions,
  saveSessions,
  withLook,
  withSuspension,
} from '../../functions/sessions-memory.ts'
import { type LocalAws, startAws } from '../world/aws.ts'
import { DAY, groupOf, MINUTE, NOW, policyOf } from './builders.ts'
import { type Life, lookAt } from './checks/trust/world.ts'

let aws: LocalAws
let direct: DynamoDBClient
let target: string
beforeAll(async () => {
  aws = await startAws()
  Object.assign(process.env, aws.env)
  direct = new DynamoDBClient(aws.connect('dynamodb'))
})
afterAll(async () => {
  direct.destroy()
  await aws[Symbol.asyncDispose]()
})
beforeEach(() => {
  target = `orders-${randomUUID()}`
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
})
afterEach(() => {
  vi.restoreAllMocks()
  aws.heal()
})

const never = new AbortController().signal
const policy = policyOf({ end: false })
const load = async (): Promise<StoredSessions> => {
  const loaded = await loadSessions(target, NOW, never)
  return 'fault' in loaded ? expect.fail(loaded.fault) : loaded
}
const notingOf = (lives: Life[], at: number, asked: [number, number][]): Noting => ({
  reading: lookAt(lives, at, asked, policy),
  asked,
  policy,
  plan: (one) => planEndings(one, { ...policy, end: true }, false),
})
const lives: Life[] = [{ pid: 1, application: 'shop', works: [NOW, NOW + 22 * MINUTE] }]
const look = async (at: number, from?: StoredSessions) => {
  const kept = from ?? (await load())
  return saveSessions(kept, (state) => withLook(state, notingOf(lives, at, kept.asked)), at, never)
}
const put = (state: string) =>
  direct.send(
    new PutItemCommand({
      TableName: aws.env.NIGHTSHIFT_TABLE as string,
      Item: { pk: { S: `TARGET#${target}` }, sk: { S: 'SESSIONS' }, version: { N: '3' }, state: { S: state } },
    }),
  )

test('a look asks about whom the one before it saw idle, and learns who has worked', async () => {
  expect((await load()).asked).toEqual([])
  expect(await look(NOW + 20 * MINUTE)).toEqual([])
  expect((await load()).asked).toEqual([[1, NOW]])
  expect(await look(NOW + 25 * MINUTE)).toEqual([])
  const { state } = await load()
  expect(longestGap(state.gaps, 'shop', NOW)?.ms).toBe(22 * MINUTE)
  expect(state.rehearsal?.days).toEqual([[expect.any(Number), 1, 1]])
})

test('overlapping runs lose nothing and count nothing twice', async () => {
  await look(NOW + 20 * MINUTE)
  const from = await load()
  const looks = Array.from({ length: 5 }, (_, i) => look(NOW + 25 * MINUTE + i, from))
  expect((await Promise.all(looks)).flat()).toEqual([])
  const { state } = await load()
  expect(longestGap(state.gaps, 'shop', NOW)?.ms).toBe(22 * MINUTE)
  expect(state.rehearsal?.days).toEqual([[expect.any(Number), 1, 1]])
  expect(state.watched.at).toBe(NOW + 25 * MINUTE + 4)
})

test('a target of which nothing was stored has lost nothing', async () => {
  expect((await load()).state).toEqual(noTrust(NOW))
})

test.for(['', 'not JSON', '7', 'null', '{"gaps":7}', '{"watched":{"at":"x"}}'])(
  'an item that holds %j keeps nobody from being looked at, and is written over',
  async (state) => {
    await put(state)
    expect((await load()).asked).toEqual([])
    expect(await look(NOW + 20 * MINUTE)).toEqual([])
    const { asked, state: after } = await load()
    expect(asked).toEqual([[1, NOW]])
    // What had been learned is gone, and that is not forgotten.
    expect(learnedAgainAt(after.gaps, NOW)).toBe(NOW + 7 * DAY)
  },
)

describe('the series of idle sessions', () => {
  const group = groupOf({ application: 'sync-job', sessions: 5, idleOverHour: 3 })
  const protections = ['neon', 'superuser', 'neon-http-pool', 'pooler'] as const
  const groups = [
    group,
    ...protections.map((protection) => ({ ...group, application: protection, protection })),
    { ...group, application: '', protection: 'own-role' as const },
    { ...group, application: 'shares-our-role', protection: 'own-role' as const },
  ]
  const noting = notingOf([], NOW, [])
  const noted = withLook(noTrust(NOW - DAY), { ...noting, reading: { ...noting.reading, groups } })
  const namesOf = ({ leak }: SessionsMemory) => leak?.tracks.map(([name]) => name)

  test('is in the same item, of the sessions that are applications’ own', async () => {
    expect(namesOf(noted)).toEqual(['shares-our-role', 'sync-job'])
    await put(JSON.stringify(noted))
    expect((await load()).state).toEqual(noted)
  })

  test('is broken by a suspension, which changes nothing else', async () => {
    const after = withSuspension(noted)
    expect(after).toEqual({ ...noted, leak: { ...noted.leak, serverStartedAt: 0 } })
    expect(withSuspension({ gaps: noted.gaps, watched: NOBODY })).toEqual({ gaps: noted.gaps, watched: NOBODY })
  })

  test('is begun anew where it is damaged, and the rest is kept', async () => {
    await put(JSON.stringify({ ...noted, leak: { version: 1, tracks: 7 } }))
    expect((await load()).state).toEqual({ gaps: noted.gaps, watched: noted.watched, rehearsal: noted.rehearsal })
  })
})

test('a table that does not answer is a sentence, not an error', async () => {
  aws.fail('dynamodb', { status: 400, code: 'AccessDeniedException', message: 'may not' })
  expect(await loadSessions(target, NOW, never)).toEqual({
    fault: `the table did not answer with what is remembered of ${target}'s sessions: may not`,
  })
  aws.heal()
  const kept = await load()
  aws.fail('dynamodb', { status: 400, code: 'AccessDeniedException', message: 'may not' })
  expect(await look(NOW, kept)).toEqual([`the table did not take what is remembered of ${target}'s sessions: may not`])
})
