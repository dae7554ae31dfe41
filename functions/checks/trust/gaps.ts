/**
 * For how long do the sessions of an application lie idle and then work again after all? The longest such gap of the last
 * 30 days, by application: what is idle for no longer than that may only be waiting, whatever a policy says. What is learned
 * of `worker-12` counts for `worker-13` too: a name that changes with each deployment would otherwise never be protected.
 */
import * as v from 'valibot'
import { familyOf } from '../applications.ts'

/** An idle time that was followed by work, and the day on which that was seen, counted from 1970. */
export type Gap = [ms: number, day: number]

export interface IdleGaps {
  /** When the first look was that something could be learned from. */
  since: number
  /** When what had been learned before could not be read any more. */
  lostAt?: number
  /** Of each family of applications the longest gap, and later ones that are shorter: of several, the latest is the shortest. */
  applications: [family: string, gaps: Gap[]][]
  /** Of all applications for which there is no room. */
  others: Gap[]
}

const DAY = 24 * 60 * 60_000
/** A gap is forgotten after so long: what an application did in another season says little of it now. */
const KEEP_DAYS = 30
/**
 * For so long a gap keeps shorter ones from being learned. When it is forgotten, those of the days since have long taken
 * its place: the limit goes over to them and never falls to nothing in between.
 */
const FRESH_DAYS = 15
const MOST_APPLICATIONS = 50
/** What was lost has been learned again after so long: most of what is idle for long comes by the week. */
const LEARN_AGAIN_DAYS = 7

export const dayOf = (at: number): number => Math.floor(at / DAY)

export const noGaps = (since: number): IdleGaps => ({ since, applications: [], others: [] })

/** What is left where what was stored could not be read: nothing, and that it was lost. */
export const lostGaps = (now: number): IdleGaps => ({ ...noGaps(now), lostAt: now })

/** Until when nothing is proven, since what had been learned was lost. */
export const learnedAgainAt = ({ lostAt }: IdleGaps, now: number): number | undefined =>
  lostAt !== undefined && now < lostAt + LEARN_AGAIN_DAYS * DAY ? lostAt + LEARN_AGAIN_DAYS * DAY : undefined

/** The longest gap within the time that is kept. */
export const longestGap = (gaps: IdleGaps, application: string, now: number): { ms: number; day: number } | undefined =>
  longest(gaps, application, dayOf(now) - KEEP_DAYS)

/** What a session must have been idle for to teach anything new when it works again. */
export const teachesFrom = (gaps: IdleGaps, application: string, now: number): number =>
  longest(gaps, application, dayOf(now) - FRESH_DAYS)?.ms ?? 0

function longest({ applications, others }: IdleGaps, application: string, after: number) {
  const family = familyOf(application)
  // Whose name is not known may be among those for which there was no room.
  const [, own = others] = applications.find(([name]) => name === family) ?? []
  let found: { ms: number; day: number } | undefined
  for (const [ms, day] of own) if (day > after && ms > (found?.ms ?? 0)) found = { ms, day }
  return found
}

/** The gaps with one more in them. One that teaches nothing new changes nothing. */
export function learnGap(gaps: IdleGaps, application: string, ms: number, now: number): IdleGaps {
  if (ms <= teachesFrom(gaps, application, now)) return gaps
  const family = familyOf(application)
  const [, known = gaps.others] = gaps.applications.find(([name]) => name === family) ?? []
  const rest = gaps.applications.filter(([name]) => name !== family)
  return bounded({ ...gaps, applications: [...rest, [family, withGap(known, [ms, dayOf(now)])]] })
}

/** The gaps without what is older than 30 days. What was written by a clock that was ahead is of today: it would stay for ever. */
export function forgetGaps(gaps: IdleGaps, now: number): IdleGaps {
  const today = dayOf(now)
  const kept = (some: Gap[]) =>
    some
      .filter(([, day]) => day > today - KEEP_DAYS)
      .map(([ms, day]): Gap => [ms, Math.min(day, today)])
      .reduce(withGap, [])
  const lostAt = gaps.lostAt === undefined ? undefined : Math.min(gaps.lostAt, now)
  return {
    since: Math.min(gaps.since, now),
    ...(lostAt !== undefined && learnedAgainAt({ ...gaps, lostAt }, now) && { lostAt }),
    applications: gaps.applications.flatMap(([name, some]): IdleGaps['applications'] =>
      kept(some).length > 0 ? [[name, kept(some)]] : [],
    ),
    others: kept(gaps.others),
  }
}

/** Every gap that is at least as long as all later ones, oldest first: one a day at most. */
function withGap(known: Gap[], [ms, day]: Gap): Gap[] {
  if (known.some(([longer, later]) => longer >= ms && later >= day)) return known
  const others = known.filter(([shorter, earlier]) => shorter > ms || earlier > day)
  return [...others, [ms, day] satisfies Gap].sort((a, b) => a[1] - b[1])
}

/** Whoever must go is taken up in `others`: programs that invent names must not cost any its protection. */
function bounded(gaps: IdleGaps): IdleGaps {
  if (gaps.applications.length <= MOST_APPLICATIONS) return gaps
  const length = ([, some]: IdleGaps['applications'][number]) => Math.max(...some.map(([ms]) => ms))
  const sorted = gaps.applications.toSorted((a, b) => length(b) - length(a))
  const others = sorted.slice(MOST_APPLICATIONS).flatMap(([, some]) => some)
  return { ...gaps, applications: sorted.slice(0, MOST_APPLICATIONS), others: others.reduce(withGap, gaps.others) }
}

const natural = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
/** Up to the last one that has a date. */
const instant = v.pipe(natural, v.maxValue(8.64e15))
const day = v.pipe(natural, v.maxValue(8.64e15 / DAY))
const someGaps = v.pipe(v.array(v.tuple([natural, day])), v.maxLength(KEEP_DAYS + 1))
const schema = v.object({
  since: instant,
  lostAt: v.optional(instant),
  applications: v.pipe(v.array(v.tuple([v.string(), someGaps])), v.maxLength(MOST_APPLICATIONS)),
  others: v.optional(someGaps, []),
})

/** What was stored; undefined if it is damaged or of another form. */
export function parseGaps(stored: unknown): IdleGaps | undefined {
  const parsed = v.safeParse(schema, stored)
  return parsed.success ? { ...parsed.output, applications: byFamily(parsed.output.applications) } : undefined
}

/** What was stored before there were families counts for them. */
const byFamily = (applications: IdleGaps['applications']): IdleGaps['applications'] =>
  [...Map.groupBy(applications, ([name]) => familyOf(name))].map(([family, alike]) => [
    family,
    alike.flatMap(([, some]) => some).reduce(withGap, []),
  ])
