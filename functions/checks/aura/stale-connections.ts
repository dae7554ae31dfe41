/**
 * Which connections are abandoned? Bolt tells no idle time, so it takes patience: the same connection was seen without a
 * transaction in every look for a while, and is older than its own driver would use it. A pool's warm connections are
 * healthy and cost the server nothing; a driver never again uses one past its `maxConnectionLifetime`.
 */
import type { AuraReading, BoltConnection, BoltTransaction } from '../aura-reading.ts'
import type { Protection } from '../reading.ts'
import { rowsOf } from './facts.ts'
import { matchesAny } from './pattern.ts'
import { isNightshift } from './users.ts'

/** A connection as one look after the other found it without a transaction: its identity, since when, in how many looks. */
type Idle = [id: string, server: string, client: string, connectedAt: number, since: number, looks: number]

export interface IdleHistory {
  /** By member: each lists its own connections and no others. `at`: when it was last looked at. */
  members: { member: string; at: number; idle: Idle[] }[]
  /**
   * When a transaction of each user was last listed: proof that this user's are not hidden from us, as the right to see
   * them may be granted user by user. The newest first.
   */
  workAt?: [user: string, at: number][]
}

export interface BoltPolicy {
  /** Opted in. */
  end: boolean
  /** Seen without a transaction for at least so long, ... */
  idleMs: number
  /** ... in at least so many looks. */
  minLooks: number
  /** The application's own `maxConnectionLifetime`: its driver does not use an older one again. The drivers' default is an hour. */
  olderThanMs: number
  /** Near the limit is from this percentage of it. */
  abovePercent: number
  atMost: number
  /** Patterns with `*`. A list that is empty selects everybody, but two empty ones nobody. */
  only: { users: string[]; agents: string[] }
  protect: { users: string[]; agents: string[] }
}

export type BoltProtection =
  | Extract<Protection, 'own-role' | 'not-a-client' | 'protected' | 'not-selected'>
  | 'work-not-seen' // its user's transactions may be hidden from ours: it may be at work

/** A connection past the policy's limits. */
export interface StaleConnection extends BoltConnection {
  /** For at least so long; longer than anybody has looked is not known. */
  idleMs: number
  looks: number
  ageMs: number
  protection: BoltProtection | null
}

/** Looks closer to each other than this are one: somebody pressed Test, or runs overlap. */
const STEP_MS = 30_000
const MOST_CONNECTIONS = 500
/** A weekend and more: looks are moments, and meet a program that works now and then only now and then. */
const WORK_PROVES_MS = 7 * 24 * 60 * 60_000
const MOST_USERS = 100
/** A member that has not been reached for so long is no member any more. */
const FORGET_MS = 24 * 60 * 60_000

const memberOf = (history: IdleHistory, member: string) => history.members.find((one) => one.member === member)

const identity = ([id, server, client, connectedAt]: Idle): string => JSON.stringify([id, server, client, connectedAt])

/**
 * The history with one look in it. Who has a transaction, or is no longer listed, is forgotten and starts anew; a look that
 * did not come, or reached another member, breaks nothing.
 * @param ours the user that Nightshift connects with
 */
export function observeIdle(history: IdleHistory, reading: AuraReading, ours: string): IdleHistory {
  const connections = rowsOf(reading, 'connections')
  const transactions = rowsOf(reading, 'transactions')
  if (reading.kind !== 'seen' || !connections || !transactions) return history
  const { at, bolt } = reading
  const before = memberOf(history, bolt.member)
  const known = new Map(before?.idle.map((one) => [identity(one), one]))
  const counts = before === undefined || at - before.at >= STEP_MS
  const working = new Set(transactions.map(({ connectionId }) => connectionId))
  const idle = connections
    .filter(({ id, connectedAt }) => !working.has(id) && Number.isFinite(connectedAt))
    .map(({ id, server, client, connectedAt }): Idle => {
      const [, , , , since, looks] = known.get(identity([id, server, client, connectedAt, at, 0])) ?? [
        '',
        '',
        '',
        0,
        at,
        0,
      ]
      return [id, server, client, connectedAt, since, counts || looks === 0 ? looks + 1 : looks]
    })
  const members = [
    before !== undefined && at < before.at
      ? { ...before, idle: withoutBroken(before.idle, idle, at) }
      : { member: bolt.member, at, idle },
    ...history.members.filter((one) => one !== before && at - one.at <= FORGET_MS),
  ]
  return { members: bounded(members), workAt: noteWork(history.workAt ?? [], transactions, at, ours) }
}

function noteWork(
  before: [string, number][],
  transactions: BoltTransaction[],
  at: number,
  ours: string,
): [string, number][] {
  const seen = new Map(before)
  for (const { user } of transactions)
    if (user !== ours && user !== '') seen.set(user, Math.max(at, seen.get(user) ?? at))
  return [...seen]
    .filter(([, then]) => at - then <= WORK_PROVES_MS)
    .sort((a, b) => b[1] - a[1])
    .slice(0, MOST_USERS)
}

/** A slower run brings an older look: it can only break what began before it, and begins nothing. */
function withoutBroken(known: Idle[], idle: Idle[], at: number): Idle[] {
  const still = new Set(idle.map(identity))
  return known.filter((one) => one[4] > at || still.has(identity(one)))
}

/** The item in the table has a size: those that have been idle for longest are kept, and of those the oldest. */
function bounded(members: IdleHistory['members']): IdleHistory['members'] {
  const all = members.flatMap(({ idle }) => idle)
  if (all.length <= MOST_CONNECTIONS) return members
  const kept = new Set(all.sort((a, b) => a[4] - b[4] || a[3] - b[3]).slice(0, MOST_CONNECTIONS))
  return members.map((one) => ({ ...one, idle: one.idle.filter((connection) => kept.has(connection)) }))
}

/**
 * Every connection past the policy's limits, oldest first, with what protects it.
 * @param history with this very look in it
 * @param ours the user that Nightshift connects with
 */
export function findStale(
  history: IdleHistory,
  reading: AuraReading,
  policy: BoltPolicy,
  ours: string,
): StaleConnection[] {
  const connections = rowsOf(reading, 'connections')
  if (reading.kind !== 'seen' || !connections || !rowsOf(reading, 'transactions')) return []
  const { at, bolt } = reading
  const known = new Map(memberOf(history, bolt.member)?.idle.map((one) => [identity(one), one]))
  const shown = new Set((history.workAt ?? []).filter(([, then]) => at - then <= WORK_PROVES_MS).map(([user]) => user))
  return connections
    .flatMap((one): StaleConnection[] => {
      const [, , , , since, looks] = known.get(identity([one.id, one.server, one.client, one.connectedAt, 0, 0])) ?? []
      if (since === undefined || looks === undefined) return []
      const stale = { ...one, idleMs: at - since, looks, ageMs: at - one.connectedAt }
      if (stale.idleMs < policy.idleMs || looks < policy.minLooks || stale.ageMs < policy.olderThanMs) return []
      const hidden = one.user !== ours && !shown.has(one.user)
      return [
        { ...stale, protection: protectionOf(one, policy, bolt.ownConnectionId) ?? (hidden ? 'work-not-seen' : null) },
      ]
    })
    .sort((a, b) => b.ageMs - a.ageMs || (a.id < b.id ? -1 : 1))
}

function protectionOf(
  connection: BoltConnection,
  { only, protect }: BoltPolicy,
  ownId: string | undefined,
): BoltProtection | null {
  const { id, user, agent, connector } = connection
  if (id === ownId || isNightshift(connection)) return 'own-role'
  if (connector !== 'bolt' || user === '') return 'not-a-client'
  if (matchesAny(protect.users, user) || matchesAny(protect.agents, agent)) return 'protected'
  const selected = (patterns: string[], value: string) => patterns.length === 0 || matchesAny(patterns, value)
  return selectsAnybody(only) && selected(only.users, user) && selected(only.agents, agent) ? null : 'not-selected'
}

export const selectsAnybody = ({ users, agents }: BoltPolicy['only']): boolean => users.length + agents.length > 0
