import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addPoint, daily, hourly, parseSeries, type Series } from '../../../../functions/checks/storage/series.ts'
import { DAY, HOUR, MINUTE } from '../../builders.ts'
import { seriesOf } from './builders.ts'

/** A midnight. */
const START = Date.UTC(2026, 10, 1)
const from = (...values: [number, number][]): Series =>
  values.reduce<Series | undefined>(
    (series, [hour, value]) => addPoint(series, START + hour * HOUR, value),
    undefined,
  ) as Series
const hours = (series: Series) => hourly(series).map(({ at, value }) => [(at - START) / HOUR, value])
/** So many days from `START` on, an hour's value being its number. */
const counting = (days: number) => seriesOf((hour) => hour, days * 24, START + days * DAY - HOUR) as Series

describe('an hour', () => {
  test('has the first value that it was given, at its beginning', () => {
    const series = addPoint(addPoint(undefined, START + 5 * MINUTE, 10), START + HOUR + MINUTE, 20)
    expect(hourly(series)).toEqual([
      { at: START, value: 10 },
      { at: START + HOUR, value: 20 },
    ])
    expect(addPoint(series, START + 59 * MINUTE, 30)).toBe(series)
  })

  test('that nobody looked at stays empty, and takes a late value', () => {
    const series = from([0, 10], [3, 40])
    expect(hours(series)).toEqual([
      [0, 10],
      [3, 40],
    ])
    expect(hours(addPoint(series, START + HOUR, 20))).toEqual([
      [0, 10],
      [1, 20],
      [3, 40],
    ])
    expect(hours(addPoint(series, START - 2 * HOUR, 5))[0]).toEqual([-2, 5])
  })

  test('takes nothing that is no measure', () => {
    const series = from([0, 10])
    for (const value of [-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60])
      expect(addPoint(series, START + HOUR, value)).toBe(series)
    expect(addPoint(series, Number.NaN, 1)).toBe(series)
    expect(addPoint(series, -DAY, 1)).toBe(series)
    expect(hourly(addPoint(undefined, START, -1))).toEqual([])
    expect(hours(addPoint(series, START + HOUR, 0))).toHaveLength(2)
  })

  test('older than the hours that are kept takes none', () => {
    const series = counting(20)
    expect(addPoint(series, START + 2 * DAY, 5)).toBe(series)
  })
})

describe('days', () => {
  test('leave the hours once they no longer fit, each as its median', () => {
    const series = counting(12)
    expect(hourly(series)).toHaveLength(9 * 24)
    // The hours 0 to 23 have 11.5 in their middle: whole, as all values are.
    expect(series.days).toEqual({ from: START / DAY, values: [12, 36, 60] })
  })

  test('stand at noon, those that are still in hours as well, and today in the middle of its hours', () => {
    const series = seriesOf((hour) => hour, 12 * 24 + 6, START + 12 * DAY + 5 * HOUR) as Series
    const days = daily(series, START + 12 * DAY + 5 * HOUR + MINUTE)
    expect(days.map(({ value }) => value)).toEqual([...Array.from({ length: 12 }, (_, day) => 12 + day * 24), 291])
    expect(days[3]?.at).toBe(START + 3.5 * DAY)
    expect(days[12]?.at).toBe(START + 12 * DAY + 3 * HOUR)
  })

  test('without a look are left out', () => {
    const series = seriesOf((hour) => (hour >= 48 && hour < 96 ? null : 7), 240, START + 10 * DAY - HOUR) as Series
    expect(daily(series, START + 10 * DAY).map(({ at }) => Math.floor((at - START) / DAY))).toEqual([
      0, 1, 4, 5, 6, 7, 8, 9,
    ])
  })

  test('after the moment that is asked for are not told', () => {
    const days = daily(counting(12), START + 4 * DAY + 2 * HOUR)
    expect(days).toHaveLength(5)
    expect(days[4]).toEqual({ at: START + 4 * DAY + 1.5 * HOUR, value: 97 })
  })

  test('go back half a year', () => {
    const series = counting(400)
    const days = daily(series, START + 400 * DAY - HOUR)
    expect(days).toHaveLength(190)
    expect(days[0]?.at).toBe(START + 210.5 * DAY)
  })
})

describe('a clock that was wrong', () => {
  const series = counting(60)
  const now = START + 60 * DAY

  test('by some minutes changes nothing', () => {
    expect(hours(addPoint(series, now + 10 * MINUTE, 5)).at(-1)).toEqual([1440, 5])
  })

  test.each([3 * HOUR, 20 * DAY, 300 * DAY, 40_000 * DAY])('by %d ms ahead costs no history', (ahead) => {
    const wrong = addPoint(series, now + ahead, 5)
    const right = addPoint(addPoint(wrong, now, 1440), now + HOUR, 1441)
    expect(hourly(right).filter(({ at }) => at <= now + HOUR)).toEqual(
      expect.arrayContaining([
        { at: now, value: 1440 },
        { at: now + HOUR, value: 1441 },
      ]),
    )
    expect(daily(right, now + HOUR).length).toBe(61)
    expect(daily(right, now + HOUR)[30]?.value).toBe(732)
  })

  test('in the past changes nothing', () => {
    expect(addPoint(series, 1_700_000, 5)).toBe(series)
  })
})

test('what has slept for two months goes on, with all that was before', () => {
  const series = addPoint(counting(30), START + 90 * DAY, 5)
  expect(hours(series)).toEqual([[90 * 24, 5]])
  expect(daily(series, START + 90 * DAY)).toHaveLength(31)
})

describe('stored', () => {
  const full = seriesOf((hour) => 9_000_000_000 + hour, 400 * 24, START + 400 * DAY - HOUR) as Series

  test('it is the same again, as JSON or as its text', () => {
    expect(parseSeries(JSON.parse(JSON.stringify(full)))).toEqual(full)
    expect(parseSeries(JSON.stringify(full))).toEqual(full)
  })

  test('half a year of ten digits is less than 6 KB', () => {
    expect(full.hours.values).toHaveLength(9 * 24)
    expect(full.days.values).toHaveLength(190)
    expect(JSON.stringify(full).length).toBeLessThan(6 * 1024)
  })

  test.each([
    undefined,
    null,
    '',
    '{',
    7,
    [],
    {},
    { hours: { from: 0, values: [] } },
    { hours: { from: 0, values: [1.5] }, days: { from: 0, values: [] } },
    { hours: { from: 0, values: [-1] }, days: { from: 0, values: [] } },
    { hours: { from: -1, values: [] }, days: { from: 0, values: [] } },
    { hours: { from: 0, values: ['1'] }, days: { from: 0, values: [] } },
    { hours: { from: 0, values: Array(300).fill(1) }, days: { from: 0, values: [] } },
    { points: [[0, 1]] },
  ])('what is damaged, or of another form, is none: %j', (json) => {
    expect(parseSeries(json)).toBeUndefined()
  })
})

describe('whatever comes, in whatever order', () => {
  const points = fc.array(fc.tuple(fc.integer({ min: 0, max: 24 * 300 }), fc.integer({ min: -5, max: 1_000_000 })), {
    maxLength: 120,
  })

  test('a series keeps its bounds, is the same after a store, and no look counts twice', () => {
    fc.assert(
      fc.property(points, (all) => {
        let series: Series | undefined
        for (const [hour, value] of all) {
          series = addPoint(series, START + hour * HOUR, value)
          expect(addPoint(series, START + hour * HOUR, value)).toBe(series)
          expect(series.hours.values.length).toBeLessThanOrEqual(216)
          expect(series.days.values.length).toBeLessThanOrEqual(190)
          expect(parseSeries(JSON.stringify(series))).toEqual(series)
        }
        const times = series ? hourly(series).map(({ at }) => at) : []
        expect(times).toEqual(times.toSorted((a, b) => a - b))
      }),
    )
  })

  test('hours of nine days are the same in any order', () => {
    const nineDays = fc.uniqueArray(fc.integer({ min: 0, max: 215 }), { minLength: 1 })
    fc.assert(
      fc.property(nineDays, (some) => {
        const ordered = from(...some.toSorted((a, b) => a - b).map((hour): [number, number] => [hour, hour * 10]))
        const shuffled = from(...some.map((hour): [number, number] => [hour, hour * 10]))
        expect(hourly(shuffled)).toEqual(hourly(ordered))
      }),
    )
  })
})
