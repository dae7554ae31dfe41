/** Who is subscribed, who should be, and who is without having been asked. */
import type { Channel, Endpoint, Listed, TopicReading } from './reading.ts'

export interface Absent extends Endpoint {
  channel: Channel
  why: 'pending' | 'deleted' | 'missing' | 'no-topic'
}

export interface Stranger {
  channel: Channel
  protocol: string
  address: string
}

const isSame = (one: Endpoint, { protocol, address }: Listed): boolean =>
  protocol === one.protocol && address.toLowerCase() === one.address.toLowerCase()

/** Of an address that is listed twice, what is best counts: one confirmed subscription is enough. */
function statusOf(endpoint: Endpoint, listed: Listed[]): Listed['status'] | undefined {
  const found = listed.filter((one) => isSame(endpoint, one)).map(({ status }) => status)
  return (['confirmed', 'pending', 'deleted'] as const).find((status) => found.includes(status))
}

/** The wanted addresses that a message to the topic reaches; undefined: not known. */
export const reachedBy = ({ wanted, listed }: TopicReading): Endpoint[] | undefined =>
  listed && wanted.filter((one) => statusOf(one, listed) === 'confirmed')

export const absentFrom = ({ channel, wanted, listed, gone }: TopicReading): Absent[] =>
  (listed ? wanted : []).flatMap((one): Absent[] => {
    const status = statusOf(one, listed ?? [])
    if (status === 'confirmed') return []
    return [{ ...one, channel, why: gone ? 'no-topic' : (status ?? 'missing') }]
  })

/** Whoever gets what is sent and is not configured. */
export const strangersTo = ({ channel, wanted, listed = [] }: TopicReading): Stranger[] =>
  listed
    .filter((one) => one.status === 'confirmed' && !wanted.some((wants) => isSame(wants, one)))
    .map(({ protocol, address }) => ({ channel, protocol, address }))
