import { describe, expect, test } from 'vitest'
import type { AuraReading } from '../../functions/checks/aura-reading.ts'
import { reportTarget } from '../../functions/report.ts'
import { reportAura } from '../../functions/report-aura.ts'
import { findingLine, holderLine, openTransactionLine } from '../../functions/report-lines.ts'
import { findingOf, groupOf, HOUR, longOne, MINUTE, NOW, planOf, seen } from './builders.ts'
import { boltPolicy, connectionOf, factsOf, instanceOf, seenBolt, transactionOf } from './checks/aura/builders.ts'

/** Every number of a report that a person would have to divide by a thousand. */
function milliseconds(value: unknown, path = ''): string[] {
  if (typeof value === 'number') return /Ms$/.test(path) || value >= 1e6 ? [path] : []
  if (typeof value !== 'object') return []
  return Object.entries(value ?? {}).flatMap(([key, inner]) => milliseconds(inner, `${path}.${key}`))
}

const finding = findingOf({ severity: 'warning', closesAfterMs: 15 * MINUTE })
const metrics = { connections: { at: NOW, open: 30 } }

describe('a person is told durations and times as people say them, and only how long it took in milliseconds:', () => {
  test('of Neon', () => {
    const reading = seen({
      used: 51,
      groups: [groupOf({ sessions: 50, oldestMs: 2 * HOUR })],
      transactions: [longOne()],
      longRunning: [longOne({ ageMs: 90_000 })],
    })
    const report = reportTarget('orders', reading, [finding], planOf(), [], 4_200)
    expect(milliseconds(report)).toEqual(['.tookMs'])
    expect(report.findings[0]).toMatchObject({ closesAfter: '15 min' })
    expect(report.connections).toMatchObject({
      byApplication: [{ longestIdle: '2 h' }],
      oldestTransactions: [{ age: '1 h' }],
      longestStatements: [{ age: '1 min 30 s' }],
    })
  })

  test('of Aura', () => {
    const reading = {
      ...seenBolt({
        connections: [connectionOf({ connectedAt: NOW - 26 * HOUR })],
        transactions: [transactionOf({ status: 'blocked', elapsedMs: HOUR, waitMs: MINUTE, startedAt: NOW - HOUR })],
      }),
      instance: instanceOf({ createdAt: NOW - 900 * HOUR }),
      metrics,
    } as AuraReading
    const report = reportAura({ name: 'graph', ending: boltPolicy() }, factsOf({ reading }), [finding], 4_200)
    expect(milliseconds(report)).toEqual(['.tookMs'])
    expect(report).toMatchObject({
      instance: { created: '2026-10-14 15:15:00 UTC' },
      bolt: {
        byUserAndAgent: [{ hosts: ['10.1.2.3'], oldest: '1 d 2 h' }],
        transactions: [{ started: '2026-11-21 02:15:00 UTC', elapsed: '1 h', waited: '1 min' }],
      },
      metrics: { connections: { at: '2026-11-21 03:15:00 UTC', open: 30 } },
    })
  })
})

test('what nobody tells is left out, or said to be not known', () => {
  expect(findingLine(findingOf())).not.toHaveProperty('closesAfter')
  const holder = { name: 'shop', user: 'shop', agent: '', hosts: new Set(['a']), connections: 1, inTransaction: 0 }
  expect(holderLine({ ...holder, oldestAt: Number.POSITIVE_INFINITY }, NOW)).not.toHaveProperty('oldest')
  expect(openTransactionLine(transactionOf({ startedAt: Number.NaN }))).toMatchObject({ started: 'not known' })
  expect(openTransactionLine(transactionOf())).not.toHaveProperty('waited')
})
