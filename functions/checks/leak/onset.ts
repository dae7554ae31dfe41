/** How fast a leak drips, and when it began. */
import type { Seeping } from './seeping.ts'
import { type Above, back, DAY, HOUR, known, type Standing, type Track } from './track.ts'

export type Onset = Pick<Standing, 'since' | 'window'>

/** The first drip comes within so many usual intervals, nineteen times of twenty. */
const INTERVALS = 3
const FURTHEST_MS = 24 * HOUR

/** When what is above its own maximum since then was first left: an hour before it was counted, or earlier where it was less than its maximum then. */
export function onsetAbove(track: Track, { since, after }: Above, reference: number, at: number): Onset {
  const rate = Math.max(ratePerHour(track, since, at), 0.05)
  const hours = Math.floor(at / HOUR) - Math.floor(since / HOUR)
  const before = known([1, 2, 3, 4, 5, 6].map((by) => back(track.idle, hours + by)))
  const level = before.length > 0 ? Math.min(reference, median(before)) : reference
  const unseen = Math.min(FURTHEST_MS, ((reference - level) / rate) * HOUR)
  const first = since - HOUR - unseen
  return {
    since: first,
    window: [Math.min(after - HOUR, first) - (INTERVALS / rate) * HOUR, since - HOUR - unseen / 2],
  }
}

/** When an application that has not been known for long began: as it came, or as it last had as few as in the day before. */
export function onsetOfNewcomer(track: Track, growsFor: number, at: number): Onset {
  const rate = Math.max(ratePerHour(track, at - growsFor * HOUR, at), 0.05)
  const least = Math.min(...known(track.idle))
  const first = Math.max(track.since, at - HOUR - (((track.looks.at(-1) ?? 0) - least) / rate) * HOUR)
  return { since: first, window: [Math.max(track.since, first - (INTERVALS / rate) * HOUR), first + HOUR / rate] }
}

/** By its daily pace, back from the end of the first day that kept more. */
export function onsetOfSeeping(track: Track, { floor, perDay }: Seeping, at: number): Onset {
  const first = Math.floor(at / DAY) * DAY - HOUR - (((back(track.floors, 1) ?? 0) - floor) / perDay) * DAY
  return { since: first, window: [first - DAY, first + DAY] }
}

/**
 * Sessions an hour since a moment, by Theil and Sen's median of the slopes between all hours: no burst moves it.
 * 0 where it does not grow.
 */
export function ratePerHour({ idle, looks }: Track, since: number, at: number): number {
  const hour = Math.floor(at / HOUR)
  // A count stands for the end of its hour, the newest for now.
  const points = idle.slice(0, -1).flatMap((count, i) => {
    const end = hour - (idle.length - 2 - i)
    return count === null || end * HOUR <= since ? [] : [{ hour: end, count }]
  })
  const all = [...points, { hour: at / HOUR, count: looks.at(-1) ?? 0 }]
  const slopes = all.flatMap((from, i) =>
    all.slice(i + 1).map((to) => (to.count - from.count) / Math.max(0.5, to.hour - from.hour)),
  )
  return Math.max(0, median(slopes))
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] ?? 0
  return ((sorted[(sorted.length - 1) >> 1] ?? upper) + upper) / 2
}
