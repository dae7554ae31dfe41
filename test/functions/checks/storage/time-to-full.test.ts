import { describe, expect, test } from 'vitest'
import type { StorageReading } from '../../../../functions/checks/storage/reading.ts'
import { addPoint, type Series } from '../../../../functions/checks/storage/series.ts'
import { timeToFull } from '../../../../functions/checks/storage/time-to-full.ts'
import { DAY, HOUR, NOW } from '../../builders.ts'
import {
  facts,
  factsOf,
  judgeStorageBy,
  looksAt,
  MB,
  measuredOf,
  measureOf,
  measureWithoutLimit,
  nodesOf,
  noise,
  seriesOf,
  storageFinding,
  type Trace,
} from './builders.ts'

const LIMIT = 512 * MB
const percent =
  (of: (day: number) => number): Trace =>
  (hour) =>
    Math.round((LIMIT * Math.max(0, Math.min(100, of(hour / 24)))) / 100)

/** What is said on a day, looking once a day at a time that is another each day. */
function* byDay(trace: Trace, days: number) {
  let series: Series | undefined
  for (let hour = 0; hour < days * 24; hour++) {
    const at = NOW + hour * HOUR
    const used = trace(hour) ?? 0
    series = addPoint(series, at, used)
    if (hour % 24 !== (Math.floor(hour / 24) * 7) % 24) continue
    const of = facts(measuredOf({ at, measures: [measureOf({ used })] }), { history: { size: series } })
    yield { day: hour / 24, finding: judgeStorageBy(timeToFull, of) }
  }
}

/** The first day of each severity that is said, in their order. */
function said(trace: Trace, days: number): [string, number][] {
  const found: [string, number][] = []
  for (const { day, finding } of byDay(trace, days)) {
    const severity = finding?.severity ?? 'nothing'
    if (severity !== 'nothing' && found.at(-1)?.[0] !== severity) found.push([severity, day])
  }
  return found
}

const rise = (length: number) => (day: number) => Math.min(1, Math.max(0, day / length))

describe('what fills is warned of nine days before it is full, and critical three days before', () => {
  test.each<[string, number, Trace]>([
    ['evenly', 30, percent((day) => 40 + 2 * day)],
    ['evenly, among noise', 30, percent((day) => 40 + 2 * day + noise(day * 24))],
    ['evenly, with a clean-up each night', 31, percent((day) => 38 + 2 * day + 8 * ((day % 1) - 1))],
    ['slowly', 100, percent((day) => 50 + 0.5 * day)],
    ['by a load every other day', 30, percent((day) => 40 + 4 * Math.floor(day / 2))],
    ['after months of nothing', 60, percent((day) => 40 + 2 * Math.max(0, day - 30))],
  ])('%s', (_, full, trace) => {
    const [well, warning, critical] = said(trace, full + 1)
    expect([well?.[0], warning?.[0], critical?.[0]]).toEqual(['ok', 'warning', 'critical'])
    expect(full - (warning?.[1] ?? 0)).toBeGreaterThan(5.5)
    expect(full - (warning?.[1] ?? 0)).toBeLessThan(11.5)
    expect(full - (critical?.[1] ?? 0)).toBeGreaterThan(0.9)
    expect(full - (critical?.[1] ?? 0)).toBeLessThan(5)
  })

  test('faster and faster: later, and still in time', () => {
    const [, warning] = said(
      percent((day) => 20 * 5 ** (day / 40)),
      40,
    )
    expect(40 - (warning?.[1] ?? 40)).toBeGreaterThan(5)
  })

  test('with a season of the week: by its highest day', () => {
    const trace = percent((day) => 40 + day + 5 * Math.sin((2 * Math.PI * day) / 7))
    const full = Array.from({ length: 70 * 24 }, (_, hour) => hour).find((hour) => trace(hour) === LIMIT) ?? 0
    const [, warning] = said(trace, Math.floor(full / 24))
    expect(full / 24 - (warning?.[1] ?? full)).toBeGreaterThan(5)
    expect(full / 24 - (warning?.[1] ?? 0)).toBeLessThan(14)
  })
})

describe('what does not fill is not told, on any day', () => {
  test.each<[string, Trace]>([
    ['flat at 90 %', percent(() => 90)],
    ['flat among noise', percent((day) => 90 + 2.5 * noise(day * 24))],
    ['a clean-up each night', percent((day) => 80 + 12 * (day % 1))],
    ['a clean-up each week', percent((day) => 72 + 20 * ((day / 7) % 1))],
    ['weekdays and weekends', percent((day) => (day % 7 < 5 ? 92 : 80))],
    ['a season of the week', percent((day) => 85 + 8 * Math.sin((2 * Math.PI * day) / 7))],
    ['a bulk load of six hours', percent((day) => 60 + 30 * rise(0.25)(day - 25.4))],
    ['a bulk load of two days', percent((day) => 60 + 30 * rise(2)(day - 25.4))],
    ['three bulk loads', percent((day) => 30 + 20 * (rise(0.2)(day - 12) + rise(0.2)(day - 17) + rise(0.2)(day - 31)))],
    ['growth that slows down', percent((day) => 92 - 50 * Math.exp(-day / 12))],
    ['growth that stops', percent((day) => 40 + 1.5 * Math.min(25, day))],
    ['growth too slow to matter', percent((day) => 80 + 0.1 * day)],
    ['a purge', percent((day) => (day < 25 ? 92 : 50))],
    ['temporary tables', percent((day) => 75 + (Math.floor(day * 3) % 7 === 0 ? 15 : 0))],
  ])('%s', (_, trace) => {
    expect(said(trace, 56).map(([severity]) => severity)).toEqual(['ok'])
  })
})

describe('what was told', () => {
  const growing = (day: number) => 44 + 2 * day

  test('is not over as long as one of two days still says so', () => {
    const stops = percent((day) => growing(Math.min(day, 23)))
    const days = [...byDay(stops, 40)]
    const warned = days.findIndex(({ finding }) => finding?.severity === 'warning')
    const well = days.findIndex(({ finding }, i) => i > warned && finding?.severity === 'ok')
    const over = days.findIndex(({ finding }, i) => i > warned && finding?.recovered)
    expect(over).toBeGreaterThan(well)
    // Five days without growth show it.
    expect((days[over]?.day ?? 0) - 23).toBeLessThan(6)
  })

  test('is over within hours once somebody has made room', () => {
    const purged = percent((day) => (day < 23 ? growing(day) : 40))
    const looks = [...looksAt(timeToFull, purged, { from: 22 * 24, hours: 25 * 24 })]
    expect(looks[0]?.finding?.severity).toBe('warning')
    const over = looks.find(({ finding }) => finding?.recovered)
    expect((over?.hour ?? 0) - 23 * 24).toBeLessThan(8)
  })

  test('is over, or never said, where the limit was raised', () => {
    const measure = measureOf({ limit: { value: 2 * LIMIT, what: 'the limit of its Neon plan', kind: 'hard' } })
    const finding = storageFinding(timeToFull, factsOf(percent(growing), 24 * 24, measure))
    expect(finding).toMatchObject({ severity: 'ok', recovered: true })
    expect(finding.headline).toContain('less than 50% is used')
  })
})

describe('what is said', () => {
  const at = (days: number, measure = measureOf()) =>
    storageFinding(
      timeToFull,
      factsOf(
        percent((day) => 40 + 2 * day),
        days * 24,
        measure,
      ),
    )

  test('is how much there is, how fast it grows, when it is full, and of whose limit', () => {
    const finding = at(24)
    expect(finding).toMatchObject({ severity: 'warning', recovered: false, opens: 'at-once' })
    expect(finding.headline).toBe('storage full in 6 days: 450 MB of 512 MB (87%)')
    expect(finding.summary).toBe(
      'Branch main stores 450 MB of 512 MB (87%) and grows by 10.2 MB a day, by the last 14 days.' +
        ' At this rate it is full on 2026-11-27. 512 MB is the limit of its Neon plan. Then writes fail, while reads still work.',
    )
  })

  test('has a row for each measure, with its last two weeks', () => {
    expect(at(24).evidence).toMatchObject({
      columns: ['what', 'used', 'limit', 'share', 'a day', 'full on', 'last 14 days'],
      rows: [['branch main', '450 MB', '512 MB', '87%', '+10.2 MB', '2026-11-27', expect.stringMatching(/^▁.{12}█$/)]],
    })
  })

  test('on Neon, what to do: see what is largest, free room or buy it', () => {
    const advice = at(24).advice?.join('\n') ?? ''
    expect(advice).toContain('pg_total_relation_size')
    expect(advice).toContain('VACUUM')
    expect(advice).toContain('plan')
    expect(at(24).brief).toMatch(/room/)
  })

  test('on Aura, whether to optimise or to scale, and until when', () => {
    const { reading, history } = factsOf(
      percent((day) => 40 + 2 * day),
      24 * 24,
    )
    const finding = storageFinding(timeToFull, { reading: { ...reading, provider: 'aura' } as StorageReading, history })
    expect(finding.advice?.[0]).toMatch(/^Optimise or scale\? .* scale before 2026-11-27\.$/)
  })

  test('of a budget, that nothing breaks there; nobody is woken for it', () => {
    const budget = { value: LIMIT, what: 'the budget in nightshift.config.ts', kind: 'budget' } as const
    const finding = at(29, measureOf({ limit: budget }))
    expect(finding.severity).toBe('warning')
    expect(finding.headline).toMatch(/^storage budget reached in 2\d hours/)
    expect(finding.summary).toContain('Nothing breaks there')
  })

  test('where growth is uneven, between which days', () => {
    const uneven = percent((day) => 50 + day + 2 * noise(Math.floor(day)))
    const limits = { warning: 40 * DAY, recovery: 50 * DAY }
    const finding = storageFinding(timeToFull, factsOf(uneven, 30 * 24), limits)
    expect(finding.summary).toMatch(
      / is full on 20\d\d-\d\d-\d\d, most likely between 20\d\d-\d\d-\d\d and 20\d\d-\d\d-\d\d\./,
    )
  })
})

describe('of several measures', () => {
  const nodes = (perDay: number) => (hour: number) => 150_000 + (perDay * hour) / 24
  const both = (nodesADay: number, relationshipsADay: number) => {
    const [left, right] = [nodes(nodesADay), nodes(relationshipsADay)]
    const measures = [
      nodesOf({ used: left(20 * 24) }),
      nodesOf({ series: 'relationships', used: right(20 * 24) }),
    ] as const
    const history = { nodes: seriesOf(left, 20 * 24 + 1), relationships: seriesOf(right, 20 * 24 + 1) }
    return storageFinding(
      timeToFull,
      facts(measuredOf({ provider: 'aura', measures: [...measures] }), { history } as never),
    )
  }

  test('it tells of the one that is full first', () => {
    expect(both(2000, 500).headline).toBe('storage full in 5 days: 190,000 of 200,000 nodes (95%)')
    expect(both(500, 2000).headline).toBe('storage full in 5 days: 190,000 of 200,000 relationships (95%)')
  })

  test('it is over once none is full soon', () => {
    expect(both(0, 10)).toMatchObject({ severity: 'ok', recovered: true })
    expect(both(0, 2000).recovered).toBe(false)
  })
})

describe('nothing is said, and nothing is over', () => {
  const series = seriesOf(
    percent((day) => 40 + 2 * day),
    24 * 24,
  )

  const readings: StorageReading[] = [
    { kind: 'unknown', at: NOW, provider: 'aura', why: 'Aura does not tell', forGood: true },
    { kind: 'not-running', at: NOW, status: 'paused' },
    { kind: 'failed', at: NOW, provider: 'neon', failure: { cause: 'timeout', at: 'sql', message: 'no answer' } },
  ]
  test.each(readings)('where a look brought back: $kind', (reading) => {
    expect(judgeStorageBy(timeToFull, facts(reading, { history: series ? { size: series } : {} }))).toBeNull()
  })

  test('without a history', () => {
    expect(judgeStorageBy(timeToFull, facts(measuredOf(), { historyFault: 'no answer' }))).toBeNull()
  })

  test('in the first week', () => {
    expect(
      judgeStorageBy(
        timeToFull,
        factsOf(
          percent((day) => 60 + 3 * day),
          5 * 24,
        ),
      ),
    ).toBeNull()
  })
})

test('without a limit all is well', () => {
  const reading = measuredOf({ measures: [measureWithoutLimit()] })
  expect(storageFinding(timeToFull, facts(reading))).toMatchObject({
    severity: 'ok',
    recovered: true,
    headline: 'no limit is known, storage: 200 MB',
  })
})

test('the time at which it warns can be set', () => {
  const of = factsOf(
    percent((day) => 40 + 2 * day),
    20 * 24,
  )
  const severity = (days: number) =>
    storageFinding(timeToFull, of, { warning: days * DAY, recovery: (days + 2) * DAY }).severity
  expect([8, 9, 11, 30].map(severity)).toEqual(['ok', 'ok', 'warning', 'warning'])
})
