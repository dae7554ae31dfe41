import { measureSms, type SmsSize } from './aws-sms.ts'
import type { Attribute, Publication } from './aws-sns-publish.ts'

export interface Subscription {
  protocol: 'email' | 'sms'
  /** An address, or a phone number in E.164. */
  endpoint: string
  /** The default topic if not given. */
  topicArn?: string
  /** Lists of allowed values by message attribute; exact matches only. A message without the attribute is filtered out. */
  filterPolicy?: Record<string, string[]>
  /** E-mail waits for a click; nothing is delivered before it. A phone number needs none. */
  confirmed?: boolean
  /** By the link at the foot of a mail: still listed for some days, and gets nothing any more. */
  unsubscribed?: boolean
}

/** What landed in somebody's mailbox or on somebody's phone. */
export interface Delivery extends Partial<SmsSize> {
  protocol: 'email' | 'sms'
  endpoint: string
  /** E-mail only. */
  subject?: string
  text: string
  attributes: Record<string, string>
  messageId: string
  topicArn: string
}

/** What was accepted for a subscriber and never reached it, as happens silently in the real one. */
export interface Undelivered {
  protocol: 'email' | 'sms'
  endpoint: string
  messageId: string
  reason:
    | 'filtered out'
    | 'not confirmed'
    | 'unsubscribed'
    | 'opted out'
    | 'not verified'
    | 'longer than 1,600 characters'
}

export interface Topic {
  /** Put before every SMS, in capitals, as `NAME> `: it counts. */
  displayName: string | undefined
  /** Who may publish, as JSON. */
  policy: string
  subscriptions: (Subscription & { arn: string })[]
}

export function isConfirmed({ protocol, confirmed = true, unsubscribed }: Subscription): boolean {
  return !unsubscribed && (protocol === 'sms' || confirmed)
}

/** What one subscriber gets of a publication, or why it gets nothing. */
export function deliver(
  { topicArn, subject, attributes, textFor }: Publication,
  topic: Topic,
  { protocol, endpoint, filterPolicy = {}, ...subscription }: Subscription,
  messageId: string,
): Delivery | Undelivered['reason'] {
  if (subscription.unsubscribed) return 'unsubscribed'
  if (!isConfirmed({ protocol, endpoint, ...subscription })) return 'not confirmed'
  if (!Object.entries(filterPolicy).every(([name, allowed]) => allows(allowed, attributes[name]))) return 'filtered out'
  const values = Object.fromEntries(Object.entries(attributes).map(([name, { value }]) => [name, value]))
  const delivery = { protocol, endpoint, attributes: values, messageId, topicArn }
  // The real subject of a message without one.
  if (protocol === 'email')
    return { ...delivery, subject: subject ?? 'AWS Notification Message', text: textFor('email') }
  const text = (topic.displayName ? `${topic.displayName.toUpperCase()}> ` : '') + textFor('sms')
  if (text.length > 1_600) return 'longer than 1,600 characters'
  return { ...delivery, text, ...measureSms(text) }
}

function allows(allowed: string[], attribute: Attribute | undefined): boolean {
  if (!attribute || attribute.type.startsWith('Binary')) return false
  if (attribute.type !== 'String.Array') return allowed.includes(attribute.value)
  try {
    const values: unknown = JSON.parse(attribute.value)
    return Array.isArray(values) && values.some((value) => allowed.includes(value))
  } catch {
    return false
  }
}
