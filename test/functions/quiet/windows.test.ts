import { describe, expect, test } from 'vitest'
import { resolveMaintenance, type WindowConfig } from '../../../functions/config-quiet.ts'
import { occurrence, type Window, windowAt } from '../../../functions/quiet/windows.ts'
import { DAY, MINUTE } from '../builders.ts'

const windowOf = (changes: Partial<WindowConfig>): Window =>
  resolveMaintenance([{ from: '02:00', to: '04:00', timeZone: 'Europe/Berlin', ...changes }])[0] ?? expect.fail('none')

/** `2026-03-29T00:00Z`, to the minute. */
const utc = (at: number) => new Date(at).toISOString().replace(':00.000Z', 'Z')
const on = (day: string, from: string, to: string, timeZone: string): string => {
  const found = occurrence(windowOf({ from, to, timeZone }), Date.parse(`${day}T00:00Z`))
  return `${utc(found.from)} to ${utc(found.until)}`
}

describe('clocks are put forward: no window is shorter than it is written', () => {
  test.for([
    // In Berlin 02:00 becomes 03:00 at 01:00 UTC.
    ['before it', '00:00', '01:30', '2026-03-28T23:00Z to 2026-03-29T00:30Z'],
    ['around it', '01:00', '04:00', '2026-03-29T00:00Z to 2026-03-29T03:00Z'],
    ['begins at it', '02:00', '04:00', '2026-03-29T01:00Z to 2026-03-29T03:00Z'],
    ['begins within what is left out', '02:30', '04:00', '2026-03-29T01:00Z to 2026-03-29T02:30Z'],
    ['ends within what is left out', '01:00', '02:30', '2026-03-29T00:00Z to 2026-03-29T01:30Z'],
    ['wholly within what is left out', '02:15', '02:45', '2026-03-29T01:00Z to 2026-03-29T01:30Z'],
    ['after it', '05:00', '06:00', '2026-03-29T03:00Z to 2026-03-29T04:00Z'],
    ['over midnight to the next day', '23:00', '01:00', '2026-03-29T21:00Z to 2026-03-29T23:00Z'],
  ] as const)('Europe/Berlin, %s', ([, from, to, is]) => expect(on('2026-03-29', from, to, 'Europe/Berlin')).toBe(is))

  test.for([
    // In New York 02:00 becomes 03:00 at 07:00 UTC.
    ['around it', '01:00', '04:00', '2026-03-08T06:00Z to 2026-03-08T09:00Z'],
    ['begins within what is left out', '02:30', '04:00', '2026-03-08T07:00Z to 2026-03-08T08:30Z'],
    ['ends within what is left out', '01:00', '02:30', '2026-03-08T06:00Z to 2026-03-08T07:30Z'],
  ] as const)('America/New_York, %s', ([, from, to, is]) =>
    expect(on('2026-03-08', from, to, 'America/New_York')).toBe(is),
  )

  test('from the evening before it lasts as long as it is written', () =>
    expect(on('2026-03-28', '22:00', '07:00', 'Europe/Berlin')).toBe('2026-03-28T21:00Z to 2026-03-29T06:00Z'))

  test('but quiet hours end by the clock', () => {
    const night = { ...windowOf({ from: '22:00', to: '07:00' }), wholeLength: false }
    expect(utc(occurrence(night, Date.parse('2026-03-28T00:00Z')).until)).toBe('2026-03-29T05:00Z')
  })
})

describe('clocks are put back: whenever they show a time within, the window is open', () => {
  test.for([
    // In Berlin 03:00 becomes 02:00 at 01:00 UTC.
    ['around it', '01:00', '04:00', '2026-10-24T23:00Z to 2026-10-25T03:00Z'],
    ['of the hour that comes twice', '02:00', '03:00', '2026-10-25T00:00Z to 2026-10-25T02:00Z'],
    ['within that hour', '02:15', '02:45', '2026-10-25T00:15Z to 2026-10-25T01:45Z'],
    ['ends within that hour', '01:00', '02:30', '2026-10-24T23:00Z to 2026-10-25T01:30Z'],
    ['begins within that hour', '02:30', '04:00', '2026-10-25T00:30Z to 2026-10-25T03:00Z'],
    ['after it', '05:00', '06:00', '2026-10-25T04:00Z to 2026-10-25T05:00Z'],
  ] as const)('Europe/Berlin, %s', ([, from, to, is]) => expect(on('2026-10-25', from, to, 'Europe/Berlin')).toBe(is))

  test.for([
    // In New York 02:00 becomes 01:00 at 06:00 UTC.
    ['around it', '00:30', '04:00', '2026-11-01T04:30Z to 2026-11-01T09:00Z'],
    ['within the hour that comes twice', '01:15', '01:45', '2026-11-01T05:15Z to 2026-11-01T06:45Z'],
  ] as const)('America/New_York, %s', ([, from, to, is]) =>
    expect(on('2026-11-01', from, to, 'America/New_York')).toBe(is),
  )
})

test('clocks that change by half an hour, and those that never change', () => {
  expect(on('2026-10-04', '02:15', '04:00', 'Australia/Lord_Howe')).toBe('2026-10-03T15:30Z to 2026-10-03T17:15Z')
  expect(on('2026-04-05', '01:00', '03:00', 'Australia/Lord_Howe')).toBe('2026-04-04T14:00Z to 2026-04-04T16:30Z')
  expect(on('2026-03-29', '02:00', '04:00', 'Asia/Kathmandu')).toBe('2026-03-28T20:15Z to 2026-03-28T22:15Z')
  expect(on('2026-03-29', '02:00', '04:00', 'UTC')).toBe('2026-03-29T02:00Z to 2026-03-29T04:00Z')
})

describe('a window is open', () => {
  // 21 November 2026 is a Saturday; Berlin is an hour before UTC.
  const at = (time: string, day = '2026-11-21') => Date.parse(`${day}T${time}:00+01:00`)
  const isOpen = (changes: Partial<WindowConfig>, now: number) => windowAt([windowOf(changes)], now) !== undefined

  test('from its first moment to before its last', () => {
    expect([at('01:59'), at('02:00'), at('03:59'), at('04:00')].map((now) => isOpen({}, now))).toEqual([
      false,
      true,
      true,
      false,
    ])
  })

  test('on its days, and past midnight by the day on which it begins', () => {
    expect(isOpen({ days: ['saturday'] }, at('03:00'))).toBe(true)
    expect(isOpen({ days: ['sunday', 'friday'] }, at('03:00'))).toBe(false)
    const night = { days: ['friday' as const], from: '22:00', to: '07:00' }
    expect(isOpen(night, at('06:59'))).toBe(true)
    expect(isOpen(night, at('23:00'))).toBe(false)
  })

  test('for a whole day, to its end', () => {
    const day = { days: ['saturday' as const], from: '00:00', to: '24:00' }
    expect(isOpen(day, at('00:00'))).toBe(true)
    expect(isOpen(day, at('23:59'))).toBe(true)
    expect(isOpen(day, at('00:00', '2026-11-22'))).toBe(false)
    expect(isOpen({ ...day, from: '18:00' }, at('23:59'))).toBe(true)
  })

  test('until the last of those that follow without a break, in the words of that one', () => {
    const windows = [
      windowOf({ from: '02:00', to: '04:00' }),
      windowOf({ from: '22:00', to: '00:30', timeZone: 'America/New_York' }),
      windowOf({ from: '08:00', to: '09:00' }),
    ]
    expect(windowAt(windows, at('03:00'))).toEqual({ until: at('06:30'), timeZone: 'America/New_York' })
    expect(windowAt(windows, at('08:00'))).toEqual({ until: at('09:00'), timeZone: 'Europe/Berlin' })
    expect(windowAt(windows, at('07:00'))).toBeUndefined()
    expect(windowAt([], at('03:00'))).toBeUndefined()
  })

  test('one that never closes has an end for the words all the same', () => {
    const always = windowAt([windowOf({ from: '00:00', to: '24:00' })], at('03:00'))
    expect(always?.until).toBeGreaterThan(at('03:00') + DAY)
    expect(always?.until).toBeLessThan(at('03:00') + 30 * DAY + MINUTE)
  })
})
