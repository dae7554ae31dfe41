/**
 * Idle sessions that the next look asks about, so that it is seen who works again. Whoever is gone by then says nothing:
 * its pool may have closed it, as pools do with what they do not need.
 */
import * as v from 'valibot'
import { applicationName, familyOf } from '../applications.ts'
import type { IdleSession, Protection, SeenReading } from '../reading.ts'

export interface WatchedSession {
  pid: number
  backendStartMs: number
  /** Since when it has been idle. */
  stateChangeMs: number
  application: string
  /** The day on which the policy would have ended it; absent: it is watched to learn from. */
  would?: number
}

/** Many of them, as few bytes: applications by their place in `names`. */
export interface Watched {
  /** When they were all seen idle. */
  at: number
  names: string[]
  sessions: [pid: number, backendStartMs: number, stateChangeMs: number, name: number, would?: number][]
}

/** Of these there are at most 150, so that a look's question and the item in the table stay small. */
export const MOST_WATCHED = 150
export const NOBODY: Watched = { at: 0, names: [], sessions: [] }

/** Whom the next look is to be asked about. */
export const watchList = ({ sessions }: Watched): [pid: number, backendStartMs: number][] =>
  sessions.map(([pid, backendStartMs]) => [pid, backendStartMs])

export const pack = (at: number, sessions: WatchedSession[]): Watched => {
  const kept = sessions.slice(0, MOST_WATCHED)
  const names = [...new Set(kept.map(({ application }) => application))]
  return {
    at,
    names,
    sessions: kept.map(({ pid, backendStartMs, stateChangeMs, application, would }) => {
      const name = names.indexOf(application)
      return would === undefined
        ? [pid, backendStartMs, stateChangeMs, name]
        : [pid, backendStartMs, stateChangeMs, name, would]
    }),
  }
}

export const unpack = ({ names, sessions }: Watched): WatchedSession[] =>
  sessions.map(([pid, backendStartMs, stateChangeMs, name, would]) => ({
    pid,
    backendStartMs,
    stateChangeMs,
    application: names[name] ?? '',
    ...(would !== undefined && { would }),
  }))

/** Whether two are one session in one idle time. The look gives whole milliseconds; what is computed may be one off. */
export const isSame = (a: Identity, b: Identity): boolean =>
  a.pid === b.pid && near(a.backendStartMs, b.backendStartMs) && near(a.stateChangeMs, b.stateChangeMs)

type Identity = Pick<WatchedSession, 'pid' | 'backendStartMs' | 'stateChangeMs'>
const near = (a: number, b: number) => Math.abs(a - b) <= 1

/** A session that worked after it had been idle for so long. */
export interface CameBack extends WatchedSession {
  gapMs: number
}

/**
 * Who has worked since, and who is still idle.
 * @param asked what the look was asked about: another run may have written others since
 */
export function whatBecame(
  watched: Watched,
  asked: [pid: number, backendStartMs: number][],
  { at, known }: SeenReading,
): { worked: CameBack[]; still: WatchedSession[] } {
  const worked: CameBack[] = []
  const still: WatchedSession[] = []
  const found = new Map(known.map((one) => [one.pid, one]))
  const wasAsked = new Map(asked)
  for (const one of unpack(watched)) {
    const now = found.get(one.pid)
    if (now !== undefined && near(now.backendStartMs, one.backendStartMs)) {
      // Not a moment earlier: a look that was made before this was written tells of an older idle time.
      if (now.stateChangeMs > one.stateChangeMs + 1)
        worked.push({ ...one, gapMs: gapOf(one, watched.at, now.stateChangeMs, at) })
      else still.push(one)
    } else if (wasAsked.get(one.pid) !== one.backendStartMs) still.push(one)
  }
  return { worked, still }
}

const HOUR = 60 * 60_000

/**
 * How long it was idle: at least until the last look, at most until it changed its state. Taken is the longer, which
 * protects more, except after a hole in our own looks that is longer than all that was seen: one outage of ours must not
 * lengthen the limit of every application by as much for a month. Then only what was seen counts.
 */
function gapOf({ stateChangeMs: since }: WatchedSession, lastSeen: number, changed: number, now: number): number {
  const seen = Math.max(0, lastSeen - since)
  return now - lastSeen <= Math.max(HOUR, seen) ? changed - since : seen
}

/** Sessions of nobody, of Nightshift, or shared by many behind a pool of Neon's. A look does not list them as idle. */
export const NOT_ITS_OWN: Protection[] = ['own-role', 'not-a-client', 'superuser', 'neon', 'neon-http-pool', 'pooler']

/**
 * Sessions that tell nothing of when another of their application is abandoned. Who listens or holds a lock waits on
 * purpose: it is never ended anyway, and would lengthen the limit of all the others by as long as it waits.
 */
const TEACH_NOTHING: (Protection | null)[] = [...NOT_ITS_OWN, 'listener', 'holds-locks']

/**
 * Of the idle sessions those that can teach something: idle for longer than their application ever was before it worked
 * again. Applications take turns, so that a leak of one does not keep the others out; of each, who has been idle for the
 * shortest time first, since who has been leaked never works again.
 * @param teachesFrom by application, in milliseconds
 */
export function teachers(idle: IdleSession[], teachesFrom: (application: string) => number): WatchedSession[] {
  const candidates = idle
    .filter(({ protection }) => !TEACH_NOTHING.includes(protection))
    .map((one) => ({ ...one, application: applicationName(one) }))
    .filter(({ idleMs, application }) => idleMs > teachesFrom(application))
    .sort((a, b) => a.idleMs - b.idleMs)
  const turns = [...Map.groupBy(candidates, ({ application }) => familyOf(application)).values()]
  const longest = Math.max(0, ...turns.map(({ length }) => length))
  return Array.from({ length: Math.min(longest, MOST_WATCHED) }, (_, turn) => turns.flatMap((of) => of[turn] ?? []))
    .flat()
    .slice(0, MOST_WATCHED)
    .map(({ pid, backendStartMs, stateChangeMs, application }) => ({ pid, backendStartMs, stateChangeMs, application }))
}

const natural = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const schema = v.object({
  at: natural,
  names: v.pipe(v.array(v.string()), v.maxLength(MOST_WATCHED)),
  sessions: v.pipe(
    v.array(
      v.union([
        v.strictTuple([natural, natural, natural, natural]),
        v.strictTuple([natural, natural, natural, natural, natural]),
      ]),
    ),
    v.maxLength(MOST_WATCHED),
  ),
})

/** What was stored; undefined if it is damaged or of another form. */
export function parseWatched(stored: unknown): Watched | undefined {
  const parsed = v.safeParse(schema, stored)
  const whole = parsed.success && parsed.output.sessions.every(([, , , name]) => name < parsed.output.names.length)
  return whole ? parsed.output : undefined
}
