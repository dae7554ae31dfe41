/** Does a phone ring when it should? SNS takes an SMS that it will not deliver without a word. */
import { count } from '../../units.ts'
import type { PhonesReading } from './reading.ts'
import { broken, type HeartbeatRule, well } from './rule.ts'

const name = 'heartbeat.phones'

/** USD for one SMS, rather too much than too little: prices go by country and change. */
const DEAR_SMS = 0.1

export const phones: HeartbeatRule = {
  name,
  judge({ phones: reading, smsADay }) {
    if (reading === undefined) return well(name, 'no phone is configured')
    const silent = reading.phones.flatMap(({ phone, optedOut }) => {
      const why = optedOut ? 'has opted out of SMS' : isUnverified(phone, reading) ? 'is not verified' : undefined
      return why === undefined ? [] : [{ phone, why }]
    })
    if (silent.length > 0) return saySilent(silent, reading)
    const short = limitTooLow(reading, smsADay)
    if (short) return short
    const known = reading.sandbox !== undefined && reading.phones.every(({ optedOut }) => optedOut !== undefined)
    return known ? well(name, 'every phone gets SMS') : null
  },
}

/** In the sandbox only verified numbers get anything. */
const isUnverified = (phone: string, { sandbox }: PhonesReading): boolean =>
  typeof sandbox === 'object' && !sandbox.verified.includes(phone)

function saySilent(silent: { phone: string; why: string }[], { phones: all, sandbox }: PhonesReading) {
  const none = silent.length === all.length
  const [first] = silent
  const optedOut = silent.some(({ why }) => why.includes('opted out'))
  return broken(name, none ? 'critical' : 'warning', {
    headline:
      none && silent.length > 1
        ? `none of the ${count(all.length, 'phone')} gets SMS`
        : `phone ${first?.phone} ${first?.why}${silent.length > 1 ? `, and ${silent.length - 1} more get none` : ''}`,
    summary: `${count(silent.length, 'phone gets', 'phones get')} no SMS from this AWS account, although SNS takes each one.${none ? ' Nobody is woken at night: critical news comes by e-mail alone.' : ''}`,
    evidence: { columns: ['phone', 'why'], rows: silent.map(({ phone, why }) => [phone, why]) },
    advice: [
      ...(optedOut
        ? [
            'Opted out (somebody has answered STOP): SNS console, Text messaging (SMS), opted-out numbers, opt in. AWS allows that once in 30 days.',
          ]
        : []),
      ...(sandbox
        ? [
            'Not verified: this account is in the SMS sandbox. SNS console, Text messaging (SMS), add and verify the number, or ask there to leave the sandbox.',
          ]
        : []),
    ],
  })
}

function limitTooLow({ monthlyLimit, phones: all }: PhonesReading, smsADay: number) {
  if (monthlyLimit === undefined) return undefined
  const aDay = all.length * smsADay
  if (monthlyLimit >= aDay * DEAR_SMS) return undefined
  const messages = Math.floor(monthlyLimit / DEAR_SMS)
  return broken(name, 'warning', {
    once: true,
    headline: `phones fall silent after about ${messages} SMS a month (limit ${monthlyLimit} USD)`,
    summary: `This AWS account spends at most ${monthlyLimit} USD a month on SMS, and then sends none until the month is over, whatever happens. At up to ${DEAR_SMS.toFixed(2)} USD each that is about ${messages}; a day of one critical incident takes ${aDay}. This is told once.`,
    advice: [
      'SNS console, Text messaging (SMS), account spend limit. Beyond 1 USD AWS wants to be asked: Service Quotas or a support case.',
      'Or let reminders come less often: tell.remind.critical.',
    ],
  })
}
