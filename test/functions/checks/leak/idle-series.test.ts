import { describe, expect, test } from 'vitest'
import { noteIdle, parseLeakSeries } from '../../../../functions/checks/leak/idle-series.ts'
import { leaksOf } from '../../../../functions/checks/leak/leaks.ts'
import { OTHERS } from '../../../../functions/checks/leak/sampling.ts'
import { DAY, HOUR, MINUTE } from '../../builders.ts'
import { AFTER_A_WEEK, aWeekOf, BEGIN, type Counts, keeps, lookAt, looksFrom, watch } from './watching.ts'

describe('looks', () => {
  test.for([MINUTE, 10 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR])(
    'every %d ms find a leak, and none where there is none',
    (every) => {
      const looks = looksFrom(BEGIN, AFTER_A_WEEK + DAY, keeps(12, AFTER_A_WEEK), { every })
      const { found } = watch(looks)
      expect(found.map(({ name }) => name)).toEqual(['shop'])
      expect((found[0]?.at ?? 0) - AFTER_A_WEEK).toBeLessThan(7 * HOUR)
    },
  )

  test('soon after another add nothing: the very same series comes back', () => {
    const series = aWeekOf(keeps(12))
    const last = AFTER_A_WEEK - 5 * MINUTE
    for (const ms of [-10 * MINUTE, -1, 0, 3_000, 3 * MINUTE])
      expect(noteIdle(series, lookAt(last + ms, { shop: { idle: 99 } }))).toBe(series)
  })

  test('that were missing for hours are no growth by themselves', () => {
    const before = looksFrom(BEGIN, AFTER_A_WEEK, keeps(12))
    const after = looksFrom(AFTER_A_WEEK + 10 * HOUR, AFTER_A_WEEK + 2 * DAY, keeps(30))
    expect(watch([...before, ...after]).found).toEqual([])
  })

  test('in the midst of a leak may be missing', () => {
    const looks = looksFrom(BEGIN, AFTER_A_WEEK + 2 * DAY, keeps(12, AFTER_A_WEEK)).filter(
      ({ at }) => at < AFTER_A_WEEK + 2 * HOUR || at > AFTER_A_WEEK + 6 * HOUR,
    )
    const { found } = watch(looks)
    expect((found[0]?.at ?? 0) - AFTER_A_WEEK).toBeLessThan(16 * HOUR)
  })

  test('by a clock that was years ahead do not keep out those that follow', () => {
    const ahead = noteIdle(aWeekOf(keeps(12)), lookAt(AFTER_A_WEEK + 3000 * DAY, { shop: { idle: 12 } }))
    const after = noteIdle(ahead, lookAt(AFTER_A_WEEK, { shop: { idle: 12 } }))
    expect(after.times).toEqual([AFTER_A_WEEK])
  })
})

describe('the series', () => {
  const crowd = (many: number, name: (i: number) => string, at: number, idle = (i: number) => i % 40) =>
    lookAt(at, Object.fromEntries(Array.from({ length: many }, (_, i) => [name(i), { idle: idle(i) }])))

  test('of 500 applications keeps the largest and sums the rest', () => {
    const { tracks } = noteIdle(
      undefined,
      crowd(500, (i) => `application-${i}`, BEGIN),
    )
    expect(tracks.length).toBeLessThanOrEqual(51)
    expect(tracks.length).toBeGreaterThan(40)
    expect(tracks.filter(([name]) => name === OTHERS)).toHaveLength(1)
  })

  test('stays under six kilobytes or so after weeks of 500 applications with long names', () => {
    const names = (i: number) => `an application with a rather long name that says what it is for, number ${i} 🦉`
    let series = noteIdle(undefined, crowd(500, names, BEGIN))
    for (let hour = 1; hour < 9 * 24; hour += 1)
      series = noteIdle(
        series,
        crowd(500, names, BEGIN + hour * HOUR, (i) => (i * 7 + hour * 13) % 90),
      )
    expect(JSON.stringify(series).length).toBeLessThan(6_500)
    expect(parseLeakSeries(JSON.stringify(series))).toEqual(series)
  })

  test('follows who leaks even among hundreds', () => {
    const at = (t: number) => {
      const look = crowd(
        300,
        (i) => `worker-${i}`,
        t,
        () => 3,
      )
      return { ...look, applications: [...look.applications, ...lookAt(t, keeps(20, AFTER_A_WEEK)(t)).applications] }
    }
    const looks = looksFrom(BEGIN, AFTER_A_WEEK + 8 * HOUR, () => ({}), { every: 15 * MINUTE }).map((look) =>
      at(look.at),
    )
    expect(watch(looks).found.map(({ name }) => name)).toEqual(['shop'])
  })

  test('finds a leak that is spread over names beyond the largest', () => {
    const counts = (t: number): Counts => {
      const leaked = keeps(0, AFTER_A_WEEK, 4)(t).shop?.idle ?? 0
      const many = Array.from({ length: 80 }, (_, i) => [`large-${i}`, { idle: 10 }] as const)
      const pods = Array.from({ length: leaked }, (_, i) => [`pod-${i}`, { idle: 1, sessions: 1 }] as const)
      return Object.fromEntries([...many, ...pods])
    }
    const looks = looksFrom(BEGIN, AFTER_A_WEEK + 12 * HOUR, counts, { every: 15 * MINUTE })
    expect(watch(looks).found.map(({ name }) => name)).toEqual([OTHERS])
  })

  test('cuts names of any length, and forgets who is gone for more than a week', () => {
    const series = noteIdle(
      undefined,
      lookAt(BEGIN, { ['x'.repeat(10_000)]: { idle: 3 }, ['🦉'.repeat(200)]: { idle: 3 } } as Counts),
    )
    for (const [name] of series.tracks) expect(name.length).toBeLessThan(110)
    const later = watch(looksFrom(BEGIN + HOUR, BEGIN + 11 * DAY, keeps(2), { every: HOUR }), series).series
    expect(later.tracks.map(([name]) => name)).toEqual(['shop'])
  })

  test.for([
    ['nothing', undefined],
    ['null', null],
    ['text that is no JSON', '{"version":1'],
    ['a list', []],
    ['an older version', { version: 0, since: 0, tracks: [] }],
    ['counts that are none', { ...aWeekOf(keeps(1)), tracks: [['shop', 'abc !!! 0 0 0 0 0', {}]] }],
    ['too many counts', { ...aWeekOf(keeps(1)), tracks: [['shop', `abc ${'1'.repeat(99)} 0 0 0 0 0`, {}]] }],
    ['a run that never ends', { ...aWeekOf(keeps(1)), tracks: [['shop', 'abc 0*z 0 0 0 0 0', {}]] }],
    ['a moment that is none', { ...aWeekOf(keeps(1)), since: 1e300 }],
  ] as const)('is not read from %s', ([, json]) => {
    expect(parseLeakSeries(json)).toBeUndefined()
  })

  test('is read as it was written', () => {
    const series = watch(looksFrom(BEGIN, AFTER_A_WEEK + 6 * HOUR, keeps(2, AFTER_A_WEEK))).series
    expect(leaksOf(series, AFTER_A_WEEK + 6 * HOUR)).toHaveLength(1)
    expect(parseLeakSeries(JSON.stringify(series))).toEqual(series)
    expect(parseLeakSeries(JSON.parse(JSON.stringify(series)))).toEqual(series)
  })
})
