/** Bulk loads and purges: a step is not a trend. */
import { type Day, median, scatter } from './trend.ts'

/** A rise stands out if it is so many times as far from the usual one as those usually are. */
const STANDS_OUT = 5
/** And at least so much of the limit: on a quiet disk anything stands out. */
const LEAST_OF_LIMIT = 0.005
/** A load that runs through midnight, or for two days, shows as a rise on several days. What lasts longer is growth. */
const LONGEST_DAYS = 3
/** Loads that keep coming are how it grows: so many, never further apart than this. */
const LEAST_TO_RECUR = 4
const LONGEST_APART_DAYS = 10

/** A fall of less is no purge. */
const LEAST_FALL_OF_LIMIT = 0.05

/** The day of the last purge. Undefined also where it falls again and again: that is a cycle, or noise. */
export function purgeOf(days: Day[], limit: number): number | undefined {
  const { rises, usual, far } = risesOf(days)
  const falls = runsOf(rises, ({ perDay }) => perDay - usual < -Math.max(far, LEAST_FALL_OF_LIMIT * limit))
  return falls.length === 1 ? falls[0]?.at(-1)?.day : undefined
}

/** The days as they would be without single bulk loads, at today's level. */
export function withoutLoads(days: Day[], limit: number): Day[] {
  const { rises, usual, far } = risesOf(days)
  const loads = runsOf(rises, ({ perDay }) => perDay - usual > far + LEAST_OF_LIMIT * limit).filter(
    ({ length }) => length <= LONGEST_DAYS,
  )
  if (loads.length === 0 || recur(loads, days.at(-1)?.day ?? 0)) return days
  const loaded = new Map(loads.flat().map((rise) => [rise.day, (rise.perDay - usual) * rise.days]))
  let later = 0
  return days
    .toReversed()
    .map(({ day, value }) => {
      const level = { day, value: value + later }
      later += loaded.get(day) ?? 0
      return level
    })
    .reverse()
}

/** From each day to the next one known, the usual one, and how much further than that stands out. */
function risesOf(days: Day[]) {
  const rises = days.slice(1).map(({ day, value }, i) => {
    const before = days[i] as Day
    return { day, days: day - before.day, perDay: (value - before.value) / (day - before.day) }
  })
  const rates = rises.map(({ perDay }) => perDay)
  return { rises, usual: median(rates), far: STANDS_OUT * scatter(rates) }
}

function recur(loads: { day: number }[][], today: number): boolean {
  const at = [...loads.map((load) => load[0]?.day ?? today), today]
  const apart = at.slice(1).map((day, i) => day - (at[i] as number))
  return loads.length >= LEAST_TO_RECUR && Math.max(...apart) <= LONGEST_APART_DAYS
}

/** Neighbours that have something in common, together. */
function runsOf<T>(things: T[], is: (thing: T) => boolean): T[][] {
  const runs: T[][] = []
  for (const [i, thing] of things.entries()) {
    if (!is(thing)) continue
    if (i > 0 && is(things[i - 1] as T)) runs.at(-1)?.push(thing)
    else runs.push([thing])
  }
  return runs
}
