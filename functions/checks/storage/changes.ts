/** Sudden changes in a history: where they were, how large, and whether such changes are usual there. */
import { daily, hourly, type Point, type Series } from './series.ts'

export const HOUR = 3_600_000
export const DAY = 24 * HOUR

/** What comes within so many hours came at once. */
const AT_ONCE_MS = 3 * HOUR
/** A longer silence hides whether it came at once. */
const LONGEST_GAP_MS = DAY
/** Two weeks, and the day that is needed to see a change on the first of them. */
const USUAL_MS = 15 * DAY
/** Loads and purges of the same job differ in size. */
const SIMILAR = 2 / 3

export interface Change {
  from: number
  to: number
  /** Of what changed, what the usual growth does not explain. Never negative. */
  size: number
  /** Most of it came between these two looks, whole hours. */
  after: number
  by: number
}

/** Whether anything is known of before this hour: without that nothing can have changed, and nobody knows that it has not. */
export const hasPast = (series: Series, now: number): boolean =>
  daily(series, now).length > 1 || hourly(series).some(({ at }) => at <= now - HOUR)

/** The hours that were measured, and what there is now as the last of them. */
export const hoursUntil = (series: Series, now: number, used: number): Point[] => {
  const hour = Math.floor(now / HOUR) * HOUR
  return [...hourly(series).filter(({ at }) => at < hour), { at: hour, value: used }]
}

interface Window {
  since: number
  until: number
  /** Within so long; default: at once. */
  withinMs?: number
  /** The usual growth. */
  perHour?: number
}

/** The largest rise of which most was seen after `since`, and all no later than `until`. */
export function largestRise(
  points: Point[],
  { since, until, withinMs = AT_ONCE_MS, perHour = 0 }: Window,
): Change | undefined {
  let largest: Change | undefined
  for (const [j, end] of points.entries()) {
    if (end.at <= since || end.at > until) continue
    for (let i = j - 1; i >= 0; i--) {
      const start = points[i] as Point
      const tookMs = end.at - start.at
      if (tookMs > (i === j - 1 ? LONGEST_GAP_MS : withinMs)) break
      const size = end.value - start.value - Math.max(perHour, 0) * (tookMs / HOUR)
      if (size <= (largest?.size ?? 0)) continue
      const when = steepest(points.slice(i, j + 1))
      if (when.by > since) largest = { from: start.value, to: end.value, size, ...when }
    }
  }
  return largest
}

/** Between which two neighbours most of a rise came. */
function steepest(points: Point[]): { after: number; by: number } {
  let found = { after: 0, by: 0 }
  let most = Number.NEGATIVE_INFINITY
  for (const [i, { at, value }] of points.entries()) {
    const before = points[i - 1]
    if (before === undefined || value - before.value < most) continue
    most = value - before.value
    found = { after: before.at, by: at }
  }
  return found
}

/** The largest fall within a day that ends with what there is now. What came before a silence counts, however long it was. */
export function fallUntilNow(series: Series, points: Point[]): Change | undefined {
  const now = points.at(-1)
  if (now === undefined) return undefined
  const since = now.at - DAY
  const before = points.findLast(({ at }) => at <= since) ?? daily(series, since).at(-1)
  const within = [...(before ? [before] : []), ...points.filter(({ at }) => at > since)]
  const peak = within.reduce((highest, point, i) => (point.value >= (within[highest]?.value ?? 0) ? i : highest), 0)
  const from = within[peak]?.value ?? 0
  if (from <= now.value) return undefined
  return { from, to: now.value, size: from - now.value, ...steepest(within.slice(peak).map(upsideDown)) }
}

const upsideDown = ({ at, value }: Point): Point => ({ at, value: -value })

/** What is an earlier change, and no part of this one: before the last day, and half a day before it. */
export const earlierThan = ({ by }: Change, now: number): number => Math.min(now - DAY, by - DAY / 2)

/**
 * On how many earlier days of the last two weeks a change like this happened: from hour to hour where hours are kept,
 * before that from one day's median to the next.
 * @param size of the change; negative: of a fall
 */
export function daysWithSuch(size: number, series: Series, points: Point[], until: number): number {
  const turn = (all: Point[]) => (size < 0 ? all.map(upsideDown) : all)
  const least = SIMILAR * Math.abs(size)
  const first = points[0]?.at ?? until
  const days = new Set<number>()
  const hours = turn(points)
  const withinMs = size < 0 ? DAY : AT_ONCE_MS
  for (let day = Math.floor(first / DAY); day * DAY <= until; day++) {
    const rise = largestRise(hours, { since: day * DAY - 1, until: Math.min((day + 1) * DAY - 1, until), withinMs })
    if (rise && rise.size >= least) days.add(day)
  }
  const medians = turn(daily(series, until))
  for (const [i, { at, value }] of medians.entries()) {
    const before = medians[i - 1]
    if (before && before.at < first && until - at <= USUAL_MS && value - before.value >= least)
      days.add(Math.floor(at / DAY))
  }
  return days.size
}
