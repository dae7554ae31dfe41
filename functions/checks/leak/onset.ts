/** How fast a leak drips, and when it began. */
import { hoursBack } from './looks.ts'
import type { Seeping } from './seeping.ts'
import { type Above, back, DAY, HOUR, idleNow, known, type Standing, type Track } from './track.ts'

export type Onset = Pick<Standing, 'since' | 'level' | 'window'>

/** The first drip comes within so many usual intervals, even where the pace is judged by few. */
const INTERVALS = 5
const SLOWEST = 0.05

/** An hour before it was first counted above its maximum; earlier where it had less than its maximum by then. */
export function onsetAbove(track: Track, { since, after }: Above, reference: number, at: number): Onset {
  const hours = hoursBack(since, at)
  const before = known([1, 2, 3, 4, 5, 6].map((by) => back(track.idle, hours + by)))
  const level = before.length > 0 ? Math.min(reference, median(before)) : reference
  const perHour = Math.max(SLOWEST, slopePerHour(track, since, at))
  const hidden = Math.min(DAY, ((reference - level) / perHour) * HOUR)
  const first = since - HOUR - hidden
  const from = Math.min(after - HOUR, first) - (INTERVALS / perHour) * HOUR
  return onset(first, level, from, since - HOUR - hidden / 2)
}

/** What leaks soon after it came leaks since it came, in all likelihood. */
const SOON_MS = 12 * HOUR

/** When an application came that leaks from the beginning; of others when they last had as few as in the day before. */
export function onsetOfNewcomer(track: Track, growsFor: number, at: number): Onset {
  const perHour = Math.max(SLOWEST, slopePerHour(track, at - growsFor * HOUR, at))
  const level = Math.min(...known(track.idle))
  const first = Math.max(track.since, at - HOUR - ((idleNow(track) - level) / perHour) * HOUR)
  // A program may run for a while before it opens its first connection.
  const came = track.since - Math.max(1, 2 / perHour) * HOUR
  const from = first - track.since < SOON_MS ? came : first - (INTERVALS / perHour) * HOUR
  return onset(first, level, from, first + HOUR / perHour)
}

/** By the pace of its days, back from the last that is over. */
export function onsetOfSeeping({ from, to, days }: Seeping, at: number): Onset {
  const perDay = (to - from) / days
  const first = Math.floor(at / DAY) * DAY - HOUR - ((to - from) / perDay) * DAY
  return onset(first, from, first - 1.5 * DAY, first + DAY / 2)
}

const onset = (since: number, level: number, from: number, to: number): Onset => ({
  since: Math.round(since),
  level: Math.floor(level),
  window: [Math.round(from), Math.round(to)],
})

/** Before so many hours are known, a slope is made by one drip or two. */
const FEW_HOURS = 8

/** Sessions an hour, of the last day at most; 0 where it does not grow. */
export function leakPerHour(track: Track, standing: Standing, at: number): number {
  const slope = slopeSince(track, standing, at)
  const yesterday = known([23, 24, 25].map((by) => back(track.idle, by)))
  // A day's rhythm is no pace: at the same hour of yesterday it was the same. Where there were as many, who leaks has been
  // restarted since.
  const more = yesterday.length === 0 ? 0 : idleNow(track) - median(yesterday)
  if (more <= 0) return slope
  // What was left in the last hour is not counted yet.
  const hours = (at - standing.since) / HOUR - 1
  const perHour = more / Math.max(1, Math.min(24, hours))
  return hours >= 24 ? perHour : Math.min(slope, perHour)
}

function slopeSince(track: Track, { since, level }: Standing, at: number): number {
  const hours = (at - since) / HOUR
  if (hours < FEW_HOURS) return Math.max(0, idleNow(track) - level) / Math.max(1, hours)
  return slopePerHour(track, Math.max(since + HOUR, at - DAY), at)
}

/** Theil and Sen's median of the slopes between all hours since then: no burst moves it. Of slow leaks, all there is. */
function slopePerHour({ idle, looks }: Track, since: number, at: number): number {
  // A count stands for the end of its hour, the newest for now.
  const hours = idle.slice(0, -1).flatMap((count, i) => {
    const hour = Math.floor(at / HOUR) - (idle.length - 2 - i)
    return count === null || hour * HOUR <= since ? [] : [{ hour, count }]
  })
  const points = [...hours, { hour: at / HOUR, count: looks.at(-1) ?? 0 }]
  const slopes = points.flatMap((from, i) =>
    points.slice(i + 1).map((to) => (to.count - from.count) / Math.max(0.5, to.hour - from.hour)),
  )
  return Math.max(0, median(slopes) || (slopes[points.length - 2] ?? 0))
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] ?? 0
  return ((sorted[(sorted.length - 1) >> 1] ?? upper) + upper) / 2
}
