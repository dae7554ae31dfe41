/** The leaks that stand in a series: who, how many, since when, how fast. */
import type { LeakSeries } from './idle-series.ts'
import { ratePerHour } from './onset.ts'
import { HOUR, readTrack } from './track.ts'

export interface Leak {
  /** The application, as `applicationName` names it. */
  name: string
  /** Its sessions that are idle for over an hour. */
  count: number
  /** As many were usual at most, in the week before. */
  reference: number
  /** When the first of them was left, as far as can be told. */
  since: number
  /** What was deployed within it began it, in all likelihood. */
  sinceWindow: [from: number, to: number]
  /** Sessions an hour, of the last day; 0 where it does not grow. */
  perHour: number
}

/** Older than this, what stood says nothing of now. */
const STALE_MS = 24 * HOUR

/** Worst first. */
export function leaksOf({ times, tracks }: LeakSeries, now: number): Leak[] {
  const at = times.at(-1) ?? 0
  if (now - at > STALE_MS) return []
  return tracks
    .flatMap((stored) => {
      const [, , { leak }] = stored
      const track = leak && readTrack(stored)
      const count = track?.looks.at(-1) ?? 0
      if (!track || count <= leak.over) return []
      const { reference, since, window } = leak
      const perHour = ratePerHour(track, Math.max(since + HOUR, at - 24 * HOUR), at)
      return [{ name: track.name, count, reference, since, sinceWindow: window, perHour }]
    })
    .sort((a, b) => b.perHour - a.perHour || b.count - a.count || (a.name < b.name ? -1 : 1))
}
