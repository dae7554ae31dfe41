import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ascii, gsm7, oneLine } from '../../../functions/incidents/clean.ts'
import { measureSms } from '../../world/aws-sms.ts'

/** Every kind of character that has ever done harm, and every other kind. */
const nasty = fc.string({
  unit: fc.oneof(
    fc.constantFrom(
      '\n',
      '\r',
      '\t',
      '\0',
      '\u2028',
      '\u2029',
      '\u202e',
      '\u2066',
      '\u200b',
      '\ufeff',
      '\u0007',
      '🔥',
      '[',
      '~',
      '`',
      ' ',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 300,
})
const most = fc.integer({ min: 10, max: 200 })

test('one line is one line, without control or direction characters, and no longer than asked', () => {
  fc.assert(
    fc.property(nasty, most, (text, n) => {
      const line = oneLine(text, n)
      expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      expect([...line].length).toBeLessThanOrEqual(n)
      expect(line).toBe(line.trim())
    }),
  )
})

test('ASCII is printable ASCII', () => {
  fc.assert(
    fc.property(nasty, most, (text, n) => {
      const line = ascii(text, n)
      expect(line).toMatch(/^[\x20-\x7e]*$/)
      expect(line.length).toBeLessThanOrEqual(n)
    }),
  )
})

test('what is made for an SMS is one SMS', () => {
  fc.assert(
    fc.property(nasty, (text) => {
      expect(measureSms(gsm7(text, 160))).toEqual({ encoding: 'GSM-7', parts: 1 })
    }),
  )
  expect(gsm7('[a] {b} x^y~z|`\\ "\'$@_', 160)).toBe('(a) (b) x?y?z??? "\'$@_')
})

describe('ordinary text', () => {
  test('stays as it is', () => {
    for (const clean of [oneLine, ascii, gsm7])
      expect(clean('97 of 97 (100%), sync-job', 99)).toBe('97 of 97 (100%), sync-job')
    expect(oneLine('größer als 😀', 99)).toBe('größer als 😀')
  })

  test('is cut with dots, and never within a character', () => {
    expect(oneLine('abcdefghij', 10)).toBe('abcdefghij')
    expect(oneLine('abcdefghijk', 10)).toBe('abcdefg...')
    expect(oneLine('😀'.repeat(11), 10)).toBe(`${'😀'.repeat(7)}...`)
  })

  test('has a mark for each character that cannot be said, emoji too', () => {
    expect(ascii('größe 😀', 99)).toBe('gr??e ?')
  })
})
