/** Storage that fills within hours: does `storage.fast-fill` say so while there is time to stop it? */
import { fastFill } from '../functions/checks/storage/fast-fill.ts'
import { addPoint, hourly, type Series } from '../functions/checks/storage/series.ts'
import { byRule } from './forecast-judges.ts'
import { anyNoise, type Chance, chanceOf, HOURS_A_DAY, type Trace, traceOf } from './forecast-trace.ts'
import { figure, type Goal, median, table } from './report.ts'

const HOUR_MS = 3_600_000
const RUNS = 100
/** Who finds a runaway later than this has not found it. */
const LEAST_LEAD_HOURS = 1

type Runaway = (chance: Chance, hours: number) => { trace: Trace; begins: number }

/** Days of nothing much, then full within so many hours: evenly, or faster and faster. */
const runaway =
  (swing: number, power: number): Runaway =>
  (chance, hours) => {
    const from = chance.between(0.3, 0.85)
    const begins = chance.whole(3 * HOURS_A_DAY, 9 * HOURS_A_DAY)
    const at = chance.between(0, 1)
    const before = (hour: number) => from * (1 + swing * (((hour / HOURS_A_DAY + at) % 1) - 1))
    const signal = (hour: number) =>
      before(hour) + (hour <= begins ? 0 : (1 - before(hour)) * ((hour - begins) / hours) ** power)
    const noise = { ...anyNoise(chance), deviation: chance.between(0, 0.003) }
    return { begins, trace: traceOf({ days: (begins + hours) / HOURS_A_DAY + 1, signal, noise, gaps: [] }, chance) }
  }

const KINDS: Record<string, Runaway> = {
  'evenly, from flat': runaway(0, 1),
  'faster and faster, from flat': runaway(0, 1.5),
  'evenly, above nightly clean-ups': runaway(0.05, 1),
}
const LASTING = [
  { name: '6 to 12 hours', from: 6, to: 12 },
  { name: '12 to 24 hours', from: 12, to: 24 },
]

export function fastTrial(seed: number): { table: string; goals: Goal[] } {
  const found = Object.entries(KINDS).flatMap(([kind, make], k) =>
    LASTING.map((lasting, l) => {
      const leads: number[] = []
      for (let run = 0; run < RUNS; run += 1) {
        const chance = chanceOf(seed + k * 7_919 + l * 1_009 + run)
        leads.push(leadOf(make(chance, chance.between(lasting.from, lasting.to))))
      }
      return { name: `${kind}, ${lasting.name}`, leads }
    }),
  )
  const warned = (leads: number[]) => leads.filter((lead) => lead >= LEAST_LEAD_HOURS).length
  return {
    table: table(
      ['', 'warned', 'lead, hours'],
      found.map(({ name, leads }) => [name, `${warned(leads)} / ${RUNS}`, figure(median(leads))]),
    ),
    goals: [
      {
        what: 'runaways not found an hour before they fill it',
        measured: 100 - (100 * warned(found.flatMap(({ leads }) => leads))) / (RUNS * found.length),
        atMost: 5,
        unit: ' %',
      },
    ],
  }
}

/** Hours from the first alarm after it began until full; 0: none. */
function leadOf({ trace: { samples, begins: zero, limit }, begins }: ReturnType<Runaway>): number {
  const judge = byRule(fastFill)
  let series: Series | undefined
  for (const [hour, sample] of samples.entries()) {
    const now = zero + hour * HOUR_MS
    if (sample !== null) series = addPoint(series, now, sample)
    if (hour > begins && series && judge({ series, hours: hourly(series), limit: limit(hour), now }))
      return samples.length - hour
  }
  return 0
}
