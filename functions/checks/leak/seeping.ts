/** A leak too slow to stand out within two days: the least that an application leaves idle grows from day to day. */
import { known, type Track } from './track.ts'

export interface Seeping {
  /** The greatest of the days before it began. */
  most: number
  /** The least of the last day before it began. */
  floor: number
  perDay: number
}

/** Days that are over, each of which kept more than the one before. */
const DAYS = 4
const LEAST_GROWTH = 5

/** A pool that fills grows less each day; bursts and deployments do not lift the least of a day. */
export function seepsIn({ days, floors, looks }: Track): Seeping | undefined {
  const lately = floors.slice(-2 - DAYS, -1)
  const [first, ...later] = known(lately)
  const now = later.at(-1)
  if (first === undefined || now === undefined || later.length < DAYS) return undefined
  const growth = now - first
  const goesOn = later.every((floor, i) => floor - (later[i - 1] ?? first) >= Math.max(1, growth / 6))
  const most = Math.max(0, ...known(days.slice(0, -1 - DAYS)))
  const usual = Math.max(...known(floors.slice(0, -1 - DAYS)))
  // As many by night as half of what there was at most before: else it is of no weight yet.
  const isMuch = now - usual >= LEAST_GROWTH && now >= most / 2 && (looks.at(-1) ?? 0) >= now
  return goesOn && isMuch ? { most, floor: first, perDay: growth / DAYS } : undefined
}
