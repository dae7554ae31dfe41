import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Finding } from '../../../../functions/checks/finding.ts'
import type { StorageFacts } from '../../../../functions/checks/storage/facts.ts'
import type { StorageReading } from '../../../../functions/checks/storage/reading.ts'
import { judgeStorage, storageLimits, storageRules } from '../../../../functions/checks/storage/rules.ts'
import { addPoint, type Series } from '../../../../functions/checks/storage/series.ts'
import { resolveThresholds } from '../../../../functions/config.ts'
import { wordDigest } from '../../../../functions/incidents/wording.ts'
import { HOUR, incidentOf, NOW, noticeOf } from '../../builders.ts'
import { alarms, facts, factsOf, GB, MB, measuredOf, measureOf, nodesOf, noise, type Trace } from './builders.ts'

const thresholds = resolveThresholds(storageLimits)
const judgeAll = (of: StorageFacts) => judgeStorage(of, thresholds)
const bad = (findings: Finding[]) => findings.filter(({ severity }) => severity !== 'ok').map(({ rule }) => rule)

test('every rule has a name of its own, and each with limits can be configured', () => {
  const names = storageRules.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(Object.keys(storageLimits).toSorted()).toEqual(
    storageRules.flatMap(({ name, limits }) => (limits ? [name] : [])).toSorted(),
  )
})

test('a database that grows slowly is ok by every rule', () => {
  const findings = judgeAll(factsOf((hour) => 100 * MB + hour * 10_000, 600))
  expect(findings.map(({ rule }) => rule)).toEqual(storageRules.map(({ name }) => name))
  expect(bad(findings)).toEqual([])
})

test('what cannot be seen is told by one rule, so that one trouble is one alert', () => {
  const readings: StorageReading[] = [
    { kind: 'failed', at: NOW, provider: 'neon', failure: { cause: 'timeout', at: 'api', message: 'x' } },
    { kind: 'unknown', at: NOW, provider: 'aura', why: 'Nobody tells.', forGood: true },
  ]
  for (const reading of readings) expect(judgeAll(facts(reading)).map(({ rule }) => rule)).toEqual(['storage.blind'])
  expect(bad(judgeAll(facts({ kind: 'not-running', at: NOW, status: 'paused' })))).toEqual([])
  expect(bad(judgeAll(facts(measuredOf(), { historyFault: 'no answer' })))).toEqual(['storage.blind'])
})

describe('what is told of storage that', () => {
  const DAYS = 24
  type Told = Record<string, [from: number, to: number, severity: string][]>
  test.for<[string, Trace, Told]>([
    ['grows evenly and far from its limit', (hour) => (100 + hour / 12) * MB, {}],
    ['is flat, with noise', (hour) => (300 + 5 * noise(hour)) * MB, {}],
    ['jumps once and stays', (hour) => (hour < 400 ? 200 : 280) * MB, { 'storage.step': [[400, 423, 'warning']] }],
    ['grows and then stands still', (hour) => Math.min(200 + hour / 4, 300) * MB, {}],
    [
      'swings with the hours of the day and the days of the week',
      (hour) =>
        (250 + 20 * Math.sin((2 * Math.PI * hour) / (7 * DAYS)) + 10 * Math.sin((2 * Math.PI * hour) / DAYS)) * MB,
      {},
    ],
    ['is looked at with long gaps', (hour) => (hour % 50 < 20 ? null : (200 + hour / 10) * MB), {}],
    [
      'is filled every day and emptied every night',
      (hour) => (200 + (hour % DAYS) * 4) * MB,
      {
        'storage.shrink': [
          [24, 32, 'warning'],
          [48, 56, 'warning'],
        ],
      },
    ],
    ['loses most of it', (hour) => (hour < 400 ? 300 : 100) * MB, { 'storage.shrink': [[400, 423, 'critical']] }],
    [
      'grows until it is full',
      (hour) => Math.min(300 + hour / 3, 511) * MB,
      {
        'storage.level': [
          [200, 482, 'warning'],
          [483, 719, 'critical'],
        ],
      },
    ],
  ])('%s', ([, trace, told]) => {
    // The forecast's rules have tests of their own.
    const own = ['storage.level', 'storage.step', 'storage.shrink', 'storage.accelerating']
    const found = storageRules
      .filter(({ name }) => own.includes(name))
      .map((rule) => [rule.name, alarms(rule, trace, { hours: 30 * DAYS })] as const)
      .filter(([, runs]) => runs.length > 0)
    expect(Object.fromEntries(found)).toEqual(told)
  })
})

describe('whatever was measured,', () => {
  const amount = fc.oneof(fc.nat(100), fc.nat(1_000_000), fc.nat(2 ** 31 - 1), fc.maxSafeNat())
  const limit = fc.option(
    fc.record({
      value: fc.oneof(fc.constant(0), amount),
      what: fc.constant('the limit'),
      kind: fc.constantFrom('hard' as const, 'budget' as const),
    }),
    { nil: undefined },
  )
  /** A look now and then for weeks, of values that jump about, or grow, or are all the same. */
  const history = fc
    .tuple(
      fc.array(fc.record({ after: fc.constantFrom(1, 1, 1, 1, 5, 30, 400), value: amount }), { maxLength: 60 }),
      fc.constantFrom(1, 0, 0.01),
      fc.integer({ min: 1, max: 12 }),
    )
    .map(([looks, spread, times]) => {
      let series: Series | undefined
      let at = NOW
      for (const { after, value } of Array.from({ length: times }, () => looks).flat()) {
        series = addPoint(series, at, Math.round(looks[0] ? looks[0].value * (1 - spread) + value * spread : value))
        at += after * HOUR
      }
      return { series, at }
    })
  const anyFacts = fc
    .record({
      history,
      used: amount,
      limit,
      count: fc.boolean(),
      provider: fc.constantFrom('neon' as const, 'aura' as const),
      fault: fc.option(fc.constant('the table did not answer'), { nil: undefined }),
    })
    .map(({ history: { series, at }, used, limit: of, count, provider, fault }): StorageFacts => {
      const { limit: _, ...measure } = count ? nodesOf({ used }) : measureOf({ used })
      return {
        reading: measuredOf({ at, provider, measures: [{ ...measure, ...(of && { limit: of }) }] }),
        history: series ? { [measure.series]: addPoint(series, at, used) } : {},
        ...(fault && { historyFault: fault }),
      }
    })

  test('no rule throws, and none says what is no number', () => {
    fc.assert(
      fc.property(anyFacts, (of) => {
        for (const finding of judgeAll(of)) {
          const said = JSON.stringify(finding)
          expect(said).not.toMatch(/NaN|Infinity|undefined|null|Invalid/)
          if (finding.severity === 'ok') continue
          expect(finding.recovered).toBe(false)
          expect(finding.advice?.length).toBeGreaterThan(0)
          for (const one of finding.advice ?? []) expect(one.length).toBeLessThanOrEqual(400)
          expect(finding.summary.length).toBeLessThanOrEqual(1_000)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  test('every alarm can be sent', () => {
    fc.assert(
      fc.property(anyFacts, (of) => {
        for (const finding of judgeAll(of)) {
          const { rule, severity, headline } = finding
          if (severity === 'ok') continue
          // Read alone, on a phone: what is it about?
          expect(headline).toMatch(/\bstor(age|ed)\b/)
          const notice = noticeOf({ rule, finding, incident: incidentOf({ severity, worst: severity, headline }) })
          const { subject, sms = '' } = wordDigest([notice], NOW)
          expect(subject.length).toBeLessThanOrEqual(99)
          expect(sms.length).toBeLessThanOrEqual(160)
        }
      }),
    )
  })
})

test('a phone shows the whole of what matters', () => {
  const sms = (of: StorageFacts, rule: string) => {
    const finding = judgeAll(of).find((one) => one.rule === rule) ?? expect.fail(rule)
    const { severity, headline } = finding
    return wordDigest([noticeOf({ rule, finding, incident: incidentOf({ severity, worst: severity, headline }) })], NOW)
      .sms
  }
  const largest = [{ name: 'table public.events', bytes: 300 * MB }]
  const reading = measuredOf({ measures: [measureOf({ used: 511 * MB })], largest })
  expect(sms(facts(reading), 'storage.level')).toBe(
    'CRITICAL orders: storage full: 511 MB of 512 MB (99%). table public.events has 300 MB: free room or raise the plan',
  )
  expect(
    sms(
      factsOf((hour) => (hour < 40 ? 9 : 3) * GB, 41),
      'storage.shrink',
    ),
  ).toBe(
    'CRITICAL orders: storage shrank by 6 GB (66%) around 2026-11-21 03:00 UTC, to 3 GB. If nobody meant to delete: restore from before 2026-11-21 02:00 UTC',
  )
})
