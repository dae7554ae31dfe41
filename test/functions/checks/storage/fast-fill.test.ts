import { describe, expect, test } from 'vitest'
import { fastFill } from '../../../../functions/checks/storage/fast-fill.ts'
import { alarms, looksAt, MB, measureOf, noise, type Trace } from './builders.ts'

const LIMIT = 512 * MB
const percent = (n: number) => (n * LIMIT) / 100
/** Five quiet days, then a rise of so much an hour until it is full. */
const BEGINS = 120
const fills =
  (perHour: number, stops: (hour: number) => number = (hour) => hour): Trace =>
  (hour) =>
    percent(Math.min(100, 55 + 0.02 * noise(hour) + perHour * Math.max(0, stops(hour) - BEGINS)))

const overAt = (trace: Trace, hours: number) => {
  let open = false
  for (const { hour, finding } of looksAt(fastFill, trace, { hours })) {
    if (finding && finding.severity !== 'ok') open = true
    if (open && finding?.severity === 'ok' && finding.recovered) return hour
  }
  return undefined
}

describe('a runaway that fills 3 % an hour', () => {
  test('is warned of within hours, critical six hours before it is full, and stands until then', () => {
    expect(alarms(fastFill, fills(3), { hours: 136 })).toEqual([
      [BEGINS + 3, BEGINS + 9, 'warning'],
      [BEGINS + 10, 135, 'critical'],
    ])
  })

  test('is not over once it is full', () => expect(overAt(fills(3), 200)).toBeUndefined())

  test('goes on over a flat hour and over looks that failed', () => {
    const pauses = fills(3, (hour) => (hour >= BEGINS + 7 ? hour - 1 : hour))
    expect(overAt(pauses, 136)).toBeUndefined()
    expect(alarms(fastFill, pauses, { hours: 136 }).at(-1)).toEqual([expect.any(Number), 135, 'critical'])
    const unseen: Trace = (hour) => (hour === BEGINS + 7 || hour === BEGINS + 8 ? null : fills(3)(hour))
    expect(overAt(unseen, 136)).toBeUndefined()
    expect(alarms(fastFill, unseen, { hours: 136 }).at(-1)).toEqual([BEGINS + 10, 135, 'critical'])
  })

  test('is over once hours that were seen show that it has stopped', () => {
    const stopped = fills(3, (hour) => Math.min(hour, BEGINS + 8))
    const at = overAt(stopped, 200) ?? expect.fail('never over')
    expect(at - (BEGINS + 8)).toBeGreaterThanOrEqual(2)
    expect(at - (BEGINS + 8)).toBeLessThanOrEqual(4)
  })

  test('is not known to be over after hours that nobody looked at', () => {
    const dark: Trace = (hour) => (hour > BEGINS + 6 && hour < BEGINS + 40 ? null : percent(hour < BEGINS ? 55 : 75))
    const [first] = [...looksAt(fastFill, dark, { from: BEGINS + 40, hours: BEGINS + 41 })]
    expect(first?.finding).toBeNull()
  })
})

test('growth that was slow for days and is fast since this morning is judged by this morning', () => {
  const slowThenFast: Trace = (hour) => percent(Math.min(100, 50 + 0.01 * hour + 3 * Math.max(0, hour - BEGINS)))
  expect(alarms(fastFill, slowThenFast, { hours: 134 }).at(-1)?.[2]).toBe('critical')
})

test('a load that comes every night is not told', () => {
  const nightly: Trace = (hour) => percent(60 + 3 * Math.min(hour % 24, 5) - (hour % 24 > 12 ? 15 : 0))
  expect(alarms(fastFill, nightly, { from: 60, hours: 300 })).toEqual([])
})

test('at a budget it says so, and wakes nobody', () => {
  const measure = measureOf({ limit: { value: LIMIT, what: 'the budget in nightshift.config.ts', kind: 'budget' } })
  const found = [...looksAt(fastFill, fills(3), { hours: 134, measure })].at(-1)?.finding
  expect(found).toMatchObject({ severity: 'warning', headline: expect.stringMatching(/^storage budget reached in /) })
})
