/**
 * By which topics news of Nightshift itself is told: whoever has to hear it, by one way that is not dead, and nobody twice
 * for nothing.
 */
import type { Channel, Endpoint, TopicReading } from './reading.ts'
import { reachedBy } from './roll-call.ts'

/** At least one; a first choice that is known to reach nobody is an empty list. */
export function channelsFor(topics: TopicReading[]): Channel[] {
  const operations = mailsOf(topics, 'operations')
  const alerts = mailsOf(topics, 'alerts')
  // Not known whether it reaches anybody: better twice than not at all.
  if (operations === undefined) return alerts?.length === 0 ? ['operations'] : ['operations', 'alerts']
  const wanted = topics.find(({ channel }) => channel === 'operations')?.wanted.map(addressOf) ?? []
  const missed = wanted.filter((address) => !operations.includes(address))
  if (missed.length > 0 && alerts?.some((address) => missed.includes(address)))
    return operations.every((address) => alerts.includes(address)) ? ['alerts'] : ['operations', 'alerts']
  if (operations.length > 0) return ['operations']
  if (alerts === undefined || alerts.length > 0) return ['alerts']
  return rings(topics, 'urgent') ? ['urgent'] : rings(topics, 'alerts') ? ['alerts'] : []
}

const addressOf = ({ address }: Endpoint): string => address.toLowerCase()

/** The mailboxes that a topic reaches; undefined: not known. */
const mailsOf = (topics: TopicReading[], wanted: Channel): string[] | undefined => {
  const topic = topics.find(({ channel }) => channel === wanted)
  return (topic && reachedBy(topic))?.filter(({ protocol }) => protocol === 'email').map(addressOf)
}

/** Whether a phone rings by it, or may. */
const rings = (topics: TopicReading[], wanted: Channel): boolean => {
  const topic = topics.find(({ channel }) => channel === wanted)
  if (topic === undefined || topic.wanted.every(({ protocol }) => protocol !== 'sms')) return false
  return reachedBy(topic)?.some(({ protocol }) => protocol === 'sms') ?? true
}
