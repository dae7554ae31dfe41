import { describe, expect, test } from 'vitest'
import { shrink } from '../../../../functions/checks/storage/shrink.ts'
import { NOW } from '../../builders.ts'
import {
  alarms,
  facts,
  factsOf,
  judgeStorageBy,
  MB,
  measuredOf,
  measureOf,
  nodesOf,
  seriesOf,
  storageFinding,
  type Trace,
} from './builders.ts'

/** So much, and from an hour on so much. */
const drop =
  (from: number, to: number, at = 300): Trace =>
  (hour) =>
    (hour < at ? from : to) * MB

describe('half of the data gone', () => {
  const finding = storageFinding(shrink, factsOf(drop(300, 120), 302))

  test('is critical at once, told once, and says from when to restore', () => {
    expect(finding).toMatchObject({
      severity: 'critical',
      opens: 'at-once',
      once: true,
      headline: 'storage shrank by 180 MB (60%) around 2026-11-21 02:00 UTC, to 120 MB',
      brief: 'If nobody meant to delete: restore from before 2026-11-21 01:00 UTC',
    })
    expect(finding.summary).toContain('held 300 MB and holds 120 MB now')
  })

  test('may have been meant: TRUNCATE and VACUUM FULL look the same', () =>
    expect(finding.summary).toMatch(/TRUNCATE.*VACUUM FULL/))

  test('on Neon is looked for in a branch of the past, before the history window has passed', () =>
    expect(finding.advice?.join(' ')).toMatch(/as it was at 2026-11-21 01:00 UTC.*history window/))

  test('on Aura is looked for in a snapshot', () => {
    const nodes = factsOf((hour) => (hour < 300 ? 150_000 : 40_000), 302, nodesOf())
    const reading = { ...(nodes.reading as ReturnType<typeof measuredOf>), provider: 'aura' as const, tier: 'free-db' }
    const { advice = [], headline, summary } = storageFinding(shrink, { ...nodes, reading })
    expect(headline).toContain('shrank by 110,000 nodes (73%)')
    expect(summary).toContain('So many nodes were deleted')
    expect(advice.join(' ')).toMatch(/snapshot from before 2026-11-21 01:00 UTC.*no snapshots of a Free instance/)
  })
})

test('room that was made where it was nearly full wakes nobody', () => {
  // Of 512 MB: from 96 % to 39 %.
  expect(storageFinding(shrink, factsOf(drop(490, 200), 302))).toMatchObject({ severity: 'warning', once: true })
  expect(storageFinding(shrink, factsOf(drop(390, 150), 302)).severity).toBe('critical')
})

test('a fifth is a warning, and less is nothing', () => {
  expect(storageFinding(shrink, factsOf(drop(300, 240), 302)).severity).toBe('warning')
  expect(storageFinding(shrink, factsOf(drop(300, 250), 302))).toMatchObject({ severity: 'ok', recovered: false })
  expect(storageFinding(shrink, factsOf(drop(300, 260), 302))).toMatchObject({ severity: 'ok', recovered: true })
})

test('of a small database it may be all there was; but a few megabytes come and go', () => {
  expect(storageFinding(shrink, factsOf(drop(42, 30), 302)).severity).toBe('warning')
  expect(storageFinding(shrink, factsOf(drop(39, 30), 302)).severity).toBe('ok')
})

test('it is told for a day', () =>
  expect(alarms(shrink, drop(300, 120), { hours: 400 })).toEqual([[300, 323, 'critical']]))

test('what has come back is no longer gone', () => {
  const back: Trace = (hour) => (hour >= 300 && hour < 305 ? 120 : 300) * MB
  expect(alarms(shrink, back, { hours: 400 })).toEqual([[300, 304, 'critical']])
})

test('a loss by and by within a day counts as one', () => {
  const slowly: Trace = (hour) => (hour < 300 ? 300 : Math.max(300 - (hour - 299) * 15, 150)) * MB
  const [first] = alarms(shrink, slowly, { hours: 400 })
  expect(first).toEqual([303, 308, 'warning'])
})

describe('the usual', () => {
  test('a sawtooth is told until it is a habit', () => {
    const nightly: Trace = (hour) => (200 + (hour % 24) * 4) * MB
    expect(alarms(shrink, nightly, { hours: 700 })).toEqual([
      [24, 32, 'warning'],
      [48, 56, 'warning'],
    ])
  })

  test('a purge once a week, too', () => {
    const weekly: Trace = (hour) => (200 + (hour % 168) * 0.8) * MB
    expect(alarms(shrink, weekly, { hours: 1_000 }).map(([from]) => from)).toEqual([168, 336])
  })

  test('but twice as much is not', () => {
    const worse: Trace = (hour) => (hour >= 600 ? 60 : 200 + (hour % 24) * 4) * MB
    expect(alarms(shrink, worse, { from: 80, hours: 700 })).toEqual([[600, 623, 'critical']])
  })
})

describe('a load that is undone', () => {
  const undone: Trace = (hour) => (hour < 300 || hour >= 320 ? 100 : 300) * MB

  test('is said to be one, and wakes nobody: what was there before is there', () => {
    expect(alarms(shrink, undone, { hours: 400 })).toEqual([[320, 343, 'warning']])
    const finding = storageFinding(shrink, factsOf(undone, 322))
    expect(finding.opens).toBe('confirmed')
    expect(finding.summary).toContain(
      'About as much had come at once shortly before, around 2026-11-20 06:00 UTC: a load that was undone',
    )
  })

  test('or a table written anew is less loud only as far as nothing else is gone', () => {
    const rewritten: Trace = (hour) => (hour < 300 ? 200 : hour < 303 ? 380 : 80) * MB
    expect(alarms(shrink, rewritten, { hours: 400 })).toEqual([[303, 326, 'critical']])
  })

  test('every night is told only once', () => {
    const nightly: Trace = (hour) => (100 + (hour % 24 >= 2 && hour % 24 < 6 ? 100 : 0)) * MB
    expect(alarms(shrink, nightly, { hours: 400 })).toEqual([[6, 25, 'warning']])
  })
})

describe('where nobody looked', () => {
  test('what is gone afterwards is told, however long it was', () => {
    for (const hours of [10, 50, 400]) {
      const silent: Trace = (hour) => (hour >= 300 && hour < 300 + hours ? null : drop(300, 120)(hour))
      expect(alarms(shrink, silent, { hours: 300 + hours + 50 })).toEqual([[300 + hours, 300 + hours + 23, 'critical']])
    }
  })

  test('what was when is not said more exactly than it is known', () => {
    const silent: Trace = (hour) => (hour >= 300 && hour < 350 ? null : drop(300, 120)(hour))
    expect(storageFinding(shrink, factsOf(silent, 351)).summary).toContain(
      'between 2026-11-19 00:00 UTC and 2026-11-21 03:15 UTC',
    )
  })
})

test('a size that nobody tells is unknown and no loss', () => {
  const history = { size: seriesOf(drop(300, 120), 250) ?? expect.fail() }
  for (const reading of [
    { kind: 'unknown', at: NOW, provider: 'neon', why: 'no size', forGood: false },
    { kind: 'not-running', at: NOW, status: 'paused' },
  ] as const)
    expect(judgeStorageBy(shrink, facts(reading, { history }))).toBeNull()
})

test('nor is one that is not known of before', () => {
  expect(judgeStorageBy(shrink, facts(measuredOf(), { historyFault: 'no answer' }))).toBeNull()
  const anew = seriesOf(() => 10 * MB, 1) ?? expect.fail()
  expect(judgeStorageBy(shrink, facts(measuredOf(), { history: { size: anew } }))).toBeNull()
})

test('of several measures the one that lost most is told', () => {
  const nodes = seriesOf((hour) => (hour < 40 ? 150_000 : 100_000), 41) ?? expect.fail()
  const relationships = seriesOf((hour) => (hour < 40 ? 300_000 : 20_000), 41) ?? expect.fail()
  const reading = measuredOf({
    provider: 'aura',
    measures: [nodesOf({ used: 100_000 }), nodesOf({ series: 'relationships', used: 20_000 }), measureOf()],
  })
  expect(storageFinding(shrink, facts(reading, { history: { nodes, relationships } }))).toMatchObject({
    severity: 'critical',
    headline: expect.stringContaining('280,000 relationships (93%)'),
  })
})
