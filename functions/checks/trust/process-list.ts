/** The list of idle sessions as a report exports it, one line each, so that a policy can be tried on it with no server. */
import { applicationName } from '../applications.ts'
import type { Protection, SeenReading } from '../reading.ts'
import { type IdleGaps, longestGap } from './gaps.ts'

/** Begins a list: what is to be known of the whole. */
export interface LookLine {
  /** The target's name. */
  look: string
  /** An ISO time. */
  at: string
  used: number
  usable: number
  active: number
  /** There was a surge of work, in which nobody is ended. */
  surge?: true
}

/** A session that is idle: those that are at work are not listed. */
export interface SessionLine {
  pid: number
  application: string
  role: string
  database: string
  idleMs: number
  /** As the server judged it, the lists of the policy included. */
  protection: Protection | null
  /** Whether our role may end it; absent where the look did not ask. */
  permitted?: boolean
  /** The longest idle time after which a session of this application has worked again; absent: none was seen. */
  longestGapMs?: number
}

/** Longest idle first. */
export function processList(
  target: string,
  reading: SeenReading,
  gaps: IdleGaps,
  surge: boolean,
): (LookLine | SessionLine)[] {
  const { at, used, active, limit, candidates, idleSessions } = reading
  const chosen = new Set(candidates.map(({ pid }) => pid))
  const sessions = [
    // As the policy saw them, to the millisecond.
    ...candidates.map((one) => ({ ...one, protection: null })),
    ...idleSessions.filter(({ pid }) => !chosen.has(pid)),
  ].sort((a, b) => b.idleMs - a.idleMs)
  const first: LookLine = {
    look: target,
    at: new Date(at).toISOString(),
    used,
    usable: limit.usable,
    active,
    ...(surge && { surge }),
  }
  return [first, ...sessions.map((one) => sessionLine(one, longestGap(gaps, applicationName(one), at)?.ms))]
}

const sessionLine = (
  { pid, application, role, database, idleMs, protection, permitted }: SessionLine,
  longestGapMs: number | undefined,
): SessionLine => ({
  pid,
  application,
  role,
  database,
  idleMs,
  protection,
  ...(permitted !== undefined && { permitted }),
  ...(longestGapMs !== undefined && { longestGapMs }),
})
