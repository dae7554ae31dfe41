/** A leak too slow, or an application too uneven, for it to stand out within two days: the least it leaves idle grows from day to day. */
import { idleNow, known, type Track } from './track.ts'

export interface Seeping {
  /** The greatest of the days before it began. */
  most: number
  /** The least of the last day before it began, and of the last that is over. */
  from: number
  to: number
  /** How many days lie between. */
  days: number
}

/** Days that are over, each of which kept more than the one before. */
const DAYS = 4
const LEAST_GROWTH = 5

/** A pool that fills grows less each day; bursts and deployments do not lift the least of a day. */
export function seeps(track: Track): Seeping | undefined {
  const [from, ...later] = known(track.floors.slice(-2 - DAYS, -1))
  const to = later.at(-1)
  if (from === undefined || to === undefined || later.length < DAYS) return undefined
  const least = Math.max(1, (to - from) / 6)
  const goesOn = later.every((floor, i) => floor - (later[i - 1] ?? from) >= least)
  const most = Math.max(0, ...known(track.days.slice(0, -1 - DAYS)))
  const usual = Math.max(...known(track.floors.slice(0, -1 - DAYS)))
  // At the least half of what there was at most: else it is of no weight yet.
  const isMuch = to - usual >= LEAST_GROWTH && to >= most / 2 && idleNow(track) >= to
  return goesOn && isMuch ? { most, from, to, days: DAYS } : seepsUnevenly(track)
}

/** Over so many days, where some have fewer than the one before. */
const UNEVEN_DAYS = 7

/** The least of the last three days is more than any of the first three, and no day brought half of it. */
function seepsUnevenly(track: Track): Seeping | undefined {
  const over = known(track.floors.slice(0, -1))
  if (over.length < UNEVEN_DAYS) return undefined
  const [from, to] = [Math.max(...over.slice(0, 3)), Math.min(...over.slice(-3))]
  const steepest = Math.max(...over.slice(1).map((floor, i) => floor - (over[i] ?? floor)))
  const most = Math.max(0, ...known(track.days.slice(0, 3)))
  const isMuch = to - from >= Math.max(LEAST_GROWTH, most / 4) && to >= most / 2 && idleNow(track) >= to
  const isEven = steepest <= (Math.max(...over) - Math.min(...over)) / 2
  return isMuch && isEven ? { most, from, to, days: over.length - 3 } : undefined
}
