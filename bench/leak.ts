/** Part 4: how well leaking connections are told from healthy pools, on simulated databases. */
import { OURS, type Outcome, type Task } from './leak/trials.ts'
import { runAll } from './leak/workers.ts'
import { NOVELTIES } from './leak/worlds.ts'
import { figure, median, progress, type Section, table } from './report.ts'

const RATES = [0.5, 1.7, 4]
const HEALTHY = 60
const LEAKY = 30
const OF_EACH_NOVELTY = 8
const WORLDS = ['known', 'held out'] as const
/** Any would do; these are the first that were not used while the rule was made. */
const SEEDS = { known: 70_001, 'held out': 80_001 }

export async function measureLeak(): Promise<Section> {
  const tasks = WORLDS.flatMap(tasksOf)
  progress(`leak: ${tasks.length} simulated databases`)
  const outcomes = await runAll(tasks)
  const of = (worlds: Task['worlds']) => outcomes.filter(({ task }) => task.worlds === worlds)
  const leaks = (worlds: Task['worlds'], perHour: number) => of(worlds).filter(({ task }) => task.perHour === perHour)
  const falseAlarms = (worlds: Task['worlds']) =>
    of(worlds).filter(({ task, alarms }) => !task.perHour && !task.novelty && alarms[OURS]).length
  const missed = (worlds: Task['worlds']) =>
    RATES.flatMap((rate) => leaks(worlds, rate)).filter(({ found }) => found[OURS] === undefined).length
  const windows = RATES.flatMap((rate) => leaks('known', rate)).flatMap(({ window }) => window ?? [])
  const wrong = outcomes.filter((one) => one.wrong).length
  const lost = outcomes.filter((one) => one.lost).length
  const slowest = (worlds: Task['worlds'], part: number) => {
    const hours = leaks(worlds, 1.7)
      .flatMap(({ found }) => found[OURS] ?? [])
      .sort((a, b) => a - b)
    return hours[Math.ceil(part * hours.length) - 1] ?? Number.NaN
  }
  return {
    title: `Leaks of connections: ${HEALTHY} databases of 14 days without one, ${LEAKY} for each leak, every 5 minutes`,
    table: WORLDS.map((worlds) => `${worlds}\n\n${tableOf(of(worlds))}`).join('\n\n'),
    notes: [
      'false: databases without a leak in which the rule alarmed. new: the same with something that no week before had shown: a surge that scales out, a quiet holiday, a larger pool, a new service, processes that die.',
      'Of each leak, an hour: median hours until the alarm, hours then left until the limit, and how many were found before it. Each hides under the name of a service that works on.',
      'held out: other pools, loads, sizes and seeds than those the rule was made with, and much less even ones.',
      `The window of deployments that it points to held the beginning in ${windows.filter(({ holds }) => holds).length} of ${windows.length}, and was ${figure(median(windows.map(({ hours }) => hours)))} hours long.`,
      `Alarms about the wrong application, or before there was a leak, at any look until the limit: in ${wrong} of ${RATES.length * LEAKY * WORLDS.length} with one; taken for over while it went on: in ${lost}.`,
      ...WORLDS.map(
        (worlds) =>
          `${worlds}, 1.7 an hour: a tenth took longer than ${figure(slowest(worlds, 0.9))} hours, the slowest ${figure(slowest(worlds, 1))}.`,
      ),
    ],
    goals: [
      { what: 'false alarms of leaks', measured: falseAlarms('known'), atMost: 0, unit: ` of ${HEALTHY}` },
      { what: 'false alarms of leaks, held out', measured: falseAlarms('held out'), atMost: 0, unit: ` of ${HEALTHY}` },
      { what: 'a leak of 1.7 an hour is found', measured: hoursTo(OURS, leaks('known', 1.7)), atMost: 4, unit: ' h' },
      { what: 'leaks not found', measured: missed('known') + missed('held out'), atMost: 0 },
    ],
  }
}

const tasksOf = (worlds: Task['worlds']): Task[] => {
  const many = (count: number, task: Omit<Task, 'worlds' | 'seed'>): Task[] =>
    Array.from({ length: count }, (_, i) => ({ worlds, seed: SEEDS[worlds] + i, ...task }))
  return [
    ...many(HEALTHY, { perHour: 0 }),
    ...Object.keys(NOVELTIES).flatMap((novelty) => many(OF_EACH_NOVELTY, { perHour: 0, novelty })),
    ...RATES.flatMap((perHour) => many(LEAKY, { perHour })),
  ]
}

const hoursTo = (rule: string, outcomes: Outcome[]): number =>
  median(outcomes.flatMap(({ found }) => found[rule] ?? []))

function tableOf(outcomes: Outcome[]): string {
  const healthy = outcomes.filter(({ task }) => task.perHour === 0)
  const rules = Object.keys(healthy[0]?.alarms ?? {})
  const alarmed = (rule: string, of: Outcome[]) => `${of.filter(({ alarms }) => alarms[rule]).length} of ${of.length}`
  return table(
    ['', 'false', 'new', ...RATES.flatMap((rate) => [`${rate}/h`, 'left', 'found'])],
    rules.map((rule) => [
      rule,
      alarmed(
        rule,
        healthy.filter(({ task }) => !task.novelty),
      ),
      alarmed(
        rule,
        healthy.filter(({ task }) => task.novelty),
      ),
      ...RATES.flatMap((rate) => {
        const all = outcomes.filter(({ task }) => task.perHour === rate)
        const found = all.filter((one) => one.found[rule] !== undefined)
        const left = found.map((one) => one.fullAfter - (one.found[rule] as number))
        return [figure(hoursTo(rule, found)), figure(median(left)), `${found.length} of ${all.length}`]
      }),
    ]),
  )
}
