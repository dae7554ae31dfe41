/**
 * Which transactions are abandoned? A long one that runs short queries is met between two of them time and again, so its
 * age proves nothing: it must have been seen in look after look without a query, and with the same work done.
 */
import type { AuraReading, BoltConnection, BoltTransaction } from '../aura-reading.ts'
import type { Held as HeldBack } from '../victims.ts'
import { rowsOf } from './facts.ts'
import { matchesAny } from './pattern.ts'
import { type BoltPolicy, selectsAnybody } from './stale-connections.ts'

/** A transaction as one look after the other found it: without a query, and with the same work done. */
export interface Held {
  /** Each counts its transactions from zero and lists no others; looks take turns among them. */
  member: string
  id: string
  startedAt: number
  work: string
  since: number
  /** When it was last seen so. */
  seenAt: number
}

const MOST = 200
/** A member that has not been reached for so long is no member any more. */
const FORGET_MS = 24 * 60 * 60_000

/** What is held open, with this look in it; whoever ran a query or touched data since is forgotten, and starts anew. */
export function observeHeld(before: Held[], reading: AuraReading): Held[] {
  const transactions = rowsOf(reading, 'transactions')
  // A look that did not come breaks nothing.
  if (reading.kind !== 'seen' || transactions === undefined) return before
  const { at } = reading
  const { member } = reading.bolt
  const elsewhere = before.filter((one) => one.member !== member && at - one.seenAt <= FORGET_MS)
  return transactions
    .filter(isHeld)
    .map(({ id, startedAt, work = '' }) => {
      const known = find(before, member, { id, startedAt })
      const [since, seenAt] = known?.work === work ? [known.since, known.seenAt] : [at, at]
      // Of overlapping runs the slower one brings an older look.
      return { member, id, startedAt, work, since: Math.min(since, at), seenAt: Math.max(seenAt, at) }
    })
    .concat(elsewhere)
    .sort((a, b) => a.since - b.since)
    .slice(0, MOST)
}

const find = (held: Held[], member: string, { id, startedAt }: Pick<BoltTransaction, 'id' | 'startedAt'>) =>
  held.find((one) => one.member === member && one.id === id && one.startedAt === startedAt)

/** Neither running a query nor about to end. */
export const isHeld = ({ query, status }: BoltTransaction): boolean =>
  query === '' && (status === 'running' || status === 'other')

/**
 * For how long, at least, a transaction has been held open without doing anything. At first sight that is 0: one look may
 * have met it between two queries.
 * @param held with this very look in it
 */
export function heldMs(held: Held[], reading: AuraReading, one: BoltTransaction): number {
  const known = reading.kind === 'seen' && isHeld(one) ? find(held, reading.bolt.member, one) : undefined
  return known ? Math.max(0, reading.at - known.since) : 0
}

export interface AbandonedTransaction extends BoltTransaction {
  agent: string
  /** For at least so long it has done nothing. */
  idleMs: number
}

export interface AbandonedPlan {
  /** Longest idle first. Beyond the policy's cap, as those that may not be ended do not use it up. */
  victims: AbandonedTransaction[]
  /** Abandoned too, and left: without locks nobody waits behind them, and their polls cannot be told from doing nothing. */
  withoutLocks: AbandonedTransaction[]
  /** Why nobody is ended. */
  held: HeldBack | null
}

/** Whom the policy selects and nothing protects, and why none of them is ended. */
export function planAbandoned(
  held: Held[],
  reading: AuraReading,
  policy: BoltPolicy,
  ours: string,
  dryRun: boolean,
  maintenance = false,
): AbandonedPlan {
  const found = findAbandoned(held, reading, policy, ours)
  const { end, only } = policy
  const harms = ({ locks = 0 }: AbandonedTransaction) => locks > 0
  return {
    victims: found.filter(harms),
    withoutLocks: found.filter((one) => !harms(one)),
    held: heldBack(only, end, maintenance, dryRun),
  }
}

function heldBack(only: BoltPolicy['only'], end: boolean, maintenance: boolean, dryRun: boolean): HeldBack | null {
  if (!selectsAnybody(only)) return 'nobody-selected'
  if (!end) return 'not-opted-in'
  return maintenance ? 'maintenance' : dryRun ? 'dry-run' : null
}

function findAbandoned(
  held: Held[],
  reading: AuraReading,
  { idleMs, only, protect }: BoltPolicy,
  ours: string,
): AbandonedTransaction[] {
  const connections = new Map((rowsOf(reading, 'connections') ?? []).map((one) => [one.id, one]))
  return (rowsOf(reading, 'transactions') ?? [])
    .flatMap((one): AbandonedTransaction[] => {
      const connection: BoltConnection | undefined = connections.get(one.connectionId)
      // Without its connection nobody knows what program it is.
      if (!isHeld(one) || !connection || one.user === ours || !selectsAnybody(only)) return []
      const { agent } = connection
      if (matchesAny(protect.users, one.user) || matchesAny(protect.agents, agent)) return []
      if (only.users.length > 0 && !matchesAny(only.users, one.user)) return []
      if (only.agents.length > 0 && !matchesAny(only.agents, agent)) return []
      const idle = heldMs(held, reading, one)
      return idle > 0 && idle >= idleMs ? [{ ...one, agent, idleMs: idle }] : []
    })
    .sort((a, b) => b.idleMs - a.idleMs)
}
