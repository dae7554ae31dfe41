/**
 * What is promised of the weekly letter: it is sent once, twice only where the process died after SNS had taken it and
 * before the table had it that it was sent, and never not at all. Processes really die, by SIGKILL.
 */
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LetterState } from '../../functions/letter/due.ts'
import { type LocalAws, startAws } from '../world/aws.ts'
import { startFunction } from '../world/lambda.ts'
import { bundleFor, EMAIL, PROJECT } from '../world/night.ts'
import { type Point, type SideBySide, startSideBySide } from '../world/side-by-side.ts'

const WEEK = 7 * 24 * 60 * 60_000

let aws: LocalAws
let runs: SideBySide
const world = new AsyncDisposableStack()
beforeAll(async () => {
  aws = world.use(await startAws())
  for (const topic of ['ALERTS', 'OPERATIONS'] as const)
    aws.sns.subscribe({ protocol: 'email', endpoint: EMAIL, topicArn: aws.env[`NIGHTSHIFT_${topic}_TOPIC`] as string })
  const targets = [{ name: 'orders', neon: { project: PROJECT, role: 'nightshift' } }]
  const { directory } = world.use(await bundleFor('functions/heartbeat.ts', { tell: { emails: [EMAIL] }, targets }))
  runs = world.use(
    await startSideBySide({ aws }, (env) =>
      startFunction({ directory, timeoutSeconds: 120, env: { ...aws.env, ...env } }),
    ),
  )
  // The first look begins the letter and sends none.
  await runs.make(1)
  expect(aws.sns.inbox).toEqual([])
})
afterAll(() => world.disposeAsync())

async function changeLetter(change: (state: LetterState) => LetterState): Promise<void> {
  const table = new DynamoDBClient(aws.connect('dynamodb'))
  const [TableName, Key] = [aws.env.NIGHTSHIFT_TABLE as string, { pk: { S: 'NIGHTSHIFT' }, sk: { S: 'LETTER' } }]
  const { Item } = await table.send(new GetItemCommand({ TableName, Key }))
  const state = JSON.stringify(change(JSON.parse(Item?.state?.S ?? '')))
  await table.send(new PutItemCommand({ TableName, Item: { ...Item, ...Key, state: { S: state } } }))
  table.destroy()
}
/** As if the last letter had been sent a week earlier. */
const makeDue = () => changeLetter(({ sentFor = 0, ...state }) => ({ ...state, sentFor: sentFor - WEEK }))
/** As if the time had passed that a dead run's claim lasts. */
const expireClaim = () =>
  changeLetter(({ claim, ...state }) => ({ ...state, ...(claim && { claim: { ...claim, until: 0 } }) }))

let read = 0
/** How many letters came since the last time this was asked; nothing else may. */
function letters(): number {
  const fresh = aws.sns.inbox.slice(read)
  read = aws.sns.inbox.length
  expect(fresh.map(({ attributes }) => attributes.severity)).toEqual(fresh.map(() => 'letter'))
  return fresh.length
}

const LETTER = 'PutItem NIGHTSHIFT LETTER'
/** The first time that such a request gets there. */
const on = (what: string) => (point: Point) => point.what === what && point.answered === undefined
/** It has been done, and the answer is lost. */
const done = (what: string) => (point: Point) => point.what === what && point.answered === 200
const marking = (dies: (point: Point) => boolean) => (point: Point) => point.published && dies(point)

/** Where a process dies, how many letters there are while its claim stands, or would stand if it had one, and after that. */
const DEATHS: [where: string, dies: (point: Point) => boolean, sent: number, sentAfter: number][] = [
  ['before the letter is read', on('GetItem NIGHTSHIFT LETTER'), 1, 0],
  ['before the claim', on(LETTER), 1, 0],
  ['claimed, answer lost', done(LETTER), 0, 1],
  ['before SNS', on('Publish'), 0, 1],
  ['SNS has it, answer lost', done('Publish'), 1, 1],
  ['before the mark is read', marking(on('GetItem NIGHTSHIFT LETTER')), 1, 1],
  ['before the mark', marking(on(LETTER)), 1, 1],
  ['marked, answer lost', marking(done(LETTER)), 1, 0],
]

test.for([
  ['alone', 1],
  ['one of three', 3],
] as const)(
  'a heartbeat that dies, %s: the letter comes, and twice only between SNS and the mark',
  async ([, count]) => {
    const seen: unknown[] = []
    for (const [where, dies] of DEATHS) {
      await makeDue()
      const { died } = await runs.make(count, dies)
      expect(died, `${where}: nobody died`).toBeDefined()
      // For all that this one can know, the dead run is alive and sending.
      await runs.make(1)
      const sent = letters()
      await expireClaim()
      await runs.make(1)
      const sentAfter = letters()
      await runs.make(1)
      expect(letters(), where).toBe(0)
      seen.push([where, sent, sentAfter])
    }
    expect(seen).toEqual(DEATHS.map(([where, , sent, sentAfter]) => [where, sent, sentAfter]))
  },
)

test('SNS is down: no letter is lost, and none is sent twice when it is back', async () => {
  await makeDue()
  aws.fail('sns', { status: 500, code: 'InternalError', message: 'try again' }, { action: 'Publish' })
  const { answers } = await runs.make(2)
  expect(answers.map(({ error }) => error?.errorMessage ?? '').join()).toContain('weekly letter could not be sent')
  aws.heal()
  await runs.make(3)
  expect(letters()).toBe(1)
})
