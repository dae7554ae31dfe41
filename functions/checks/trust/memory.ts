/** What is remembered of a target's sessions from look to look, so that ending one rests on more than a moment. */
import { applicationName } from '../applications.ts'
import type { Candidate, SeenReading } from '../reading.ts'
import type { EndingPlan, EndingPolicy } from '../victims.ts'
import { isProvenAbandoned } from './abandoned.ts'
import { dayOf, forgetGaps, type IdleGaps, learnGap, lostGaps, noGaps, parseGaps, teachesFrom } from './gaps.ts'
import { countBack, countVictims, parseRehearsal, type Rehearsal, rehearsalFor } from './rehearsal.ts'
import { isAhead } from './unlearned.ts'
import {
  isSame,
  NOBODY,
  pack,
  parseWatched,
  teachers,
  type Watched,
  type WatchedSession,
  whatBecame,
} from './watched.ts'

export interface TrustMemory {
  gaps: IdleGaps
  watched: Watched
  /** Of a target that has not opted in. */
  rehearsal?: Rehearsal
}

export interface Noting {
  reading: SeenReading
  /** What the look was asked about. */
  asked: [pid: number, backendStartMs: number][]
  policy: EndingPolicy
  /** Whom the policy would end of what is seen, were it allowed to. */
  plan(reading: SeenReading): EndingPlan
}

/** Would-be victims to remember at a time: as many as a look names candidates. */
const MOST_REHEARSED = 100

export const noTrust = (since: number): TrustMemory => ({ gaps: noGaps(since), watched: NOBODY })

/** The memory with a look in it; unchanged by one that was blind, or that was made before the last. Pure. */
export function noteSessions(stored: TrustMemory, { reading, asked, policy, plan }: Noting): TrustMemory {
  const { at } = reading
  const before = isAhead(stored.watched, at) ? unwatched(stored) : stored
  if (!reading.sighted || at <= before.watched.at) return before
  const { worked, still } = whatBecame(before.watched, asked, reading)
  const gaps = worked.reduce(
    (learned, { application, gapMs }) => learnGap(learned, application, gapMs, at),
    forgetGaps(before.gaps, at),
  )
  const { rehearsal, victims } = policy.end
    ? { rehearsal: undefined, victims: [] }
    : rehearse(before.rehearsal, worked, still, { reading, policy, plan, gaps })
  const learning = teachers(reading.idleSessions, (application) => teachesFrom(gaps, application, at))
  const others = learning.filter((one) => !victims.some((victim) => isSame(victim, one)))
  return { gaps, watched: pack(at, [...victims, ...others]), ...(rehearsal && { rehearsal }) }
}

/** Without its victims nobody would see them come back: the count of a rehearsal would only ever get better. */
const unwatched = ({ gaps }: TrustMemory): TrustMemory => ({ gaps, watched: NOBODY })

/** Plays the policy's part: whom it would have ended before no longer takes a connection and is no candidate any more. */
function rehearse(
  before: Rehearsal | undefined,
  worked: ReturnType<typeof whatBecame>['worked'],
  still: WatchedSession[],
  { reading, policy, plan, gaps }: Pick<Noting, 'reading' | 'policy' | 'plan'> & { gaps: IdleGaps },
): { rehearsal: Rehearsal; victims: WatchedSession[] } {
  const { at } = reading
  const rehearsal = rehearsalFor(before, policy, at)
  // Of another policy's victims this one knows nothing.
  const same = rehearsal === before
  const ended = same ? still.filter(({ would }) => would !== undefined) : []
  const candidates = reading.candidates.filter(
    (one) =>
      isProvenAbandoned(one, gaps, policy, at) && !ended.some((victim) => isSame(victim, identityOf(one, reading))),
  )
  const { victims } = plan({ ...reading, used: Math.max(0, reading.used - ended.length), candidates })
  const found = victims
    .slice(0, MOST_REHEARSED - ended.length)
    .map((one) => ({ ...identityOf(one, reading), application: applicationName(one), would: dayOf(at) }))
  const counted = same ? countBack(rehearsal, worked, at) : rehearsal
  return { rehearsal: countVictims(counted, found.length, at), victims: [...ended, ...found] }
}

/** In whole milliseconds, as the look gives those of idle sessions. */
function identityOf({ pid, backendStart, stateChange }: Candidate, { idleSessions }: SeenReading) {
  const computed = { pid, backendStartMs: inMs(backendStart), stateChangeMs: inMs(stateChange) }
  const listed = idleSessions.find((one) => isSame(one, computed))
  return listed ? { pid, backendStartMs: listed.backendStartMs, stateChangeMs: listed.stateChangeMs } : computed
}

const inMs = (seconds: string): number => Math.round(Number(seconds) * 1000)

/** What of the stored memory is usable, and that it was lost what applications have taught. `whole`: nothing of it was lost. */
export function parseTrust(stored: unknown, now: number): { memory: TrustMemory; whole: boolean } {
  const { gaps, watched, rehearsal } = (stored ?? {}) as Record<string, unknown>
  const [learned, watching, rehearsed] = [parseGaps(gaps), parseWatched(watched), parseRehearsal(rehearsal)]
  const memory = { gaps: learned ?? lostGaps(now), watched: watching ?? NOBODY }
  return {
    memory: watching ? { ...memory, ...(rehearsed && { rehearsal: rehearsed }) } : unwatched(memory),
    whole: learned !== undefined && watching !== undefined && (rehearsal === undefined || rehearsed !== undefined),
  }
}
