/** Part 4: who warns in time that storage fills up, and how often for nothing. */
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { fastTrial } from './forecast-fast.ts'
import { heldOut, unlikeBefore } from './forecast-held-out.ts'
import { judges, ours, oursFast } from './forecast-judges.ts'
import { shapes } from './forecast-shapes.ts'
import { nothing, type Outcome, together } from './forecast-trial.ts'
import type { Work } from './forecast-worker.ts'
import { figure, type Goal, median, progress, type Section, table } from './report.ts'

const RUNS = 40
/** Other seeds than those that it was made with. */
const SEED = 73_100_531

export async function measureForecast(): Promise<Section> {
  progress(`forecast: ${RUNS} runs of each shape, on two processors`)
  const [made, held, hard] = await Promise.all([run('shapes'), run('heldOut'), run('undecidable')])
  const fast = fastTrial(SEED)
  return {
    title: `Storage that fills up: ${RUNS} runs of each shape, hourly samples, one decision a day`,
    table: [
      `The ${Object.keys(shapes).length} shapes it was made with, other runs:\n\n${byJudge(made)}`,
      `${Object.keys(heldOut).length} shapes held out:\n\n${byJudge(held)}`,
      `${ours} by shape:\n\n${byShape([made, held, hard])}`,
      `Filling within hours, one decision an hour:\n\n${fast.table}`,
    ].join('\n\n'),
    notes: [
      'false: days with an alarm while more than 14 days are to go, or it never fills, by the shape itself without noise.',
      'warned: fills with an alarm in their last 14 days; lead: days from the first of those until full, median and shortest tenth.',
      `Of those held out, ${unlikeBefore.join(', ')} go on otherwise than they were. Without these: ${sayWithout(held)}.`,
      'The last two shapes are in no goal: a purge once a month, and growth that somebody stops, look like any other growth before.',
    ],
    goals: [...goals('', made), ...goals(', held out', held), ...fast.goals],
  }
}

/** Of each shape, of each judge. */
type Found = Map<string, Outcome[]>

async function run(set: Work['set']): Promise<Found> {
  const workerData: Work = { set, runs: RUNS, seed: SEED }
  const [found] = await once(new Worker(new URL('./forecast-worker.ts', import.meta.url), { workerData }), 'message')
  return found
}

const names = Object.keys(judges)
const all = (found: Found, judge: string): Outcome =>
  together([...found.values()].map((outcomes) => outcomes[names.indexOf(judge)] ?? nothing()))

function sayWithout(found: Found): string {
  const likeBefore = all(new Map([...found].filter(([shape]) => !unlikeBefore.includes(shape))), ours)
  return `${falsePercent(likeBefore).toFixed(3)} % false, ${likeBefore.leads.length} of ${likeBefore.fills} warned`
}

const falsePercent = ({ falseDays, days }: Outcome) => (100 * falseDays) / days
const of120 = ({ leads, fills }: Outcome) => (120 * leads.length) / fills
const tenth = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 10)] ?? Number.NaN

const cells = (outcome: Outcome): string[] => [
  String(outcome.days),
  `${falsePercent(outcome).toFixed(3)} %`,
  String(outcome.falseRuns),
  outcome.fills > 0 ? `${outcome.leads.length} / ${outcome.fills}` : '',
  ...(outcome.leads.length > 0 ? [figure(median(outcome.leads)), figure(tenth(outcome.leads))] : ['', '']),
]

const HEAD = ['days', 'false', 'in runs', 'fills warned', 'lead, days', 'a tenth below']

const byJudge = (found: Found): string =>
  table(
    ['', ...HEAD],
    names.map((name) => [name, ...cells(all(found, name))]),
  )

const byShape = (sets: Found[]): string =>
  table(
    ['', ...HEAD],
    sets.flatMap((found) => [...found].map(([shape, outcomes]) => [shape, ...cells(outcomes[0] ?? nothing())])),
  )

function goals(which: string, found: Found): Goal[] {
  const outcome = all(found, ours)
  return [
    { what: `false-alarm days${which}`, measured: falsePercent(outcome), atMost: 0.05, unit: ' %' },
    { what: `fills without a warning, of 120${which}`, measured: 120 - of120(outcome), atMost: 2 },
    { what: `days of median lead, short of six${which}`, measured: Math.max(0, 6 - median(outcome.leads)), atMost: 0 },
    {
      what: `false-alarm days of ${oursFast}${which}`,
      measured: falsePercent(all(found, oursFast)),
      atMost: 0.05,
      unit: ' %',
    },
  ]
}
