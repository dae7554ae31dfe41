import { expect, test } from 'vitest'
import { type AuraMemory, recall, remember } from '../../../../functions/checks/aura/memory.ts'
import { metricsRefused } from '../../../../functions/checks/aura/metrics-refused.ts'
import type { AuraReading, MetricsPart } from '../../../../functions/checks/aura-reading.ts'
import { MINUTE, NOW } from '../../builders.ts'
import { auraFailed, boltPolicy, judge, judged, notRunning, OURS, seenBolt } from './builders.ts'

const withMetrics = (metrics: MetricsPart, reading: AuraReading = seenBolt()) => ({ reading: { ...reading, metrics } })
const refused: MetricsPart = { missing: 'role', message: 'HTTP 401' }

test('a missing role is unknown, told once, with what to do', () => {
  for (const reading of [seenBolt(), auraFailed('timeout')]) {
    const finding = judged(metricsRefused, withMetrics(refused, reading))
    expect(finding).toMatchObject({ severity: 'unknown', once: true, opens: 'confirmed', recovered: false })
    expect(finding.summary).toContain('Metrics Reader')
    expect(finding.summary).toContain('HTTP 401')
    expect(finding.advice).toEqual([expect.stringContaining('five minutes')])
    // Nobody goes unwatched by it: it must never become critical.
    expect(finding.unseen).toBeUndefined()
  }
})

test('it is over once they are read, or where there are none', () => {
  const over = { severity: 'ok', recovered: true }
  expect(judged(metricsRefused, withMetrics({ connections: { at: NOW, open: 3 } }))).toMatchObject(over)
  expect(judged(metricsRefused, { reading: seenBolt() })).toMatchObject(over)
})

test('that they fail or are empty is told once, when it has lasted an hour', () => {
  for (const missing of ['failed', 'values'] as const) {
    let memory: AuraMemory = {}
    const after = (minutes: number, part?: MetricsPart) => {
      const reading = { ...seenBolt({ at: NOW + minutes * MINUTE }), ...(part && { metrics: part }) }
      memory = remember(memory, reading, OURS)
      return judge(metricsRefused, { reading, ...recall(memory, reading, boltPolicy(), OURS) })
    }
    const part: MetricsPart = { missing, message: 'HTTP 503' }
    expect(after(0, part)).toBeNull()
    expect(after(59, part)).toBeNull()
    expect(after(60, part)).toMatchObject({
      severity: 'unknown',
      once: true,
      opens: 'confirmed',
      headline: "Aura's metrics have not been told for 1 h",
      summary: expect.stringContaining('HTTP 503'),
    })
    expect(after(61, { connections: { at: NOW, open: 3 } })).toMatchObject({ severity: 'ok' })
    expect(after(62, part)).toBeNull()
  }
})

test('nothing is said where nobody knows', () => {
  expect(judge(metricsRefused, withMetrics({ missing: 'failed', message: '' }))).toBeNull()
  expect(judge(metricsRefused, withMetrics({ missing: 'values', message: '' }))).toBeNull()
  expect(judge(metricsRefused, { reading: auraFailed('timeout') })).toBeNull()
  expect(judge(metricsRefused, { reading: notRunning('paused') })).toBeNull()
})
