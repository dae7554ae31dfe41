/** The leaks that stand in a series: who, how many, since when, how fast. */
import type { LeakSeries } from './idle-series.ts'
import { leakPerHour } from './onset.ts'
import { DAY, idleNow, readTrack } from './track.ts'

export interface Leak {
  /** The application. */
  name: string
  /** Its sessions that are idle for over an hour. */
  count: number
  /** The most there were of these since it began: a pool that works by day leaves fewer then. */
  most: number
  /** As many there were at most, in the week before. */
  reference: number
  /** When the first of them was left, as far as can be told. */
  since: number
  /** What was deployed within it began it, in all likelihood. */
  sinceWindow: [from: number, to: number]
  /** Sessions an hour, of the last day; 0 where it has stopped growing. */
  perHour: number
}

/** Older than this, a series says nothing of now. */
const STALE_MS = DAY

/** Worst first. */
export function leaksOf({ times, tracks }: LeakSeries, now: number): Leak[] {
  const at = times.at(-1) ?? Number.NEGATIVE_INFINITY
  if (now - at > STALE_MS) return []
  return tracks
    .flatMap((stored) => {
      const { leak } = stored[2]
      const track = leak && readTrack(stored)
      if (!track || idleNow(track) <= leak.over) return []
      return {
        name: track.name,
        count: idleNow(track),
        most: Math.max(leak.most, idleNow(track)),
        reference: leak.reference,
        since: leak.since,
        sinceWindow: leak.window,
        perHour: leakPerHour(track, leak, at),
      }
    })
    .sort((a, b) => b.perHour - a.perHour || b.count - a.count || (a.name < b.name ? -1 : 1))
}
