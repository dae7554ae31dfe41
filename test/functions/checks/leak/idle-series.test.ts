import { describe, expect, test } from 'vitest'
import {
  busiestOf,
  noteEnded,
  noteIdle,
  noteSuspended,
  parseLeakSeries,
} from '../../../../functions/checks/leak/idle-series.ts'
import { leaksOf, settledOf } from '../../../../functions/checks/leak/leaks.ts'
import { OTHERS } from '../../../../functions/checks/leak/sampling.ts'
import { DAY, HOUR, MINUTE } from '../../builders.ts'
import { AFTER_A_WEEK, BEGIN, type Counts, lookAt, looksFrom, watch } from './watching.ts'

/** A pool that always keeps so many, and what drips onto it from then on. */
const keeps =
  (idle: number, leaksFrom = Number.POSITIVE_INFINITY, perHour = 1.7) =>
  (at: number): Counts => {
    const leaked = Math.floor(Math.max(0, ((at - leaksFrom) / HOUR) * perHour))
    const counted = Math.floor(Math.max(0, ((at - leaksFrom) / HOUR - 1) * perHour))
    return { shop: { idle: idle + counted, sessions: idle + 5 + leaked } }
  }

const aWeekOf = (counts: (at: number) => Counts) => watch(looksFrom(BEGIN, AFTER_A_WEEK, counts)).series

describe('a leak', () => {
  test('of 1.7 an hour onto a pool that always keeps 12 is found within four hours', () => {
    const { found } = watch(looksFrom(BEGIN, AFTER_A_WEEK + DAY, keeps(12, AFTER_A_WEEK)))
    expect(found).toHaveLength(1)
    expect(found[0]).toMatchObject({ name: 'shop', reference: 12 })
    expect((found[0]?.at ?? 0) - AFTER_A_WEEK).toBeLessThanOrEqual(4 * HOUR)
  })

  test('began about when it did, in the window, at about its pace', () => {
    const { series, found } = watch(looksFrom(BEGIN, AFTER_A_WEEK + DAY, keeps(12, AFTER_A_WEEK)))
    const [from, to] = found[0]?.sinceWindow ?? [0, 0]
    expect(from).toBeLessThanOrEqual(AFTER_A_WEEK)
    expect(to).toBeGreaterThanOrEqual(AFTER_A_WEEK)
    const [leak] = leaksOf(series, AFTER_A_WEEK + DAY)
    expect(Math.abs((leak?.since ?? 0) - AFTER_A_WEEK)).toBeLessThan(HOUR)
    expect(leak?.perHour).toBeCloseTo(1.7, 0)
    expect(leak?.count).toBe(12 + Math.floor(22.9 * 1.7))
  })

  test.for([0.2, 0.5, 4, 12])('of %d an hour is found', (perHour) => {
    const { found } = watch(looksFrom(BEGIN, AFTER_A_WEEK + 3 * DAY, keeps(3, AFTER_A_WEEK, perHour)))
    expect(found.map(({ name }) => name)).toEqual(['shop'])
  })

  test('too slow for its week is found by what is left each night', () => {
    // By day between 4 and 30: what half a leak an hour adds within two days does not stand out.
    const uneven = (at: number) => Math.round(17 - 13 * Math.cos((2 * Math.PI * (at % DAY)) / DAY))
    const counts = (at: number): Counts => ({
      shop: { idle: uneven(at) + (keeps(0, AFTER_A_WEEK, 0.2)(at).shop?.idle ?? 0) },
    })
    const { found } = watch(looksFrom(BEGIN, AFTER_A_WEEK + 9 * DAY, counts))
    expect(found.map(({ name }) => name)).toEqual(['shop'])
  })

  test('is none where as many are kept all the time', () => {
    expect(watch(looksFrom(BEGIN, AFTER_A_WEEK, keeps(40))).found).toEqual([])
  })

  test('is none where a new pool fills within two hours and stays', () => {
    const filled = (at: number) => Math.min(20, Math.max(0, Math.floor((at - AFTER_A_WEEK - HOUR) / (6 * MINUTE))))
    const counts = (at: number): Counts =>
      at < AFTER_A_WEEK ? { shop: { idle: 2 } } : { shop: { idle: 2 }, newcomer: { idle: filled(at), sessions: 22 } }
    expect(watch(looksFrom(BEGIN, AFTER_A_WEEK + 2 * DAY, counts)).found).toEqual([])
  })

  test('is none where all connections of a pool fall quiet one by one', () => {
    const quiet = (at: number) => Math.min(30, Math.max(0, Math.floor((at - AFTER_A_WEEK) / (30 * MINUTE))))
    const counts = (at: number): Counts => ({ shop: { idle: quiet(at), sessions: 30 } })
    expect(watch(looksFrom(BEGIN, AFTER_A_WEEK + 2 * DAY, counts)).found).toEqual([])
  })

  test('that was there before the first look is found within two days', () => {
    const { found } = watch(looksFrom(BEGIN, BEGIN + 2 * DAY, keeps(10, BEGIN - 5 * HOUR)))
    expect(found.map(({ name }) => name)).toEqual(['shop'])
  })

  test('is none at the first look after Nightshift was deployed, whatever is idle', () => {
    expect(watch(looksFrom(BEGIN, BEGIN + DAY, keeps(60))).found).toEqual([])
  })

  test('of several applications stands by itself, the fastest first', () => {
    const counts = (at: number): Counts => ({
      ...keeps(2, AFTER_A_WEEK, 1.7)(at),
      jobs: keeps(5, AFTER_A_WEEK, 4)(at).shop ?? { idle: 0 },
      web: { idle: 4 },
    })
    const { series } = watch(looksFrom(BEGIN, AFTER_A_WEEK + 12 * HOUR, counts))
    expect(leaksOf(series, AFTER_A_WEEK + 12 * HOUR).map(({ name }) => name)).toEqual(['jobs', 'shop'])
  })
})

describe('a leak that stands', () => {
  const leaking = () => watch(looksFrom(BEGIN, AFTER_A_WEEK + 2 * DAY, keeps(12, AFTER_A_WEEK))).series
  const then = AFTER_A_WEEK + 2 * DAY

  test('is over once the count is back for three looks, not for one', () => {
    const back = (looks: number) => watch(looksFrom(then, then + looks * 5 * MINUTE, keeps(13)), leaking()).series
    expect(leaksOf(back(1), then)).toEqual([])
    const again = noteIdle(back(1), lookAt(then + 5 * MINUTE, { shop: { idle: 90 } }))
    expect(leaksOf(again, then + 5 * MINUTE)).toHaveLength(1)
    const over = noteIdle(back(3), lookAt(then + 15 * MINUTE, { shop: { idle: 90 } }))
    expect(leaksOf(over, then + 15 * MINUTE)).toEqual([])
  })

  test('does not become its own measure: the same one is found as soon when it comes again', () => {
    const mended = watch(looksFrom(then, then + DAY, keeps(12)), leaking()).series
    const { found } = watch(looksFrom(then + DAY, then + 2 * DAY, keeps(12, then + DAY)), mended)
    expect(found[0]?.reference).toBe(12)
    expect((found[0]?.at ?? 0) - then - DAY).toBeLessThanOrEqual(4 * HOUR)
  })

  test('and has not grown for three days is a pool that keeps as many now', () => {
    const most = keeps(12, AFTER_A_WEEK)(then).shop?.idle ?? 0
    const { series, found } = watch(looksFrom(then, then + 9 * DAY, keeps(most)), leaking())
    expect(leaksOf(series, then + 9 * DAY)).toEqual([])
    // It stood already, and never came again.
    expect(found).toHaveLength(1)
  })

  test('says nothing of now once nobody has looked for a day', () => {
    expect(leaksOf(leaking(), then)).toHaveLength(1)
    expect(leaksOf(leaking(), then + DAY + HOUR)).toEqual([])
  })

  test('ends with the server, and what was usual is usual still', () => {
    const restarted = { serverStartedAt: then }
    const { series, found } = watch(looksFrom(then, then + DAY, keeps(12), restarted), leaking())
    expect(found).toEqual([])
    const anew = watch(looksFrom(then + DAY, then + 2 * DAY, keeps(12, then + DAY), restarted), series)
    expect((anew.found[0]?.at ?? 0) - then - DAY).toBeLessThanOrEqual(4 * HOUR)
  })

  test('ends when the compute is suspended', () => {
    expect(leaksOf(noteSuspended(leaking()), then)).toEqual([])
    expect(noteSuspended(noteSuspended(leaking()))).toEqual(noteSuspended(leaking()))
  })
})

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

describe('what Nightshift ends', () => {
  /** Looks at a pool of 8, two of them idle, in which so many are ended at a look. */
  function endedAt(to: number, endedBy: (at: number) => number) {
    let series = aWeekOf(() => ({ shop: { idle: 2, sessions: 8 } }))
    const standing: number[] = []
    for (const look of looksFrom(AFTER_A_WEEK, to, () => ({ shop: { idle: 2, sessions: 8 } }))) {
      series = noteIdle(series, look)
      if (leaksOf(series, look.at).length > 0) standing.push(look.at)
      series = noteEnded(series, Array(endedBy(look.at)).fill('shop'))
    }
    return { series, standing }
  }
  const everyHour = (n: number) => (at: number) => (at % HOUR === 0 ? n : 0)
  const until = (end: number, ends: (at: number) => number) => (at: number) => (at < end ? ends(at) : 0)

  test('is a leak all the same, for as long as it goes on, at its pace', () => {
    const to = AFTER_A_WEEK + 6 * DAY
    const { series, standing } = endedAt(to, (at) => (at % (15 * MINUTE) === 0 ? 1 : 0))
    expect((standing[0] ?? to) - AFTER_A_WEEK).toBeLessThan(4 * HOUR)
    expect(standing).toHaveLength((to - (standing[0] ?? to)) / (5 * MINUTE))
    const [leak] = leaksOf(series, to)
    expect(leak).toMatchObject({ name: 'shop', reference: 2, left: 0 })
    expect(leak?.perHour).toBeCloseTo(4, 0)
    expect(leak?.endedPerHour).toBeCloseTo(leak?.perHour ?? 0, 1)
    expect(leak?.ended).toBeGreaterThan(90)
  })

  test('is over a day after the last of it', () => {
    const mended = AFTER_A_WEEK + 2 * DAY
    const { standing } = endedAt(mended + 2 * DAY, until(mended, everyHour(4)))
    expect((standing.at(-1) ?? 0) - mended).toBeGreaterThan(20 * HOUR)
    expect((standing.at(-1) ?? 0) - mended).toBeLessThan(26 * HOUR)
  })

  test('is none where a pool that comes back by day is ended night by night', () => {
    const { standing } = endedAt(AFTER_A_WEEK + 9 * DAY, (at) => (at % DAY === 2 * HOUR ? 10 : 0))
    expect(standing).toEqual([])
  })

  test('is read back as it was written, and nothing of it is kept where there was none', () => {
    const { series } = endedAt(AFTER_A_WEEK + DAY, everyHour(1))
    expect(parseLeakSeries(JSON.stringify(series))).toEqual(series)
    const { series: later } = endedAt(AFTER_A_WEEK + 3 * DAY, until(AFTER_A_WEEK + HOUR, everyHour(1)))
    const { series: never } = endedAt(AFTER_A_WEEK + 3 * DAY, () => 0)
    expect(later.tracks[0]?.[1].split(' ')).toHaveLength(never.tracks[0]?.[1].split(' ').length ?? 0)
  })
})

test('a restart makes no new sessions: a pool that fills again and falls quiet one by one is no leak', () => {
  const restart = AFTER_A_WEEK + 2 * HOUR
  const before = aWeekOf(() => ({ shop: { idle: 2, sessions: 30 } }))
  const quiet = (at: number) => Math.min(30, Math.max(0, Math.floor((at - restart - HOUR) / (20 * MINUTE))))
  const looks = [
    ...looksFrom(AFTER_A_WEEK, restart, () => ({ shop: { idle: 2, sessions: 30 } })),
    ...looksFrom(restart, restart + DAY, (at) => ({ shop: { idle: quiet(at), sessions: 30 } }), {
      serverStartedAt: restart - MINUTE,
    }),
  ]
  expect(watch(looks, before).found).toEqual([])
})

test('the busiest moment of a day is remembered without what has leaked', () => {
  const load = (at: number) => (at % DAY >= 10 * HOUR && at % DAY < 16 * HOUR ? 70 : 20)
  const counts = (at: number): Counts => {
    const leaked = Math.max(0, Math.floor(((at - AFTER_A_WEEK) / HOUR) * 2))
    return { shop: { idle: leaked, sessions: leaked + load(at) } }
  }
  const { series } = watch(looksFrom(BEGIN, AFTER_A_WEEK + DAY + 3 * HOUR, counts))
  expect(leaksOf(series, AFTER_A_WEEK + DAY + 3 * HOUR)).toHaveLength(1)
  // The hour before it was over counts, and the leak before it was found.
  expect(busiestOf(series)).toBeGreaterThanOrEqual(70)
  expect(busiestOf(series)).toBeLessThan(85)
})

test('a leak that has not grown for three days is told to be usual now, for a day', () => {
  const stops = AFTER_A_WEEK + 12 * HOUR
  const counts = (at: number) => keeps(3, AFTER_A_WEEK)(Math.min(at, stops))
  const { series } = watch(looksFrom(BEGIN, stops + 100 * HOUR, counts))
  expect(leaksOf(series, stops + 100 * HOUR)).toEqual([])
  expect(settledOf(series)).toEqual([{ name: 'shop', count: 21 }])
  const { series: later } = watch(looksFrom(stops + 100 * HOUR, stops + 125 * HOUR, counts), series)
  expect(settledOf(later)).toEqual([])
})

describe('who leaks', () => {
  /** 10 sessions and a leak, restarted once, after which it leaks on. */
  test('is found as soon again after a restart of its own', () => {
    const restart = AFTER_A_WEEK + 35 * HOUR
    const counts = (at: number) => keeps(0, at < restart ? AFTER_A_WEEK : restart, 4)(at)
    const { found } = watch(looksFrom(BEGIN, restart + DAY, counts))
    expect(found).toHaveLength(2)
    expect((found[1]?.at ?? 0) - restart).toBeLessThan(4 * HOUR)
    expect(found[1]?.perHour).toBeGreaterThan(2)
  })

  test('stands while it grows, though a burst has once left more', () => {
    const [from, to] = [AFTER_A_WEEK + 2 * DAY, AFTER_A_WEEK + 2 * DAY + 5 * HOUR]
    const counts = (at: number): Counts => {
      const { idle = 0, sessions = 0 } = keeps(8, AFTER_A_WEEK, 0.25)(at).shop ?? {}
      const burst = at >= from && at < to ? 130 : 0
      return { shop: { idle: idle + burst, sessions: sessions + burst } }
    }
    expect(watch(looksFrom(BEGIN, AFTER_A_WEEK + 9 * DAY, counts)).found).toHaveLength(1)
  })

  test('leaks at its own pace, whatever the rhythm of the day beside it', () => {
    const rhythm = (at: number) => Math.round(15 - 15 * Math.cos((2 * Math.PI * (at % DAY)) / DAY))
    const counts = (at: number): Counts => {
      const leaked = Math.max(0, Math.floor(((at - AFTER_A_WEEK) / HOUR) * 0.5))
      return { shop: { idle: rhythm(at) + leaked, sessions: 60 + leaked } }
    }
    const { found } = watch(looksFrom(BEGIN, AFTER_A_WEEK + 2 * DAY, counts))
    expect(found[0]?.perHour).toBeLessThan(1)
  })

  test('is found in a pool so uneven that the week hides it', () => {
    const [tops, dips] = [
      [37, 47, 48, 48, 37, 36, 24],
      [0, 8, 0, 12, 4, 11, 0],
    ]
    const counts = (at: number): Counts => {
      const day = Math.floor((at - BEGIN) / DAY)
      const [top = 0, dip = 0] = [tops[day % 7], dips[day % 7]]
      const usual = at % DAY < 18 * HOUR ? top : dip
      const leaked = Math.max(0, Math.floor(((at - AFTER_A_WEEK) / HOUR) * 0.5))
      return { shop: { idle: usual + leaked, sessions: 60 + leaked } }
    }
    expect(watch(looksFrom(BEGIN, AFTER_A_WEEK + 9 * DAY, counts)).found.map(({ name }) => name)).toEqual(['shop'])
    const healthy = (at: number): Counts => ({
      shop: { ...counts(Math.min(at, AFTER_A_WEEK)).shop, idle: at % DAY < 18 * HOUR ? 40 : 3 },
    })
    expect(watch(looksFrom(BEGIN, AFTER_A_WEEK + 9 * DAY, healthy)).found).toEqual([])
  })

  test('is seen though hundreds of others have as many idle and it has none yet', () => {
    const others = Object.fromEntries(Array.from({ length: 120 }, (_, i) => [`worker ${i}`, { idle: 3, sessions: 4 }]))
    const counts = (at: number): Counts => {
      const leaked = Math.max(0, Math.floor(((at - AFTER_A_WEEK) / HOUR - 1) * 1.7))
      return { ...others, shop: { idle: leaked, sessions: 40 + leaked } }
    }
    const { found } = watch(looksFrom(BEGIN + 6 * DAY, AFTER_A_WEEK + DAY, counts, { every: 10 * MINUTE }))
    expect(found.map(({ name }) => name)).toEqual(['shop'])
  })
})

test("a surge of an hour is no part of the day's load", () => {
  const counts = (at: number): Counts => ({
    shop: { idle: 2, sessions: at % DAY >= 9 * HOUR && at % DAY < 10 * HOUR ? 180 : 30 },
  })
  expect(busiestOf(watch(looksFrom(BEGIN, BEGIN + DAY + 12 * HOUR, counts)).series)).toBe(30)
})
