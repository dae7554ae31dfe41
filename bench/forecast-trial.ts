/** Puts judges to traces: one decision a day, at any hour, with what is known by then. */
import { addPoint, hourly, type Point, type Series } from '../functions/checks/storage/series.ts'
import { type Chance, chanceOf, HOURS_A_DAY, type Shapes, type Trace, traceOf } from './forecast-trace.ts'

const HOUR_MS = 3_600_000
/** An alarm with more to go than this is a false one. */
const FALSE_ABOVE_DAYS = 14

/** What a judge knows at a decision. */
export interface Known {
  series: Series
  /** Of the series, to have them but once. */
  hours: Point[]
  limit: number
  now: number
}

/** Whether there would be an alarm now. */
export type Judge = (known: Known) => boolean

/** What came of one judge on one shape, or on many. */
export interface Outcome {
  days: number
  falseDays: number
  fills: number
  /** Days from the first alarm of the last fourteen days until full, of each fill that had one. */
  leads: number[]
  /** Runs with any false alarm. */
  falseRuns: number
}

export const nothing = (): Outcome => ({ days: 0, falseDays: 0, fills: 0, leads: [], falseRuns: 0 })

export const together = (outcomes: Outcome[]): Outcome =>
  outcomes.reduce(
    (all, one) => ({
      days: all.days + one.days,
      falseDays: all.falseDays + one.falseDays,
      fills: all.fills + one.fills,
      leads: [...all.leads, ...one.leads],
      falseRuns: all.falseRuns + one.falseRuns,
    }),
    nothing(),
  )

/** Of each shape, of each judge: what came of so many runs. */
export function trial(shapes: Shapes, judges: Judge[], runs: number, seed: number): Map<string, Outcome[]> {
  const found = new Map<string, Outcome[]>()
  for (const [index, [name, shape]] of Object.entries(shapes).entries()) {
    const outcomes = judges.map(nothing)
    for (let run = 0; run < runs; run += 1) {
      const chance = chanceOf(seed + index * 10_007 + run * 101)
      const trace = traceOf(shape(chance), chance)
      for (const [which, outcome] of runOf(trace, judges, chance).entries())
        outcomes[which] = together([outcomes[which] as Outcome, outcome])
    }
    found.set(name, outcomes)
  }
  return found
}

function runOf(trace: Trace, judges: Judge[], chance: Chance): Outcome[] {
  const outcomes = judges.map(() => ({ ...nothing(), fills: trace.fills ? 1 : 0 }))
  const { samples, begins } = trace
  let series: Series | undefined
  let decideAt = chance.whole(0, HOURS_A_DAY - 1)
  for (const [hour, sample] of samples.entries()) {
    if (sample !== null) series = addPoint(series, begins + hour * HOUR_MS, sample)
    if (hour !== decideAt) continue
    decideAt = (Math.floor(hour / HOURS_A_DAY) + 1) * HOURS_A_DAY + chance.whole(0, HOURS_A_DAY - 1)
    // Nothing is judged where nothing was seen.
    if (sample === null || series === undefined) continue
    const known = { series, hours: hourly(series), limit: trace.limit(hour), now: begins + hour * HOUR_MS }
    const isFalse = trace.daysToGo(hour) > FALSE_ABOVE_DAYS
    for (const [which, judge] of judges.entries()) {
      const outcome = outcomes[which] as Outcome
      outcome.days += 1
      if (!judge(known)) continue
      if (isFalse) outcome.falseDays += 1
      else if (trace.fills && outcome.leads.length === 0) outcome.leads.push((samples.length - hour) / HOURS_A_DAY)
    }
  }
  for (const outcome of outcomes) outcome.falseRuns = outcome.falseDays > 0 ? 1 : 0
  return outcomes
}
