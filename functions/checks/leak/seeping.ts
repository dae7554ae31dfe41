/** A leak too slow to stand out within two days: the least that an application leaves idle grows from day to day. */
import { back, known, type Track } from './track.ts'

export interface Seeping {
  /** The greatest of the days before it began. */
  most: number
  /** The least of the last day before it began. */
  floor: number
  perDay: number
}

/** Days that are over, each of which kept more than the one before. */
const DAYS = 3
const LEAST_GROWTH = 5

/** A pool that fills grows less each day; bursts and deployments do not lift the least of a day. */
export function seepsIn({ days, floors, looks }: Track): Seeping | undefined {
  const steps: number[] = []
  for (let day = 1; day <= DAYS; day += 1) {
    const [now, before] = [back(floors, day), back(floors, day + 1)]
    if (now === null || before === null) return undefined
    steps.push(now - before)
  }
  const growth = steps.reduce((sum, step) => sum + step, 0)
  const earlier = known(floors.slice(0, -1 - DAYS))
  const highest = (back(floors, 1) as number) - Math.max(...earlier)
  if (growth < LEAST_GROWTH || highest < LEAST_GROWTH || (looks.at(-1) ?? 0) < (back(floors, 1) as number))
    return undefined
  if (steps.some((step) => step < Math.max(1, growth / 5))) return undefined
  return {
    most: Math.max(0, ...known(days.slice(0, -1 - DAYS))),
    floor: back(floors, DAYS + 1) as number,
    perDay: growth / DAYS,
  }
}
