import { randomUUID } from 'node:crypto'
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { loadSuccesses, noteSuccess } from '../../functions/success.ts'
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
const stateOf = async (check: string) => (await loadSuccesses(check, signal())).state

test('each success is noted with its time, and counted', async () => {
  const check = randomUUID()
  expect(await stateOf(check)).toEqual({})
  await noteSuccess(check, NOW, signal())
  await noteSuccess(check, NOW + MINUTE, signal())
  expect(await stateOf(check)).toEqual({ at: NOW + MINUTE, runs: 2 })
})

test('of five runs at the same time none is lost', async () => {
  const check = randomUUID()
  await Promise.all(Array.from({ length: 5 }, () => noteSuccess(check, NOW, signal())))
  expect(await stateOf(check)).toEqual({ at: NOW, runs: 5 })
})

test.for(['[1,', 'null', '{"runs":"many"}', '"text"'])('an item that holds %s is begun anew', async (state) => {
  const check = randomUUID()
  const client = new DynamoDBClient(aws.connect('dynamodb'))
  const Item = { pk: { S: `CHECK#${check}` }, sk: { S: 'SUCCESS' }, version: { N: '3' }, state: { S: state } }
  await client.send(new PutItemCommand({ TableName: aws.env.NIGHTSHIFT_TABLE, Item }))
  client.destroy()
  await noteSuccess(check, NOW, signal())
  expect(await stateOf(check)).toEqual({ at: NOW, runs: 1 })
})

test('that it cannot be noted is in the log, and the run has succeeded all the same', async () => {
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  aws.fail('dynamodb', ERRORS.dynamodbInternal)
  await noteSuccess(randomUUID(), NOW, signal())
  expect(written.mock.calls.join()).toContain('success-not-noted')
})
