import { describe, expect, test } from 'vitest'
import { stale } from '../../../../functions/checks/aura/stale.ts'
import type { Outcome } from '../../../../functions/checks/victims.ts'
import { HOUR, MINUTE } from '../../builders.ts'
import { auraFailed, boltPlan, judge, judged, notRunning, ODD_NAMES, seenBolt, staleOf } from './builders.ts'

const many = (n: number, changes: Parameters<typeof staleOf>[0] = {}) =>
  Array.from({ length: n }, (_, i) => staleOf({ id: `bolt-${i}`, ...changes }))

test('warns by the share of the limit that is abandoned; without a limit there is no share to judge', () => {
  const said = [39, 40, 49, 50, 100].map((n) => judged(stale, { stale: many(n), limit: 100 }))
  expect(said.map(({ severity }) => severity)).toEqual(['ok', 'ok', 'ok', 'warning', 'warning'])
  expect(said.map(({ recovered }) => recovered)).toEqual([true, false, false, false, false])
  expect(said.at(-1)?.headline).toBe('100 stale connections (100% of the limit)')
  expect(judged(stale, { stale: many(900) })).toMatchObject({ severity: 'ok', headline: '900 stale connections' })
})

test('says how many, whose, and on what evidence', () => {
  const finding = judged(stale, {
    stale: [...many(2), staleOf({ user: 'etl', protection: 'protected' })],
    plan: boltPlan({ held: 'not-opted-in', victims: many(1) }),
  })
  expect(finding.summary).toBe(
    '2 connections were seen without a transaction in every look, and are older than their drivers use them.' +
      ' shop (neo4j-javascript/6.3.0) has the most: 2, the longest seen idle for 40 min.' +
      ' This target has not opted in (staleSessions.end), so nothing was ended.' +
      ' It would have ended 1, oldest first: the first is bolt-0 of shop (neo4j-javascript/6.3.0), connected for 2 h and without a transaction in 9 looks over 40 min.',
  )
  expect(finding.evidence?.rows).toEqual([
    ['shop (neo4j-javascript/6.3.0)', '10.1.2.3', '2', '40 min', '2 h', ''],
    ['etl (neo4j-javascript/6.3.0)', '10.1.2.3', '1', '40 min', '2 h', 'protected'],
  ])
})

test('protected connections are no leak, and are not said to be none', () => {
  const said = (protection: 'protected' | 'own-role' | 'not-a-client') =>
    judged(stale, { stale: many(90, { protection }), limit: 100 })
  for (const protection of ['protected', 'own-role', 'not-a-client'] as const)
    expect(said(protection)).toMatchObject({
      severity: 'ok',
      summary: 'Only protected connections are past the limits.',
    })
  expect(judged(stale, {}).summary).toBe('No connection is past the limits.')
})

describe('what became of each victim', () => {
  test.for<[Outcome, boolean]>([
    ['ended', true],
    ['still-ending', true],
    ['refused', true],
    ['lost', true],
    ['gone', false],
    ['woke', false],
    ['protected', false],
  ])('%s is news: %s', ([outcome, news]) => {
    const finding = judged(stale, { stale: many(1), plan: boltPlan(), endings: [{ victim: staleOf(), outcome }] })
    expect(finding).toMatchObject(
      news ? { severity: 'warning', opens: 'at-once', recovered: false } : { severity: 'ok', recovered: true },
    )
    expect(finding.done).toHaveLength(1)
    expect(finding).toMatchObject({ closes: 'confirmed', closesAfterMs: HOUR })
  })

  test('is said in one sentence for each holder and outcome', () => {
    const endings = [40, 50, 60].map((minutes) => ({
      victim: staleOf({ idleMs: minutes * MINUTE }),
      outcome: 'ended' as const,
    }))
    expect(judged(stale, { endings }).done).toEqual(['shop (neo4j-javascript/6.3.0): 3 ended, idle for 40 min to 1 h.'])
  })
})

test('says what is missing for it to end them', () => {
  const advice = (facts: Parameters<typeof judged>[1]) => judged(stale, { stale: many(1), ...facts }).advice?.join(' ')
  expect(advice({ plan: boltPlan({ held: 'not-opted-in' }) })).toContain('set staleSessions: { end: true }')
  expect(advice({ plan: boltPlan({ held: 'nobody-selected' }) })).toContain('only: { roles: [...] }')
  expect(advice({ endings: [{ victim: staleOf(), outcome: 'refused' }] })).toContain('rights of an administrator')
  expect(advice({ stale: many(1, { protection: 'work-not-seen' }) })).toContain('SHOW TRANSACTION')
})

test('names of any kind arrive whole, and are not taken for each other', () => {
  const found = ODD_NAMES.flatMap((user) => ODD_NAMES.map((agent) => staleOf({ user, agent })))
  const rows = judged(stale, { stale: found }).evidence?.rows ?? []
  expect(rows).toHaveLength(10)
  expect(new Set(rows.map(([name]) => name)).size).toBe(10)
})

test('says nothing where connections or transactions are not known, or only ours are listed and all seems well', () => {
  const missing = { missing: 'refused', message: 'no' } as const
  expect(judge(stale, { reading: seenBolt({ connections: missing }) })).toBeNull()
  expect(judge(stale, { reading: seenBolt({ transactions: missing }) })).toBeNull()
  expect(judge(stale, { reading: auraFailed('timeout') })).toBeNull()
  expect(judge(stale, { reading: notRunning('resizing') })).toBeNull()
  expect(judge(stale, { reading: seenBolt({ sighted: false }) })).toBeNull()
  expect(judged(stale, { reading: notRunning('paused') })).toMatchObject({ severity: 'ok', recovered: true })
})
