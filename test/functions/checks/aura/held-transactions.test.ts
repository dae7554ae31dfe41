import { expect, test } from 'vitest'
import { type Held, heldMs, observeHeld, planAbandoned } from '../../../../functions/checks/aura/held-transactions.ts'
import type { AuraReading, BoltTransaction } from '../../../../functions/checks/aura-reading.ts'
import { boltPolicy, seenBolt } from './builders.ts'

const MINUTE = 60_000
const one = (changes: Partial<BoltTransaction> = {}): BoltTransaction => ({
  id: 'neo4j-transaction-1',
  database: 'neo4j',
  connectionId: 'bolt-1',
  user: 'shop',
  client: '10.0.0.1:5000',
  query: '',
  status: 'running',
  startedAt: 0,
  elapsedMs: 3_600_000,
  work: '7',
  locks: 1,
  blockedBy: [],
  ...changes,
})
const connection = {
  id: 'bolt-1',
  server: 's',
  client: '10.0.0.1:5000',
  user: 'shop',
  agent: 'checkout/1.0',
  connector: 'bolt',
  connectedAt: 0,
}
function lookAt(at: number, transactions: BoltTransaction[]): AuraReading {
  const seen = seenBolt()
  if (seen.kind !== 'seen') throw new Error('not seen')
  return {
    ...seen,
    at,
    bolt: { ...seen.bolt, connections: { rows: [connection] }, transactions: { rows: transactions } },
  }
}
const policy = boltPolicy({
  idleMs: 10 * MINUTE,
  only: { users: ['shop'], agents: [] },
  protect: { users: [], agents: [] },
})
/** Looks five minutes apart, each with the one transaction as it was then. */
function planAfter(looks: Partial<BoltTransaction>[], changes = policy) {
  let held: Held[] = []
  let reading = lookAt(0, [])
  looks.forEach((look, i) => {
    reading = lookAt(i * 5 * MINUTE, [one(look)])
    held = observeHeld(held, reading)
  })
  return planAbandoned(held, reading, changes, 'nightshift', false)
}
const abandonedAfter = (looks: Partial<BoltTransaction>[], changes = policy) =>
  planAfter(looks, changes).victims.map(({ idleMs }) => idleMs / MINUTE)

test('what was held open without doing anything in look after look is abandoned', () => {
  expect(abandonedAfter([{}, {}])).toEqual([])
  expect(abandonedAfter([{}, {}, {}])).toEqual([10])
})

test('what holds no locks, or of which the server tells too little, is left', () => {
  for (const locks of [0, undefined]) {
    const plan = planAfter([{}, {}, {}].map(() => ({ locks }) as Partial<BoltTransaction>))
    expect(plan.victims).toEqual([])
    expect(plan.withoutLocks).toMatchObject([{ idleMs: 10 * MINUTE }])
  }
})

test('who would be ended is known without opting in, and why nobody is', () => {
  const looks = [{}, {}, {}]
  const held = (changes: Partial<typeof policy>, dryRun = false, maintenance = false) => {
    let seen: Held[] = []
    for (const at of [0, 5, 10]) seen = observeHeld(seen, lookAt(at * MINUTE, [one()]))
    return planAbandoned(
      seen,
      lookAt(10 * MINUTE, [one()]),
      { ...policy, ...changes },
      'nightshift',
      dryRun,
      maintenance,
    )
  }
  expect(planAfter(looks).held).toBeNull()
  expect(held({ end: false })).toMatchObject({ held: 'not-opted-in', victims: [{ idleMs: 10 * MINUTE }] })
  expect(held({}, true)).toMatchObject({ held: 'dry-run', victims: [{ idleMs: 10 * MINUTE }] })
  expect(held({}, false, true)).toMatchObject({ held: 'maintenance', victims: [{ idleMs: 10 * MINUTE }] })
  expect(held({ only: { users: [], agents: [] } })).toMatchObject({ held: 'nobody-selected', victims: [] })
})

test('its age alone proves nothing: who worked between two looks, or is at work, starts anew', () => {
  expect(abandonedAfter([{}, { work: '8' }, { work: '8' }])).toEqual([])
  expect(abandonedAfter([{}, { query: 'MATCH (n) RETURN n' }, {}])).toEqual([])
  expect(abandonedAfter([{}, {}, { startedAt: 1 }])).toEqual([])
  expect(abandonedAfter([{}, {}, { status: 'blocked' }])).toEqual([])
})

test('other members take turns: what one lists says nothing of what another does', () => {
  const member = (name: string, at: number, ...transactions: BoltTransaction[]) => {
    const reading = lookAt(at, transactions)
    return reading.kind === 'seen' ? { ...reading, bolt: { ...reading.bolt, member: name } } : reading
  }
  const [first, second] = [member('a', 0, one()), member('b', 10 * MINUTE)]
  const third = member('a', 20 * MINUTE, one())
  const held = [first, second, third].reduce(observeHeld, [])
  expect(heldMs(held, third, one())).toBe(20 * MINUTE)
  // Ids are counted by each member for itself.
  const namesake = member('b', 20 * MINUTE, one())
  expect(heldMs(observeHeld(held, namesake), namesake, one())).toBe(0)
  expect(observeHeld(held, member('b', 25 * 60 * MINUTE))).toEqual([])
})

test('at first sight nothing is proven, and a slower run that brings an older look takes nothing back', () => {
  const [early, late] = [lookAt(0, [one()]), lookAt(5 * MINUTE, [one()])]
  expect(heldMs(observeHeld([], late), late, one())).toBe(0)
  const held = observeHeld(observeHeld([], late), early)
  expect(heldMs(held, early, one())).toBe(0)
  expect(heldMs(observeHeld(held, late), late, one())).toBe(5 * MINUTE)
})

test('whoever is protected, not selected or ourselves is left', () => {
  const forAll = [{}, {}, {}]
  expect(abandonedAfter(forAll, { ...policy, protect: { users: [], agents: ['checkout/*'] } })).toEqual([])
  expect(abandonedAfter(forAll, { ...policy, only: { users: ['billing'], agents: [] } })).toEqual([])
  expect(abandonedAfter(forAll, { ...policy, only: { users: [], agents: [] } })).toEqual([])
  expect(
    abandonedAfter(
      forAll.map(() => ({ user: 'nightshift' })),
      { ...policy, only: { users: ['*'], agents: [] } },
    ),
  ).toEqual([])
})
