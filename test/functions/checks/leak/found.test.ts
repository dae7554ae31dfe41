import { describe, expect, test } from 'vitest'
import { noteIdle, noteSuspended } from '../../../../functions/checks/leak/idle-series.ts'
import { leaksOf, settledOf } from '../../../../functions/checks/leak/leaks.ts'
import { DAY, HOUR, MINUTE } from '../../builders.ts'
import { AFTER_A_WEEK, aWeekOf, BEGIN, type Counts, keeps, lookAt, looksFrom, watch } from './watching.ts'

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

test('a leak that has not grown for three days is told to be usual now, for a day', () => {
  const stops = AFTER_A_WEEK + 12 * HOUR
  const counts = (at: number) => keeps(3, AFTER_A_WEEK)(Math.min(at, stops))
  const { series } = watch(looksFrom(BEGIN, stops + 100 * HOUR, counts))
  expect(leaksOf(series, stops + 100 * HOUR)).toEqual([])
  expect(settledOf(series)).toEqual([{ name: 'shop', count: 21 }])
  const { series: later } = watch(looksFrom(stops + 100 * HOUR, stops + 125 * HOUR, counts), series)
  expect(settledOf(later)).toEqual([])
})
