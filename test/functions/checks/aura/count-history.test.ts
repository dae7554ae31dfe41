import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type CountHistory, growthOf, noteCount } from '../../../../functions/checks/aura/count-history.ts'
import { growth } from '../../../../functions/checks/aura/growth.ts'
import { HOUR, MINUTE, NOW } from '../../builders.ts'
import { connectionsOf, judge, judged, MEMBER, notRunning, seenBolt } from './builders.ts'

const STEP = 5 * MINUTE
/** Looks every five minutes up to now, with what `countAt` says for the hours before now. */
function watched(hours: number, countAt: (hoursAgo: number) => number | undefined): CountHistory {
  let history: CountHistory = []
  for (let ago = hours * HOUR; ago >= 0; ago -= STEP) {
    const count = countAt(ago / HOUR)
    if (count !== undefined) history = noteCount(history, MEMBER, NOW - ago, Math.round(count))
  }
  return history
}
const rate = (history: CountHistory) => growthOf(history, NOW)?.perHour

describe('growth', () => {
  test('of a steady leak is that of its slowest hour', () => {
    // From 100 to 140 within two hours: 20 an hour, of 120 in the last.
    const grown = growthOf(
      watched(2, (ago) => 140 - 20 * ago),
      NOW,
    )
    expect(grown).toMatchObject({ overMs: 2 * HOUR, from: 100, to: 140 })
    expect(grown?.perHour).toBeCloseTo(100 / 6, 0)
  })

  test('is none where connections only come and go', () => {
    expect(rate(watched(2.5, () => 80))).toBe(0)
    expect(rate(watched(2.5, (ago) => 80 + 10 * Math.sin(ago * 40)))).toBeLessThan(5)
  })

  test('is none after one jump, as a deployment makes, whenever it came', () => {
    for (let at = 0; at <= 2; at += 0.125) expect(rate(watched(2, (ago) => (ago < at ? 150 : 100)))).toBeLessThan(5)
  })

  test('that has stopped is over at once, and one that has only begun is not yet sustained', () => {
    expect(rate(watched(2, (ago) => 140 - 20 * Math.max(ago, 1)))).toBeLessThan(5)
    expect(rate(watched(2, (ago) => 140 - 20 * Math.min(ago, 1)))).toBeLessThan(5)
  })

  test('is none that two looks an hour could tell from jumps', () => {
    let history: CountHistory = []
    for (let ago = 120; ago >= 0; ago -= 40) history = noteCount(history, MEMBER, NOW - ago * MINUTE, 400 - ago)
    expect(rate(history)).toBe(0)
  })

  test('of very few connections is not measured by the few', () => {
    expect(rate(watched(2, (ago) => 6 - 2 * ago))).toBeLessThan(10)
  })
})

describe('nothing is said', () => {
  test('of less than two hours', () => {
    expect(rate([])).toBeUndefined()
    expect(rate(watched(1.5, (ago) => 200 - 50 * ago))).toBeUndefined()
  })

  test('across a gap, for nobody knows what happened meanwhile', () => {
    const gap = (ago: number) => (ago > 1 && ago < 1.9 ? undefined : 200 - 50 * ago)
    expect(rate(watched(2.1, gap))).toBeUndefined()
  })

  test('across a restart, after which all come anew', () => {
    expect(rate(watched(2.1, (ago) => (ago > 1 ? 100 : 10 + 90 * (1 - ago))))).toBeUndefined()
  })

  test('long after the last look', () => {
    expect(
      growthOf(
        watched(2, () => 80),
        NOW + HOUR,
      ),
    ).toBeUndefined()
  })
})

test('a look or two that did not come change nothing', () => {
  const whole = rate(watched(2, (ago) => 140 - 20 * ago)) ?? 0
  const gaps = rate(watched(2, (ago) => (Math.abs(ago - 1) < 0.2 ? undefined : 140 - 20 * ago))) ?? 0
  expect(Math.abs(whole - gaps)).toBeLessThan(2)
})

test('members are not compared with each other', () => {
  let history: CountHistory = []
  for (let ago = 150; ago >= 0; ago -= 5)
    history = noteCount(history, `member-${(ago / 5) % 3}`, NOW - ago * MINUTE, 100 * (1 + ((ago / 5) % 3)))
  expect(rate(history)).toBe(0)
})

test('whatever comes, the history stays small and the rate is a number', () => {
  const look = fc.record({
    member: fc.constantFrom('a', 'b', '', '__proto__', 'constructor', 'c', 'd', 'e', 'f', 'g', 'h'),
    after: fc.integer({ min: -HOUR, max: HOUR }),
    count: fc.nat(5000),
  })
  fc.assert(
    fc.property(fc.array(look, { maxLength: 200 }), (looks) => {
      let at = NOW
      let history: CountHistory = []
      for (const { member, after, count } of looks) {
        at += after
        history = JSON.parse(JSON.stringify(noteCount(history, member, at, count)))
      }
      expect(history.length).toBeLessThanOrEqual(8)
      for (const { points } of history) expect(points.length).toBeLessThanOrEqual(60)
      const grown = growthOf(history, at)
      if (grown) expect(Number.isFinite(grown.perHour)).toBe(true)
    }),
  )
})

describe('connections.growth', () => {
  const grown = (perHour: number) => ({
    member: MEMBER,
    perHour,
    overMs: 2 * HOUR,
    from: 100,
    to: 140,
    looks: 25,
  })
  const reading = seenBolt({ connections: connectionsOf(140) })

  test('warns from 10 % an hour, is over below 5, and never critical by default', () => {
    const said = [4.9, 5, 9.9, 10, 400].map((perHour) => judged(growth, { reading, growth: grown(perHour) }))
    expect(said.map(({ severity }) => severity)).toEqual(['ok', 'ok', 'ok', 'warning', 'warning'])
    expect(said.map(({ recovered }) => recovered)).toEqual([true, false, false, false, false])
  })

  test('says from how many to how many, and who has the most', () => {
    const finding = judged(growth, { reading, growth: grown(16.7) })
    expect(finding.headline).toBe('connections grow by 16% an hour, 140 by now')
    expect(finding.summary).toContain('Within 2 h connections grew from 100 to 140')
    expect(finding.summary).toContain('shop (neo4j-javascript/6.3.0) has the most: 140')
  })

  test('says nothing of what is not known, and that nothing grows where nobody is', () => {
    expect(judge(growth, { reading })).toBeNull()
    expect(judge(growth, { reading: notRunning('updating'), growth: grown(99) })).toBeNull()
    expect(judged(growth, { reading: notRunning('paused'), growth: grown(99) }).recovered).toBe(true)
  })
})
