import { describe, expect, test } from 'vitest'
import { type AuraMemory, recall, remember } from '../../../../functions/checks/aura/memory.ts'
import { HOUR, MINUTE, NOW } from '../../builders.ts'
import { auraFailed, boltPolicy, connectionsOf, MEMBER, notRunning, OURS, seenBolt, transactionOf } from './builders.ts'

const connections = connectionsOf(3)
const look = seenBolt({ connections, transactions: [transactionOf({ connectionId: 'x', user: 'etl' })] })
const seen = remember({}, look, OURS)

test('a look leaves what the next ones need', () => {
  expect(seen).toMatchObject({
    standing: { status: 'running', since: NOW },
    counts: [{ member: MEMBER, points: [[NOW, 3]] }],
    idle: { members: [{ idle: { length: 3 } }], workAt: [['etl', NOW]] },
    othersSeenAt: NOW,
    last: { at: NOW, used: 3, top: [{ name: 'shop (neo4j-javascript/6.3.0)', connections: 3 }] },
  })
})

describe('a status stands', () => {
  const at = (reading: Parameters<typeof remember>[1], before: AuraMemory) => remember(before, reading, OURS).standing
  test('since it was first seen, through looks that failed', () => {
    const paused = remember(seen, notRunning('paused', {}, NOW + HOUR), OURS)
    expect(paused.standing).toEqual({ status: 'paused', since: NOW + HOUR })
    const failed = remember(paused, auraFailed('timeout'), OURS)
    expect(at(notRunning('paused', {}, NOW + 9 * HOUR), failed)).toEqual({ status: 'paused', since: NOW + HOUR })
    expect(at(notRunning('resuming', {}, NOW + 9 * HOUR), failed)).toEqual({
      status: 'resuming',
      since: NOW + 9 * HOUR,
    })
  })
  test('of nothing that was never seen', () => {
    expect(at(auraFailed('not-found'), {})).toBeUndefined()
  })
})

test('a look that failed forgets nothing, and what cuts us off for good is remembered until a look gets in', () => {
  const failed = remember(seen, auraFailed('credentials'), OURS)
  expect(failed).toEqual({ ...seen, cutOffBy: 'credentials' })
  expect(remember(failed, notRunning('paused'), OURS).cutOffBy).toBe('credentials')
  expect(remember(failed, look, OURS).cutOffBy).toBeUndefined()
  expect(remember(seen, auraFailed('timeout'), OURS)).toEqual(seen)
})

test('what keeps us out of the API alone is over once that answers, and says nothing of what the instance said', () => {
  const noTrust = auraFailed('tls', { at: 'api' })
  expect(remember(seen, noTrust, OURS)).toEqual(seen)
  const refused = remember(seen, auraFailed('credentials'), OURS)
  expect(remember(refused, noTrust, OURS).cutOffBy).toBe('credentials')
  expect(remember(seen, auraFailed('tls'), OURS).cutOffBy).toBe('tls')
})

test('a slower run that brings an older look makes nothing older than it was, and what worked then is not idle', () => {
  const later = seenBolt({ at: NOW + HOUR, connections, transactions: [] })
  const [first] = connections
  const busy = seenBolt({
    at: NOW + MINUTE,
    connections,
    transactions: [transactionOf({ connectionId: first?.id ?? '' })],
  })
  const memory = remember(seen, later, OURS)
  const after = remember(memory, busy, OURS)
  expect(after).toMatchObject({ lookedAt: NOW + HOUR, othersSeenAt: NOW + HOUR, last: { at: NOW + HOUR } })
  expect(after.idle?.members[0]?.idle.map(([id]) => id)).toEqual(connections.slice(1).map(({ id }) => id))
  expect(remember(memory, { ...auraFailed('credentials'), at: NOW }, OURS)).toEqual(memory)
})

test('a database that is not there cuts us off, also where the system database lets us in', () => {
  const bySystem = { cause: 'no-database', at: 'bolt', message: '' } as const
  expect(remember(seen, seenBolt({ bySystem }), OURS).cutOffBy).toBe('no-database')
  expect(remember(seen, seenBolt({ bySystem: { ...bySystem, cause: 'starting' } }), OURS).cutOffBy).toBeUndefined()
})

test('what was paused or overwritten comes back with other connections: counts and idle ones start anew', () => {
  const memory = remember(seen, notRunning('overwriting'), OURS)
  expect(memory).not.toHaveProperty('counts')
  expect(memory).not.toHaveProperty('idle')
  expect(memory.othersSeenAt).toBe(NOW)
})

test("where only our own user's are listed, they are not taken for all", () => {
  const later = seenBolt({ at: NOW + HOUR, sighted: false, connections: [] })
  expect(remember(seen, later, OURS)).toMatchObject({ counts: seen.counts, othersSeenAt: NOW, last: seen.last })
  const refused = seenBolt({ connections: { missing: 'refused', message: '' } })
  expect(remember(seen, refused, OURS)).toEqual(seen)
})

test('what is held open is remembered, also where connections are refused', () => {
  const open = transactionOf({ query: '', work: '7' })
  const refused = { missing: 'refused', message: '' } as const
  const first = remember({}, seenBolt({ connections: refused, transactions: [open] }), OURS)
  const reading = seenBolt({ at: NOW + HOUR, connections: refused, transactions: [open] })
  const memory = remember(JSON.parse(JSON.stringify(first)), reading, OURS)
  expect(recall(memory, reading, boltPolicy(), OURS).held).toMatchObject([{ id: open.id, since: NOW }])
  expect(remember(memory, notRunning('paused'), OURS)).not.toHaveProperty('held')
})

test('after two hours of looks the rules are told of a leak, and of who is stale', () => {
  let memory: AuraMemory = {}
  let reading = look
  for (let minutes = 0; minutes <= 120; minutes += 5) {
    reading = seenBolt({
      at: NOW + minutes * MINUTE,
      connections: connectionsOf(60 + minutes),
      transactions: [transactionOf({ connectionId: 'x' })],
    })
    memory = JSON.parse(JSON.stringify(remember(memory, reading, OURS)))
  }
  const facts = recall(memory, reading, boltPolicy(), OURS)
  expect(facts.growth).toMatchObject({ from: 60, to: 180 })
  // All but those that were opened within the last half hour.
  expect(facts.stale).toHaveLength(150)
  expect(facts).toMatchObject({ standing: memory.standing, othersSeenAt: reading.at, cutOffBy: undefined })
})
