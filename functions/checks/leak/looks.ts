/** The last looks at one application. */
import { HOUR, idleNow, MINUTE, type Track } from './track.ts'

/** What a judgement needs to know beside the track. */
export interface Watch {
  at: number
  /** Of the last looks since the last restart, the newest last. */
  times: number[]
  /** Since when there has been no restart. */
  unbrokenSince: number
  /** The first look of all. */
  since: number
}

/** Six looks of five minutes; with another schedule as many as that takes, but three at least. */
const LASTING_MS = 24 * MINUTE
const FEWEST_LOOKS = 3
const HALF_HOUR = 30 * MINUTE

/** How many have been idle in each of the last looks running; undefined where there were too few looks. */
export function lasting({ looks }: Track, { at, times }: Watch): number | undefined {
  const farEnough = times.findLastIndex((time) => at - time >= LASTING_MS)
  const first = Math.min(farEnough, times.length - FEWEST_LOOKS)
  const run = looks.slice(first - times.length)
  return first < 0 || run.length < times.length - first ? undefined : Math.min(...run)
}

/** How many have been added within half an hour, or since the look before where that is longer ago. */
export function rise(track: Track, { at, times }: Watch): number {
  const { looks } = track
  const within = looks.filter((_, i) => {
    const time = times[times.length - looks.length + i] ?? at
    return at - time <= HALF_HOUR || i >= looks.length - 2
  })
  return idleNow(track) - Math.min(...within)
}

/** How many hours lie between the hour of a moment and this one. */
export const hoursBack = (then: number, at: number): number => Math.floor(at / HOUR) - Math.floor(then / HOUR)
