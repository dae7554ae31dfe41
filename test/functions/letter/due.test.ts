import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Weekday } from '../../../functions/config.ts'
import {
  afterLetter,
  type Counted,
  claimLetter,
  isBegun,
  isDue,
  type LetterState,
  lastDue,
  releaseLetter,
} from '../../../functions/letter/due.ts'
import { DAY, HOUR, MINUTE } from '../builders.ts'

/** A Monday. */
const MONDAY = Date.UTC(2026, 10, 16)
const COUNTED = { at: MONDAY, runs: {}, told: {} }

describe('the moment for which a letter is due', () => {
  const due = (now: number) => lastDue({ day: 'monday', hour: 8 }, now)

  test('is the last Monday at eight', () => {
    expect(due(MONDAY + 8 * HOUR)).toBe(MONDAY + 8 * HOUR)
    expect(due(MONDAY + 8 * HOUR - 1)).toBe(MONDAY - 7 * DAY + 8 * HOUR)
    expect(due(MONDAY + 6 * DAY + 23 * HOUR)).toBe(MONDAY + 8 * HOUR)
  })

  test('is never in the future, less than a week ago, and on that day at that hour, whenever it is asked', () => {
    const days: Weekday[] = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday']
    fc.assert(
      fc.property(
        fc.constantFrom(...days),
        fc.integer({ min: 0, max: 23 }),
        fc.integer({ min: Date.UTC(2026, 0), max: Date.UTC(2036, 0) }),
        (day, hour, now) => {
          const at = lastDue({ day, hour }, now)
          expect(at).toBeLessThanOrEqual(now)
          expect(now - at).toBeLessThan(7 * DAY)
          expect([new Date(at).getUTCDay(), new Date(at).getUTCHours(), at % HOUR]).toEqual([
            days.indexOf(day),
            hour,
            0,
          ])
        },
      ),
    )
  })
})

test('before the first look nothing has begun, and afterwards only what is later is due', () => {
  expect(isBegun({})).toBe(false)
  const state = afterLetter(MONDAY, COUNTED)
  expect(isBegun(state)).toBe(true)
  expect(isDue(state, MONDAY)).toBe(false)
  expect(isDue(state, MONDAY + 7 * DAY)).toBe(true)
})

describe('what could not be read', () => {
  const before: Counted = {
    at: MONDAY,
    runs: { connections: 2_000, storage: 40 },
    told: { 'orders connections.saturation': [5, 5], 'graph storage.level': [1, 0], 'shop storage.level': [2, 2] },
  }
  const unread = { targets: ['orders'], checks: ['storage'] }
  const counted: Counted = {
    at: MONDAY + 7 * DAY,
    runs: { connections: 4_000 },
    told: { 'orders storage.level': [1, 1], 'graph storage.level': [3, 3] },
    unread,
  }

  test('is counted by the next letter from where it was last read, what was read from now, and what is gone not at all', () => {
    expect(afterLetter(MONDAY, counted, before).counted).toEqual({
      at: MONDAY + 7 * DAY,
      runs: { connections: 4_000, storage: 40 },
      told: {
        'orders connections.saturation': [5, 5],
        'orders storage.level': [1, 1],
        'graph storage.level': [3, 3],
      },
      unread,
    })
  })

  test('is kept for as many letters as cannot read it', () => {
    const once = afterLetter(MONDAY, counted, before).counted
    const twice = afterLetter(MONDAY, { at: MONDAY + 14 * DAY, runs: {}, told: {}, unread }, once).counted
    expect(twice?.told['orders connections.saturation']).toEqual([5, 5])
    expect(twice?.runs).toEqual({ storage: 40 })
  })
})

describe('of runs that overlap', () => {
  const due = MONDAY + 7 * DAY
  const state: LetterState = afterLetter(MONDAY, COUNTED)
  const claim = (from: LetterState, run: string, now: number) => claimLetter(from, due, run, now, MINUTE)

  test('one sends the letter, and another once the claim of the first has run out', () => {
    const claimed = claim(state, 'one', due) ?? expect.fail('not claimed')
    expect(claim(claimed, 'two', due + 1)).toBeUndefined()
    expect(claim(claimed, 'two', due + MINUTE)?.claim?.run).toBe('two')
  })

  test('nobody sends one that is sent', () => {
    expect(claim(afterLetter(due, COUNTED), 'two', due + DAY)).toBeUndefined()
  })

  test('a claim is given back by who holds it, and by nobody else', () => {
    const claimed = claim(state, 'one', due) ?? expect.fail('not claimed')
    expect(releaseLetter(claimed, 'two')).toEqual(claimed)
    expect(releaseLetter(claimed, 'one')).toEqual(state)
  })
})
