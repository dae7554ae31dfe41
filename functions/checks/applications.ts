/** Session groups, summed by what a person would call the application. */

import { formatDuration } from '../units.ts'
import type { Table } from './finding.ts'
import type { SeenReading, SessionGroup } from './reading.ts'

export interface Application {
  name: string
  sessions: number
  active: number
  /** Running a statement, or in the midst of a transaction. */
  atWork: number
  idle: number
  inTransaction: number
  /** How long the longest idle one has been idle; 0 without one. */
  oldestIdleMs: number
  /** Of one without a name that comes from several addresses: the lowest and the highest. Behind Neon's proxy, the proxy's. */
  clients?: string[]
}

/** Nobody named it, so it goes by its role and database. */
export const applicationName = (one: { application: string; role: string; database: string }): string =>
  one.application === '' ? `(no name) ${one.role}@${one.database}` : one.application

/** As Kubernetes writes what it makes up for a pod's name: no vowels, so that no word comes of it. */
const MADE_UP = '[bcdfghjklmnpqrstvwxz2456789]'
/** Not in the midst of a word, nor beside what has been taken out of one. */
const [FROM_HERE, TO_HERE] = ['(?<![0-9a-z#])', '(?![0-9a-z#])']
const CHANGING = new RegExp(
  [
    `${FROM_HERE}[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}${TO_HERE}`,
    // The hash of a ReplicaSet, or the number of a CronJob's run, and the pod itself.
    `(?<=-)(${MADE_UP}{6,10}|[0-9]{6,10})-${MADE_UP}{5}${TO_HERE}`,
    `${FROM_HERE}[0-9a-f]{7,}${TO_HERE}`,
    '[0-9]+',
  ].join('|'),
  'gi',
)

/**
 * The name without what changes in it from one process or deployment to the next: `worker-12` is of the family `worker-#`,
 * `shop-7d9f8b6c5-x2x4z` of `shop-#`. Numbers, the pod in Kubernetes, UUIDs and hexadecimal of seven digits or more. What
 * is learned of an application is learned of its family; people are told the name as it is. The family of a family is itself.
 */
export const familyOf = (name: string): string => name.replace(CHANGING, '#')

function groupName(group: SessionGroup): string {
  if (group.protection === 'neon') return "Neon's own"
  if (group.protection === 'neon-http-pool') return "Neon's HTTP pool"
  if (group.protection === 'own-role' && group.application === '') return 'Nightshift'
  return applicationName(group)
}

/** Most sessions first. */
export function byApplication(groups: SessionGroup[]): Application[] {
  const applications = [...Map.groupBy(groups, groupName)].map(([name, alike]): Application => {
    const sum = (of: (group: SessionGroup) => number) => alike.reduce((total, group) => total + of(group), 0)
    const sessionsIn = (state: string) => sum((group) => (group.state.startsWith(state) ? group.sessions : 0))
    const inTransaction = sessionsIn('idle in transaction')
    const clients = [...new Set(alike.flatMap((group) => group.clients))]
    return {
      name,
      sessions: sum(({ sessions }) => sessions),
      active: sessionsIn('active'),
      atWork: sum(({ atWork }) => atWork),
      idle: sessionsIn('idle') - inTransaction,
      inTransaction,
      oldestIdleMs: Math.max(0, ...alike.map(({ state, oldestMs }) => (state === 'idle' ? oldestMs : 0))),
      ...(clients.length > 1 && { clients }),
    }
  })
  return applications.sort((a, b) => b.sessions - a.sessions || (a.name < b.name ? -1 : 1))
}

/** Where the sessions of an application without a name come from tells more than its role does, if it is not one place. */
const nameWithClients = ({ name, clients }: Application): string =>
  clients ? `${name} from ${clients.join(', ')}` : name

/** The small table of an alert. Who is blind sees how many there are, and nothing of what they do. */
export function applicationTable(
  { groups, otherSessions, sighted }: Pick<SeenReading, 'groups' | 'otherSessions' | 'sighted'>,
  most = 8,
): Table {
  const applications = byApplication(groups)
  const rest = applications.slice(most)
  const others = rest.reduce((sum, one) => sum + one.sessions, otherSessions)
  const columns = ['application', 'sessions', ...(sighted ? ['active', 'idle', 'in transaction', 'longest idle'] : [])]
  const doing = (one: Application) => [
    String(one.active),
    String(one.idle),
    String(one.inTransaction),
    one.idle > 0 ? formatDuration(one.oldestIdleMs) : '',
  ]
  return {
    columns,
    rows: [
      ...applications
        .slice(0, most)
        .map((one) => [nameWithClients(one), String(one.sessions), ...(sighted ? doing(one) : [])]),
      ...(others > 0 ? [['others', String(others), ...columns.slice(2).map(() => '')]] : []),
    ],
  }
}
