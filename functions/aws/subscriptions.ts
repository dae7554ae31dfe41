/** Whom SNS lists as subscribed to a topic. */
import { ListSubscriptionsByTopicCommand, NotFoundException } from '@aws-sdk/client-sns'
import type { Listed } from '../checks/heartbeat/reading.ts'
import { client, timeLimit } from './client.ts'

/** SNS allows 12.5 million; of a topic with more than these somebody else has made it. */
const MOST_PAGES = 20

/**
 * @returns undefined: there is no such topic
 * @throws whatever keeps SNS from answering, or the signal's reason
 */
export async function listSubscriptions(topic: string, signal: AbortSignal): Promise<Listed[] | undefined> {
  const listed: Listed[] = []
  let next: string | undefined
  try {
    for (let page = 0; page < MOST_PAGES; page++) {
      const { Subscriptions = [], NextToken } = await client.send(
        new ListSubscriptionsByTopicCommand({ TopicArn: topic, ...(next && { NextToken: next }) }),
        timeLimit(signal),
      )
      for (const { Protocol = '', Endpoint = '', SubscriptionArn = '' } of Subscriptions)
        listed.push({ protocol: Protocol, address: Endpoint, status: statusOf(SubscriptionArn) })
      next = NextToken
      if (!next) break
    }
  } catch (error) {
    if (error instanceof NotFoundException) return undefined
    throw error
  }
  return listed
}

/** In the place of its ARN stands what it is when it is not confirmed. */
function statusOf(arn: string): Listed['status'] {
  if (arn === 'Deleted') return 'deleted'
  return arn.startsWith('arn:') ? 'confirmed' : 'pending'
}
