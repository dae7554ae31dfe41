/** A look at a Nightshift that is well: each test says what is not. */
import type {
  Channel,
  CheckReading,
  HeartbeatReading,
  Listed,
  PhonesReading,
  Standing,
  TopicReading,
} from '../../../functions/checks/heartbeat/reading.ts'
import { DAY, MINUTE, NOW } from '../builders.ts'

export const ANNA = 'anna@example.com'
export const BERT = 'bert@example.com'
export const PHONE = '+14155550100'

const protocolOf = (address: string) => (address.startsWith('+') ? 'sms' : 'email')

/** @param listed how SNS lists each address; by default those that are wanted, confirmed; undefined: it did not answer */
export function topicOf(
  channel: Channel,
  wanted: string[],
  listed: Record<string, Listed['status']> | undefined = Object.fromEntries(wanted.map((one) => [one, 'confirmed'])),
): TopicReading {
  return {
    channel,
    wanted: wanted.map((address) => ({ protocol: protocolOf(address), address })),
    listed: Object.entries(listed).map(([address, status]) => ({ protocol: protocolOf(address), address, status })),
  }
}

export const unlisted = (topic: TopicReading): TopicReading => ({ ...topic, listed: undefined })

export const allTopics = (...changes: TopicReading[]): TopicReading[] =>
  [topicOf('alerts', [ANNA, BERT, PHONE]), topicOf('operations', [ANNA, BERT]), topicOf('urgent', [PHONE])].map(
    (topic) => changes.find(({ channel }) => channel === topic.channel) ?? topic,
  )

export const phonesOf = (changes: Partial<PhonesReading> = {}): PhonesReading => ({
  phones: [{ phone: PHONE, optedOut: false }],
  sandbox: false,
  monthlyLimit: 50,
  ...changes,
})

export const checkOf = (changes: Partial<CheckReading> = {}): CheckReading => ({
  check: 'connections',
  everyMs: 5 * MINUTE,
  urgent: true,
  succeededAt: NOW - MINUTE,
  awaitedSince: NOW,
  ...changes,
})

export const standingOf = (changes: Partial<Standing> = {}): Standing => ({
  target: 'orders',
  check: 'connections',
  rule: 'connections.reachable',
  severity: 'critical',
  headline: 'not looked at: role or password refused',
  since: NOW - 2 * DAY,
  unseen: true,
  told: true,
  ...changes,
})

export const readingOf = (changes: Partial<HeartbeatReading> = {}): HeartbeatReading => ({
  at: NOW,
  topics: allTopics(),
  phones: phonesOf(),
  smsADay: 25,
  checks: [checkOf()],
  standing: [],
  notAsked: [],
  ...changes,
})
