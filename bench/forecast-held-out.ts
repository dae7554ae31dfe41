/** Other shapes than those that the forecast was made with: written before it, and first run when it was done. */
import { day, growth, phase } from './forecast-shapes.ts'
import { anyNoise, type Chance, HOURS_A_DAY, type Plan, type Shapes } from './forecast-trace.ts'

const bounded = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value))

/** A value for each hour, each made from the last one. */
function path(days: number, first: number, next: (last: number, hour: number) => number): (hour: number) => number {
  const values = [first]
  for (let hour = 1; hour < (days + 21) * HOURS_A_DAY; hour += 1) values.push(next(values[hour - 1] as number, hour))
  return (hour) => values[hour] as number
}

/** What never fills, under the limit with all that swings above it. */
const resting = (chance: Chance, plan: (level: number) => Omit<Plan, 'days'>, most = 0.95): Plan => ({
  days: 100,
  ...plan(chance.between(0.2, most)),
})

export const heldOut: Shapes = {
  'S-curve to full'(chance) {
    const { from, days } = growth(chance)
    const steep = chance.between(4, 8)
    const curve = (hour: number) => 1 / (1 + Math.exp(-steep * (day(hour) / days - 0.5)))
    const rise = (1 - from) / (curve(days * HOURS_A_DAY * 0.9) - curve(0))
    return { days: days + 1, signal: (hour) => from + rise * (curve(hour) - curve(0)) }
  },
  'growth that slows down, to full'(chance) {
    const { from, days } = growth(chance)
    const power = chance.between(0.6, 0.95)
    return { days: days + 1, signal: (hour) => from + (1 - from) * (day(hour) / days) ** power }
  },
  'two speeds'(chance) {
    const { from, days, perDay } = growth(chance)
    const faster = chance.between(1.5, 4)
    const at = chance.between(0.2, 0.6) * days
    return {
      days: days + 1,
      signal: (hour) => from + perDay * (day(hour) + (faster - 1) * Math.max(0, day(hour) - at)),
    }
  },
  'growth on weekdays'(chance) {
    const { from, days, perDay } = growth(chance)
    const begins = chance.whole(0, 6)
    const working = (hour: number) => {
      const since = day(hour) + begins
      return Math.floor(since / 7) * 5 + Math.min(5, since % 7)
    }
    return { days: days + 5, signal: (hour) => from + perDay * 1.4 * (working(hour) - working(0)) }
  },
  'growth by day only'(chance) {
    const { from, days, perDay } = growth(chance)
    const begins = chance.between(0, 1)
    return {
      days: days + 1,
      signal: (hour) => from + perDay * (Math.floor(day(hour) + begins) + Math.min(1, 2 * phase(hour, 1, begins))),
    }
  },
  'growth in uneven steps'(chance) {
    const { from, days, perDay } = growth(chance)
    // Of two or three steps nobody can tell that there will be another.
    const each = chance.between(1, Math.min(4, days / 10))
    const signal = path(days * 2, from, (last) =>
      chance.happens(1 / (each * HOURS_A_DAY)) ? last + perDay * each * chance.between(0.4, 1.6) : last,
    )
    return { days: days * 2, signal }
  },
  'random walk upwards'(chance) {
    const { from, days, perDay } = growth(chance)
    const restless = perDay * chance.between(0.3, 1.5)
    const signal = path(days * 2, from, (last) =>
      bounded(last + perDay / HOURS_A_DAY + (restless * chance.normal()) / Math.sqrt(HOURS_A_DAY), 0.05, 9),
    )
    return { days: days * 2, signal }
  },
  'growth after a purge'(chance) {
    const { from, days, perDay } = growth(chance)
    const at = chance.between(3, 30)
    const purged = chance.between(0.1, 0.5)
    const level = bounded(from + purged, 0.3, 0.95)
    return { days: at + days + 1, signal: (hour) => (day(hour) < at ? level : from + perDay * (day(hour) - at)) }
  },
  'growth, with temporary tables'(chance) {
    const { from, days, perDay } = growth(chance)
    const extra = path(days, 0, (last) =>
      chance.happens(1 / 60) ? chance.between(0, 0.1) : chance.happens(1 / 6) ? 0 : last,
    )
    const base = (hour: number) => from + perDay * day(hour)
    // They come and go: full means full without them.
    return { days: days + 1, signal: (hour) => (base(hour) >= 1 ? 1 : Math.min(0.999, base(hour) + extra(hour))) }
  },
  'uneven clean-ups': (chance) =>
    resting(chance, (level) => {
      const low = level * chance.between(0.7, 0.97)
      const pace = (level - low) / chance.between(2, 7)
      return {
        signal: path(100, low, (last) => (last >= level - chance.between(0, 0.02) ? low : last + pace / HOURS_A_DAY)),
      }
    }),
  'loads of two or three days': (chance) =>
    resting(chance, (level) => {
      const at = chance.between(10, 70)
      const takes = chance.between(1.5, 3)
      const by = level * chance.between(0.05, 0.4)
      return { signal: (hour) => level - by + by * bounded((day(hour) - at) / takes, 0, 1) }
    }),
  'wandering for days': (chance) =>
    resting(
      chance,
      (level) => {
        const pace = 1 / (chance.between(2, 8) * HOURS_A_DAY)
        const swing = level * chance.between(0.005, 0.02)
        const signal = path(100, level, (last) =>
          bounded(last + pace * (level - last) + swing * Math.sqrt(2 * pace) * chance.normal(), 0, 0.99),
        )
        return { signal }
      },
      0.9,
    ),
  'weekdays and weekends': (chance) =>
    resting(chance, (level) => {
      const swing = chance.between(0.02, 0.15)
      const begins = chance.between(0, 7)
      return { signal: (hour) => level * (phase(hour, 7, begins) < 5 / 7 ? 1 : 1 - swing) }
    }),
  'day and night': (chance) =>
    resting(chance, (level) => {
      const swing = chance.between(0.02, 0.1)
      const begins = chance.between(0, 1)
      return { signal: (hour) => level * (1 - (swing * (1 - Math.sin(2 * Math.PI * phase(hour, 1, begins)))) / 2) }
    }),
  'temporary tables': (chance) =>
    resting(chance, (level) => {
      const base = level * chance.between(0.7, 0.98)
      const often = 1 / chance.between(20, 200)
      const gone = 1 / chance.between(3, 30)
      const signal = path(100, base, (last) =>
        chance.happens(often) ? chance.between(base, level) : chance.happens(gone) ? base : last,
      )
      return { signal }
    }),
  'a purge, then flat': (chance) =>
    resting(chance, (level) => {
      const at = chance.between(3, 60)
      const by = chance.between(0.05, 0.5)
      return { signal: (hour) => (day(hour) < at ? level : level * (1 - by)) }
    }),
  'flat with outliers': (chance) =>
    resting(
      chance,
      (level) => {
        const { deviation } = anyNoise(chance)
        // Student's t of three degrees of freedom.
        const heavy = () =>
          chance.normal() / Math.sqrt((chance.normal() ** 2 + chance.normal() ** 2 + chance.normal() ** 2) / 3)
        return { signal: path(100, level, () => bounded(level * (1 + (deviation / 2) * heavy()), 0, 0.999)) }
      },
      0.93,
    ),
  'slow growth that ends far away': (chance) =>
    resting(
      chance,
      (level) => {
        const perDay = ((1 - level) / 115) * chance.between(0.2, 0.9)
        return { signal: (hour) => level + perDay * Math.min(100, day(hour)) }
      },
      0.9,
    ),
}

/** Those that go on otherwise than they were, by chance or by their curve: what is behind says little of what is ahead. */
export const unlikeBefore = ['S-curve to full', 'growth in uneven steps', 'random walk upwards']

/** Nobody could know: told apart, and counted in no goal. */
export const undecidable: Shapes = {
  'monthly clean-ups': (chance) =>
    resting(chance, (level) => {
      const swing = chance.between(0.1, 0.5)
      const begins = chance.between(0, 30)
      return { signal: (hour) => level * (1 + swing * (phase(hour, 30, begins) - 1)) }
    }),
  'growth stopped by somebody in the last ten days'(chance) {
    const { from, days, perDay } = growth(chance)
    const at = Math.max(5, days - chance.between(1, 10))
    return { days: days + 40, signal: (hour) => from + perDay * Math.min(at, day(hour)) }
  },
}
