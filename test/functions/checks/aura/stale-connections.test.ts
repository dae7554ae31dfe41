import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { planBoltEndings, type Situation } from '../../../../functions/checks/aura/plan.ts'
import { findStale, type IdleHistory, observeIdle } from '../../../../functions/checks/aura/stale-connections.ts'
import type { BoltConnection, BoltTransaction } from '../../../../functions/checks/aura-reading.ts'
import { DAY, HOUR, MINUTE, NOW } from '../../builders.ts'
import {
  boltPolicy,
  connectionOf,
  connectionsOf,
  ODD_NAMES,
  OURS,
  seenBolt,
  staleOf,
  transactionOf,
} from './builders.ts'

const NONE: IdleHistory = { members: [] }
/** Work of the same user on another connection: proof that our user is shown it. */
const WORK = transactionOf({ id: 't-other', connectionId: 'bolt-999' })

interface Look {
  connections?: BoltConnection[]
  transactions?: BoltTransaction[]
  member?: string
  ownConnectionId?: string
}

/** Looks every five minutes, the last one now; undefined is a look that did not come. What is stale after them. */
function staleAfter(looks: (Look | undefined)[], policy = boltPolicy(), ours = OURS) {
  let history = NONE
  let reading = seenBolt()
  looks.forEach((look, index) => {
    if (!look) return
    const at = NOW - (looks.length - 1 - index) * 5 * MINUTE
    reading = seenBolt({ at, transactions: [WORK], ...look })
    // As it comes back from the table.
    history = JSON.parse(JSON.stringify(observeIdle(history, reading, ours)))
  })
  return findStale(history, reading, policy, ours)
}
const times = <Each>(n: number, each: Each): Each[] => Array.from({ length: n }, () => each)
const idle = { connections: [connectionOf()] }
const working = { ...idle, transactions: [WORK, transactionOf()] }

describe('a connection is stale', () => {
  test('once it was seen without a transaction in every look for long enough, with the evidence', () => {
    expect(staleAfter(times(6, idle))).toEqual([])
    expect(staleAfter(times(7, idle))).toEqual([
      { ...connectionOf(), idleMs: 30 * MINUTE, looks: 7, ageMs: 2 * HOUR, protection: null },
    ])
  })

  test('only when it is older than its own driver would use it', () => {
    const young = (ageMs: number) => ({ connections: [connectionOf({ connectedAt: NOW - ageMs })] })
    expect(staleAfter(times(7, young(HOUR - 1)))).toEqual([])
    expect(staleAfter(times(7, young(HOUR)))).toHaveLength(1)
  })

  test('only after enough looks, however long ago the first was: a look that did not come breaks nothing but the count', () => {
    expect(staleAfter([idle, ...times(20, undefined), idle])).toEqual([])
    expect(staleAfter([idle, ...times(5, undefined), ...times(5, idle)])).toMatchObject([
      { looks: 6, idleMs: 50 * MINUTE },
    ])
  })

  test('not when it was seen with a transaction in between: that starts it anew', () => {
    expect(staleAfter([...times(9, idle), working, ...times(6, idle)])).toEqual([])
    expect(staleAfter([...times(9, idle), working, ...times(7, idle)])).toMatchObject([{ looks: 7 }])
    expect(staleAfter([...times(9, idle), working])).toEqual([])
  })

  test('not when it was not listed in between: it is another, or was cut off and let in again', () => {
    expect(staleAfter([...times(9, idle), { connections: [] }, idle])).toEqual([])
  })

  test.for<[string, Partial<BoltConnection>]>([
    ['connect time', { connectedAt: NOW - 3 * HOUR }],
    ['client', { client: '10.1.2.3:50008' }],
    ['server', { server: '10.0.0.2:7687' }],
    ['id', { id: 'bolt-8' }],
  ])('not on the looks of one with another %s', ([, other]) => {
    expect(staleAfter([...times(9, idle), { connections: [connectionOf(other)] }])).toEqual([])
  })

  test('not when its connect time cannot be read', () => {
    expect(staleAfter(times(9, { connections: [connectionOf({ connectedAt: Number.NaN })] }))).toEqual([])
  })

  test('not on looks in the same half minute, as when somebody presses Test', () => {
    let history = NONE
    const looks = Array.from({ length: 40 }, (_, second) => seenBolt({ at: NOW + 500 * second, ...idle }))
    for (const look of looks) history = observeIdle(history, look, OURS)
    expect(history.members[0]?.idle[0]?.[5]).toBe(1)
  })
})

test('an older look, brought by a slower run, breaks what began before it, and begins nothing', () => {
  const look = (minutes: number, one: Look) => seenBolt({ at: NOW + minutes * MINUTE, transactions: [WORK], ...one })
  const idleSince = (...looks: ReturnType<typeof look>[]) =>
    looks
      .reduce((history, one) => observeIdle(history, one, OURS), NONE)
      .members[0]?.idle.map((one) => [one[4], one[5]])
  expect(idleSince(look(0, idle), look(10, idle), look(5, working))).toEqual([])
  expect(idleSince(look(0, idle), look(10, idle), look(5, idle))).toEqual([[NOW, 2]])
  expect(idleSince(look(10, working), look(5, idle))).toEqual([])
  expect(idleSince(look(10, idle), look(5, working))).toEqual([[NOW + 10 * MINUTE, 1]])
})

describe('another member of the cluster', () => {
  const there = { member: 'b:7687', connections: [connectionOf({ server: 'b:7687' })] }

  test('lists its own connections, and says nothing of the others', () => {
    expect(staleAfter([...times(6, [idle, there]).flat(), idle])).toMatchObject([{ looks: 7, server: '10.0.0.1:7687' }])
  })

  test('may have one of the same id, which is another', () => {
    expect(staleAfter([...times(6, idle), there])).toEqual([])
  })

  test('is forgotten once it has not been reached for a day', () => {
    const before = observeIdle(NONE, seenBolt({ at: NOW - DAY - 1, ...there }), OURS)
    expect(observeIdle(before, seenBolt(idle), OURS).members.map(({ member }) => member)).toEqual(['10.0.0.1:7687'])
  })
})

test('a look without connections or transactions says nothing, and what was seen before stays', () => {
  const before = observeIdle(NONE, seenBolt(idle), OURS)
  for (const part of ['connections', 'transactions'])
    expect(
      observeIdle(before, seenBolt({ at: NOW + HOUR, ...idle, [part]: { missing: 'refused', message: '' } }), OURS),
    ).toBe(before)
})

describe('protected, in this order, is', () => {
  const protectionOf = (one: Partial<BoltConnection>, policy = boltPolicy(), ownConnectionId?: string) =>
    staleAfter(times(7, { connections: [connectionOf(one)], ...(ownConnectionId && { ownConnectionId }) }), policy)[0]
      ?.protection
  const everybody = { users: ['*'], agents: ['*'] }

  test('ours, by id and by program, even when it is asked for', () => {
    const policy = boltPolicy({ only: everybody })
    expect(protectionOf({}, policy, 'bolt-7')).toBe('own-role')
    expect(protectionOf({ agent: 'nightshift/0.1.0' }, policy)).toBe('own-role')
  })

  test('what is no client of Bolt, or has not logged in', () => {
    const policy = boltPolicy({ only: everybody })
    expect(protectionOf({ connector: 'http' }, policy)).toBe('not-a-client')
    expect(protectionOf({ user: '' }, policy)).toBe('not-a-client')
  })

  test('who is on the list of the protected, whatever else is said', () => {
    const only = everybody
    expect(protectionOf({}, boltPolicy({ only, protect: { users: ['sh*'], agents: [] } }))).toBe('protected')
    expect(protectionOf({}, boltPolicy({ only, protect: { users: [], agents: ['neo4j-java*'] } }))).toBe('protected')
  })

  test('who is not on the list of whose may be ended; without any list, everybody', () => {
    const only = (users: string[], agents: string[]) => protectionOf({}, boltPolicy({ only: { users, agents } }))
    expect(only(['shop'], [])).toBeNull()
    expect(only([], ['neo4j-javascript/*'])).toBeNull()
    expect(only(['shop'], ['neo4j-java/*'])).toBe('not-selected')
    expect(only(['Shop'], [])).toBe('not-selected')
    expect(only([], [])).toBe('not-selected')
  })

  test('whoever may be at work unseen: no transaction of its user was listed within a week', () => {
    const alone = { ...idle, transactions: [] }
    const others = (user: string) => ({ ...idle, transactions: [transactionOf({ connectionId: 'x', user })] })
    expect(staleAfter(times(7, alone))).toMatchObject([{ protection: 'work-not-seen' }])
    // The right to see them is given by user.
    for (const user of ['etl', OURS])
      expect(staleAfter(times(7, others(user)))).toMatchObject([{ protection: 'work-not-seen' }])
    expect(staleAfter([others('shop'), ...times(7, alone)])).toMatchObject([{ protection: null }])
    const looks = (n: number) => [others('shop'), ...times(n, undefined), ...times(7, alone)]
    expect(staleAfter(looks(12 * 24 * 7 - 7))).toMatchObject([{ protection: null }])
    expect(staleAfter(looks(12 * 24 * 7 - 6))).toMatchObject([{ protection: 'work-not-seen' }])
    // Our own user's transactions are never hidden from us.
    expect(staleAfter(times(7, alone), boltPolicy(), 'shop')).toMatchObject([{ protection: null }])
  })
})

describe('whatever is seen,', () => {
  const state = fc.constantFrom('idle', 'idle', 'idle', 'working', 'absent', 'reborn')
  const looks = fc.array(fc.record({ came: fc.boolean(), states: fc.array(state, { minLength: 5, maxLength: 5 }) }), {
    minLength: 1,
    maxLength: 30,
  })
  const who = fc.record({
    user: fc.constantFrom('shop', 'etl', OURS, ...ODD_NAMES),
    agent: fc.constantFrom('neo4j-java/5', 'nightshift/1', ...ODD_NAMES),
    connector: fc.constantFrom('bolt', 'bolt', 'http'),
  })
  const some = fc.uniqueArray(fc.constantFrom('shop', 'etl', 's*', '*', 'neo4j*'), { maxLength: 2 })
  const policies = fc.record({
    only: fc.record({ users: some, agents: some }),
    protect: fc.record({ users: some, agents: some }),
    minLooks: fc.integer({ min: 1, max: 8 }),
    atMost: fc.integer({ min: 1, max: 4 }),
  })

  test('nobody is chosen but who was without a transaction in every look of a long enough while', () => {
    fc.assert(
      fc.property(looks, fc.array(who, { minLength: 5, maxLength: 5 }), policies, (sequence, people, changes) => {
        const policy = boltPolicy({ idleMs: 20 * MINUTE, ...changes })
        let history = NONE
        // What a plain reader of the looks would say: since when, in how many looks, and which life of the connection it is.
        const model = people.map(() => ({ since: 0, looks: 0, born: 0 }))
        let reading = seenBolt()
        sequence.forEach(({ came, states }, index) => {
          const at = NOW + index * 5 * MINUTE
          for (const [n, state] of states.entries())
            if (state === 'reborn') (model[n] as { born: number }).born = index + 1
          if (!came) return
          const listed = people.flatMap((one, n) =>
            states[n] === 'absent'
              ? []
              : [connectionOf({ id: `bolt-${n}`, connectedAt: NOW - DAY + (model[n]?.born ?? 0), ...one })],
          )
          const transactions = states.flatMap((state, n) =>
            state === 'working' ? [transactionOf({ id: `t-${n}`, connectionId: `bolt-${n}`, user: 'x' })] : [],
          )
          const work = people.map(({ user }, n) => transactionOf({ id: `w-${n}`, connectionId: `w-${n}`, user }))
          reading = seenBolt({ at, connections: listed, transactions: [...work, ...transactions] })
          history = JSON.parse(JSON.stringify(observeIdle(history, reading, OURS)))
          for (const [n, one] of model.entries()) {
            const fresh = states[n] === 'absent' || states[n] === 'working'
            if (fresh) Object.assign(one, { looks: 0, life: undefined })
            else if (one.looks === 0 || (one as { life?: number }).life !== one.born)
              Object.assign(one, { since: at, looks: 1, life: one.born })
            else one.looks++
          }
        })
        const stale = findStale(history, reading, policy, OURS)
        const expected = model.flatMap(({ since, looks: seen }, n) =>
          seen >= policy.minLooks && seen > 0 && reading.at - since >= policy.idleMs ? [`bolt-${n}`] : [],
        )
        expect(stale.map(({ id }) => id).toSorted()).toEqual(expected)
        const plan = planBoltEndings(stale, { used: 100, working: 1, limit: 100, leak: false }, policy, false)
        expect(plan.victims.length).toBeLessThanOrEqual(policy.atMost)
        for (const { user, agent, connector, protection } of plan.victims) {
          expect(protection).toBeNull()
          expect(connector).toBe('bolt')
          expect(user).not.toBe('')
          expect(agent).not.toMatch(/^nightshift\//)
          const { protect } = policy
          expect(protect.users.includes(user) || protect.users.includes('*')).toBe(false)
          expect(protect.agents.includes('*')).toBe(false)
        }
        const ages = plan.victims.map(({ ageMs }) => ageMs)
        expect(ages).toEqual(ages.toSorted((a, b) => b - a))
      }),
      { numRuns: 400 },
    )
  })

  test('the history has a size: the longest idle are kept, and of those the oldest', () => {
    const many = connectionsOf(700).map((one, n) => ({ ...one, connectedAt: NOW - DAY - n }))
    const first = observeIdle(NONE, seenBolt({ at: NOW - HOUR, connections: many.slice(0, 20) }), OURS)
    const history = observeIdle(first, seenBolt({ connections: many }), OURS)
    const kept = history.members.flatMap((one) => one.idle)
    expect(kept).toHaveLength(500)
    expect(kept.filter(([, , , , since]) => since === NOW - HOUR)).toHaveLength(20)
    expect(kept.map(([id]) => id)).toContain('bolt-700')
    expect(kept.map(([id]) => id)).not.toContain('bolt-21')
    // DynamoDB takes 400 kB for an item, and bills by the kilobyte.
    expect(JSON.stringify(history).length).toBeLessThan(50_000)
  })
})

describe('the plan', () => {
  const stale = [3, 1, 2].map((hours) => staleOf({ id: `bolt-${hours}`, ageMs: hours * HOUR }))
  const near: Situation = { used: 80, working: 10, limit: 100, leak: false }
  const plan = (situation: Partial<Situation> = {}, policy = boltPolicy(), dryRun = false) =>
    planBoltEndings(stale, { ...near, ...situation }, policy, dryRun)
  const ids = ({ victims }: ReturnType<typeof plan>) => victims.map(({ id }) => id)

  test('is the oldest first, no more than the cap, and none that something protects', () => {
    expect(ids(plan())).toEqual(['bolt-3', 'bolt-2', 'bolt-1'])
    expect(ids(plan({}, boltPolicy({ atMost: 2 })))).toEqual(['bolt-3', 'bolt-2'])
    const guarded = stale.map((one) => ({ ...one, protection: 'work-not-seen' as const }))
    expect(planBoltEndings(guarded, near, boltPolicy(), false)).toEqual({ victims: [], notPermitted: [], held: null })
  })

  test('needs a reason: near the limit, or a leak', () => {
    expect(plan({ used: 79 })).toMatchObject({ victims: [], held: 'no-reason' })
    expect(plan({ limit: undefined })).toMatchObject({ victims: [], held: 'no-reason' })
    expect(plan({ limit: undefined, leak: true }).held).toBeNull()
  })

  test('is nobody in a load surge, nor where nobody is named', () => {
    expect(plan({ working: 41 })).toMatchObject({ victims: [], held: 'load' })
    expect(plan({ working: 40 }).held).toBeNull()
    expect(plan({}, boltPolicy({ only: { users: [], agents: [] } }))).toMatchObject({
      victims: [],
      held: 'nobody-selected',
    })
  })

  test('says who would have been, where nobody opted in and in a dry run', () => {
    expect(plan({}, boltPolicy({ end: false }), true)).toMatchObject({ held: 'not-opted-in', victims: { length: 3 } })
    expect(plan({}, boltPolicy(), true)).toMatchObject({ held: 'dry-run', victims: { length: 3 } })
    expect(plan({ maintenance: true })).toMatchObject({ held: 'maintenance', victims: { length: 3 } })
    expect(plan({ maintenance: true }, boltPolicy({ end: false })).held).toBe('not-opted-in')
  })
})
