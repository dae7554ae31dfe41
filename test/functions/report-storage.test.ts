import { expect, test } from 'vitest'
import type { StorageFacts } from '../../functions/checks/storage/facts.ts'
import { reportStorage } from '../../functions/report-storage.ts'
import { findingOf, NOW } from './builders.ts'
import { facts, factsOf, MB, measuredOf, measureWithoutLimit, nodesOf } from './checks/storage/builders.ts'

const says = (of: StorageFacts) => reportStorage('orders', of, [], 1).says

test('what is well is one line: how much, of how much, and how it grows', () => {
  expect(says(factsOf((hour) => 200 * MB + (hour / 24) * 4 * MB, 480))).toEqual([
    'ok: branch main: 280 MB of 512 MB (54%), +4 MB a day',
  ])
  expect(says(factsOf((hour) => 300 * MB - (hour / 24) * 2 * MB, 480, measureWithoutLimit()))).toEqual([
    'ok: branch main: 260 MB, -2 MB a day',
  ])
})

test('in the first days nothing is said of growth', () =>
  expect(says(factsOf(() => 200 * MB, 24))).toEqual(['ok: branch main: 200 MB of 512 MB (39%)']))

test('several measures are one line', () => {
  const measures = [
    nodesOf(),
    nodesOf({
      series: 'relationships',
      used: 10,
      limit: { value: 400_000, what: 'the limit of Aura Free', kind: 'hard' },
    }),
  ]
  expect(says(facts(measuredOf({ provider: 'aura', measures })))).toEqual([
    'ok: instance shop: 150,000 of 200,000 nodes (75%); 10 of 400,000 relationships (0%)',
  ])
})

test('each measure is told with its history, and what takes the most room', () => {
  const { reading, history } = factsOf((hour) => 200 * MB + (hour / 24) * 4 * MB, 480)
  const largest = [{ name: 'table public.events', bytes: 120 * MB }]
  const { storage } = reportStorage('orders', { history, reading: { ...reading, largest } as typeof reading }, [], 1)
  expect(storage).toEqual({
    measures: [
      {
        what: 'branch main',
        used: '280 MB',
        limit: '512 MB, the limit of its Neon plan',
        percent: 54,
        perDay: '+4 MB',
        fullOn: expect.stringMatching(/^2027-01-1[78]$/),
        last7Days: expect.stringMatching(/^▁[▁▂▃▄▅▆▇]+█+$/),
        hoursKnown: expect.any(Number),
        oldestPoint: expect.stringMatching(/^2026-11-01 .* UTC$/),
      },
    ],
    largest: [{ name: 'table public.events', size: '120 MB' }],
  })
})

test('without a forecast it is said why, and without a limit there is nothing to be full', () => {
  const lineOf = (of: StorageFacts) => reportStorage('orders', of, [], 1).storage?.measures[0]
  expect(lineOf(factsOf(() => 200 * MB, 480))).toMatchObject({ noForecast: 'no growth', perDay: '+0 B' })
  expect(lineOf(factsOf(() => 200 * MB, 480, measureWithoutLimit()))).not.toHaveProperty('noForecast')
  expect(lineOf(factsOf(() => 200 * MB, 30))?.noForecast).toMatch(/^only \d days known$/)
})

test('what was not measured has no numbers', () => {
  const failed = facts({
    kind: 'failed',
    at: NOW,
    provider: 'neon',
    failure: { cause: 'timeout', at: 'api', message: 'no answer' },
  })
  expect(reportStorage('orders', failed, [], 1)).not.toHaveProperty('storage')
  expect(says(failed)).toEqual(['not looked at: no answer'])
  expect(says(facts({ kind: 'unknown', at: NOW, provider: 'aura', why: 'Nobody tells.', forGood: true }))).toEqual([
    'not known: Nobody tells.',
  ])
  expect(says(facts({ kind: 'not-running', at: NOW, status: 'paused' }))).toEqual([
    'ok: the instance is paused, so nothing grows',
  ])
})

test('what is not ok has a line each, and the worst of them is the whole', () => {
  const findings = [
    findingOf({ severity: 'ok' }),
    findingOf({ rule: 'storage.step', severity: 'warning', headline: 'grew by 80 MB' }),
    findingOf({ rule: 'storage.level', severity: 'critical', headline: 'full' }),
  ]
  const report = reportStorage('orders', facts(measuredOf()), findings, 1)
  expect(report.severity).toBe('critical')
  expect(report.says).toEqual(['warning: storage.step: grew by 80 MB', 'critical: storage.level: full'])
  expect(report.findings).toHaveLength(2)
})
