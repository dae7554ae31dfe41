import { describe, expect, test } from 'vitest'
import { blind } from '../../../../functions/checks/aura/blind.ts'
import { type AuraMemory, recall, remember } from '../../../../functions/checks/aura/memory.ts'
import { DAY, HOUR, MINUTE, NOW } from '../../builders.ts'
import {
  auraFailed,
  boltPolicy,
  connectionOf,
  connectionsOf,
  judge,
  judged,
  notRunning,
  OURS,
  seenBolt,
  transactionOf,
} from './builders.ts'

const refused = { missing: 'refused', message: 'not allowed for user' } as const
const unavailable = { missing: 'unavailable', message: 'no such procedure' } as const

test('a listing that was refused is told at once, with what the server said and the grant', () => {
  const finding = judged(blind, { reading: seenBolt({ connections: refused, transactions: refused }) })
  expect(finding).toMatchObject({
    severity: 'unknown',
    opens: 'at-once',
    recovered: false,
    headline: 'blind: connections and transactions cannot be listed',
  })
  expect(finding.summary).toContain('unknown, not zero')
  expect(finding.summary).toMatch(/It said: not allowed for user$/)
  expect(finding.advice?.join(' ')).toContain('GRANT EXECUTE ADMIN PROCEDURES ON DBMS')
  expect(finding.advice?.join(' ')).toContain('GRANT SHOW TRANSACTION')
})

test('one that does not exist is told as that, and no grant is said to help', () => {
  const finding = judged(blind, { reading: seenBolt({ connections: unavailable }) })
  expect(finding).toMatchObject({ severity: 'unknown', headline: 'blind: connections cannot be listed' })
  expect(finding.summary).toContain('Connections cannot be listed on this instance.')
  expect(finding.advice?.join(' ')).not.toContain('GRANT')
})

test('all three missing are all named', () => {
  const reading = seenBolt({ connections: unavailable, transactions: refused, databases: refused })
  expect(judged(blind, { reading }).headline).toBe('blind: connections, transactions and databases cannot be listed')
})

test("only our own user's are listed: others may be hidden, unless they were seen a while ago", () => {
  const reading = seenBolt({ sighted: false })
  expect(judged(blind, { reading })).toMatchObject({
    severity: 'unknown',
    opens: 'confirmed',
    headline: "blind: only our own user's connections are listed",
  })
  // A quiet instance is so every night.
  expect(judged(blind, { reading, othersSeenAt: NOW - HOUR })).toMatchObject({ severity: 'unknown', once: true })
  // Then neither can be said, and an incident stays as it is.
  expect(judge(blind, { reading, othersSeenAt: NOW - HOUR + 1 })).toBeNull()
})

test("that Aura's metrics count no more than are listed proves that there are no others", () => {
  const listed = seenBolt({ sighted: false, connections: connectionsOf(2, { user: OURS }) })
  const metered = (open: number) => ({ ...listed, metrics: { connections: { at: NOW, open } } })
  // Ours, which is left out of the list, among them.
  expect(judged(blind, { reading: metered(3) })).toMatchObject({ severity: 'ok', recovered: true })
  expect(judged(blind, { reading: metered(4) })).toMatchObject({ severity: 'unknown' })
})

test('who is seen at work without being listed is hidden, whoever was listed a minute ago', () => {
  const reading = seenBolt({ sighted: false, transactions: [transactionOf({ connectionId: 'bolt-9' })] })
  expect(judged(blind, { reading, othersSeenAt: NOW - MINUTE })).toMatchObject({ severity: 'unknown' })
})

test('it is over when several looks agree', () => {
  for (const sighted of [true, false])
    expect(judged(blind, { reading: seenBolt({ sighted }) })).toMatchObject({ closes: 'confirmed' })
})

describe('programs that connect as our own user, and nobody else,', () => {
  const connections = [
    ...connectionsOf(2, { user: OURS }),
    connectionOf({ user: OURS, agent: 'cypher-shell/v5' }),
    connectionOf({ user: OURS, agent: 'nightshift/0.1.0' }),
  ]
  const look = (changes: Parameters<typeof seenBolt>[0], before: AuraMemory = {}) => {
    const reading = seenBolt({ sighted: false, ...changes })
    const memory = remember(before, reading, OURS)
    return { memory, finding: judge(blind, { reading, ...recall(memory, reading, boltPolicy(), OURS) }) }
  }

  test('are told once, with the user that Nightshift should be given', () => {
    const { finding } = look({ connections })
    expect(finding).toMatchObject({
      severity: 'unknown',
      opens: 'confirmed',
      once: true,
      recovered: false,
      headline: "blind: other programs connect as Nightshift's own user",
    })
    expect(finding?.summary).toContain(
      'Other programs connect as nightshift, the user that Nightshift was given: 3 connections of neo4j-javascript/6.3.0 and cypher-shell/v5.',
    )
    expect(finding?.advice?.join(' ')).toContain('CREATE USER nightshift SET PASSWORD')
    expect(finding?.advice?.join(' ')).toContain(
      "SHOW ROLES YIELD role; GRANT ROLE <the administrator's> TO nightshift;",
    )
    expect(finding?.advice?.join(' ')).toContain('On Free no user can be made')
  })

  test('are remembered for a day: who is away for a night is no other trouble', () => {
    const { memory } = look({ connections })
    expect(look({ at: NOW + DAY - 1 }, memory).finding).toMatchObject({ once: true })
    expect(look({ at: NOW + DAY - 1 }, memory).finding?.summary).toContain('was given, today at least. Nobody else')
    expect(look({ at: NOW + DAY }, memory).finding?.headline).toContain("only our own user's")
  })

  test('are not all there are where others were listed within the hour', () => {
    const { memory } = look({ sighted: true, connections: [connectionOf()] })
    expect(look({ at: NOW + HOUR - 1, connections }, memory).finding).toBeNull()
  })

  test('are not other runs of Nightshift', () => {
    const { finding } = look({ connections: connections.slice(-1) })
    expect(finding?.headline).toBe("blind: only our own user's connections are listed")
  })
})

test('who sees all is not blind, and where nobody looked there is nothing to say', () => {
  expect(judged(blind, { reading: seenBolt() })).toMatchObject({ severity: 'ok', recovered: true })
  expect(judge(blind, { reading: auraFailed('credentials') })).toBeNull()
  expect(judge(blind, { reading: notRunning('paused') })).toBeNull()
})
