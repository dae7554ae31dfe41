/** What is kept from look to look for the rules that judge more than a moment. */
import type { AuraReading } from '../aura-reading.ts'
import { type Cause, STANDING_CAUSES } from '../reading.ts'
import { type CountHistory, growthOf, noteCount } from './count-history.ts'
import { type AuraFacts, rowsOf } from './facts.ts'
import { type Held, observeHeld } from './held-transactions.ts'
import { type BoltPolicy, findStale, type IdleHistory, observeIdle } from './stale-connections.ts'
import { byHolder } from './users.ts'

/** An instance's status and when it was first seen: the API does not tell since when. */
export interface Standing {
  status: string
  since: number
}

/** For the hour when nothing can be counted any more. */
export interface LastCount {
  at: number
  used: number
  /** Who had the most, most first. */
  top: { name: string; connections: number }[]
}

export interface AuraMemory {
  standing?: Standing
  counts?: CountHistory
  idle?: IdleHistory
  /** Transactions held open without a query. */
  held?: Held[]
  othersSeenAt?: number
  cutOffBy?: Cause
  last?: LastCount
}

const MOST_REMEMBERED = 8

/**
 * The memory with this look in it.
 * @param ours the user that Nightshift connects with
 */
export function remember(before: AuraMemory, reading: AuraReading, ours: string): AuraMemory {
  const standing = reading.kind === 'failed' && !reading.instance ? before.standing : standingOf(before, reading)
  const kept = { ...before, ...(standing && { standing }) }
  if (reading.kind === 'failed') {
    const { cause } = reading.failure
    return STANDING_CAUSES.includes(cause) ? { ...kept, cutOffBy: cause } : kept
  }
  // What is paused, restored or overwritten comes back with other connections: nothing seen before says anything of them.
  if (reading.kind === 'not-running') {
    const { counts: _, idle: _idle, held: _held, ...rest } = kept
    return rest
  }
  const { cutOffBy: _, ...open } = kept
  const { at, bolt } = reading
  const connections = rowsOf(reading, 'connections')
  if (!connections) return open
  return {
    ...open,
    held: observeHeld(before.held ?? [], reading),
    idle: observeIdle(before.idle ?? { members: [] }, reading, ours),
    ...(bolt.sighted && {
      othersSeenAt: at,
      counts: noteCount(before.counts ?? [], bolt.member, at, connections.length),
      last: {
        at,
        used: connections.length,
        top: byHolder(connections, [])
          .slice(0, MOST_REMEMBERED)
          .map(({ name, connections: held }) => ({ name, connections: held })),
      },
    }),
  }
}

/** What the rules are told of the memory, once this look is in it. */
export const recall = (
  memory: AuraMemory,
  reading: AuraReading,
  policy: BoltPolicy,
  ours: string,
): Pick<AuraFacts, 'standing' | 'growth' | 'othersSeenAt' | 'last' | 'cutOffBy' | 'stale'> => ({
  standing: memory.standing,
  growth: growthOf(memory.counts ?? [], reading.at),
  othersSeenAt: memory.othersSeenAt,
  last: memory.last,
  cutOffBy: memory.cutOffBy,
  stale: memory.idle ? findStale(memory.idle, reading, policy, ours) : [],
})

function standingOf({ standing }: AuraMemory, { instance, at }: AuraReading): Standing | undefined {
  return instance && instance.status !== standing?.status ? { status: instance.status, since: at } : standing
}
