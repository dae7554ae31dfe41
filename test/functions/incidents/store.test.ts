import { randomUUID } from 'node:crypto'
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { changeState, loadState, type Stored, type TargetState } from '../../../functions/incidents/store.ts'
import { ERRORS, type LocalAws, startAws } from '../../world/aws.ts'
import { DAY, incidentOf, NOW } from '../builders.ts'

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
})
afterEach(() => aws.heal())

const never = new AbortController().signal
const table = () => aws.env.NIGHTSHIFT_TABLE as string
const load = () => loadState(target, 'connections', never)
const item = async () => (await aws.dynamodb.items(table())).find(({ pk }) => pk === `TARGET#${target}`)
/** Counts in an incident's headline, as something that must not be lost and not be done twice. */
const countUp = (state: TargetState) => {
  const n = Number(state.incidents.rule?.headline ?? 0) + 1
  return { state: { ...state, incidents: { rule: incidentOf({ headline: String(n) }) } }, result: n }
}
const change = (from: Stored) => changeState(from, NOW, never, countUp)

test('a target that was never looked at has no incidents', async () => {
  expect(await load()).toEqual({ target, check: 'connections', version: 0, state: { incidents: {} } })
})

test('what is written is what is read, and says when it may be forgotten', async () => {
  const last = { at: NOW, used: 3, usable: 97, quietMs: 0, top: [{ name: '<ä"\n😀>', sessions: 3 }] }
  const state = { incidents: { 'connections.saturation': incidentOf({ headline: '"😀' }) }, last }
  expect(await changeState(await load(), NOW, never, () => ({ state, result: 'done' }))).toBe('done')
  expect((await load()).state).toEqual(state)
  expect(await item()).toMatchObject({ sk: 'CHECK#connections', version: 1, expiresAt: (NOW + 90 * DAY) / 1000 })
})

test('targets and checks do not touch each other', async () => {
  await change(await load())
  expect((await loadState(target, 'storage', never)).version).toBe(0)
  expect((await loadState(`${target}-2`, 'connections', never)).version).toBe(0)
})

test('nothing is written where nothing changed', async () => {
  await change(await load())
  const before = aws.requests('dynamodb', 'PutItem').length
  await changeState(await load(), NOW, never, (state) => ({ state: structuredClone(state), result: undefined }))
  expect(aws.requests('dynamodb', 'PutItem')).toHaveLength(before)
})

describe('when runs overlap', () => {
  test('the slower one is asked again with what the faster one wrote', async () => {
    const both = await load()
    expect(await change(both)).toBe(1)
    expect(await change(both)).toBe(2)
    expect(await item()).toMatchObject({ version: 2 })
  })

  test('no change is lost, however many run at once', async () => {
    const from = await load()
    const results = await Promise.all(Array.from({ length: 5 }, () => change(from)))
    expect(results.toSorted()).toEqual([1, 2, 3, 4, 5])
    expect((await load()).state.incidents.rule?.headline).toBe('5')
  })

  test('it gives up loudly rather than go on for ever', async () => {
    await change(await load())
    aws.fail('dynamodb', { status: 400, code: 'ConditionalCheckFailedException' }, { action: 'PutItem' })
    await expect(change(await load())).rejects.toThrow('changed under this run 8 times in a row')
  })
})

test('a write whose answer was lost counts once, though the SDK sends it again', async () => {
  await change(await load())
  const from = await load()
  aws.fail('dynamodb', 'drop-after', { times: 1, action: 'PutItem' })
  let asked = 0
  const result = await changeState(from, NOW, never, (state) => {
    asked += 1
    return countUp(state)
  })
  expect({ asked, result }).toEqual({ asked: 1, result: 2 })
  expect((await load()).state.incidents.rule?.headline).toBe('2')
})

test('a table that falters for a moment is asked again', async () => {
  aws.fail('dynamodb', ERRORS.dynamodbInternal, { times: 1, action: 'GetItem' })
  aws.fail('dynamodb', ERRORS.dynamodbThrottled, { times: 1, action: 'PutItem' })
  expect(await change(await load())).toBe(1)
})

test('a table that refuses is an error', async () => {
  const from = await load()
  aws.fail('dynamodb', { status: 400, code: 'ResourceNotFoundException' })
  await expect(load()).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
  await expect(change(from)).rejects.toMatchObject({ name: 'ResourceNotFoundException' })
})

describe('an item that cannot be read does not keep the target from being watched', () => {
  test.for(['', 'not JSON', 'null', '[]', '{}', '{"incidents":null}', '{"incidents":7}', '"text"'])(
    '%s',
    async (text) => {
      await direct.send(
        new PutItemCommand({
          TableName: table(),
          Item: {
            pk: { S: `TARGET#${target}` },
            sk: { S: 'CHECK#connections' },
            version: { N: '7' },
            ...(text !== '' && { state: { S: text } }),
          },
        }),
      )
      const stored = await load()
      expect(stored).toMatchObject({ version: 7, state: { incidents: {} } })
      expect(await change(stored)).toBe(1)
      expect(await item()).toMatchObject({ version: 8 })
    },
  )
})
