import { expect, test } from 'vitest'
import { metricsRefused } from '../../../../functions/checks/aura/metrics-refused.ts'
import type { AuraReading, MetricsPart } from '../../../../functions/checks/aura-reading.ts'
import { NOW } from '../../builders.ts'
import { auraFailed, judge, judged, notRunning, seenBolt } from './builders.ts'

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
  expect(judged(metricsRefused, withMetrics({ missing: 'values', message: '' }))).toMatchObject(over)
  expect(judged(metricsRefused, { reading: seenBolt() })).toMatchObject(over)
})

test('nothing is said where nobody knows', () => {
  expect(judge(metricsRefused, withMetrics({ missing: 'failed', message: '' }))).toBeNull()
  expect(judge(metricsRefused, { reading: auraFailed('timeout') })).toBeNull()
  expect(judge(metricsRefused, { reading: notRunning('paused') })).toBeNull()
})
