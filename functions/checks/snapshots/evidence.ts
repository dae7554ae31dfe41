/** What the snapshot rules show and advise alike. */
import { formatTime } from '../../units.ts'
import type { Table } from '../finding.ts'
import type { Attempts } from './attempts.ts'
import type { ListedReading, Snapshot } from './reading.ts'

const MOST = 5

/** The newest of all attempts, good and bad. */
export function newestAttempts({ provider }: ListedReading, attempts: Attempts): Table {
  const all = [...attempts.completed, ...attempts.failed, ...attempts.pending, ...attempts.other]
  const newest = all.sort((one, other) => other.at - one.at).slice(0, MOST)
  return {
    // Neon tells no status: what it lists is completed.
    columns: provider === 'neon' ? ['holds the data of', 'kind', 'name'] : ['time', 'status', 'kind', 'id'],
    rows: newest.map((one) => [
      formatTime(one.at),
      ...(provider === 'neon' ? [] : [one.said ?? one.status]),
      kindOf(one),
      one.name ?? one.id,
    ]),
  }
}

export const kindOf = ({ scheduled, full }: Snapshot): string =>
  [
    ...(scheduled === null ? [] : [scheduled ? 'scheduled' : 'by hand']),
    ...(full === null ? [] : [full ? 'full' : 'only what changed']),
  ].join(', ')

type Whose = ListedReading['provider']

/** Nothing can be made of an instance that does not run. */
export const takeOneLater = 'Make one by hand once the instance runs again: Aura console, Snapshots, Take snapshot.'

export const takeOne = (provider: Whose): string =>
  provider === 'neon'
    ? 'Make one now by hand: Neon console, Backup & restore, Create snapshot.'
    : 'Make one now by hand: Aura console, the instance, Snapshots, Take snapshot.'

export const askProvider = (provider: Whose): string =>
  provider === 'neon'
    ? "If the schedule is there and none come: look at Neon's status page, and open a ticket with Neon."
    : "If none come by themselves: look at Aura's status page (status.neo4j.io), and open a ticket with Neo4j."
