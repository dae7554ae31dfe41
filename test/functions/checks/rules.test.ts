import { expect, test } from 'vitest'
import { connectionRules, judgeConnections, ruleLimits } from '../../../functions/checks/rules.ts'
import { resolveConfig } from '../../../functions/config.ts'
import { asleep, configOf, failedWith, longOne, seen } from '../builders.ts'

const [target] = resolveConfig(configOf()).targets
const judgeAll = (reading: Parameters<typeof judgeConnections>[0]['reading']) =>
  judgeConnections(
    { reading, last: undefined, plan: undefined, endings: [], leaks: [] },
    target?.thresholds ?? expect.fail('no target'),
  )

test('every rule has a name of its own, and each with limits can be configured', () => {
  const names = connectionRules.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(Object.keys(ruleLimits).toSorted()).toEqual(
    connectionRules.flatMap(({ name, limits }) => (limits ? [name] : [])).toSorted(),
  )
})

test('a quiet database is ok by every rule', () => {
  const findings = judgeAll(seen())
  expect(findings.map(({ rule }) => rule)).toEqual(connectionRules.map(({ name }) => name))
  expect(new Set(findings.map(({ severity }) => severity))).toEqual(new Set(['ok']))
})

test('a failed look is judged by one rule, so that one trouble is one alert', () => {
  const bad = (reading: Parameters<typeof judgeAll>[0]) => judgeAll(reading).filter(({ severity }) => severity !== 'ok')
  expect(bad(failedWith('timeout')).map(({ rule }) => rule)).toEqual(['connections.reachable'])
  expect(bad(failedWith('full')).map(({ rule }) => rule)).toEqual(['connections.saturation'])
  expect(bad(seen({ sighted: false })).map(({ rule }) => rule)).toEqual(['connections.blind'])
  expect(bad(asleep())).toEqual([])
})

test('what applications are called is never lost on the way into a finding', () => {
  const odd = '<b>"\'; DROP TABLE x; --\n\u202e\u{1F525}'
  const reading = seen({ longRunning: [longOne({ application: odd })] })
  const finding = judgeAll(reading).find(({ rule }) => rule === 'connections.long-running')
  // Findings keep the facts; making them harmless is the wording's.
  expect(finding?.evidence?.rows[0]?.[1]).toBe(odd)
})
