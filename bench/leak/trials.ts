/** One simulated run, and what each rule made of it. */
import { type LeakSeries, noteIdle } from '../../functions/checks/leak/idle-series.ts'
import { leaksOf } from '../../functions/checks/leak/leaks.ts'
import { chanceOf } from '../forecast-trace.ts'
import { otherWorld } from './held-out.ts'
import { rivals } from './rivals.ts'
import { idleLookOf, simulate, type World } from './simulator.ts'
import { HOUR, healthyWorld, leaky, NOVELTIES } from './worlds.ts'

export const OURS = 'connections.leak'

export interface Task {
  worlds: 'known' | 'held out'
  seed: number
  /** Sessions an hour; 0: none leaks. */
  perHour: number
  /** What no week before has shown. */
  novelty?: string
}

/** By rule. In a run without a leak: whether it alarmed. In one with a leak: when, in hours since the leak began. */
export interface Outcome {
  task: Task
  alarms: Record<string, boolean>
  found: Record<string, number>
  /** Ours alarmed before there was a leak, or about somebody else, at any look. */
  wrong: boolean
  /** Ours took it for over before it was. */
  lost: boolean
  /** Hours from the leak's beginning until the limit was reached. */
  fullAfter: number
  /** Whether the window that we point to holds the beginning, and how many hours it is long. */
  window?: { holds: boolean; hours: number }
}

const DAYS = 14
/** By day the database of the incident had 55 of 100. */
const LIMIT_OF_PEAK = 100 / 55
/** Who looks at the first day's totals cannot know. */
const worldOf = { known: healthyWorld, 'held out': otherWorld }

export function run(task: Task): Outcome {
  const chance = chanceOf(task.seed)
  if (task.perHour > 0) return runLeak(task, leaky(worldOf[task.worlds], task.perHour, chance))
  const world = worldOf[task.worlds](DAYS, chance)
  if (task.novelty) NOVELTIES[task.novelty]?.(world, chance)
  const totals: number[] = []
  let ours = false
  let series: LeakSeries | undefined
  for (const look of simulate(world, chance)) {
    totals.push(look.sessions)
    series = noteIdle(series, idleLookOf(look))
    ours ||= leaksOf(series, look.at).length > 0
  }
  const limit = limitFor(totals)
  const alarms = Object.entries(rivals).map(([name, rule]) => [name, totals.some((_, i) => rule(totals, i, limit))])
  return {
    task,
    alarms: Object.fromEntries([...alarms, [OURS, ours]]),
    found: {},
    wrong: false,
    lost: false,
    fullAfter: 0,
  }

  function runLeak(task: Task, leaking: World & { from: number }): Outcome {
    const { from } = leaking
    const [leak] = leaking.leaks ?? []
    const found: Outcome['found'] = {}
    const outcome: Outcome = { task, alarms: {}, found, wrong: false, lost: false, fullAfter: Number.POSITIVE_INFINITY }
    const totals: number[] = []
    let limit = Number.POSITIVE_INFINITY
    let series: LeakSeries | undefined
    for (const look of simulate(leaking, chance)) {
      totals.push(look.sessions)
      const hours = (look.at - from) / HOUR
      if (hours > 0 && limit === Number.POSITIVE_INFINITY) limit = limitFor(totals)
      if (look.sessions >= limit) return { ...outcome, fullAfter: hours }
      series = noteIdle(series, idleLookOf(look))
      const leaks = leaksOf(series, look.at)
      const ours = leaks.find(({ name }) => name === leak?.application)
      if (leaks.some((one) => one !== ours) || (ours && hours <= 0)) outcome.wrong = true
      if (found[OURS] !== undefined && !ours) outcome.lost = true
      if (ours && found[OURS] === undefined) {
        found[OURS] = hours
        const [begins, ends] = ours.sinceWindow
        outcome.window = { holds: begins <= from && from <= ends, hours: (ends - begins) / HOUR }
      }
      if (hours <= 0) continue
      for (const [name, rule] of Object.entries(rivals))
        if (found[name] === undefined && rule(totals, totals.length - 1, limit)) found[name] = hours
    }
    return outcome
  }
}

const limitFor = (totals: number[]) => Math.max(100, Math.ceil(LIMIT_OF_PEAK * Math.max(...totals)))
