/** The shapes that the forecast was made with. Levels are parts of the limit, speeds per day, clean-ups at any hour. */
import { type Chance, gapsIn, HOURS_A_DAY, type Plan, type Shapes } from './forecast-trace.ts'

const WEEK = 7

/** From a level to full, in so many days. */
export const growth = (chance: Chance) => {
  const from = chance.between(0.2, 0.85)
  const days = chance.between(10, 120)
  return { from, days, perDay: (1 - from) / days }
}

export const day = (hour: number) => hour / HOURS_A_DAY

/** How far through a cycle of so many days. */
export const phase = (hour: number, days: number, begins: number) =>
  (day(hour) + begins) / days - Math.floor((day(hour) + begins) / days)

const wave = (hour: number, begins: number) => Math.sin(2 * Math.PI * phase(hour, WEEK, begins))

/** A level that, with all that swings above it, stays under the limit. */
const safe = (chance: Chance, swing: number) => chance.between(0.2, 0.96 / (1 + swing))

export const shapes: Shapes = {
  linear(chance) {
    const { from, days, perDay } = growth(chance)
    return { days: days + 1, signal: (hour) => from + perDay * day(hour) }
  },
  slow(chance) {
    const from = chance.between(0.5, 0.9)
    const perDay = chance.between(0.0005, 0.004)
    return { days: 150, signal: (hour) => from + perDay * day(hour) }
  },
  exponential(chance) {
    const { from, days } = growth(chance)
    return { days: days + 1, signal: (hour) => from ** (1 - day(hour) / days) }
  },
  'growth begins'(chance) {
    const { from, days, perDay } = growth(chance)
    const flat = chance.between(10, 60)
    return { days: flat + days + 1, signal: (hour) => from + perDay * Math.max(0, day(hour) - flat) }
  },
  'growth, nightly clean-ups'(chance) {
    const { from, days, perDay } = growth(chance)
    const swing = chance.between(0.02, 0.15)
    const at = chance.between(0, 1)
    return { days: days + 2, signal: (hour) => (from + perDay * day(hour)) * (1 + swing * (phase(hour, 1, at) - 1)) }
  },
  'growth, weekly clean-ups'(chance) {
    const { from, days, perDay } = growth(chance)
    const swing = chance.between(0.02, 0.15)
    const at = chance.between(0, WEEK)
    return { days: days + 8, signal: (hour) => (from + perDay * day(hour)) * (1 + swing * (phase(hour, WEEK, at) - 1)) }
  },
  'growth, weekly season'(chance) {
    const { from, days, perDay } = growth(chance)
    const swing = chance.between(0.01, 0.1)
    const at = chance.between(0, WEEK)
    return { days: days + 1, signal: (hour) => (from + perDay * day(hour)) * (1 + swing * wave(hour, at)) }
  },
  'growth, restart gaps'(chance) {
    const { from, days, perDay } = growth(chance)
    return {
      days: days + 1,
      signal: (hour) => from + perDay * day(hour),
      gaps: gapsIn(chance, days, Math.ceil(days / 8)),
    }
  },
  'growth, limit changes'(chance) {
    const { from, days, perDay } = growth(chance)
    const at = chance.between(0.2, 0.8) * days
    // Never so low that it is full before the tenth day.
    const lowest = from + perDay * Math.max(10, at + 1)
    const to = chance.oneOf([chance.between(1.2, 2), Math.max(chance.between(0.7, 0.95), lowest)])
    return {
      days: days * 2,
      signal: (hour) => from + perDay * day(hour),
      limit: (hour) => (day(hour) < at ? 1 : to),
    }
  },
  'growth in steps'(chance) {
    const { from, days, perDay } = growth(chance)
    // Of two or three steps nobody can tell that there will be another.
    const every = chance.between(1.5, Math.min(7, days / 6))
    return { days: days + 8, signal: (hour) => from + perDay * every * Math.floor(day(hour) / every) }
  },
  'nightly clean-ups'(chance) {
    const swing = chance.between(0.02, 0.15)
    const level = safe(chance, 0)
    const at = chance.between(0, 1)
    return { days: 90, signal: (hour) => level * (1 + swing * (phase(hour, 1, at) - 1)) }
  },
  'weekly clean-ups'(chance) {
    const swing = chance.between(0.02, 0.2)
    const level = safe(chance, 0)
    const at = chance.between(0, WEEK)
    return { days: 90, signal: (hour) => level * (1 + swing * (phase(hour, WEEK, at) - 1)) }
  },
  'weekly season'(chance) {
    const swing = chance.between(0.01, 0.1)
    const level = safe(chance, swing)
    const at = chance.between(0, WEEK)
    return { days: 90, signal: (hour) => level * (1 + swing * wave(hour, at)) }
  },
  'bulk load': (chance) => loads(chance, 1),
  'bulk loads': (chance) => loads(chance, chance.whole(2, 5)),
  plateau(chance) {
    const from = chance.between(0.2, 0.6)
    const to = chance.between(from, 0.96)
    const pace = chance.between(4, 25)
    return { days: 90, signal: (hour) => to - (to - from) * Math.exp(-day(hour) / pace) }
  },
  'growth stops'(chance) {
    // While more than two weeks are to go: before, nobody could know better.
    const perDay = chance.between(0.001, 0.03)
    const to = Math.min(0.95, 1 - 16 * perDay) * chance.between(0.7, 1)
    const days = chance.between(10, 60)
    return { days: days + 40, signal: (hour) => to - perDay * Math.max(0, Math.min(days, to / perDay - 1) - day(hour)) }
  },
  'flat, quiet': (chance) => flat(chance, chance.between(0, 0.005), chance.oneOf([0, 0.5, 0.8, 0.95])),
  'flat, noisy': (chance) => flat(chance, chance.between(0.01, 0.03), 0),
  'flat, wandering': (chance) => flat(chance, chance.between(0.005, 0.03), chance.between(0.8, 0.98)),
}

const flat = (chance: Chance, deviation: number, memory: number): Plan => {
  const level = chance.between(0.2, 0.95)
  return { days: 120, signal: () => level, noise: { deviation, memory } }
}

/** Steps of up to 40 % of the limit, each taking an hour to a day. */
function loads(chance: Chance, count: number): Plan {
  const steps = Array.from({ length: count }, () => ({
    at: chance.between(3, 70),
    days: chance.between(1, 24) / HOURS_A_DAY,
    by: chance.between(0.05, 0.4),
  }))
  const total = steps.reduce((sum, { by }) => sum + by, 0)
  const to = chance.between(0.5, 0.95)
  const scale = Math.min(1, (to - 0.1) / total)
  const loaded = (hour: number) =>
    steps.reduce((sum, { at, days, by }) => sum + scale * by * Math.min(1, Math.max(0, (day(hour) - at) / days)), 0)
  return { days: 90, signal: (hour) => to - scale * total + loaded(hour) }
}
