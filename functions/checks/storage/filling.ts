/** How fast a measure fills by its last hours alone, and whether that is more than is usual there. */
import type { Thresholds } from '../finding.ts'
import { DAY, HOUR, hoursUntil } from './changes.ts'
import { isFull, shareOf } from './measure.ts'
import type { Measure } from './reading.ts'
import type { Point, Series } from './series.ts'

/** So many hours must have shown growth, until now: a load that is over in two is a step. */
const LEAST_RISES = 3
const MOST_RISES = 6
/** More of the rise than this within one of the hours is a jump, which need not go on. */
const MOST_AT_ONCE = 0.6
/** Below this share of the limit there is room for a large load to end by itself. */
const LEAST_SHARE = 50
/** So much more than the largest rise of an equally long time that is known. */
const UNUSUAL = 1.5
const LEAST_KNOWN_MS = 2 * DAY
/** What it was at within so long before is no news: noise comes back to where it was. */
const KNOWN_MS = 2 * DAY
/** Two looks that failed do not end a rise. */
const LONGEST_GAP_MS = 3 * HOUR
/** Of the pace of the last hours: what rises more slowly has not begun yet. */
const SAME_PACE = 0.25

export interface Filling {
  measure: Measure
  perHour: number
  leftMs: number
  hours: number
  rise: number
}

/** `unseen`: nobody looked at the last hours. `rises`: it may still fill within days. */
export type Fill = Filling | 'unseen' | 'rises' | 'still'

/** How fast it fills, if it has risen for hours until now as it does on no other day. */
export function fillOf(measure: Measure, series: Series, now: number, limits: Thresholds): Fill {
  const points = hoursUntil(series, now, measure.used)
  const share = shareOf(measure) ?? 0
  const left = (measure.limit?.value ?? 0) - measure.used
  // A disk that has nothing left cannot rise.
  const rest = isFull(measure) ? 'rises' : restOf(points, left, limits)
  const recent = lastRises(points)
  const rise = sum(recent)
  if (share < LEAST_SHARE || recent.filter((one) => one.value > 0).length < LEAST_RISES) return rest
  if (Math.max(...recent.map(({ value }) => value)) > MOST_AT_ONCE * rise) return rest
  const last = recent.slice(0, LEAST_RISES)
  // Of all these hours and of the last ones the slower: a load that tails off is not taken for one that goes on.
  const perHour = Math.min(rise / hoursOf(recent), sum(last) / hoursOf(last))
  const before = points.filter(({ at }) => at <= beginningOf(points, perHour))
  const [oldest, begun] = [before[0], before.at(-1)]
  if (oldest === undefined || begun === undefined || begun.at - oldest.at < LEAST_KNOWN_MS) return rest
  if (before.some(({ at, value }) => at >= begun.at - KNOWN_MS && value >= measure.used)) return rest
  // What happens there on other days, too, ends as it ended then.
  if (rise < UNUSUAL * largestWithin(before, hoursOf(recent) * HOUR)) return rest
  return { measure, perHour, leftMs: (Math.max(0, left) / perHour) * HOUR, hours: hoursOf(recent), rise }
}

/** Whether the last hours, where they were seen, say that it fills no more. */
function restOf(points: Point[], left: number, { recovery }: Thresholds): Fill {
  const now = points.at(-1)
  const since = points.findLast(({ at }) => now !== undefined && at <= now.at - LEAST_RISES * HOUR)
  if (now === undefined || since === undefined || now.at - since.at > MOST_RISES * HOUR) return 'unseen'
  const perHour = ((now.value - since.value) / (now.at - since.at)) * HOUR
  return perHour > 0 && (left / perHour) * HOUR <= recovery ? 'rises' : 'still'
}

/** From hour to hour, the newest first: as many as rose, over a single flat one each. */
function lastRises(points: Point[]): Rise[] {
  const rises: Rise[] = []
  for (let i = points.length - 1; i > 0 && rises.length < MOST_RISES; i--) {
    const [before, after] = [points[i - 1] as Point, points[i] as Point]
    const one = { value: after.value - before.value, hours: (after.at - before.at) / HOUR }
    if (one.value < 0 || one.hours * HOUR > LONGEST_GAP_MS) break
    if (one.value === 0 && (rises.length === 0 || rises.at(-1)?.value === 0)) break
    rises.push(one)
  }
  return rises.slice(0, rises.findLastIndex(({ value }) => value > 0) + 1)
}

interface Rise {
  value: number
  hours: number
}
const sum = (rises: Rise[]): number => rises.reduce((total, { value }) => total + value, 0)
const hoursOf = (rises: Rise[]): number => rises.reduce((total, { hours }) => total + hours, 0)

/**
 * Where this rise began, however long ago: what is its own is not what is usual here. It goes back as long as it rose by
 * a good part of the pace of today, over one slower hour and over looks that failed.
 */
function beginningOf(points: Point[], perHour: number): number {
  let begun = points.length - 1
  for (let i = begun - 1; i >= 0 && begun - i <= 2; i--) {
    const [from, to] = [points[i] as Point, points[begun] as Point]
    const hours = (to.at - from.at) / HOUR
    if ((points[i + 1] as Point).at - from.at > LONGEST_GAP_MS) break
    if (to.value - from.value >= SAME_PACE * perHour * hours) begun = i
  }
  return points[begun]?.at ?? 0
}

/** The largest rise of any stretch of the history as long as this. */
function largestWithin(points: Point[], spanMs: number): number {
  let largest = 0
  for (const [j, end] of points.entries())
    for (let i = j - 1; i >= 0 && end.at - (points[i] as Point).at <= spanMs; i--)
      largest = Math.max(largest, end.value - (points[i] as Point).value)
  return largest
}
