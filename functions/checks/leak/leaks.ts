/** The leaks that stand in a series: who, how many, since when, how fast. */
import type { LeakSeries } from './idle-series.ts'
import { leakPerHour } from './onset.ts'
import { leftBy } from './standing.ts'
import { DAY, ENDED_COUNTS_HOURS, endedWithin, HOUR, idleNow, readTrack, type Standing, type Track } from './track.ts'

export interface Leak {
  /** The application. */
  name: string
  /** Those of its family that are there at the moment. */
  names?: string[]
  /** Its sessions that are idle for over an hour, those that Nightshift has ended within a day included. */
  count: number
  /** How many it has ended within a day. */
  ended: number
  /** How many are there now beyond what it used to leave. */
  left: number
  /** The most there were of these since it began: a pool that works by day leaves fewer then. */
  most: number
  /** As many there were at most, in the week before. */
  reference: number
  /** When the first of them was left, as far as can be told, epoch milliseconds. */
  since: number
  /** What was deployed within it began it, in all likelihood. */
  sinceWindow: [from: number, to: number]
  /** Sessions an hour, of the last day; 0 where it has stopped growing. */
  perHour: number
  /** Of those, as many are ended. */
  endedPerHour: number
}

/** An application that had leaked, keeps what it left, and has left no more for days: that is what is usual for it now. */
export interface Settled {
  name: string
  count: number
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
        ended: endedWithin(track, ENDED_COUNTS_HOURS),
        left: leftBy(track),
        perHour: perHourOf(track, leak, at),
        endedPerHour: endedPerHour(track),
      }
    })
    .sort((a, b) => b.perHour - a.perHour || b.count - a.count || (a.name < b.name ? -1 : 1))
}

/** What is ended within a day came within a day, once the counts no longer grow by it. */
function perHourOf(track: Track, leak: Standing, at: number): number {
  const hours = Math.max(1, Math.min(ENDED_COUNTS_HOURS, (at - leak.since) / HOUR))
  return Math.max(leakPerHour(track, leak, at), endedWithin(track, ENDED_COUNTS_HOURS) / hours)
}

/** Endings come in batches, once enough connections are taken: over half a day there are some. */
const endedPerHour = (track: Track): number =>
  Math.max(...[ENDED_COUNTS_HOURS / 2, ENDED_COUNTS_HOURS].map((hours) => endedWithin(track, hours) / hours))

/** A day after the last, nobody asks any more. */
const SETTLED_LATELY_MS = DAY

/** What is no leak any more only because it has not grown for days. */
export function settledOf({ times, tracks }: LeakSeries): Settled[] {
  const at = times.at(-1) ?? Number.NEGATIVE_INFINITY
  return tracks.flatMap((stored) => {
    const { surge, leak } = stored[2]
    const track = surge?.explains === 0 && !leak && at - surge.at < SETTLED_LATELY_MS ? readTrack(stored) : undefined
    return track && idleNow(track) > 0 ? [{ name: track.name, count: idleNow(track) }] : []
  })
}
