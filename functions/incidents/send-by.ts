/** Sends news of Nightshift itself: by the ways that reach somebody, and when SNS refuses those, by any other. */
import type { Channel } from '../checks/heartbeat/reading.ts'
import { environment, heartbeatEnvironment } from '../env.ts'
import { log } from '../log.ts'
import { errorMessage } from '../redact.ts'
import { gsm7 } from './clean.ts'
import { publish } from './send.ts'
import type { Digest } from './wording.ts'

export const TOPICS: Record<Channel, () => string> = {
  alerts: environment.alertsTopic,
  operations: heartbeatEnvironment.operationsTopic,
  urgent: heartbeatEnvironment.urgentTopic,
}

/**
 * @param channels those that reach somebody
 * @returns SNS's message id of the first that took it
 * @throws when nobody can be reached, or no topic took it
 */
export async function publishBy(channels: Channel[], digest: Digest): Promise<string> {
  if (channels.length === 0) throw new Error('nobody is subscribed to any topic')
  const refusals: string[] = []
  const send = async (channel: Channel): Promise<string | undefined> => {
    try {
      return await publish(channel === 'urgent' ? { ...digest, sms: smsOf(digest) } : digest, TOPICS[channel]())
    } catch (error) {
      refusals.push(`${channel}: ${errorMessage(error)}`)
      return undefined
    }
  }
  const others = (['operations', 'alerts', 'urgent'] as const).filter((channel) => !channels.includes(channel))
  const ids: string[] = []
  for (const channel of channels) ids.push(...[(await send(channel)) ?? []].flat())
  for (const channel of others) if (ids.length === 0) ids.push(...[(await send(channel)) ?? []].flat())
  if (refusals.length > 0) log('not-told-by', { refusals })
  const [first] = ids
  if (first === undefined) throw new Error(refusals.join('; '))
  return first
}

/** That topic's subscribers are phones, unfiltered: they must never get the mail. */
const smsOf = ({ sms, subject }: Digest): string => sms ?? gsm7(subject, 160)
