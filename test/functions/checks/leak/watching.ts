/** Looks by hand or by simulation, one after the other. */
import { chanceOf } from '../../../../bench/forecast-trace.ts'
import { idleLookOf, simulate, type World } from '../../../../bench/leak/simulator.ts'
import { type IdleLook, type LeakSeries, noteIdle } from '../../../../functions/checks/leak/idle-series.ts'
import { type Leak, leaksOf } from '../../../../functions/checks/leak/leaks.ts'
import { DAY, HOUR, MINUTE } from '../../builders.ts'

/** Midnight, two weeks before the examples take place. */
export const BEGIN = Date.UTC(2026, 10, 2)
/** Known for so long, an application has a maximum of its own. */
export const AFTER_A_WEEK = BEGIN + 9 * DAY
const STARTED = BEGIN - 30 * DAY

/** How many of an application's sessions are idle for over an hour, and how many there are in all. */
export type Counts = Record<string, { idle: number; sessions?: number }>

export const lookAt = (at: number, counts: Counts, serverStartedAt = STARTED): IdleLook => ({
  at,
  serverStartedAt,
  applications: Object.entries(counts).map(([name, { idle, sessions = idle + 3 }]) => ({
    name,
    idleOverHour: idle,
    sessions,
  })),
})

/** A look every five minutes from one moment up to another. */
export const looksFrom = (
  from: number,
  to: number,
  counts: (at: number) => Counts,
  { every = 5 * MINUTE, serverStartedAt = STARTED } = {},
): IdleLook[] =>
  Array.from({ length: Math.ceil((to - from) / every) }, (_, i) => from + i * every).map((at) =>
    lookAt(at, counts(at), serverStartedAt),
  )

export interface Found extends Leak {
  /** When it was first found. */
  at: number
}

/** What is made of looks: the series after the last, and every leak as it was when it was found. */
export function watch(looks: Iterable<IdleLook>, before?: LeakSeries): { series: LeakSeries; found: Found[] } {
  let series = before
  let standing = new Set<string>()
  const found: Found[] = []
  for (const look of looks) {
    series = noteIdle(series, look)
    const leaks = leaksOf(series, look.at)
    for (const leak of leaks) if (!standing.has(leak.name)) found.push({ ...leak, at: look.at })
    standing = new Set(leaks.map(({ name }) => name))
  }
  if (series === undefined) throw new Error('there was no look')
  return { series, found }
}

/** The same of a simulated database, and when its limit was reached, or the last look was. */
export function watchWorld(world: World, seed: number) {
  const looks: IdleLook[] = []
  let most = 0
  for (const look of simulate(world, chanceOf(seed))) {
    most = Math.max(most, look.sessions)
    looks.push(idleLookOf(look))
  }
  return { ...watch(looks), most, end: looks.at(-1)?.at ?? 0 }
}

/** A pool that always keeps so many, and what drips onto it from then on. */
export const keeps =
  (idle: number, leaksFrom = Number.POSITIVE_INFINITY, perHour = 1.7) =>
  (at: number): Counts => {
    const leaked = Math.floor(Math.max(0, ((at - leaksFrom) / HOUR) * perHour))
    const counted = Math.floor(Math.max(0, ((at - leaksFrom) / HOUR - 1) * perHour))
    return { shop: { idle: idle + counted, sessions: idle + 5 + leaked } }
  }

export const aWeekOf = (counts: (at: number) => Counts) => watch(looksFrom(BEGIN, AFTER_A_WEEK, counts)).series
