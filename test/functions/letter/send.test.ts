import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { Counted } from '../../../functions/letter/due.ts'
import { loadLetter, type Sending, sendLetter } from '../../../functions/letter/send.ts'
import { ERRORS, type LocalAws, startAws } from '../../world/aws.ts'
import { DAY, NOW } from '../builders.ts'

let aws: LocalAws
beforeAll(async () => {
  aws = await startAws()
  Object.assign(process.env, aws.env)
  aws.sns.subscribe({ protocol: 'email', endpoint: 'oncall@example.com' })
})
afterAll(() => aws[Symbol.asyncDispose]())
// The letter stands in one item of the table: each test has a table of its own.
beforeEach(async () => {
  const table = `letters-${randomUUID()}`
  await aws.dynamodb.createTable(table)
  process.env.NIGHTSHIFT_TABLE = table
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
})
afterEach(() => {
  aws.heal()
  vi.restoreAllMocks()
})

const counted: Counted = { at: NOW, runs: {}, told: {} }
const { signal } = new AbortController()
async function send(changes: Partial<Sending> = {}): Promise<string[]> {
  const write = async () => ({ subject: '[WEEKLY] nothing', email: 'Nothing happened.\n', severity: 'letter' as const })
  return sendLetter({ kept: await loadLetter(signal), due: NOW, counted, now: NOW, signal, write, ...changes })
}
const letters = () => aws.sns.inbox.length
const nextWeek = { due: NOW + 7 * DAY, now: NOW + 7 * DAY }

test('that it was sent is written down, though SNS took longer than was left for looking', async () => {
  await send()
  const before = letters()
  const left = new AbortController()
  void aws.nextRequest('sns', 'Publish').then(() => left.abort())
  expect(await send({ ...nextWeek, signal: left.signal })).toEqual([])
  expect(left.signal.aborted).toBe(true)
  expect(letters()).toBe(before + 1)
  expect((await loadLetter(signal)).state).toEqual({ sentFor: nextWeek.due, counted })
})

test('the claim is given back, though SNS took longer than was left for looking to refuse it', async () => {
  await send()
  const before = letters()
  aws.fail('sns', ERRORS.snsDenied)
  const left = new AbortController()
  void aws.nextRequest('sns', 'Publish').then(() => left.abort())
  const [fault] = await send({ ...nextWeek, signal: left.signal })
  expect(fault).toMatch(/^the weekly letter could not be sent: .*; the next run sends it$/)
  aws.heal()
  expect(await send(nextWeek)).toEqual([])
  expect(letters()).toBe(before + 1)
})

test('it begins with a look that could read all: of what was never read nothing is known to count from', async () => {
  await send({ counted: { ...counted, unread: { targets: ['orders'], checks: [] } } })
  expect((await loadLetter(signal)).state).toEqual({})
  await send()
  expect((await loadLetter(signal)).state).toEqual({ sentFor: NOW, counted })
})

test('what could not be read for a letter is counted by the next one from where it was', async () => {
  await send({ counted: { at: NOW, runs: {}, told: { 'orders connections.saturation': [5, 5] } } })
  await send({ ...nextWeek, counted: { ...counted, unread: { targets: ['orders'], checks: [] } } })
  let before: Counted | undefined
  const write = async (was: Counted) => {
    before = was
    return { subject: '[WEEKLY] nothing', email: 'Nothing happened.\n', severity: 'letter' as const }
  }
  await send({ due: NOW + 14 * DAY, now: NOW + 14 * DAY, write })
  expect(before?.told).toEqual({ 'orders connections.saturation': [5, 5] })
})
