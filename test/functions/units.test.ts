import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { count, formatBytes, formatCount, formatDuration, formatTime, parseDuration } from '../../functions/units.ts'
import { DAY, HOUR, MINUTE, NOW } from './builders.ts'

describe('a duration as people write it', () => {
  test.for([
    ['1s', 1_000],
    ['90s', 90_000],
    ['10m', 10 * MINUTE],
    ['2h', 2 * HOUR],
    ['7d', 7 * DAY],
    ['1.5h', 90 * MINUTE],
    ['10 m', 10 * MINUTE],
    ['0s', 0],
  ] as const)('%s is %i milliseconds', ([text, ms]) => expect(parseDuration(text)).toBe(ms))

  test.for(['', '10', 'm', '10min', '-5m', '5M', '1h30m', '1e3s', ' 5m', '5m ', '.5h', '5,5h', 'ten m', '5ms'])(
    '"%s" is none',
    (text) => expect(parseDuration(text)).toBeUndefined(),
  )
})

describe('a duration as people read it', () => {
  test.for([
    [0, '0 s'],
    [-5 * MINUTE, '0 s'],
    [499, '0 s'],
    [45_000, '45 s'],
    [59_499, '59 s'],
    [59_500, '1 min'],
    [MINUTE, '1 min'],
    [90_000, '1 min 30 s'],
    [9 * MINUTE + 59_000, '9 min 59 s'],
    [10 * MINUTE + 59_000, '10 min'],
    [59 * MINUTE + 59_000, '59 min'],
    [HOUR, '1 h'],
    [HOUR + MINUTE, '1 h 1 min'],
    [23 * HOUR + 59 * MINUTE, '23 h 59 min'],
    [DAY, '1 d'],
    [DAY + 59 * MINUTE, '1 d'],
    [2 * DAY + 3 * HOUR, '2 d 3 h'],
    [400 * DAY, '400 d'],
  ] as const)('%i ms is %s', ([ms, text]) => expect(formatDuration(ms)).toBe(text))

  test('says again what was written, for whole units', () => {
    const written = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.constantFrom('s', 'm', 'h', 'd'))
    fc.assert(
      fc.property(written, ([n, unit]) => {
        const said = formatDuration(parseDuration(`${n}${unit}`) as number)
        expect(said).toBe(`${n} ${unit === 'm' ? 'min' : unit}`)
      }),
    )
  })
})

test('a moment is said in UTC, to the minute or to the second', () => {
  expect(formatTime(NOW + 9_000)).toBe('2026-11-21 03:15 UTC')
  expect(formatTime(NOW + 9_000, true)).toBe('2026-11-21 03:15:09 UTC')
})

test('one is one, and everything else is many', () => {
  expect([0, 1, 2].map((n) => count(n, 'session'))).toEqual(['0 sessions', '1 session', '2 sessions'])
  expect(count(2, 'session is', 'sessions are')).toBe('2 sessions are')
})

describe('bytes as people read them', () => {
  test.for([
    [0, '0 B'],
    [1023, '1023 B'],
    [1023.6, '1 KB'],
    [1024, '1 KB'],
    [1500, '1.5 KB'],
    [310 * 1024 ** 2 + 1, '310 MB'],
    [1.44 * 1024 ** 3, '1.4 GB'],
    [14.62 * 1024 ** 3, '14.6 GB'],
    [99.96 * 1024 ** 3, '100 GB'],
    [1023.9 * 1024 ** 2, '1 GB'],
    [16 * 1024 ** 4, '16 TB'],
    [2 * 1024 ** 5, '2048 TB'],
    [-30 * 1024 ** 2, '-30 MB'],
    [-0.2, '0 B'],
  ] as const)('%d is %s', ([bytes, text]) => expect(formatBytes(bytes)).toBe(text))

  test("Neon's smallest limit is what Neon's own error calls it", () => expect(formatBytes(536_870_912)).toBe('512 MB'))

  test('are never off by more than a twentieth of the unit, nor longer than a few characters', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (bytes) => {
        const [number = '', unit = ''] = formatBytes(bytes).split(' ')
        const size = 1024 ** ['B', 'KB', 'MB', 'GB', 'TB'].indexOf(unit)
        expect(Math.abs(Number(number) * size - bytes)).toBeLessThanOrEqual(size / (Number(number) < 100 ? 19 : 1.9))
        if (bytes < 1024 ** 5) expect(number.length).toBeLessThanOrEqual(4)
      }),
    )
  })
})

test('counts have their thousands marked', () => {
  expect([0, 999, 184_231, 1_234_567.6, -0.2].map(formatCount)).toEqual(['0', '999', '184,231', '1,234,568', '0'])
})
