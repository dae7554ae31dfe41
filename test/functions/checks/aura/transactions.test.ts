import { describe, expect, test } from 'vitest'
import { blockedTransactions } from '../../../../functions/checks/aura/blocked-transactions.ts'
import { longRunning } from '../../../../functions/checks/aura/long-running.ts'
import { openTransactions } from '../../../../functions/checks/aura/open-transactions.ts'
import type { BoltTransaction } from '../../../../functions/checks/aura-reading.ts'
import { HOUR, MINUTE, NOW } from '../../builders.ts'
import {
  auraFailed,
  connectionOf,
  heldSinceBegun,
  judge,
  judged,
  notRunning,
  ODD_NAMES,
  seenBolt,
  transactionOf,
} from './builders.ts'

const RULES = [openTransactions, longRunning, blockedTransactions]
const reading = (...transactions: Partial<BoltTransaction>[]) =>
  seenBolt({ connections: [connectionOf()], transactions: transactions.map(transactionOf) })
/** As two looks or more have found them. */
const facts = (...transactions: Partial<BoltTransaction>[]) => {
  const seen = reading(...transactions)
  return { reading: seen, held: heldSinceBegun(seen) }
}
const severities = (rule: (typeof RULES)[number], one: Partial<BoltTransaction>, minutes: number[]) =>
  minutes.map((n) => judged(rule, facts({ ...one, elapsedMs: n * MINUTE })).severity)

test('one held open with no query running is a warning at 5 minutes and critical at 15, give or take a late look', () => {
  expect(severities(openTransactions, { query: '' }, [4.7, 4.8, 14.2, 14.3])).toEqual([
    'ok',
    'warning',
    'warning',
    'critical',
  ])
})

test('one that is old was perhaps met between two queries: what counts is for how long it has done nothing', () => {
  const old = { query: '', elapsedMs: 9 * HOUR }
  const [known] = heldSinceBegun(reading(old))
  if (!known) return expect.fail()
  const after = (since: number) => judged(openTransactions, { reading: reading(old), held: [{ ...known, since }] })
  expect(judged(openTransactions, { reading: reading(old) })).toMatchObject({ severity: 'ok', recovered: true })
  // At first sight.
  expect(after(NOW)).toMatchObject({ severity: 'ok', headline: 'no transaction is held open' })
  const finding = after(NOW - 10 * MINUTE)
  expect(finding).toMatchObject({ severity: 'warning', headline: expect.stringMatching(/held open for 10 min$/) })
  expect(finding.summary).toContain('9 h ago, and for the last 10 min no look has found a query in it')
})

test('one at work is a warning at 10 minutes and critical at 60', () => {
  expect(severities(longRunning, {}, [9.9, 10, 59.9, 60])).toEqual(['ok', 'warning', 'warning', 'critical'])
})

test('one that has worked since the last look is at work, though this look met it between two queries', () => {
  const old = { query: '', elapsedMs: 2 * HOUR }
  expect(judged(longRunning, { reading: reading(old) })).toMatchObject({
    severity: 'critical',
    summary: expect.stringContaining('(between two queries)'),
  })
  // Seen so twice: held open, which is another rule's.
  expect(judged(longRunning, facts(old))).toMatchObject({ severity: 'ok' })
})

test('one that waits for others for 2 minutes is a warning and for 10 critical; however old it is', () => {
  const bySeverity = (minutes: number[], one: (ms: number) => Partial<BoltTransaction>) =>
    minutes.map((n) => {
      const waits = { status: 'blocked' as const, ...one(n * MINUTE) }
      return judged(blockedTransactions, { reading: reading(waits) }).severity
    })
  const expected = ['ok', 'warning', 'warning', 'critical']
  expect(bySeverity([1.9, 2, 9.9, 10], (waitMs) => ({ waitMs, elapsedMs: 9 * HOUR }))).toEqual(expected)
  // Where the server does not tell, it is no longer than since it began.
  expect(bySeverity([1.9, 2, 9.9, 10], (elapsedMs) => ({ elapsedMs }))).toEqual(expected)
  const finding = judged(blockedTransactions, {
    reading: reading({ status: 'blocked', waitMs: 3 * MINUTE, elapsedMs: HOUR }),
  })
  expect(finding.headline).toMatch(/waits for another, for 3 min$/)
  expect(finding.summary).toContain('begun 1 h ago, has waited 3 min for')
})

test('one look does not prove a wait or long work, so two have to agree; to be held open takes two looks in itself', () => {
  for (const rule of RULES)
    expect(judged(rule, { reading: reading({ elapsedMs: 1 }) })).toMatchObject({ severity: 'ok', closes: 'confirmed' })
  const opens = (rule: (typeof RULES)[number], one: Partial<BoltTransaction>, elapsedMs = 9 * HOUR) =>
    judged(rule, facts({ ...one, elapsedMs })).opens
  expect(opens(blockedTransactions, { status: 'blocked' })).toBe('confirmed')
  expect(opens(openTransactions, { query: '' }, 6 * MINUTE)).toBe('at-once')
  expect(opens(openTransactions, { query: '' })).toBe('at-once')
  expect(opens(longRunning, {})).toBe('confirmed')
})

test('each transaction is the business of one rule at most', () => {
  for (const query of ['', 'RETURN 1'])
    for (const status of ['running', 'blocked', 'terminated', 'closing', 'other'] as const) {
      const bad = RULES.filter((rule) => judged(rule, facts({ query, status, elapsedMs: 9 * HOUR })).severity !== 'ok')
      // Its client has not noticed yet that it was ended: that holds nothing.
      const over = query === '' && (status === 'terminated' || status === 'closing')
      expect(bad, `${query} ${status}`).toHaveLength(over ? 0 : 1)
    }
})

test('the oldest is told, with the program of its connection, and five are shown', () => {
  const finding = judged(
    openTransactions,
    facts(...[7, 9, 8, 6, 5, 4].map((n) => ({ id: `t-${n}`, query: '', elapsedMs: n * MINUTE }))),
  )
  expect(finding.headline).toBe('a transaction of shop (neo4j-javascript/6.3.0) held open for 9 min')
  expect(finding.evidence?.rows.map(([id]) => id)).toEqual(['t-9', 't-8', 't-7', 't-6', 't-5'])
  expect(finding.advice?.join(' ')).toContain("TERMINATE TRANSACTIONS 't-9'")
})

test('one that was told to end and runs on is told as that', () => {
  const finding = judged(longRunning, { reading: reading({ status: 'terminated', elapsedMs: HOUR }) })
  expect(finding.summary).toContain('told to end and still runs, after 1 h')
  expect(finding.advice?.join(' ')).not.toContain('TERMINATE TRANSACTIONS')
})

describe('who is waited for', () => {
  const waits = (blockedBy: string[], ...others: Partial<BoltTransaction>[]) =>
    judged(blockedTransactions, { reading: reading({ status: 'blocked', elapsedMs: HOUR, blockedBy }, ...others) })

  test('is named, with user and program', () => {
    const finding = waits(['t-1'], { id: 't-1', user: 'etl', connectionId: 'bolt-8', query: '' })
    expect(finding.summary).toContain('has waited 1 h for t-1 of etl: MATCH (n) RETURN n')
    expect(finding.advice?.join(' ')).toContain("TERMINATE TRANSACTIONS 't-1'")
  })

  test('may not be shown, may be many, and may not be known', () => {
    expect(waits(['t-1']).summary).toContain('t-1 of a user who is not shown')
    expect(waits(['a', 'b', 'c', 'd', 'e']).summary).toContain('c of a user who is not shown, 2 more')
    expect(waits([]).summary).toContain('has waited 1 h for others, who are not named')
    expect(waits([]).advice?.join(' ')).not.toContain('TERMINATE')
  })
})

test('whether it holds locks is told, and that it is left without; who may not be ended is told with the right to give', () => {
  const summary = (locks: number) => judged(openTransactions, facts({ query: '', elapsedMs: HOUR, locks })).summary
  expect(summary(3)).toContain('its 3 locks stay held')
  expect(summary(0)).toContain('Nightshift leaves such a one')
  const refused = facts({ query: '', elapsedMs: HOUR })
  const victim = { ...transactionOf(), agent: 'checkout/1.0', idleMs: HOUR }
  const advice = (outcome: 'refused' | 'woke') =>
    judged(openTransactions, { ...refused, transactionEndings: [{ victim, outcome }] }).advice?.join(' ')
  expect(advice('refused')).toContain('GRANT TERMINATE TRANSACTION (*) ON DATABASE * TO <role>;')
  expect(advice('woke')).not.toContain('GRANT')
})

test('what was ended in this very look wakes nobody: it is told as done, and no longer as held', () => {
  const held = facts({ id: 't-1', query: '', elapsedMs: HOUR })
  const victim = { ...transactionOf({ id: 't-1', query: '' }), agent: 'checkout/1.0', idleMs: HOUR }
  const finding = judged(openTransactions, { ...held, transactionEndings: [{ victim, outcome: 'ended' }] })
  expect(finding).toMatchObject({ severity: 'warning', opens: 'at-once', recovered: false })
  expect(finding.headline).toBe('1 transaction ended, held open by shop (checkout/1.0) for 1 h')
  expect(finding.advice?.join(' ')).not.toContain('TERMINATE')
  // Another one that could not be ended is as critical as before.
  const both = facts({ id: 't-1', query: '', elapsedMs: HOUR }, { id: 't-2', query: '', elapsedMs: HOUR })
  const worse = judged(openTransactions, { ...both, transactionEndings: [{ victim, outcome: 'ended' }] })
  expect(worse.severity).toBe('critical')
  expect(worse.advice?.join(' ')).toContain("TERMINATE TRANSACTIONS 't-2'")
})

test('an id is told as a string of Cypher, whatever is in it', () => {
  const finding = judged(openTransactions, facts({ id: "my'db\\-transaction-1", query: '', elapsedMs: HOUR }))
  expect(finding.advice?.join(' ')).toContain("TERMINATE TRANSACTIONS 'my\\'db\\\\-transaction-1'")
})

test('names of any kind arrive whole', () => {
  for (const user of ODD_NAMES) {
    const finding = judged(longRunning, { reading: reading({ user, connectionId: '', elapsedMs: HOUR }) })
    expect(finding.evidence?.rows[0]?.[1]).toBe(user === '' ? '(no user)' : user)
  }
})

describe('nothing bad', () => {
  test('is well where all are listed, and says nothing where only ours are', () => {
    for (const rule of RULES) {
      expect(judged(rule, { reading: reading({ elapsedMs: 1 }) })).toMatchObject({ severity: 'ok', recovered: true })
      expect(judge(rule, { reading: { ...seenBolt({ sighted: false }) } })).toBeNull()
    }
    const ours = seenBolt({ sighted: false, transactions: [transactionOf({ elapsedMs: HOUR })] })
    expect(judged(longRunning, { reading: ours }).severity).toBe('critical')
  })

  test('is known of what could not be listed', () => {
    for (const rule of RULES) {
      expect(judge(rule, { reading: seenBolt({ transactions: { missing: 'refused', message: 'no' } }) })).toBeNull()
      expect(judge(rule, { reading: auraFailed('timeout') })).toBeNull()
      expect(judge(rule, { reading: notRunning('updating') })).toBeNull()
      expect(judged(rule, { reading: notRunning('paused') }).recovered).toBe(true)
    }
  })
})
