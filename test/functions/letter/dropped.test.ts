import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { resolveHeartbeat } from '../../../functions/config-heartbeat.ts'
import { changeState, loadState } from '../../../functions/incidents/store.ts'
import { namesDropped, openOn } from '../../../functions/letter/dropped.ts'
import { lookForLetter } from '../../../functions/letter/look.ts'
import { type LocalAws, startAws } from '../../world/aws.ts'
import { configOf, incidentOf, NOW } from '../builders.ts'
import { readingOf } from '../heartbeat/builders.ts'

let aws: LocalAws
beforeAll(async () => {
  aws = await startAws()
  Object.assign(process.env, aws.env)
})
afterAll(() => aws[Symbol.asyncDispose]())
afterEach(() => aws.heal())

const { signal } = new AbortController()
async function stand(target: string, check: string, incidents: Record<string, ReturnType<typeof incidentOf>>) {
  await changeState(await loadState(target, check, signal), NOW, signal, (state) => ({
    state: { ...state, incidents },
    result: undefined,
  }))
}

test('who was counted in the last letter and is not configured is named once, without Nightshift itself', () => {
  const told = {
    'orders connections.saturation': [1, 1],
    'shop connections.saturation': [2, 1],
    'shop storage.level': [1, 0],
    'Nightshift heartbeat.keys': [1, 0],
  } as Record<string, [number, number]>
  expect(namesDropped({ told }, ['orders', 'new', 'Nightshift'])).toEqual(['shop'])
  expect(namesDropped({ told: {} }, [])).toEqual([])
})

test('what stands open on it is read from each of its checks, without a search', async () => {
  const [shop, never] = [`shop-${randomUUID()}`, `never-${randomUUID()}`]
  await stand(shop, 'connections', {
    'connections.saturation': incidentOf({ headline: '97 of 97 connections (100%)' }),
    'connections.stale': incidentOf({ status: 'pending', headline: '9 stale sessions' }),
  })
  await stand(shop, 'storage', { 'storage.level': incidentOf({ headline: 'storage 98% full' }) })
  aws.fail('dynamodb', { status: 400, code: 'AccessDeniedException', message: 'may not Scan' }, { action: 'Scan' })
  expect(await openOn([shop, never], signal)).toEqual([
    {
      target: shop,
      open: ['97 of 97 connections (100%) (connections.saturation)', 'storage 98% full (storage.level)'],
    },
    { target: never, open: [] },
  ])
})

test('a target that was renamed is in the letter by its old name, and a table that does not answer is a fault of it', async () => {
  const shop = `shop-${randomUUID()}`
  await stand(shop, 'storage', { 'storage.level': incidentOf({ headline: 'storage 98% full' }) })
  const before = { at: NOW, runs: {}, told: { [`${shop} storage.level`]: [1, 0] as [number, number] } }
  const look = () =>
    lookForLetter(
      resolveHeartbeat(configOf(), 'Nightshift'),
      { reading: readingOf(), counted: { at: NOW, runs: {}, told: {} }, own: [], states: [] },
      before,
      signal,
    )
  expect(await look()).toMatchObject({
    dropped: [{ target: shop, open: ['storage 98% full (storage.level)'] }],
    faults: [],
  })
  aws.fail('dynamodb', { status: 400, code: 'AccessDeniedException', message: 'may not' })
  const { dropped, faults } = await look()
  expect(dropped).toEqual([])
  expect(faults).toContain(`what stood on ${shop}: may not`)
})
