/** One made-up history of a database's size with known truth: what it would do if nobody did anything about it. */

export const HOURS_A_DAY = 24
/** From here on "to go" is the same to a judge: nobody needs to know more than this ahead. */
const LOOK_AHEAD_HOURS = 20 * HOURS_A_DAY

/** A repeatable source of chance. */
export interface Chance {
  /** Evenly from a to b. */
  between(a: number, b: number): number
  /** A whole number from a to b, both included. */
  whole(a: number, b: number): number
  oneOf<T>(things: T[]): T
  /** True so often, of 1. */
  happens(part: number): boolean
  /** From the normal distribution of mean 0 and deviation 1. */
  normal(): number
}

/** What a shape says of one run; levels are parts of the first limit. */
export interface Plan {
  /** Without noise, at any hour from 0 on, as if it could go on above the limit. */
  signal(hour: number): number
  days: number
  /** The limit's factor at an hour; 1 where it never changes. */
  limit?(hour: number): number
  /** Deviation of the samples as part of the level, and how much of the last hour's is left in the next. */
  noise?: { deviation: number; memory: number }
  /** Hours in which nothing is measured, beginning and end. */
  gaps?: [number, number][]
}

export interface Trace {
  /** Epoch milliseconds of hour 0. */
  begins: number
  /** Bytes as measured in each hour, until the limit is reached; null: not measured. */
  samples: (number | null)[]
  limit(hour: number): number
  /** Days until the signal reaches the limit that holds at the hour; Infinity if that is far off. */
  daysToGo(hour: number): number
  /** Whether the samples end because the limit is reached. */
  fills: boolean
}

/** The bench's shapes, each a run of chance. */
export type Shapes = Record<string, (chance: Chance) => Plan>

/** Mulberry32. */
export function chanceOf(seed: number): Chance {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const between = (a: number, b: number) => a + (b - a) * next()
  const whole = (a: number, b: number) => Math.floor(between(a, b + 1))
  return {
    between,
    whole,
    oneOf: (things) => things[whole(0, things.length - 1)] as (typeof things)[number],
    happens: (part) => next() < part,
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
  }
}

/** Half of all runs are nearly exact, half vary by up to 3 % of the level, from hour to hour or for days. */
export const anyNoise = (chance: Chance) => ({
  deviation: chance.happens(0.5) ? chance.between(0, 0.004) : chance.between(0.004, 0.03),
  memory: chance.oneOf([0, 0.5, 0.8, 0.95]),
})

/** A few gaps of hours up to two days. */
export const gapsIn = (chance: Chance, days: number, count: number): [number, number][] =>
  Array.from({ length: count }, () => {
    const from = chance.whole(0, days * HOURS_A_DAY)
    return [from, from + chance.whole(2, 48)]
  })

export function traceOf(plan: Plan, chance: Chance): Trace {
  const bytes = 10 ** chance.between(8.7, 12)
  const hours = Math.ceil(plan.days * HOURS_A_DAY)
  const { deviation, memory } = plan.noise ?? anyNoise(chance)
  const gaps = plan.gaps ?? (chance.happens(0.3) ? gapsIn(chance, plan.days, chance.whole(1, 3)) : [])
  const factor = plan.limit ?? (() => 1)
  const signal = Array.from({ length: hours + LOOK_AHEAD_HOURS }, (_, hour) => plan.signal(hour))
  const samples: (number | null)[] = []
  let drift = chance.normal() * deviation
  for (let hour = 0; hour < hours; hour += 1) {
    const level = signal[hour] as number
    if (level >= factor(hour)) break
    drift = memory * drift + Math.sqrt(1 - memory ** 2) * deviation * chance.normal()
    const missed = gaps.some(([from, to]) => hour >= from && hour < to)
    // What is full cannot measure more than full.
    samples.push(missed ? null : Math.round(bytes * Math.max(0, Math.min(factor(hour), level * (1 + drift)))))
  }
  return {
    begins: Date.UTC(2026, 0, 1) + chance.whole(0, 14 * HOURS_A_DAY) * 3_600_000,
    samples,
    limit: (hour) => Math.round(bytes * factor(hour)),
    daysToGo: (hour) => {
      for (let later = hour; later < Math.min(hour + LOOK_AHEAD_HOURS, signal.length); later += 1)
        if ((signal[later] as number) >= factor(hour)) return (later - hour) / HOURS_A_DAY
      return Number.POSITIVE_INFINITY
    },
    fills: samples.length < hours,
  }
}
