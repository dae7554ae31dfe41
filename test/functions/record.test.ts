import { randomUUID } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Outcome } from '../../functions/checks/victims.ts'
import { listEndings, recorderOf } from '../../functions/record.ts'
import { ERRORS, type LocalAws, startAws } from '../world/aws.ts'
import { DAY, HOUR } from './builders.ts'

let aws: LocalAws
let target: string
beforeAll(async () => {
  aws = await startAws()
  Object.assign(process.env, aws.env)
})
afterAll(() => aws[Symbol.asyncDispose]())
beforeEach(() => {
  target = `orders-${randomUUID()}`
})
afterEach(() => aws.heal())

const items = async () =>
  (await aws.dynamodb.items(aws.env.NIGHTSHIFT_TABLE as string)).filter(({ pk }) => pk === `TARGET#${target}`)
const ending = (id: string | number, outcome: Outcome = 'ended') => ({
  id,
  rule: 'connections.stale' as const,
  outcome,
  evidence: 'Idle for 1 h.',
})
async function note(...endings: ReturnType<typeof ending>[]): Promise<string[]> {
  const recorder = recorderOf(target)
  for (const one of endings) recorder.note(one, { pid: Number(one.id), application: 'sync-job', detail: undefined })
  return recorder.faults()
}
const listed = async (days = 7, now = Date.now()) => (await listEndings([target], days, now)).endings

test('each is an item of its own for 90 days, and comes back as it was noted', async () => {
  expect(await note(ending(4711))).toEqual([])
  const [item] = await items()
  expect(item?.sk).toMatch(/^ENDED#\d{4}-\d\d-\d\dT[\d:.]+Z#4711$/)
  expect(Number(item?.expiresAt) * 1000 - Date.parse(String(item?.at))).toBeGreaterThanOrEqual(90 * DAY)
  expect(await listed()).toEqual([
    {
      at: item?.at,
      target,
      rule: 'connections.stale',
      outcome: 'ended',
      evidence: 'Idle for 1 h.',
      pid: 4711,
      application: 'sync-job',
    },
  ])
})

test('what was not ended is no record', async () => {
  const outcomes: Outcome[] = ['ended', 'still-ending', 'gone', 'woke', 'protected', 'refused', 'lost', 'not-tried']
  await note(...outcomes.map((outcome, pid) => ending(pid, outcome)))
  expect((await listed()).map(({ outcome }) => outcome).sort()).toEqual(['ended', 'lost', 'still-ending'])
})

test('a name from a database is text and nothing else, and what looks like a secret is struck out', async () => {
  const recorder = recorderOf(target)
  const application = "'; DROP TABLE x; --<ä😀>"
  recorder.note(ending(1), { application, detail: 'password=hunter22 was wrong' })
  expect(await recorder.faults()).toEqual([])
  expect(await listed()).toMatchObject([{ application, detail: 'password=[redacted] was wrong' }])
})

describe('the list', () => {
  test('is newest first, of the days that were asked for, and of no other target', async () => {
    await note(ending(1))
    await note(ending(2))
    expect((await listed()).map(({ pid }) => pid)).toEqual([2, 1])
    // A week later of the last day there are none.
    expect(await listed(1, Date.now() + 7 * DAY)).toEqual([])
    expect(await listed(7, Date.now() + 7 * DAY - HOUR)).toHaveLength(2)
    expect((await listEndings([`${target}-2`], 7, Date.now())).endings).toEqual([])
    expect((await listEndings([`${target}-2`, target], 7, Date.now())).endings).toHaveLength(2)
  })

  test('holds the newest thousand, and says that there are more', async () => {
    const at = (i: number) => new Date(Date.now() - i * 1_000).toISOString()
    const puts = Array.from({ length: 1_005 }, (_, i) => ({
      PutRequest: { Item: { pk: { S: `TARGET#${target}` }, sk: { S: `ENDED#${at(i)}#${i}` }, at: { S: at(i) } } },
    }))
    const direct = new DynamoDBClient(aws.connect('dynamodb'))
    for (let i = 0; i < puts.length; i += 25)
      await direct.send(
        new BatchWriteItemCommand({ RequestItems: { [aws.env.NIGHTSHIFT_TABLE as string]: puts.slice(i, i + 25) } }),
      )
    direct.destroy()
    const { endings, more } = await listEndings([target], 1, Date.now())
    expect(endings).toHaveLength(1_000)
    expect(more).toBe(true)
    expect((await listEndings([target], 1, Date.now() + 2 * DAY)).more).toBeUndefined()
  })

  test('of hundreds of targets is asked for twenty at a time', async () => {
    const asking = vi.spyOn(DynamoDBClient.prototype, 'send')
    let underWay = 0
    let most = 0
    asking.mockImplementation(async () => {
      underWay += 1
      most = Math.max(most, underWay)
      await setImmediate()
      underWay -= 1
      return { Items: [] }
    })
    await listEndings(
      Array.from({ length: 300 }, (_, i) => `orders-${i}`),
      7,
      Date.now(),
    )
    expect([asking.mock.calls.length, most]).toEqual([300, 20])
    asking.mockRestore()
  })

  test('is an error where the table does not answer', async () => {
    aws.fail('dynamodb', { status: 400, code: 'AccessDeniedException', message: 'may not Query' }, { action: 'Query' })
    await expect(listed()).rejects.toThrow('may not Query')
  })
})

describe('when the table does not take a record', () => {
  test('that is one sentence, however many there were, and the others are written', async () => {
    aws.fail('dynamodb', { status: 400, code: 'AccessDeniedException', message: 'may not' }, { times: 2 })
    expect(await note(ending(1), ending(2), ending(3))).toEqual([
      `the table did not take 2 records of what was ended on ${target}, which the log has: may not`,
    ])
    expect(await listed()).toHaveLength(1)
  })

  test('it is tried again where that helps', async () => {
    aws.fail('dynamodb', ERRORS.dynamodbThrottled, { times: 1 })
    expect(await note(ending(1))).toEqual([])
    expect(await listed()).toHaveLength(1)
  })
})
