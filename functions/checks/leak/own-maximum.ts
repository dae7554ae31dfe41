/** How many sessions an application usually leaves idle for over an hour, at most, and how far above that is strange. */
import { back, DAY, HOUR, known, type Surge, type Track } from './track.ts'

export const K = {
  sp: +(process.env.SP ?? 0.5),
  ms: +(process.env.MS ?? 0.2),
  drip: +(process.env.DRIP ?? 75) * 60e3,
  jump: +(process.env.JUMP ?? 0.6),
  b: +(process.env.B ?? 3),
}
export interface Own {
  /** The greatest of the week, without today and yesterday: a slow leak must not become its own measure. */
  most: number
  /** As many above it are strange. */
  margin: number
  /** The most that were used within an hour, in the same week. */
  fresh: number
}

/** What was seen of the first of those days at least. */
const A_DAY_NEARLY = 21 * HOUR
/** Above a maximum that is the same each day. Five is for one that is not quite; simulation (bench, `leak`) found no false alarm more by it. */
const LEAST_MARGIN = 4
const WEEK_KNOWN = 5

/** @returns undefined as long as it is not known for long enough */
export function ownMaximum({ since, days, fresh }: Track, at: number): Own | undefined {
  const week = known(days.slice(0, -2))
  const yesterday = (Math.floor(at / DAY) - 1) * DAY
  if (week.length === 0 || yesterday - since < A_DAY_NEARLY) return undefined
  const most = Math.max(...week)
  // Who has 15 one day and 21 the next may have 24 the day after.
  const spread = most - Math.min(...week)
  const uneven = spread * K.sp + Math.min(most * K.ms, spread)
  const unsure = Math.max(0, WEEK_KNOWN - week.length) * (1 + most / 10)
  return { most, margin: LEAST_MARGIN + Math.floor(uneven + unsure), fresh: Math.max(0, ...known(fresh.slice(0, -2))) }
}

const SURGE_LASTS_MS = 48 * HOUR
/** What was at work at the surge's end is idle for over an hour by then, and for a while. */
const SETTLES_MS = 3 * HOUR

/** The surge after a look: as many as were newly at work beyond what is usual may go idle and stay. */
export function surgeAfter({ surge, idle }: Track, counted: number, own: Own, at: number): Surge | undefined {
  const before = surge && at - surge.at < SURGE_LASTS_MS ? surge : undefined
  const now = back(idle, 0) ?? 0
  const more = counted - now - own.fresh
  if (more > Math.max(6, own.fresh / 10)) {
    // Ten times as many processes keep ten times as many idle.
    const explains = Math.max(before?.more ?? 0, more + own.most * (more / Math.max(1, own.fresh)))
    return { at, more: explains, left: Math.max(before?.left ?? 0, Math.min(now, own.most + explains)) }
  }
  if (before === undefined) return undefined
  if (at - before.at < SETTLES_MS)
    return { ...before, left: Math.max(before.left, Math.min(now, own.most + before.more)) }
  // Once they are closed, they explain nothing any more.
  return { ...before, left: Math.min(before.left, Math.max(0, ...known(idle.slice(-6)))) }
}
