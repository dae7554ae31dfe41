/** Is a session proven abandoned? Idle for longer than the policy says, and clearly longer than its application ever was. */
import { formatDuration } from '../../units.ts'
import { applicationName } from '../applications.ts'
import type { Candidate } from '../reading.ts'
import type { EndingPolicy } from '../victims.ts'
import { type IdleGaps, learnedAgainAt, longestGap } from './gaps.ts'

/**
 * Clearly longer is twice as long. A job that comes by the hour may miss a turn, and what was measured may be a look too
 * long or too short. Where idle times thin out as those of clients do (exponentially), twice the longest of a thousand is
 * reached by one in a million.
 */
export const CLEARLY = 2

/** For how long a session must have been idle, in milliseconds, where the longest gap of its application is known. */
export const limitBeyond = (idleMs: number, longestGapMs = 0): number => Math.max(idleMs, CLEARLY * longestGapMs)

/** The same of an application by its name. What is learned only ever lengthens the policy's limit. */
export const limitFor = (
  application: string,
  gaps: IdleGaps,
  { idleMs }: Pick<EndingPolicy, 'idleMs'>,
  now: number,
): number => limitBeyond(idleMs, longestGap(gaps, application, now)?.ms)

/** Never while what was lost is learned again: an application that comes by the day would be given minutes. */
export const isProvenAbandoned = (
  candidate: Candidate,
  gaps: IdleGaps,
  policy: Pick<EndingPolicy, 'idleMs'>,
  now: number,
): boolean =>
  learnedAgainAt(gaps, now) === undefined && candidate.idleMs >= limitFor(applicationName(candidate), gaps, policy, now)

/** What a session is ended by. */
export interface Evidence {
  idleMs: number
  /** The policy's limit. */
  policyMs: number
  /** The limit for this session: the policy's or, where that is longer, by its application's longest gap. */
  limitMs: number
  /** Absent: no session of its application was seen to work again. */
  longestGapMs?: number
}

export function evidenceFor(
  candidate: Candidate,
  gaps: IdleGaps,
  policy: Pick<EndingPolicy, 'idleMs'>,
  now: number,
): Evidence {
  const application = applicationName(candidate)
  const gap = longestGap(gaps, application, now)
  return {
    idleMs: candidate.idleMs,
    policyMs: policy.idleMs,
    limitMs: limitFor(application, gaps, policy, now),
    ...(gap && { longestGapMs: gap.ms }),
  }
}

export const sayEvidence = ({ idleMs, policyMs, longestGapMs }: Evidence): string =>
  `Idle for ${formatDuration(idleMs)} and unprotected, and asked once more in the statement that ends it. Limit of the policy: ${formatDuration(policyMs)}. Longest gap of its application that was followed by work: ${longestGapMs === undefined ? 'none seen' : formatDuration(longestGapMs)}.`
