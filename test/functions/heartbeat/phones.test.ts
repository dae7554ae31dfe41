import { expect, test } from 'vitest'
import { phones } from '../../../functions/checks/heartbeat/phones.ts'
import type { PhonesReading } from '../../../functions/checks/heartbeat/reading.ts'
import { PHONE, phonesOf, readingOf } from './builders.ts'

const judge = (changes: Partial<PhonesReading>, smsADay = 25) =>
  phones.judge(readingOf({ phones: phonesOf(changes), smsADay }))
const OTHER = '+14155550101'

test('phones that get SMS are well, and so is nobody', () => {
  expect(judge({})?.severity).toBe('ok')
  expect(phones.judge(readingOf({ phones: undefined }))?.severity).toBe('ok')
})

test('the only phone that has opted out is critical: nobody is woken', () => {
  const finding = judge({ phones: [{ phone: PHONE, optedOut: true }] })
  expect(finding).toMatchObject({ severity: 'critical', headline: `phone ${PHONE} has opted out of SMS` })
  expect(finding?.summary).toContain('Nobody is woken at night')
  expect(finding?.advice).toEqual([expect.stringContaining('opt in')])
})

test('one of two is a warning', () => {
  const two = [
    { phone: PHONE, optedOut: false },
    { phone: OTHER, optedOut: true },
  ]
  expect(judge({ phones: two })).toMatchObject({ severity: 'warning', headline: `phone ${OTHER} has opted out of SMS` })
})

test('in the sandbox a phone must be verified', () => {
  expect(judge({ sandbox: { verified: [PHONE] } })?.severity).toBe('ok')
  const finding = judge({ sandbox: { verified: [] } })
  expect(finding).toMatchObject({ severity: 'critical', headline: `phone ${PHONE} is not verified` })
  expect(finding?.advice).toEqual([expect.stringContaining('SMS sandbox')])
})

test('several phones that get none are counted', () => {
  const two = [PHONE, OTHER].map((phone) => ({ phone, optedOut: false }))
  expect(judge({ phones: two, sandbox: { verified: [] } })?.headline).toBe('none of the 2 phones gets SMS')
})

test('a month’s limit that a day of reminders would use up is told once, with what it is enough for', () => {
  const finding = judge({ monthlyLimit: 1 })
  expect(finding).toMatchObject({
    severity: 'warning',
    once: true,
    headline: 'phones fall silent after about 10 SMS a month (limit 1 USD)',
  })
  expect(finding?.summary).toContain('a day of one critical incident takes 25')
  expect(judge({ monthlyLimit: 2.5 })?.severity).toBe('ok')
  expect(judge({ monthlyLimit: 1 }, 5)?.severity).toBe('ok')
})

test('what the account does not say of the limit is no trouble; who has opted out must be known to call it well', () => {
  expect(judge({ monthlyLimit: undefined })?.severity).toBe('ok')
  expect(judge({ phones: [{ phone: PHONE, optedOut: undefined }] })).toBeNull()
  expect(judge({ sandbox: undefined })).toBeNull()
})
