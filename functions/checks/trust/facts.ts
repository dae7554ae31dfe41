/** What a user is told, so that the ending of sessions can be trusted: both limits, who is spared by them, and the rehearsal. */
import { formatDuration } from '../../units.ts'
import { applicationName } from '../applications.ts'
import type { Candidate, SeenReading } from '../reading.ts'
import type { EndingPolicy } from '../victims.ts'
import { isProvenAbandoned, limitFor } from './abandoned.ts'
import { longestGap } from './gaps.ts'
import type { TrustMemory } from './memory.ts'
import { type Rehearsed, rehearsalOf } from './rehearsal.ts'

export interface ApplicationLimit {
  application: string
  policyMs: number
  /** The longest idle time after which a session of it has worked again, and the day that was seen. */
  longestGap?: { ms: number; day: string }
  /** For how long a session of it must be idle to be ended. */
  limitMs: number
}

export interface TrustFacts {
  /** Since when it has been learned how long applications lie idle. */
  learningSince: number
  /** Why nothing that was learned is relied on, and until when. */
  unlearned?: string
  /** Of the applications with idle sessions, the longest limit first. */
  limits: ApplicationLimit[]
  /** Past the policy's limit, but their applications have worked again after as long, or nearly. */
  unproven: Candidate[]
  /** Of a target that has not opted in. */
  rehearsed?: Rehearsed
}

/** A report is read by a person. */
const MOST_LIMITS = 30
const DAY = 24 * 60 * 60_000

/** @param memory with this look in it */
export function trustFacts(
  { gaps, rehearsal }: TrustMemory,
  { at, candidates, idleSessions }: SeenReading,
  policy: EndingPolicy,
): TrustFacts {
  const names = [...new Set([...candidates, ...idleSessions].map(applicationName))]
  return {
    learningSince: gaps.since,
    limits: names
      .map((application): ApplicationLimit => {
        const gap = longestGap(gaps, application, at)
        return {
          application,
          policyMs: policy.idleMs,
          ...(gap && { longestGap: { ms: gap.ms, day: new Date(gap.day * DAY).toISOString().slice(0, 10) } }),
          limitMs: limitFor(application, gaps, policy, at),
        }
      })
      .sort((a, b) => b.limitMs - a.limitMs || (a.application < b.application ? -1 : 1))
      .slice(0, MOST_LIMITS),
    unproven: candidates.filter((one) => !isProvenAbandoned(one, gaps, policy, at)),
    ...(rehearsal && { rehearsed: rehearsalOf(rehearsal, at) }),
  }
}

/** `12 of them may only be waiting: shop has worked again after 40 min, and is given 1 h 20 min.` */
export function sayUnproven({ unproven, limits }: TrustFacts): string | undefined {
  const [first] = unproven
  if (first === undefined) return undefined
  const limit = limits.find(({ application }) => application === applicationName(first))
  const why = limit?.longestGap
    ? `: ${limit.application} has worked again after ${formatDuration(limit.longestGap.ms)}, and is given ${formatDuration(limit.limitMs)}`
    : ''
  return `${unproven.length} of them may only be waiting${why}.`
}
