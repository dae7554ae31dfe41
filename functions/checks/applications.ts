/** Session groups, summed by what a person would call the application. */

import { formatDuration } from '../units.ts'
import type { Table } from './finding.ts'
import type { SeenReading, SessionGroup } from './reading.ts'

export interface Application {
  name: string
  sessions: number
  active: number
  idle: number
  inTransaction: number
  /** How long the longest idle one has been idle; 0 without one. */
  oldestIdleMs: number
}

/** Nobody named it, so it goes by its role and database. */
export const applicationName = (one: { application: string; role: string; database: string }): string =>
  one.application === '' ? `(no name) ${one.role}@${one.database}` : one.application

function groupName(group: SessionGroup): string {
  if (group.protection === 'neon') return "Neon's own"
  if (group.protection === 'neon-http-pool') return "Neon's HTTP pool"
  if (group.protection === 'own-role' && group.application === '') return 'Nightshift'
  return applicationName(group)
}

/** Most sessions first. */
export function byApplication(groups: SessionGroup[]): Application[] {
  const applications = new Map<string, Application>()
  for (const group of groups) {
    const name = groupName(group)
    const one = applications.get(name) ?? { name, sessions: 0, active: 0, idle: 0, inTransaction: 0, oldestIdleMs: 0 }
    one.sessions += group.sessions
    if (group.state === 'active') one.active += group.sessions
    if (group.state === 'idle') {
      one.idle += group.sessions
      one.oldestIdleMs = Math.max(one.oldestIdleMs, group.oldestMs)
    }
    if (group.state.startsWith('idle in transaction')) one.inTransaction += group.sessions
    applications.set(name, one)
  }
  return [...applications.values()].sort((a, b) => b.sessions - a.sessions || (a.name < b.name ? -1 : 1))
}

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
      ...applications.slice(0, most).map((one) => [one.name, String(one.sessions), ...(sighted ? doing(one) : [])]),
      ...(others > 0 ? [['others', String(others), ...columns.slice(2).map(() => '')]] : []),
    ],
  }
}
