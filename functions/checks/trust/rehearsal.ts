/**
 * What a policy would have done, had it been allowed to: how many sessions it would have ended, and how many of them were
 * not abandoned after all, since they worked again. That is what to read before allowing it.
 */
import { createHash } from 'node:crypto'
import * as v from 'valibot'
import { count, formatTime } from '../../units.ts'
import type { EndingPolicy } from '../victims.ts'
import { dayOf } from './gaps.ts'
import type { CameBack } from './watched.ts'

export interface Rehearsal {
  /** Tells policies apart: of another one, these numbers say nothing. */
  policy: string
  since: number
  /** Sessions that would have been ended on a day counted from 1970, and how many of them came back. */
  days: [day: number, sessions: number, cameBack: number][]
}

const DAY = 24 * 60 * 60_000
const DAYS = 7

/** The rehearsal so far, or a new one where the policy is another. */
export function rehearsalFor(before: Rehearsal | undefined, policy: EndingPolicy, now: number): Rehearsal {
  const mark = markOf(policy)
  return before?.policy === mark ? before : { policy: mark, since: now, days: [] }
}

/** All of a policy but whether it is allowed. */
function markOf({ idleMs, abovePercent, atMost, only, protect }: EndingPolicy): string {
  const written = JSON.stringify([
    idleMs,
    abovePercent,
    atMost,
    ...[only, protect].map((of) => [of.applications, of.roles]),
  ])
  return createHash('sha256').update(written).digest('base64url').slice(0, 12)
}

/** Sessions that would be ended now. */
export const countVictims = (rehearsal: Rehearsal, sessions: number, now: number): Rehearsal =>
  add(rehearsal, dayOf(now), sessions, 0, now)

/** Who came back counts on the day it did: a session that works but once a week must not drop out before it is news. */
export const countBack = (rehearsal: Rehearsal, worked: CameBack[], now: number): Rehearsal =>
  worked.reduce(
    (so, { would }) =>
      would === undefined
        ? so
        : add(so.days.some(([day]) => day === would) ? add(so, would, -1, 0, now) : so, dayOf(now), 1, 1, now),
    rehearsal,
  )

function add(rehearsal: Rehearsal, day: number, sessions: number, cameBack: number, now: number): Rehearsal {
  const [, had = 0, hadBack = 0] = rehearsal.days.find(([one]) => one === day) ?? []
  const others = rehearsal.days.filter(([one]) => one !== day && one > dayOf(now) - DAYS)
  const changed: Rehearsal['days'][number] = [day, Math.max(0, had + sessions), hadBack + cameBack]
  return { ...rehearsal, days: [...others, changed].sort((a, b) => a[0] - b[0]) }
}

export interface Rehearsed {
  sessions: number
  cameBack: number
  /** Whole days that the numbers are of, at most 7. */
  days: number
  since: number
}

export function rehearsalOf({ days, since }: Rehearsal, now: number): Rehearsed {
  const recent = days.filter(([day]) => day > dayOf(now) - DAYS)
  return {
    sessions: recent.reduce((sum, [, sessions]) => sum + sessions, 0),
    cameBack: recent.reduce((sum, [, , cameBack]) => sum + cameBack, 0),
    days: Math.min(DAYS, Math.max(0, Math.floor((now - since) / DAY))),
    since,
  }
}

/** `In the last 7 days this policy would have ended 14 sessions; 0 of them came back.` */
export function sayRehearsal({ sessions, cameBack, days, since }: Rehearsed): string {
  const when = days < DAYS ? `Since ${formatTime(since)}` : `In the last ${DAYS} days`
  if (sessions === 0) return `${when} this policy would have ended no session.`
  return `${when} this policy would have ended ${count(sessions, 'session')}; ${cameBack} of them came back.`
}

const natural = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const schema = v.object({
  policy: v.string(),
  since: natural,
  days: v.pipe(v.array(v.tuple([natural, natural, natural])), v.maxLength(2 * DAYS)),
})

/** What was stored; undefined if it is damaged or of another form. */
export function parseRehearsal(stored: unknown): Rehearsal | undefined {
  const parsed = v.safeParse(schema, stored)
  return parsed.success ? parsed.output : undefined
}
