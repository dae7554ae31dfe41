/** Reads what only the weekly letter needs: what was ended and what would have been, how storage grows. */
import pMap from 'p-map'
import type { HeartbeatReading, Standing } from '../checks/heartbeat/reading.ts'
import { forecast } from '../checks/storage/forecast.ts'
import { shareOf } from '../checks/storage/measure.ts'
import { parseSeries } from '../checks/storage/series.ts'
import { parseRehearsal, rehearsalOf, sayRehearsal } from '../checks/trust/rehearsal.ts'
import type { HeartbeatTarget } from '../config-heartbeat.ts'
import type { TargetState } from '../incidents/store.ts'
import { coverage } from '../quiet/coverage.ts'
import type { Window } from '../quiet/windows.ts'
import { sayAsked } from '../quiet/words.ts'
import { listEndings } from '../record.ts'
import { errorMessage } from '../redact.ts'
import { loadItem } from '../table.ts'
import { monthlyCost } from './cost.ts'
import { namesDropped, openOn } from './dropped.ts'
import type { Counted } from './due.ts'
import type { LetterFacts, StoredAmount } from './facts.ts'
import { daysSince } from './wording.ts'

const CONCURRENCY = 20

export interface Looked {
  reading: HeartbeatReading
  counted: Counted
  /** What stands on Nightshift itself, as the look before left it. */
  own: Standing[]
  /** Of each target by check, as far as they could be read. */
  states: { target: string; check: string; state: TargetState }[]
}

/** Never throws for what cannot be read: that is among the facts. */
export async function lookForLetter(
  { name: ownName, settings, watched }: HeartbeatTarget,
  { reading, counted, own, states }: Looked,
  before: Counted,
  signal: AbortSignal,
): Promise<LetterFacts> {
  const faults = reading.notAsked.map(({ what, why }) => `${what}: ${why}`)
  const orFault = async <Answer>(what: string, ask: () => Promise<Answer>): Promise<Answer | undefined> => {
    try {
      return await ask()
    } catch (error) {
      faults.push(`${what}: ${errorMessage(error)}`)
      return undefined
    }
  }
  const targets = watched.map(({ name }) => name)
  const amounts = states.flatMap(({ target, state }) =>
    (state.storage?.measures ?? []).map((measure) => ({ target, measure, at: state.storage?.at ?? reading.at })),
  )
  const limited = amounts.filter(({ measure }) => measure.limit !== undefined)
  const gone = namesDropped(before, [...targets, ownName])
  const [ended, rehearsed, stored, dropped = []] = await Promise.all([
    orFault('what was ended', () => endedSince(targets, before.at, reading.at)),
    pMap(targets, (target) => orFault(`the rehearsal of ${target}`, () => rehearsal(target, reading.at, signal)), {
      concurrency: CONCURRENCY,
    }),
    pMap(
      limited,
      async (one): Promise<StoredAmount> => ({
        ...one,
        forecast: await orFault(`how the storage of ${one.target} grows`, () => grows(one, signal)),
      }),
      { concurrency: CONCURRENCY },
    ),
    orFault(`what stood on ${gone.join(', ')}`, () => openOn(gone, signal)),
  ])
  return {
    at: reading.at,
    targets,
    before,
    counted,
    standing: [...reading.standing, ...own],
    dropped,
    ended,
    rehearsed: rehearsed.flatMap((one) => one ?? []),
    stored,
    snapshots: states.flatMap(({ target, state }) =>
      state.snapshots?.newestAt === undefined ? [] : [{ target, newestAt: state.snapshots.newestAt }],
    ),
    quiet: [...quietOf(watched, states, reading.at), ...quietHoursOf(settings)],
    cost: monthlyCost(settings).usd,
    faults,
  }
}

function quietOf(watched: HeartbeatTarget['watched'], states: Looked['states'], now: number): LetterFacts['quiet'] {
  return watched.flatMap(({ name, maintenance = [] }) => {
    const asked = states
      .filter(({ target }) => target === name)
      .flatMap(({ state }) => sayAsked(state.snoozed, state.incidents, now))
    const hours = hoursOf(maintenance)
    const windows = hours > 0 ? [`in maintenance for ${hours} hours of a week (maintenance)`] : []
    // Each of its checks has the same snooze.
    return [...new Set([...asked, ...windows])].map((says) => ({ target: name, says }))
  })
}

/** Nobody's in particular, and so behind those of single targets. */
function quietHoursOf({ tell: { quietHours } }: HeartbeatTarget['settings']): LetterFacts['quiet'] {
  const hours = hoursOf(quietHours)
  return hours > 0
    ? [{ target: 'every target', says: `only what is critical is told for ${hours} hours of a week (tell.quietHours)` }]
    : []
}

const hoursOf = (windows: Window[]): number => Number((coverage(windows).covered / 60).toFixed(1))

async function endedSince(targets: string[], from: number, now: number): Promise<LetterFacts['ended']> {
  const { endings, more = false } = await listEndings(targets, daysSince(from, now), now)
  const byTarget: Record<string, number> = {}
  for (const { target, at } of endings) if (Date.parse(at) >= from) byTarget[target] = (byTarget[target] ?? 0) + 1
  return { byTarget, more }
}

/** Undefined where there is none: the target has opted in, or nothing has been rehearsed yet. */
async function rehearsal(target: string, now: number, signal: AbortSignal) {
  const place = { pk: `TARGET#${target}`, sk: 'SESSIONS', parse: (text?: string) => fromJson(text) }
  const { state } = await loadItem(place, signal)
  const found = parseRehearsal(Object(state).rehearsal)
  return found && { target, says: sayRehearsal(rehearsalOf(found, now)) }
}

async function grows({ target, measure, at }: Omit<StoredAmount, 'forecast'>, signal: AbortSignal) {
  const place = { pk: `TARGET#${target}`, sk: `SERIES#${measure.series}`, parse: (text?: string) => fromJson(text) }
  const series = parseSeries((await loadItem(place, signal)).state)
  if (series === undefined || measure.limit === undefined || shareOf(measure) === undefined)
    return { kind: 'none' as const, why: 'no history is known', reason: 'thin' as const }
  return forecast(series, measure.limit.value, at)
}

function fromJson(text = ''): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
