/** How many sessions an application usually leaves idle, at most, and how far above that is strange. */
import { back, DAY, HOUR, known, type Surge, type Track } from './track.ts'

export interface Own {
  /** The greatest of the week, without today and yesterday: a slow leak must not become its own measure. */
  most: number
  /** As many above it are strange. */
  margin: number
  /** The most that were used within an hour, in the same days. */
  fresh: number
}

/** So much at least was seen of the first of those days. */
const A_DAY_NEARLY = 21 * HOUR
/** Above a maximum that is the same each day. Whose maximum varies needs more, and mostly five or six. */
const LEAST_MARGIN = 4
const DAYS_WELL_KNOWN = 5

/** @returns undefined as long as it is not known for long enough */
export function ownMaximum({ since, days, fresh }: Track, at: number): Own | undefined {
  const week = known(days.slice(0, -2))
  const yesterday = (Math.floor(at / DAY) - 1) * DAY
  if (week.length === 0 || yesterday - since < A_DAY_NEARLY) return undefined
  const most = Math.max(...week)
  // Who has 15 one day and 21 the next may have 26 the day after.
  const spread = most - Math.min(...week)
  const uneven = spread / 2 + Math.min(spread, most / 5)
  const unsure = Math.max(0, DAYS_WELL_KNOWN - week.length) * (1 + most / 10)
  return {
    most,
    margin: LEAST_MARGIN + Math.floor(uneven + unsure),
    fresh: Math.max(0, ...known(fresh.slice(0, -2))),
  }
}

/** As many more than ever, and a tenth more: so many also come by chance. */
const MORE = 6
/** By then the days show what it left. */
const SURGE_LASTS_MS = 2 * DAY
/** What was at work at its end is idle for over an hour by then, and for a while. */
const SETTLES_MS = 3 * HOUR
const HOURS_TO_CLOSE = 6

/** The surge after a look. */
export function surgeAfter({ surge, idle }: Track, sessions: number, own: Own, at: number): Surge | undefined {
  const before = surge && at - surge.at < SURGE_LASTS_MS ? surge : undefined
  const now = back(idle, 0) ?? 0
  const upTo = (explains: number) => Math.max(before?.left ?? 0, Math.min(now, own.most + explains))
  const more = sessions - now - own.fresh
  if (more > Math.max(MORE, own.fresh / 10)) {
    // Ten times as many processes keep ten times as many idle.
    const explains = Math.max(before?.explains ?? 0, more + Math.floor((own.most * more) / Math.max(1, own.fresh)))
    return { at, explains, left: upTo(explains) }
  }
  if (before === undefined) return undefined
  if (at - before.at < SETTLES_MS) return { ...before, left: upTo(before.explains) }
  // Once they are closed, they explain nothing any more.
  return { ...before, left: Math.min(before.left, Math.max(0, ...known(idle.slice(-HOURS_TO_CLOSE)))) }
}
