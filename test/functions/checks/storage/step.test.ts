import { describe, expect, test } from 'vitest'
import { step } from '../../../../functions/checks/storage/step.ts'
import { HOUR, NOW } from '../../builders.ts'
import {
  alarms,
  facts,
  factsOf,
  GB,
  judgeStorageBy,
  MB,
  measuredOf,
  measureWithoutLimit,
  nodesOf,
  storageFinding,
  type Trace,
} from './builders.ts'

const WEEKS = 20 * 24
/** So much, and at an hour so much more for good. */
const jump =
  (from: number, by: number, at = WEEKS - 1): Trace =>
  (hour) =>
    from + (hour >= at ? by : 0)

test('a jump is told at once and once, with its size and its hour', () => {
  const finding = storageFinding(step, factsOf(jump(200 * MB, 80 * MB, WEEKS - 2), WEEKS))
  expect(finding).toMatchObject({
    severity: 'warning',
    opens: 'at-once',
    once: true,
    headline: 'storage grew by 80 MB at once around 2026-11-21 02:00 UTC, to 280 MB of 512 MB (54%)',
  })
  expect(finding.summary).toContain('from 200 MB to 280 MB at once')
  expect(finding.summary).toContain('between 2026-11-21 01:00 UTC and 2026-11-21 03:00 UTC')
  expect(finding.advice?.join(' ')).toContain('pg_total_relation_size')
})

test('no time that is still to come is named', () => {
  expect(storageFinding(step, factsOf(jump(200 * MB, 80 * MB), WEEKS)).summary).toContain(
    'between 2026-11-21 02:00 UTC and 2026-11-21 03:15 UTC',
  )
})

test('one that came over three hours is one', () => {
  const slowly: Trace = (hour) => 200 * MB + Math.min(Math.max(hour - 300, 0), 3) * 10 * MB
  expect(alarms(step, slowly, { hours: 400 })).toEqual([[303, 326, 'warning']])
})

test('it is told for a day, and is over at once when it is undone', () => {
  expect(alarms(step, jump(200 * MB, 80 * MB, 300), { hours: 400 })).toEqual([[300, 323, 'warning']])
  const undone: Trace = (hour) => (hour >= 300 && hour < 305 ? 280 : 200) * MB
  expect(alarms(step, undone, { hours: 400 })).toEqual([[300, 304, 'warning']])
})

describe('it is no jump', () => {
  test.for<[string, Trace]>([
    ['below 10 % of what was there', jump(400 * MB, 39 * MB)],
    ['below a twentieth of the limit, however small the database', jump(30 * MB, 25 * MB)],
    ['what grows evenly, be it fast', (hour) => 100 * MB + hour * 0.8 * MB],
    ['what falls', (hour) => 400 * MB - hour * 0.8 * MB],
  ])('%s', ([, trace]) => expect(storageFinding(step, factsOf(trace, WEEKS)).severity).toBe('ok'))

  test('where there is room without end, below 100 MB or 10,000 nodes', () => {
    const { limit: _, ...nodes } = nodesOf()
    expect(storageFinding(step, factsOf(jump(100 * MB, 99 * MB), WEEKS, measureWithoutLimit())).severity).toBe('ok')
    expect(storageFinding(step, factsOf(jump(100 * MB, 101 * MB), WEEKS, measureWithoutLimit())).severity).toBe(
      'warning',
    )
    expect(storageFinding(step, factsOf(jump(5_000, 9_999), WEEKS, nodes)).severity).toBe('ok')
    const told = storageFinding(step, factsOf(jump(5_000, 10_001), WEEKS, nodes))
    expect(told.headline).toContain('grew by 10,001 nodes at once')
  })
})

describe('what happens there on other days is not told:', () => {
  test('a nightly load, after the first', () => {
    const nightly: Trace = (hour) => (200 + (hour % 24 >= 2 && hour % 24 < 6 ? 80 : 0)) * MB
    expect(alarms(step, nightly, { hours: 400 })).toEqual([[2, 5, 'warning']])
  })

  test('a weekly one, even where its last is known by the medians of days only', () => {
    const weekly: Trace = (hour) => (200 + (hour % 168 < 30 ? 80 : 0)) * MB
    expect(alarms(step, weekly, { hours: 1_000 }).filter(([from]) => from > 168 + 24)).toEqual([])
    const everyTenDays: Trace = (hour) => (200 + (hour % 240 < 48 ? 80 : 0)) * MB
    expect(alarms(step, everyTenDays, { hours: 1_000 }).filter(([from]) => from > 240 + 24)).toEqual([])
  })

  test('but one twice as large is', () => {
    const larger: Trace = (hour) => (200 + (hour % 24 >= 2 && hour % 24 < 6 ? (hour > 380 ? 160 : 80) : 0)) * MB
    expect(alarms(step, larger, { from: 30, hours: 400 })).toEqual([[386, 389, 'warning']])
  })
})

describe('after hours without a look', () => {
  const silent =
    (trace: Trace, from: number, to: number): Trace =>
    (hour) =>
      hour >= from && hour < to ? null : trace(hour)

  test('what came meanwhile is told, as of the whole time', () => {
    const trace = silent(jump(200 * MB, 80 * MB, 305), 300, 310)
    expect(alarms(step, trace, { hours: 400 })).toEqual([[310, 333, 'warning']])
    expect(storageFinding(step, factsOf(trace, 311)).summary).toContain(
      'between 2026-11-20 16:00 UTC and 2026-11-21 03:15 UTC',
    )
  })

  test('what grew as it always does has not jumped', () => {
    const fast: Trace = (hour) => 100 * MB + hour * 4 * MB
    expect(alarms(step, silent(fast, 200, 215), { from: 100, hours: 300 })).toEqual([])
  })

  test('of more than a day nobody knows whether it came at once', () =>
    expect(alarms(step, silent(jump(200 * MB, 80 * MB, 305), 300, 330), { hours: 400 })).toEqual([]))
})

test('one that may be critical is, where that is set', () => {
  const finding = storageFinding(step, factsOf(jump(200 * MB, 120 * MB), WEEKS), { critical: 50 })
  expect(finding.severity).toBe('critical')
})

test('with nothing known of before, nothing is said', () => {
  expect(judgeStorageBy(step, facts(measuredOf()))).toBeNull()
  expect(
    judgeStorageBy(
      step,
      factsOf(() => 1 * GB, 1),
    ),
  ).toBeNull()
  expect(judgeStorageBy(step, facts({ kind: 'not-running', at: NOW - HOUR, status: 'paused' }))).toBeNull()
})
