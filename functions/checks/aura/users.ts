/** Connections, summed by who holds them: Bolt knows a user, a program and an address. */
import { formatDuration } from '../../units.ts'
import type { BoltConnection, BoltTransaction } from '../aura-reading.ts'
import type { Table } from '../finding.ts'

/** `shop (neo4j-javascript/6.3.0)`. */
export const clientName = ({ user, agent }: { user: string; agent: string }): string =>
  `${user === '' ? '(no user)' : user}${agent === '' ? '' : ` (${agent})`}`

/** Of this run or of another: what Nightshift calls itself has its version behind it. */
export const isNightshift = ({ agent }: Pick<BoltConnection, 'agent'>): boolean => agent.startsWith('nightshift/')

/** The address without the port, which is another for each connection: `10.0.0.7`, `[2001:db8::1]`. */
export const hostOf = (client: string): string => client.replace(/:\d+$/, '')

export interface Holder {
  name: string
  user: string
  agent: string
  hosts: Set<string>
  connections: number
  /** Of those, how many have a transaction. */
  inTransaction: number
  /** When the oldest was opened. */
  oldestAt: number
}

/** The connections that have a transaction. */
export const atWork = (connections: BoltConnection[], transactions: BoltTransaction[]): BoltConnection[] => {
  const busy = new Set(transactions.map(({ connectionId }) => connectionId))
  return connections.filter(({ id }) => busy.has(id))
}

/** Most connections first. */
export function byHolder(connections: BoltConnection[], transactions: BoltTransaction[]): Holder[] {
  const busy = new Set(atWork(connections, transactions))
  const holders = Map.groupBy(connections, ({ user, agent }) => JSON.stringify([user, agent]))
  return [...holders.values()]
    .map((held) => {
      const [{ user, agent }] = held as [BoltConnection]
      return {
        name: clientName({ user, agent }),
        user,
        agent,
        hosts: new Set(held.map(({ client }) => hostOf(client))),
        connections: held.length,
        inTransaction: held.filter((one) => busy.has(one)).length,
        oldestAt: held.reduce((oldest, { connectedAt }) => Math.min(oldest, connectedAt), Number.POSITIVE_INFINITY),
      }
    })
    .sort((a, b) => b.connections - a.connections || (a.name < b.name ? -1 : 1))
}

/** The small table of an alert. Without `transactions` it is not known who works. */
export function holderTable(
  connections: BoltConnection[],
  transactions: BoltTransaction[] | undefined,
  now: number,
  most = 8,
): Table {
  const holders = byHolder(connections, transactions ?? [])
  const rest = holders.slice(most)
  const columns = [
    'user',
    'program',
    'from',
    'connections',
    ...(transactions ? ['in transaction'] : []),
    'oldest connected for',
  ]
  const others = rest.reduce((sum, one) => sum + one.connections, 0)
  return {
    columns,
    rows: [
      ...holders
        .slice(0, most)
        .map((one) => [
          one.user === '' ? '(no user)' : one.user,
          one.agent,
          sayHosts(one.hosts),
          String(one.connections),
          ...(transactions ? [String(one.inTransaction)] : []),
          Number.isFinite(one.oldestAt) ? formatDuration(now - one.oldestAt) : '',
        ]),
      ...(others > 0 ? [['others', '', '', String(others), ...columns.slice(4).map(() => '')]] : []),
    ],
  }
}

const sayHosts = (hosts: Set<string>): string =>
  hosts.size === 1 ? ([...hosts][0] as string) : `${hosts.size} addresses`
