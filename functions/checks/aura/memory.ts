/** What is kept from look to look for the rules that judge more than a moment. */
import type { AuraReading } from '../aura-reading.ts'
import { type Cause, STANDING_CAUSES } from '../reading.ts'
import { type CountHistory, growthOf, noteCount } from './count-history.ts'
import { type AuraFacts, rowsOf } from './facts.ts'
import { type Held, observeHeld } from './held-transactions.ts'
import type { BrokenOn } from './members.ts'
import { type Metered, meteredGrowth, noteMetered } from './metered.ts'
import { type BoltPolicy, findStale, type IdleHistory, observeIdle } from './stale-connections.ts'
import type { StoreMemory } from './store.ts'
import { byHolder, isNightshift } from './users.ts'

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

export interface AuraMemory extends StoreMemory {
  standing?: Standing
  counts?: CountHistory
  /** By Aura's metrics, where the tier has them. */
  metered?: Metered
  idle?: IdleHistory
  /** Transactions held open without a query. */
  held?: Held[]
  /** On which member each rule was last broken. */
  broken?: BrokenOn
  /** Since when Aura's metrics cannot be read, or tell nothing. */
  metricsMissingSince?: number
  /** The newest look that is in it. */
  lookedAt?: number
  othersSeenAt?: number
  /** When programs were last listed that connect as our own user, and nobody else. */
  sharedSeenAt?: number
  cutOffBy?: Cause
  last?: LastCount
}

const MOST_REMEMBERED = 8

/**
 * The memory with this look in it.
 * @param ours the user that Nightshift connects with
 */
export function remember(before: AuraMemory, reading: AuraReading, ours: string): AuraMemory {
  // Of overlapping runs the slower one brings an older look: who was at work then is not idle, and else nothing is newer.
  if (reading.at < (before.lookedAt ?? 0)) return rememberOlder(before, reading, ours)
  const standing = reading.kind === 'failed' && !reading.instance ? before.standing : standingOf(before, reading)
  const metered = noteMetered(before.metered, reading)
  const { metricsMissingSince: missingBefore, ...known } = before
  const missingSince = metricsMissing(missingBefore, reading)
  const kept = {
    ...known,
    lookedAt: reading.at,
    ...(standing && { standing }),
    ...(metered && { metered }),
    ...(missingSince !== undefined && { metricsMissingSince: missingSince }),
  }
  if (reading.kind === 'failed') {
    const { cause, at } = reading.failure
    // What keeps out of the API is over as soon as that answers, whether or not the instance runs.
    return STANDING_CAUSES.includes(cause) && at !== 'api' ? { ...kept, cutOffBy: cause } : kept
  }
  // What is paused, restored or overwritten comes back with other connections: nothing seen before says anything of them.
  if (reading.kind === 'not-running') {
    const { counts: _, metered: _metered, idle: _idle, held: _held, ...rest } = kept
    return rest
  }
  const { cutOffBy: _, ...open } = kept
  const { at, bolt } = reading
  const cutOffBy = STANDING_CAUSES.find((cause) => cause === bolt.bySystem?.cause)
  const seen = { ...open, ...(cutOffBy && { cutOffBy }), held: observeHeld(before.held ?? [], reading) }
  const connections = rowsOf(reading, 'connections')
  if (!connections) return seen
  return {
    ...seen,
    idle: observeIdle(before.idle ?? { members: [] }, reading, ours),
    ...(!bolt.sighted && !connections.every(isNightshift) && { sharedSeenAt: at }),
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

function rememberOlder(before: AuraMemory, reading: AuraReading, ours: string): AuraMemory {
  const { held: _, idle: _idle, ...rest } = before
  // Whoever is back after a pause is another.
  if (reading.kind === 'not-running') return rest
  return {
    ...before,
    ...(before.held && { held: observeHeld(before.held, reading) }),
    ...(before.idle && { idle: observeIdle(before.idle, reading, ours) }),
  }
}

/** Since when they are missing for no known reason; that they are refused is a matter of its own. */
function metricsMissing(since: number | undefined, reading: AuraReading): number | undefined {
  if (reading.kind === 'not-running') return undefined
  const { metrics } = reading
  // A look that failed before it came to them says nothing of them.
  if (metrics === undefined) return reading.kind === 'failed' ? since : undefined
  return 'missing' in metrics && metrics.missing !== 'role' ? (since ?? reading.at) : undefined
}

/** What the rules are told of the memory, once this look is in it. */
export const recall = (
  memory: AuraMemory,
  reading: AuraReading,
  policy: BoltPolicy,
  ours: string,
): Pick<
  AuraFacts,
  | 'standing'
  | 'growth'
  | 'othersSeenAt'
  | 'sharedSeenAt'
  | 'last'
  | 'cutOffBy'
  | 'stale'
  | 'held'
  | 'metricsMissingSince'
> => ({
  standing: memory.standing,
  growth: meteredGrowth(memory.metered, reading.at) ?? growthOf(memory.counts ?? [], reading.at),
  othersSeenAt: memory.othersSeenAt,
  sharedSeenAt: memory.sharedSeenAt,
  last: memory.last,
  cutOffBy: memory.cutOffBy,
  stale: memory.idle ? findStale(memory.idle, reading, policy, ours) : [],
  held: memory.held ?? [],
  metricsMissingSince: memory.metricsMissingSince,
})

function standingOf({ standing }: AuraMemory, { instance, at }: AuraReading): Standing | undefined {
  return instance && instance.status !== standing?.status ? { status: instance.status, since: at } : standing
}
