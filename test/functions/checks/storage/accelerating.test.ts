import { describe, expect, test } from 'vitest'
import { accelerating } from '../../../../functions/checks/storage/accelerating.ts'
import { NOW } from '../../builders.ts'
import {
  alarms,
  facts,
  factsOf,
  GB,
  judgeStorageBy,
  MB,
  measuredOf,
  measureWithoutLimit,
  noise,
  storageFinding,
  type Trace,
} from './builders.ts'

const DAYS = 24
/** So many megabytes, growing by so many a day, and from the fifteenth day by so many. */
const bend =
  (start: number, before: number, after: number): Trace =>
  (hour) =>
    (start + (Math.min(hour, 15 * DAYS) / DAYS) * before + (Math.max(hour - 15 * DAYS, 0) / DAYS) * after) * MB

test('growth twice as fast as the week before is told once it is so on two days', () => {
  const doubled = bend(200, 2, 4)
  const [[from = 0, to = 0, severity] = [], ...others] = alarms(accelerating, doubled, { hours: 30 * DAYS })
  expect([severity, others]).toEqual(['warning', []])
  // The fourth of seven days is the middle one; the next day must say the same.
  expect(from / DAYS).toBeGreaterThan(19)
  expect(from / DAYS).toBeLessThan(22)
  expect(to / DAYS).toBeLessThan(27)
  expect(storageFinding(accelerating, factsOf(doubled, 22 * DAYS))).toMatchObject({
    severity: 'warning',
    opens: 'at-once',
    headline: 'storage grows by 4 MB a day, the week before: 2 MB a day',
    recovered: false,
  })
})

test('from standing still, too', () => {
  expect(storageFinding(accelerating, factsOf(bend(250, 0, 5), 22 * DAYS)).headline).toBe(
    'storage grows by 5 MB a day, the week before: no growth',
  )
})

describe('it is not told', () => {
  test.for<[string, Trace]>([
    ['of even growth', bend(150, 5, 5)],
    ['of growth that slows down', bend(200, 4, 2)],
    ['of half as much again, and no more', bend(200, 4, 5.9)],
    ['below a quarter percent of the limit a day', bend(250, 0.5, 1.2)],
    ['with less than 30 % of the limit taken', bend(50, 2, 6)],
    ['of a step', (hour) => (hour < 480 ? 200 : 300) * MB],
    ['of a step within even growth', (hour) => (200 + hour / 12 + (hour < 480 ? 0 : 80)) * MB],
    ['of two steps in a week', (hour) => (200 + (hour > 440 ? 50 : 0) + (hour > 490 ? 50 : 0)) * MB],
    ['of noise', (hour) => (300 + 20 * noise(hour)) * MB],
    ['of a daily sawtooth', (hour) => (250 + (hour % DAYS) * 4) * MB],
    ['of a weekly one', (hour) => (200 + (hour % (7 * DAYS))) * MB],
    ['of weekends without growth', (hour) => (200 + Math.min(hour % 168, 120) / 12 + Math.floor(hour / 168) * 10) * MB],
  ])('%s', ([, trace]) => expect(alarms(accelerating, trace, { hours: 30 * DAYS })).toEqual([]))
})

test('without a limit growth is measured by what there is', () => {
  const trace = (after: number) => factsOf(bend(10_000, 20, after), 22 * DAYS, measureWithoutLimit())
  expect(storageFinding(accelerating, trace(60)).headline).toBe(
    'storage grows by 60 MB a day, the week before: 20 MB a day',
  )
  expect(judgeStorageBy(accelerating, trace(24))?.severity).toBe('ok')
})

test('days without looks are counted as days; too many of them, and nothing is said', () => {
  const without =
    (least: number): Trace =>
    (hour) =>
      hour / DAYS > least && hour / DAYS < 19 ? null : bend(200, 2, 4)(hour)
  expect(storageFinding(accelerating, factsOf(without(18), 22 * DAYS)).severity).toBe('warning')
  expect(judgeStorageBy(accelerating, factsOf(without(15), 22 * DAYS))).toBeNull()
})

test('with less than two weeks known, nothing is said', () => {
  expect(judgeStorageBy(accelerating, factsOf(bend(200, 2, 4), 13 * DAYS))).toBeNull()
  expect(judgeStorageBy(accelerating, factsOf(bend(200, 2, 4), 18 * DAYS))).not.toBeNull()
  expect(judgeStorageBy(accelerating, facts(measuredOf(), { historyFault: 'no answer' }))).toBeNull()
  expect(judgeStorageBy(accelerating, facts({ kind: 'not-running', at: NOW, status: 'paused' }))).toBeNull()
})

test('a database of nothing does not accelerate', () => {
  expect(
    storageFinding(
      accelerating,
      factsOf(() => 0, 22 * DAYS, measureWithoutLimit()),
    ).severity,
  ).toBe('ok')
  expect(
    storageFinding(
      accelerating,
      factsOf(() => 5 * GB, 22 * DAYS),
    ).severity,
  ).toBe('ok')
})
