/**
 * Who is to be ended: match, protect, oldest first, cap. After pt-kill (Percona Toolkit), whose every `--ignore` wins
 * over every `--match`. The matching and protecting is in the look's SQL (`neon/sessions-sql.ts`), since the very
 * statement that ends a session must repeat it; choosing among what is left is here.
 */
import type { Candidate, SeenReading } from './reading.ts'

export interface EndingPolicy {
  /** Opted in. */
  end: boolean
  idleMs: number
  /** Ends nothing until this percentage of the usable connections is taken. */
  abovePercent: number
  atMost: number
  /** Patterns with `*`; empty lists select everything. */
  only: { applications: string[]; roles: string[] }
  protect: { applications: string[]; roles: string[] }
}

/** Why nobody is ended though there are stale sessions. */
export type Held =
  | 'not-opted-in'
  | 'dry-run'
  | 'maintenance' // the target is in one of its windows
  | 'below'
  | 'load'
  | 'surge-unknown' // whether a surge stands cannot be read
  | 'unlearned' // what was learned of the applications cannot be relied on, so nothing is proven
  | 'no-reason' // Aura: neither near the limit nor a leak
  | 'nobody-selected' // Aura: no list of whose connections may be ended

export interface EndingPlan<Victim = Candidate> {
  /** Oldest first, at most the policy's cap. With `held` set: who would have been ended, or nobody. */
  victims: Victim[]
  /** Would be next, but our role may not: told, and not tried, so that they do not use up the cap. At most as many. */
  notPermitted: Victim[]
  held: Held | null
}

export type Outcome =
  | 'ended'
  | 'still-ending' // signalled, but not gone within the second it was given
  | 'gone' // it had left by itself
  | 'woke' // it had worked since the look
  | 'protected' // something protects it now
  | 'refused' // our role may not
  | 'lost' // the answer did not arrive: it may have been ended
  | 'not-tried' // the line broke off before anybody was told to end anything

export interface Ending<Victim = Candidate> {
  victim: Victim
  outcome: Outcome
  /** The other side's words for a refusal, redacted. */
  detail?: string
}

/** From here on sessions at work are most of what is taken: load, which ending idle sessions does not help. */
export const LOAD_SHARE = 0.5

/**
 * @param surge whether one is seen or has not been told to be over: then nobody is ended, however much is idle
 * @param maintenance whether the target is in a window of it
 */
export function planEndings(
  reading: Pick<SeenReading, 'used' | 'active' | 'limit' | 'candidates'>,
  policy: EndingPolicy,
  dryRun: boolean,
  surge = false,
  maintenance = false,
): EndingPlan {
  const nobody = { victims: [], notPermitted: [] }
  if (saturationPercent(reading) < policy.abovePercent) return { ...nobody, held: 'below' }
  if (surge || reading.active > reading.used * LOAD_SHARE) return { ...nobody, held: 'load' }
  const oldest = (permitted: boolean) =>
    reading.candidates
      .filter((candidate) => candidate.permitted === permitted)
      .sort((a, b) => b.idleMs - a.idleMs)
      .slice(0, policy.atMost)
  return {
    victims: oldest(true),
    notPermitted: oldest(false),
    held: !policy.end ? 'not-opted-in' : maintenance ? 'maintenance' : dryRun ? 'dry-run' : null,
  }
}

/** Percent of the connections that applications can have; over 100 when Neon's own sessions use reserved slots. */
export const saturationPercent = (reading: { used: number; limit: { usable: number } }): number =>
  reading.limit.usable > 0 ? (100 * reading.used) / reading.limit.usable : 100
