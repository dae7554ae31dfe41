import { describe, expect, test } from 'vitest'
import { resolveConfig } from '../../../functions/config.ts'
import { monthlyCost } from '../../../functions/letter/cost.ts'
import { configOf } from '../builders.ts'

const neonTargets = (n: number) =>
  Array.from({ length: n }, (_, i) => ({ name: `t${i}`, neon: { project: `p-${i}`, role: 'nightshift' } }))
const graph = { name: 'graph', aura: { instance: 'a1b2c3d4' } }
const costOf = (changes: Parameters<typeof configOf>[0]) => monthlyCost(resolveConfig(configOf(changes)))

describe('what a month costs', () => {
  test('is the sum of its lines', () => {
    const { lines, usd } = costOf({ targets: neonTargets(10) })
    expect(usd).toBeCloseTo(lines.reduce((sum, one) => sum + one.usd, 0))
    expect(lines[0]?.what).toBe('14 alarms and 4 metrics')
  })

  test('is a few dollars for ten databases, most of it alarms and metrics', () => {
    const { lines, usd } = costOf({ targets: neonTargets(10) })
    expect(usd).toBeGreaterThan(2.5)
    expect(usd).toBeLessThan(4)
    expect(Math.max(...lines.map((line) => line.usd))).toBe(lines[0]?.usd)
  })

  test('grows with Aura by a function, four alarms and a metric', () => {
    const without = costOf({ targets: neonTargets(10) })
    const withAura = costOf({ targets: [...neonTargets(10), graph] })
    expect(withAura.lines[0]?.what).toBe('18 alarms and 5 metrics')
    expect(withAura.usd - without.usd).toBeGreaterThan(0.7)
    expect(withAura.usd - without.usd).toBeLessThan(1.2)
  })

  test('grows by little with each database, and falls with rarer looks', () => {
    const [ten, hundred] = [costOf({ targets: neonTargets(10) }), costOf({ targets: neonTargets(100) })]
    expect((hundred.usd - ten.usd) / 90).toBeLessThan(0.06)
    expect(costOf({ targets: neonTargets(10), schedules: { connections: '30m' } }).usd).toBeLessThan(ten.usd)
  })
})
