import { expect, test } from 'vitest'
import type { AuraFacts } from '../../../../functions/checks/aura/facts.ts'
import { auraLimits, auraRules, judgeAura } from '../../../../functions/checks/aura/rules.ts'
import { NOW } from '../../builders.ts'
import {
  auraFailed,
  connectionOf,
  factsOf,
  instanceOf,
  notRunning,
  ODD_NAMES,
  seenBolt,
  staleOf,
  transactionOf,
} from './builders.ts'

const bad = (facts: Partial<AuraFacts>) =>
  judgeAura(factsOf(facts), auraLimits).flatMap(({ rule, severity }) => (severity === 'ok' ? [] : [rule]))

test('every rule has a name of its own, and each with limits can be configured', () => {
  const names = auraRules.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(Object.keys(auraLimits).toSorted()).toEqual(
    auraRules.flatMap(({ name, limits }) => (limits ? [name] : [])).toSorted(),
  )
})

test('a quiet instance is ok by every rule that can tell', () => {
  const findings = judgeAura(factsOf({ limit: 100 }), auraLimits)
  expect(findings.filter(({ severity, recovered }) => severity !== 'ok' || !recovered)).toEqual([])
  // Growth takes two hours.
  expect(findings.map(({ rule }) => rule)).toEqual(
    auraRules.map(({ name }) => name).filter((name) => name !== 'connections.growth'),
  )
})

test('one trouble is one alert', () => {
  const standing = { status: 'running', since: NOW }
  expect(bad({ reading: auraFailed('timeout') })).toEqual(['connections.reachable'])
  expect(bad({ reading: { ...auraFailed('reset'), instance: instanceOf() } as AuraFacts['reading'] })).toEqual([
    'connections.reachable',
  ])
  expect(bad({ reading: auraFailed('full') })).toEqual(['connections.saturation'])
  expect(bad({ reading: auraFailed('not-found') })).toEqual(['connections.reachable'])
  expect(bad({ reading: auraFailed('not-found'), standing })).toEqual(['instance.status'])
  expect(bad({ reading: notRunning('suspended') })).toEqual(['instance.status'])
  expect(bad({ reading: seenBolt({ sighted: false }) })).toEqual(['connections.blind'])
  expect(bad({ reading: notRunning('paused') })).toEqual([])
})

test('what clients are called is never lost on the way into a finding, nor breaks one', () => {
  for (const name of ODD_NAMES) {
    const one = { user: name, agent: name, client: name }
    const reading = seenBolt({
      member: name,
      connections: [connectionOf(one)],
      transactions: [transactionOf({ user: name, database: name, elapsedMs: 1e12 })],
    })
    const findings = judgeAura(factsOf({ reading, limit: 1, stale: [staleOf(one)] }), auraLimits)
    // Findings keep the facts; making them harmless is the wording's.
    for (const rule of ['connections.saturation', 'connections.stale', 'transactions.long-running'])
      expect(JSON.stringify(findings.find((finding) => finding.rule === rule)?.evidence?.rows)).toContain(
        JSON.stringify(name || '(no user)').slice(1, -1),
      )
  }
})
