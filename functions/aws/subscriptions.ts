/** Whom SNS lists as subscribed to a topic, and what each of them is sent. */
import {
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  NotFoundException,
} from '@aws-sdk/client-sns'
import type { Guard, Listed } from '../checks/heartbeat/reading.ts'
import { client, timeLimit } from './client.ts'

/** SNS allows 12.5 million; of a topic with more than these somebody else has made it. */
const MOST_PAGES = 20

export interface ListedWithArn extends Listed {
  /** Of a confirmed one. */
  arn?: string
}

/**
 * @returns undefined: there is no such topic
 * @throws whatever keeps SNS from answering, or the signal's reason
 */
export async function listSubscriptions(topic: string, signal: AbortSignal): Promise<ListedWithArn[] | undefined> {
  const listed: ListedWithArn[] = []
  let next: string | undefined
  try {
    for (let page = 0; page < MOST_PAGES; page++) {
      const { Subscriptions, NextToken } = await client.send(
        new ListSubscriptionsByTopicCommand({ TopicArn: topic, ...(next && { NextToken: next }) }),
        timeLimit(signal),
      )
      // An empty list is there, too. What is none may be the page of a proxy, which the SDK takes for an answer.
      if (Subscriptions === undefined) throw new Error('SNS answered without a list of subscriptions')
      for (const { Protocol = '', Endpoint = '', SubscriptionArn = '' } of Subscriptions)
        listed.push({
          protocol: Protocol,
          address: Endpoint,
          status: statusOf(SubscriptionArn),
          ...(SubscriptionArn.startsWith('arn:') && { arn: SubscriptionArn }),
        })
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

/**
 * The filter policy of a subscription, as JSON; empty: it has none. What it drops, SNS drops without a word.
 * @throws whatever keeps SNS from answering, or the signal's reason
 */
export async function filterOf(arn: string, signal: AbortSignal): Promise<string> {
  const command = new GetSubscriptionAttributesCommand({ SubscriptionArn: arn })
  const { FilterPolicy = '', FilterPolicyScope } = attributesIn(await client.send(command, timeLimit(signal)))
  // Of the message's text, not of its attributes: another filter, though it reads the same.
  return FilterPolicyScope === 'MessageBody' ? `of the text: ${FilterPolicy}` : FilterPolicy.replace(/^{}$/, '')
}

/**
 * By what rights a topic is published to.
 * @returns undefined: there is no such topic
 * @throws whatever keeps SNS from answering, or the signal's reason
 */
export async function guardOf(topic: string, signal: AbortSignal): Promise<Guard | undefined> {
  try {
    const command = new GetTopicAttributesCommand({ TopicArn: topic })
    const { Policy = '', KmsMasterKeyId } = attributesIn(await client.send(command, timeLimit(signal)))
    return { policy: Policy, ...(KmsMasterKeyId && { key: KmsMasterKeyId }) }
  } catch (error) {
    if (error instanceof NotFoundException) return undefined
    throw error
  }
}

/** There are always some: without any it is no answer of SNS's. */
function attributesIn({ Attributes }: { Attributes?: Record<string, string> | undefined }): Record<string, string> {
  if (Attributes === undefined) throw new Error('SNS answered without attributes')
  return Attributes
}
