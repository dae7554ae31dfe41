import { describe, expect, test } from 'vitest'
import { noteEnded, noteIdle, parseLeakSeries } from '../../../../functions/checks/leak/idle-series.ts'
import { leaksOf } from '../../../../functions/checks/leak/leaks.ts'
import { DAY, HOUR, MINUTE } from '../../builders.ts'
import { AFTER_A_WEEK, aWeekOf, looksFrom } from './watching.ts'

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
