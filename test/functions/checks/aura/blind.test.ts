import { expect, test } from 'vitest'
import { blind } from '../../../../functions/checks/aura/blind.ts'
import { DAY, NOW } from '../../builders.ts'
import { auraFailed, judge, judged, notRunning, seenBolt } from './builders.ts'

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
  expect(judged(blind, { reading, othersSeenAt: NOW - DAY }).severity).toBe('unknown')
  // Then neither can be said, and an incident stays as it is.
  expect(judge(blind, { reading, othersSeenAt: NOW - DAY + 1 })).toBeNull()
})

test('who sees all is not blind, and where nobody looked there is nothing to say', () => {
  expect(judged(blind, { reading: seenBolt() })).toMatchObject({ severity: 'ok', recovered: true })
  expect(judge(blind, { reading: auraFailed('credentials') })).toBeNull()
  expect(judge(blind, { reading: notRunning('paused') })).toBeNull()
})
