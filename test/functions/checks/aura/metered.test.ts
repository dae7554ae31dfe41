import { describe, expect, test } from 'vitest'
import { growth } from '../../../../functions/checks/aura/growth.ts'
import { type AuraMemory, recall, remember } from '../../../../functions/checks/aura/memory.ts'
import type { AuraReading, MeteredConnections } from '../../../../functions/checks/aura-reading.ts'
import { HOUR, MINUTE, NOW } from '../../builders.ts'
import { auraFailed, boltPolicy, connectionsOf, judge, judged, notRunning, OURS, seenBolt } from './builders.ts'

const STEP = 5 * MINUTE

/** A look with what the metrics tell of its time, or nothing. */
const look = (at: number, metered?: Partial<MeteredConnections>, connections = 80): AuraReading => ({
  ...seenBolt({ at, connections: connectionsOf(connections), sighted: true }),
  ...(metered && { metrics: { connections: { at, ...metered } } }),
})

type Told = Partial<MeteredConnections> | undefined

/** Looks every five minutes up to now; by Bolt the connections never change. */
function watched(hours: number, told: (hoursAgo: number) => Told, before: AuraMemory = {}): AuraMemory {
  let memory = before
  for (let ago = hours * HOUR; ago >= 0; ago -= STEP)
    memory = JSON.parse(JSON.stringify(remember(memory, look(NOW - ago, told(ago / HOUR)), OURS)))
  return memory
}

const growthIn = (memory: AuraMemory, reading = look(NOW)) => recall(memory, reading, boltPolicy(), OURS).growth

describe('growth by the metrics', () => {
  const leak = (ago: number) => ({ open: Math.round(140 - 20 * ago) })

  test('is judged in place of what the one member counts', () => {
    const grown = growthIn(watched(2, leak))
    expect(grown).toMatchObject({ member: '(metrics)', from: 100, to: 140 })
    expect(grown?.perHour).toBeCloseTo(100 / 6, 0)
    expect(growthIn(watched(2, () => undefined))).toMatchObject({ perHour: 0, to: 80 })
  })

  test('is none where the one member grows, and the one with the most does not', () => {
    let memory: AuraMemory = {}
    for (let ago = 2 * HOUR; ago >= 0; ago -= STEP)
      memory = remember(memory, look(NOW - ago, { open: 200 }, 80 + (2 * HOUR - ago) / MINUTE), OURS)
    expect(growthIn(memory)).toMatchObject({ member: '(metrics)', perHour: 0, to: 200 })
  })

  test('is that of opened less closed only where idle and running are not told', () => {
    const balance = (ago: number) => ({ balance: Math.round(140 - 20 * ago), opened: 10_000 - ago })
    expect(growthIn(watched(2, balance))).toMatchObject({ from: 100, to: 140 })
    // Aggregated over members it may grow without a leak.
    expect(growthIn(watched(2, (ago) => ({ ...balance(ago), open: 150 })))).toMatchObject({ perHour: 0, to: 150 })
  })

  test('begins anew with counters that do: what was opened before a restart says nothing', () => {
    const counted = (ago: number) => ({ balance: Math.round(140 - 20 * ago), opened: ago > 1 ? 90_000 : 100 - ago })
    expect(growthIn(watched(2.5, counted))).toMatchObject({ member: expect.not.stringContaining('metrics') })
    // The others do not depend on counters: one that is lost for a moment does not blind them.
    const flapping = (ago: number) => ({
      ...leak(ago),
      ...counted(ago),
      opened: ago > 1 && ago < 1.1 ? 5 : 90_000 - ago,
    })
    expect(growthIn(watched(2, flapping))).toMatchObject({ member: '(metrics)', from: 100 })
  })

  test('needs two hours of its own; until then the one member is what there is', () => {
    const memory = watched(
      1.5,
      leak,
      watched(4, () => undefined),
    )
    expect(growthIn(memory)).toMatchObject({ to: 80 })
  })

  test('is judged by samples of now only', () => {
    const fading = (ago: number) => (ago > 0.2 ? leak(ago) : undefined)
    expect(growthIn(watched(2.3, fading))).toMatchObject({ member: '(metrics)' })
    expect(growthIn(watched(2.5, (ago) => (ago > 0.3 ? leak(ago) : undefined)))).toMatchObject({ perHour: 0, to: 80 })
  })

  test('goes on through looks over Bolt that failed', () => {
    let memory: AuraMemory = {}
    for (let ago = 2 * HOUR; ago >= 0; ago -= STEP) {
      const metrics = { connections: { at: NOW - ago, ...leak(ago / HOUR) } }
      const failed = { ...auraFailed('timeout'), at: NOW - ago, metrics }
      memory = remember(memory, ago % (20 * MINUTE) ? failed : look(NOW - ago, leak(ago / HOUR)), OURS)
    }
    expect(growthIn(memory)).toMatchObject({ member: '(metrics)', from: 100, to: 140 })
  })

  test('starts anew with an instance that did not run, and forgets nothing by what did not come', () => {
    const memory = watched(2, leak)
    expect(remember(memory, notRunning('paused', {}, NOW), OURS)).not.toHaveProperty('metered')
    const missing = { ...look(NOW + STEP), metrics: { missing: 'failed', message: '' } } as const
    expect(remember(memory, missing, OURS).metered).toEqual(memory.metered)
  })

  test('is not moved by an older sample, as overlapping runs may bring', () => {
    const memory = watched(2, (ago) => ({ ...leak(ago), balance: 5, opened: 1_000 - ago }))
    expect(remember(memory, look(NOW, { at: NOW - HOUR, open: 3, opened: 7 }), OURS).metered).toEqual(memory.metered)
  })
})

describe('connections.growth by the metrics', () => {
  const grown = { member: '(metrics)', perHour: 16.7, overMs: 2 * HOUR, from: 100, to: 140 }

  test('says whose growth it is, and who has the most where the look was', () => {
    const finding = judged(growth, { reading: seenBolt({ connections: connectionsOf(30) }), growth: grown })
    expect(finding.severity).toBe('warning')
    expect(finding.summary).toContain("grew from 100 to 140 on the member that has the most, by Aura's metrics, all")
    expect(finding.summary).toContain(
      'Of those on 10.0.0.1:7687, which was looked at, shop (neo4j-javascript/6.3.0) has',
    )
    expect(finding.evidence?.rows).toHaveLength(1)
  })

  test('says nothing of who, where the others are hidden from our user', () => {
    const reading = seenBolt({ sighted: false, connections: connectionsOf(3, { user: OURS }) })
    expect(judged(growth, { reading, growth: grown })).toMatchObject({
      severity: 'warning',
      summary: expect.not.stringContaining(OURS),
    })
  })

  test('is judged even when Bolt tells nothing', () => {
    for (const reading of [auraFailed('timeout'), seenBolt({ connections: { missing: 'refused', message: '' } })]) {
      expect(judged(growth, { reading, growth: grown })).toMatchObject({ severity: 'warning' })
      expect(judged(growth, { reading, growth: grown })).not.toHaveProperty('evidence')
      expect(judge(growth, { reading, growth: { ...grown, member: 'of-bolt' } })).toBeNull()
    }
  })
})
