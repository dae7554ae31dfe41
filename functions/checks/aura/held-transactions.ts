/**
 * Which transactions are abandoned? A long one that runs short queries is met between two of them time and again, so its
 * age proves nothing: it must have been seen in look after look without a query, and without having done anything since.
 */
import type { AuraReading, BoltConnection, BoltTransaction } from '../aura-reading.ts'
import { rowsOf } from './facts.ts'
import { matchesAny } from './pattern.ts'
import type { BoltPolicy } from './stale-connections.ts'

/** A transaction as one look after the other found it: without a query, and with the same work done. */
export interface Held {
  id: string
  startedAt: number
  work: string
  since: number
}

const MOST = 200

/** What is held open, with this look in it; whoever ran a query or did anything since is forgotten, and starts anew. */
export function observeHeld(before: Held[], reading: AuraReading): Held[] {
  const transactions = rowsOf(reading, 'transactions')
  // A look that did not come breaks nothing.
  if (transactions === undefined) return before
  return transactions
    .filter(isHeld)
    .map(({ id, startedAt, work = '' }) => {
      const known = before.find((one) => one.id === id && one.startedAt === startedAt && one.work === work)
      return { id, startedAt, work, since: known?.since ?? reading.at }
    })
    .sort((a, b) => a.since - b.since)
    .slice(0, MOST)
}

const isHeld = ({ query, status }: BoltTransaction): boolean =>
  query === '' && (status === 'running' || status === 'other')

export interface AbandonedTransaction extends BoltTransaction {
  agent: string
  /** For at least so long it has done nothing. */
  idleMs: number
}

/** The abandoned transactions that the policy selects and nothing protects, longest idle first, at most the cap. */
export function findAbandoned(
  held: Held[],
  reading: AuraReading,
  { idleMs, only, protect, atMost }: BoltPolicy,
  ours: string,
): AbandonedTransaction[] {
  const connections = new Map((rowsOf(reading, 'connections') ?? []).map((one) => [one.id, one]))
  const selects = only.users.length + only.agents.length > 0
  return (rowsOf(reading, 'transactions') ?? [])
    .flatMap((one): AbandonedTransaction[] => {
      const known = held.find(({ id, startedAt }) => id === one.id && startedAt === one.startedAt)
      const connection: BoltConnection | undefined = connections.get(one.connectionId)
      // Without its connection nobody knows what program it is.
      if (!isHeld(one) || !known || !connection || one.user === ours || !selects) return []
      const { agent } = connection
      if (matchesAny(protect.users, one.user) || matchesAny(protect.agents, agent)) return []
      if (only.users.length > 0 && !matchesAny(only.users, one.user)) return []
      if (only.agents.length > 0 && !matchesAny(only.agents, agent)) return []
      const idle = reading.at - known.since
      return idle >= idleMs ? [{ ...one, agent, idleMs: idle }] : []
    })
    .sort((a, b) => b.idleMs - a.idleMs)
    .slice(0, atMost)
}
