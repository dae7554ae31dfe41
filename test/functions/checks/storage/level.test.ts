import { describe, expect, test } from 'vitest'
import { level } from '../../../../functions/checks/storage/level.ts'
import type { Measure } from '../../../../functions/checks/storage/reading.ts'
import { DAY, HOUR, MINUTE, NOW } from '../../builders.ts'
import {
  alarms,
  facts,
  factsOf,
  GB,
  judgeStorageBy,
  MB,
  measuredOf,
  measureOf,
  measureWithoutLimit,
  nodesOf,
  seriesOf,
  storageFinding,
  type Trace,
} from './builders.ts'

const LIMIT = 512 * MB
const percent = (n: number) => Math.ceil((n * LIMIT) / 100)
const steady =
  (n: number): Trace =>
  () =>
    percent(n)
const budget = { value: LIMIT, what: 'the budget in nightshift.config.ts', kind: 'budget' } as const

describe('at 90 %', () => {
  test('it is critical at the first look, with no history at all', () => {
    const finding = storageFinding(level, facts(measuredOf({ measures: [measureOf({ used: percent(90) })] })))
    expect(finding).toMatchObject({
      severity: 'critical',
      opens: 'at-once',
      recovered: false,
      headline: 'storage 90% full: 461 MB of 512 MB',
    })
    expect(finding.acute).toBeUndefined()
    expect(finding.summary).toBe(
      'Branch main stores 461 MB of 512 MB (90%); 512 MB is the limit of its Neon plan. Once it is full, writes fail (SQLSTATE 53100), while reads still work.',
    )
  })

  test('and also where the history could not be read', () => {
    const reading = measuredOf({ measures: [measureOf({ used: percent(92) })] })
    expect(storageFinding(level, facts(reading, { historyFault: 'no answer' })).severity).toBe('critical')
  })

  test('a budget only warns, as nothing breaks there', () => {
    const finding = storageFinding(
      level,
      facts(measuredOf({ measures: [measureOf({ used: percent(120), limit: budget })] })),
    )
    expect(finding).toMatchObject({
      severity: 'warning',
      opens: 'at-once',
      headline: 'storage at 120% of its budget: 614 MB of 512 MB',
    })
    expect(finding.acute).toBeUndefined()
    expect(finding.summary).toContain('nothing breaks')
    expect(finding.summary).not.toContain('53100')
    expect(finding.advice?.join()).toContain('neon.storageBudget')
  })

  test('critical switched off, it warns once it has lasted', () => {
    expect(storageFinding(level, factsOf(steady(95), 30), { critical: null }).severity).toBe('warning')
    expect(storageFinding(level, factsOf(steady(95), 3), { critical: null }).severity).toBe('ok')
  })
})

describe('full', () => {
  const full = (measure: Measure, provider: 'neon' | 'aura' = 'neon') =>
    storageFinding(level, facts(measuredOf({ provider, measures: [measure] })))

  test('is as bad as it can be, and says what fails on Neon', () => {
    const finding = full(measureOf({ used: percent(99.5) }))
    expect(finding).toMatchObject({
      severity: 'critical',
      acute: true,
      headline: 'storage full: 509 MB of 512 MB (99%)',
    })
    expect(finding.summary).toContain('writes fail (SQLSTATE 53100), while reads still work')
  })

  test('and what fails on Aura Free', () => {
    const finding = full(nodesOf({ used: 200_000 }), 'aura')
    expect(finding).toMatchObject({ acute: true, headline: 'storage full: 200,000 of 200,000 nodes (100%)' })
    expect(finding.summary).toContain('statements that write more nodes fail, while reads still work')
  })

  test('is not so just below', () => expect(full(measureOf({ used: percent(99.4) })).acute).toBeUndefined())
})

describe('below that', () => {
  test.for<[string, string, number, number]>([
    ['70 % after 23 hours', 'ok', 70, 24],
    ['70 % after 24 hours', 'warning', 70, 26],
    ['80 % after 11 hours', 'ok', 80, 12],
    ['80 % after 12 hours', 'warning', 80, 14],
    ['69 % for ever', 'ok', 69, 200],
    ['80 % at the first look', 'ok', 80, 1],
  ])('%s is %s', ([, severity, share, hours]) => {
    expect(storageFinding(level, factsOf(steady(share), hours)).severity).toBe(severity)
  })

  test('how long it has lasted is said', () => {
    expect(storageFinding(level, factsOf(steady(85), 200)).summary).toContain('at 80% or above for at least 12 hours')
    expect(storageFinding(level, factsOf(steady(75), 200)).summary).toContain('at 70% or above for at least 24 hours')
  })

  test('one hour below begins the count anew', () => {
    const dipped: Trace = (hour) => percent(hour === 90 ? 69 : 75)
    expect(storageFinding(level, factsOf(dipped, 100)).severity).toBe('ok')
    expect(storageFinding(level, factsOf(dipped, 117)).severity).toBe('warning')
  })

  test('an hour without a look does not, but what nobody saw for a quarter of the time does', () => {
    const gaps =
      (length: number): Trace =>
      (hour) =>
        hour > 85 && hour <= 85 + length ? null : percent(75)
    expect(storageFinding(level, factsOf(gaps(3), 100)).severity).toBe('warning')
    expect(storageFinding(level, factsOf(gaps(8), 100)).severity).toBe('ok')
  })

  test('looks every three hours are enough', () => {
    const seldom: Trace = (hour) => (hour % 3 === 0 ? percent(75) : null)
    expect(storageFinding(level, factsOf(seldom, 100)).severity).toBe('warning')
  })

  test('without a history nothing is known to have lasted', () =>
    expect(
      storageFinding(level, facts(measuredOf({ measures: [measureOf({ used: percent(85) })] }), { historyFault: 'x' })),
    ).toMatchObject({ severity: 'ok', recovered: false }))
})

test('it is over below 65 %, and not before', () => {
  const at = (n: number) => storageFinding(level, factsOf(steady(n), 48))
  expect(at(66)).toMatchObject({ severity: 'ok', recovered: false })
  expect(at(64)).toMatchObject({ severity: 'ok', recovered: true })
})

test('a larger plan ends it at once: the share is that of the limit of today', () => {
  const grown = measureOf({ limit: { value: 10 * GB, what: 'the limit of its Neon plan', kind: 'hard' } })
  expect(storageFinding(level, factsOf(steady(95), 48, grown))).toMatchObject({ severity: 'ok', recovered: true })
})

describe('of several measures', () => {
  const two = measuredOf({
    provider: 'aura',
    tier: 'free-db',
    measures: [
      nodesOf(),
      nodesOf({
        series: 'relationships',
        used: 396_000,
        limit: { value: 400_000, what: 'the limit of Aura Free', kind: 'hard' },
      }),
    ],
  })

  test('the worst is told, and all are shown', () => {
    const finding = storageFinding(level, facts(two))
    expect(finding.headline).toBe('storage 99% full: 396,000 of 400,000 relationships')
    expect(finding.evidence?.rows.map(([what, used]) => [what, used])).toEqual([
      ['instance shop', '150,000 nodes'],
      ['instance shop', '396,000 relationships'],
    ])
    expect(finding.advice?.join(' ')).toContain('DETACH DELETE')
    expect(finding.brief).toBe('Delete nodes or upgrade Free')
  })

  test('it is over once all are', () => {
    const [nodes, relationships] = two.measures as [Measure, Measure]
    const reading = {
      ...two,
      measures: [
        { ...nodes, used: 132_000 },
        { ...relationships, used: 10 },
      ],
    }
    expect(storageFinding(level, facts(reading))).toMatchObject({ severity: 'ok', recovered: false })
  })
})

test('the table shows the limit, the share, the last week, and what takes the most room', () => {
  const series = seriesOf((hour) => 200 * MB + hour * MB, 169) ?? expect.fail()
  const reading = measuredOf({
    measures: [measureOf({ used: 480 * MB })],
    largest: [
      { name: 'table public.users', bytes: 5 * MB },
      { name: 'table public.events', bytes: 300 * MB },
    ],
  })
  const finding = storageFinding(level, facts(reading, { history: { size: series } }))
  expect(finding.evidence).toEqual({
    columns: ['what', 'used', 'limit', 'share', 'last 7 days'],
    rows: [
      ['branch main', '480 MB', '512 MB', '93%', '▁▁▂▂▂▂▃▃▃▃▄▄▄▄▅▅▅▅▆▆▆▆▇▇▇▇██'],
      ['table public.events', '300 MB', '', '', ''],
      ['table public.users', '5 MB', '', '', ''],
    ],
  })
  expect(finding.brief).toBe('table public.events has 300 MB: free room or raise the plan')
})

test('what deleting does is said of each provider', () => {
  const aura = measuredOf({
    provider: 'aura',
    measures: [measureOf({ what: 'instance shop', used: percent(95) })],
  })
  expect(storageFinding(level, facts(aura)).advice?.[0]).toContain('Deleting does not make the store smaller')
  const neon = measuredOf({ measures: [measureOf({ used: percent(95) })] })
  const advice = storageFinding(level, facts(neon)).advice ?? []
  expect(advice.join(' ')).toMatch(/pg_total_relation_size.*TRUNCATE.*history window/)
  for (const one of advice) expect(one.length, one).toBeLessThanOrEqual(400)
})

test('without a limit there is nothing to be near to', () => {
  const limitless = facts(measuredOf({ measures: [measureWithoutLimit({ used: 90 * GB })] }))
  expect(storageFinding(level, limitless)).toMatchObject({
    severity: 'ok',
    recovered: true,
    headline: 'storage: 90 GB',
  })
  const none = measureOf({ limit: { value: 0, what: 'no limit', kind: 'hard' } })
  expect(storageFinding(level, facts(measuredOf({ measures: [none] }))).severity).toBe('ok')
})

test('what was not measured stays as it was told', () => {
  for (const reading of [
    { kind: 'not-running', at: NOW, status: 'paused' },
    { kind: 'unknown', at: NOW, provider: 'neon', why: 'no size', forGood: false },
  ] as const)
    expect(judgeStorageBy(level, facts(reading))).toBeNull()
})

test('a history of later hours than the look is not asked', () => {
  const series = seriesOf(steady(75), 48, NOW + 20 * HOUR) ?? expect.fail()
  const reading = measuredOf({ at: NOW - 4 * DAY + 3 * MINUTE, measures: [measureOf({ used: percent(75) })] })
  expect(storageFinding(level, facts(reading, { history: { size: series } })).severity).toBe('ok')
})

test('storage that fills is warned of after a day above 70 %, and critical from 90 % until it is no more', () => {
  const fills: Trace = (hour) => percent(Math.min(60 + hour / 10, 95))
  expect(alarms(level, fills, { hours: 400 })).toEqual([
    [124, 299, 'warning'],
    [300, 399, 'critical'],
  ])
})
