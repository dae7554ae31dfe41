import { randomUUID } from 'node:crypto'
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { knownSuccesses, loadSuccesses, noteSuccess, noteUntold, refusalOf } from '../../functions/success.ts'
import { ERRORS, type LocalAws, startAws } from '../world/aws.ts'
import { MINUTE, NOW } from './builders.ts'

let aws: LocalAws
beforeAll(async () => {
  aws = await startAws()
  Object.assign(process.env, aws.env)
})
afterAll(() => aws[Symbol.asyncDispose]())
afterEach(() => {
  aws.heal()
  vi.restoreAllMocks()
})
const signal = () => AbortSignal.timeout(10_000)
/** As a run does it: what is known is read first. */
async function note(check: string, at: number, refused?: string) {
  const known = await knownSuccesses(check, signal())
  if (known) await noteSuccess(check, at, known, refused, signal())
}
const stateOf = async (check: string) => (await loadSuccesses(check, signal())).state

test('each success is noted with its time, and counted', async () => {
  const check = randomUUID()
  expect(await stateOf(check)).toEqual({})
  await note(check, NOW)
  await note(check, NOW + MINUTE)
  expect(await stateOf(check)).toEqual({ at: NOW + MINUTE, runs: 2 })
})

test('of five runs at the same time none is lost', async () => {
  const check = randomUUID()
  await Promise.all(Array.from({ length: 5 }, () => note(check, NOW)))
  expect(await stateOf(check)).toEqual({ at: NOW, runs: 5 })
})

test.for(['[1,', 'null', '{"runs":"many"}', '"text"'])('an item that holds %s is begun anew', async (state) => {
  const check = randomUUID()
  const client = new DynamoDBClient(aws.connect('dynamodb'))
  const Item = { pk: { S: `CHECK#${check}` }, sk: { S: 'SUCCESS' }, version: { N: '3' }, state: { S: state } }
  await client.send(new PutItemCommand({ TableName: aws.env.NIGHTSHIFT_TABLE, Item }))
  client.destroy()
  await note(check, NOW)
  expect(await stateOf(check)).toEqual({ at: NOW, runs: 1 })
})

test('that nobody outside takes the pings is kept with its beginning, until one is taken', async () => {
  const check = randomUUID()
  await note(check, NOW, 'HTTP 404')
  await note(check, NOW + MINUTE, 'HTTP 410')
  expect(await stateOf(check)).toEqual({ at: NOW + MINUTE, runs: 2, refused: { since: NOW, why: 'HTTP 410' } })
  await note(check, NOW + 2 * MINUTE)
  expect(await stateOf(check)).toEqual({ at: NOW + 2 * MINUTE, runs: 3 })
})

test.for([undefined, null, 'since', { since: 'then' }])('%o in its place is no refusal', (refused) => {
  expect(refusalOf({ refused })).toBeUndefined()
})

test('what nobody could be told stays for every run, also one that was on its way, until it is taken back', async () => {
  const check = randomUUID()
  await noteUntold(check, NOW, 'nobody could be told', signal())
  expect(await stateOf(check)).toEqual({ untold: 'nobody could be told' })
  const known = await loadSuccesses(check, signal())
  await noteUntold(check, NOW, undefined, signal())
  await noteUntold(check, NOW, 'again', signal())
  await noteSuccess(check, NOW, known, undefined, signal())
  expect(await stateOf(check)).toEqual({ at: NOW, runs: 1, untold: 'again' })
  await noteUntold(check, NOW, undefined, signal())
  expect(await stateOf(check)).toEqual({ at: NOW, runs: 1 })
})

test.for(['GetItem', 'PutItem'])(
  'that %s failed is in the log, and the run has succeeded all the same',
  async (action) => {
    const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    aws.fail('dynamodb', ERRORS.dynamodbInternal, { action })
    await note(randomUUID(), NOW)
    expect(written.mock.calls.join()).toContain('success-not-noted')
  },
)
