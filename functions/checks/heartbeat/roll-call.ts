/** Who is subscribed, who should be, and who is without having been asked. */
import type { Channel, Endpoint, Listed, TopicReading } from './reading.ts'

export interface Absent extends Endpoint {
  channel: Channel
  why: 'pending' | 'deleted' | 'missing' | 'no-topic' | 'filtered' | 'unfiltered'
}

export interface Stranger {
  channel: Channel
  protocol: string
  address: string
}

export const isSame = (one: Endpoint, { protocol, address }: Listed): boolean =>
  protocol === one.protocol && address.toLowerCase() === one.address.toLowerCase()

/** Best first. A filter that was taken off is no reason not to hear, but it sends to a phone what is meant for mailboxes. */
const STATES = ['confirmed', 'unfiltered', 'filtered', 'pending', 'deleted'] as const

/** Of an address that is listed twice, what is best counts: one confirmed subscription is enough. */
function statusOf(endpoint: Endpoint, listed: Listed[]): (typeof STATES)[number] | undefined {
  const found = listed.filter((one) => isSame(endpoint, one)).map((one) => stateOf(endpoint, one))
  return STATES.find((state) => found.includes(state))
}

/** Any other filter than the configured one may drop what is to be heard: which messages it drops is not worked out. */
function stateOf({ severities }: Endpoint, { status, filter }: Listed): (typeof STATES)[number] {
  if (status !== 'confirmed' || filter === undefined || isFilter(filter, severities)) return status
  return filter === '' ? 'unfiltered' : 'filtered'
}

function isFilter(filter: string, severities: string[] | undefined): boolean {
  if (severities === undefined || filter === '') return severities === undefined && filter === ''
  try {
    const { severity, ...others } = Object(JSON.parse(filter))
    const allowed = Array.isArray(severity) ? severity.map((one) => JSON.stringify(one)) : []
    const wanted = severities.map((one) => JSON.stringify(one))
    return Object.keys(others).length === 0 && allowed.sort().join() === wanted.sort().join()
  } catch {
    return false
  }
}

const HEARS: ReturnType<typeof statusOf>[] = ['confirmed', 'unfiltered']

/** The wanted addresses that a message to the topic reaches; undefined: not known. */
export const reachedBy = ({ wanted, listed }: TopicReading): Endpoint[] | undefined =>
  listed && wanted.filter((one) => HEARS.includes(statusOf(one, listed)))

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
