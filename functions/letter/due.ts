/** When a letter is due, and who sends it: pure decisions; the state is kept in the table. */
import type { Weekday } from '../config.ts'

export interface LetterTime {
  day: Weekday
  /** UTC. */
  hour: number
}

/** What has ever been counted, by name; two letters' difference is what happened between them. */
export interface Counted {
  at: number
  /** Of each check its successful runs. */
  runs: Record<string, number>
  /** Of each rule on a target how many incidents began, and how many were over: `orders connections.saturation`. */
  told: Record<string, [began: number, over: number]>
  /** What of this could not be read, and so is as old as the letter before, or absent. */
  unread?: { targets: string[]; checks: string[] }
}

export interface LetterState {
  /** The moment that the last letter was for; absent before the first look. */
  sentFor?: number
  /** As it was with the last letter. */
  counted?: Counted
  /** A run that is sending it at this moment: nobody else does until then. */
  claim?: { run: string; until: number }
}

const HOUR = 60 * 60_000
const DAY = 24 * HOUR
/** The first of January 1970 was a Thursday. */
const WEEKDAYS: Weekday[] = ['thursday', 'friday', 'saturday', 'sunday', 'monday', 'tuesday', 'wednesday']

/** The last moment for which a letter was to be sent, at `now` or before. */
export function lastDue({ day, hour }: LetterTime, now: number): number {
  const today = Math.floor(now / DAY)
  const daysAgo = (((today - WEEKDAYS.indexOf(day)) % 7) + 7) % 7
  const due = (today - daysAgo) * DAY + hour * HOUR
  return due > now ? due - 7 * DAY : due
}

/** Of what was before the first look there is nothing to tell: the letter begins with it. */
export const isBegun = ({ sentFor, counted }: LetterState): boolean => sentFor !== undefined && counted !== undefined

export const isDue = ({ sentFor = 0 }: LetterState, due: number): boolean => sentFor < due

/** The state with a claim on the letter, or undefined: it is sent, or being sent by another run. */
export function claimLetter(state: LetterState, due: number, run: string, now: number, leaseMs: number) {
  if (!isDue(state, due) || (state.claim && state.claim.run !== run && state.claim.until > now)) return undefined
  return { ...state, claim: { run, until: now + leaseMs } }
}

/**
 * Once SNS has taken it. What could not be read stays as it was with the letter before: were it nothing, all there ever was
 * would be news of the next week.
 */
export const afterLetter = (due: number, counted: Counted, before?: Counted): LetterState => ({
  sentFor: due,
  counted: before && counted.unread ? { ...counted, ...carried(counted.unread, counted, before) } : counted,
})

function carried({ targets, checks }: NonNullable<Counted['unread']>, { runs, told }: Counted, before: Counted) {
  const kept = <Value>(all: Record<string, Value>, isUnread: (name: string) => boolean) =>
    Object.fromEntries(Object.entries(all).filter(([name]) => isUnread(name)))
  return {
    runs: { ...kept(before.runs, (check) => checks.includes(check)), ...runs },
    told: { ...kept(before.told, (what) => targets.includes(what.split(' ')[0] ?? '')), ...told },
  }
}

/** When SNS has not: the next run need not wait for the claim to run out. */
export function releaseLetter({ claim, ...free }: LetterState, run: string): LetterState {
  return claim === undefined || claim.run === run ? free : { ...free, claim }
}
