/** What the account says of SMS: who has opted out, who is verified, how much may be spent. Each is asked by itself. */
import {
  CheckIfPhoneNumberIsOptedOutCommand,
  GetSMSAttributesCommand,
  GetSMSSandboxAccountStatusCommand,
  ListSMSSandboxPhoneNumbersCommand,
} from '@aws-sdk/client-sns'
import pMap from 'p-map'
import type { HeartbeatReading, PhonesReading } from '../checks/heartbeat/reading.ts'
import { errorMessage } from '../redact.ts'
import { client, isRefused, timeLimit } from './client.ts'

/** SNS counts how many are asked for at a time. */
const CONCURRENCY = 5

interface Asked {
  phones: PhonesReading
  notAsked: HeartbeatReading['notAsked']
}

/** Never throws: what could not be asked is in `notAsked`. */
export async function askPhones(phones: string[], signal: AbortSignal): Promise<Asked> {
  const notAsked: HeartbeatReading['notAsked'] = []
  const orNotAsked = async <Answer>(what: string, ask: () => Promise<Answer>): Promise<Answer | undefined> => {
    try {
      return await ask()
    } catch (error) {
      notAsked.push({ what, why: errorMessage(error), refused: isRefused(error) })
      return undefined
    }
  }
  const [optedOut, sandbox, limit] = await Promise.all([
    pMap(
      phones,
      async (phone) => ({
        phone,
        optedOut: await orNotAsked(`whether ${phone} has opted out of SMS`, () => isOptedOut(phone, signal)),
      }),
      { concurrency: CONCURRENCY },
    ),
    orNotAsked('whether phones must be verified', () => sandboxOf(signal)),
    orNotAsked('how much may be spent on SMS', () => monthlyLimit(signal)),
  ])
  return { phones: { phones: optedOut, sandbox, monthlyLimit: limit }, notAsked }
}

async function isOptedOut(phoneNumber: string, signal: AbortSignal): Promise<boolean | undefined> {
  const command = new CheckIfPhoneNumberIsOptedOutCommand({ phoneNumber })
  return (await client.send(command, timeLimit(signal))).isOptedOut
}

async function sandboxOf(signal: AbortSignal): Promise<PhonesReading['sandbox']> {
  const { IsInSandbox } = await client.send(new GetSMSSandboxAccountStatusCommand({}), timeLimit(signal))
  if (!IsInSandbox) return IsInSandbox
  // At most ten numbers, which fit on one page.
  const { PhoneNumbers = [] } = await client.send(new ListSMSSandboxPhoneNumbersCommand({}), timeLimit(signal))
  const verified = PhoneNumbers.filter(({ Status }) => Status === 'Verified')
  return { verified: verified.map(({ PhoneNumber = '' }) => PhoneNumber) }
}

async function monthlyLimit(signal: AbortSignal): Promise<number | undefined> {
  const command = new GetSMSAttributesCommand({ attributes: ['MonthlySpendLimit'] })
  const { attributes } = await client.send(command, timeLimit(signal))
  const limit = Number(attributes?.MonthlySpendLimit ?? Number.NaN)
  return Number.isFinite(limit) ? limit : undefined
}
