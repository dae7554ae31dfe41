/** Writes down what quiet a person asked for, and says what was set. No look is made. */
import { changeState, loadState, type TargetState } from '../incidents/store.ts'
import type { Incident } from '../incidents/transition.ts'
import { log } from '../log.ts'
import { errorMessage } from '../redact.ts'
import { formatTime } from '../units.ts'
import type { AcknowledgeRequest, SnoozeRequest } from './event.ts'
import type { Snooze } from './quiet.ts'
import { asSeen } from './seen.ts'

/** What was set, for who asked. */
export interface QuietReport {
  target: string
  /** When it ends by itself; absent: it is ended now. */
  until?: string
  /** What is open, in which check's words. */
  incidents: { check: string; rule: string; severity: string; headline: string; acknowledgedUntil?: string }[]
  says: string[]
}

/** Which checks look at a target. */
export const checksOn = ({ neon, aura }: { neon?: unknown; aura?: unknown }): string[] =>
  neon || aura ? [neon ? 'connections' : 'aura', 'storage', 'snapshots'] : []

/** Kept in each check's own item, so that no look needs another read. */
export async function snooze(
  { snooze: { target, forMs } }: SnoozeRequest,
  checks: string[],
  now: number,
  signal: AbortSignal,
): Promise<QuietReport> {
  const asked: Snooze = { at: now, until: now + forMs }
  const states = await changeEach('snooze', target, checks, now, signal, ({ snoozed: _, ...state }) =>
    forMs > 0 ? { ...mapIncidents(state, asSeen), snoozed: asked } : state,
  )
  const report = reportOf(target, asked, states, [
    forMs > 0
      ? `No reminders of ${target} and no new warnings until ${formatTime(asked.until)}. What newly becomes critical is told, and what is over. It ends by itself. Stale sessions are ended as before, where that is allowed.`
      : `${target} is not snoozed any more.`,
  ])
  log('snooze', { ...report })
  return report
}

const mapIncidents = (state: TargetState, change: (incident: Incident, rule: string) => Incident): TargetState => ({
  ...state,
  incidents: Object.fromEntries(
    Object.entries(state.incidents).map(([rule, incident]) => [rule, change(incident, rule)] as const),
  ),
})

/**
 * Of one rule, or of all that is open.
 * @throws naming what is open, where nothing is by that rule: it may be mistyped, and its reminders would go on
 */
export async function acknowledge(
  { acknowledge: { target, rule, forMs } }: AcknowledgeRequest,
  checks: string[],
  now: number,
  signal: AbortSignal,
): Promise<QuietReport> {
  const asked: Snooze = { at: now, until: now + forMs }
  const states = await changeEach('acknowledge', target, checks, now, signal, (state) =>
    mapIncidents(state, (incident, name) => {
      if (incident.status !== 'open' || (rule !== undefined && rule !== name)) return incident
      const { acknowledged: _, ...free } = incident
      return forMs > 0 ? { ...asSeen(free), acknowledged: asked } : free
    }),
  )
  const report = reportOf(target, asked, states, [])
  const open = report.incidents.map((one) => one.rule)
  const set = open.filter((one) => rule === undefined || one === rule)
  if (rule !== undefined && set.length === 0)
    throw new Error(
      `nothing is open on ${target} by the rule ${rule}: nothing was changed. Open: ${open.join(', ') || 'nothing'}.`,
    )
  report.says.push(sayAcknowledged(target, set, asked, forMs))
  // Of nothing there is no end.
  if (set.length === 0) delete report.until
  log('acknowledge', { ...report })
  return report
}

function sayAcknowledged(target: string, set: string[], { until }: Snooze, forMs: number): string {
  if (set.length === 0) return `Nothing is open on ${target}: nothing was acknowledged.`
  if (forMs === 0) return `Not acknowledged any more: ${set.join(', ')}.`
  return `No reminders of ${set.join(', ')} until ${formatTime(until)}. What becomes worse is told and ends it, and what is over is told.`
}

const reportOf = (
  target: string,
  { at, until }: Snooze,
  states: { check: string; state: TargetState }[],
  says: string[],
): QuietReport => ({
  target,
  ...(until > at && { until: new Date(until).toISOString() }),
  incidents: states.flatMap(({ check, state }) =>
    Object.entries(state.incidents)
      .filter(([, { status }]) => status === 'open')
      .map(([rule, { severity, headline, acknowledged }]) => ({
        check,
        rule,
        severity,
        headline,
        ...(acknowledged && { acknowledgedUntil: new Date(acknowledged.until).toISOString() }),
      })),
  ),
  says,
})

/** @throws naming each item that could not be changed */
async function changeEach(
  what: string,
  target: string,
  checks: string[],
  now: number,
  signal: AbortSignal,
  change: (state: TargetState) => TargetState,
): Promise<{ check: string; state: TargetState }[]> {
  const faults: string[] = []
  const states = await Promise.all(
    checks.map(async (check) => {
      try {
        const stored = await loadState(target, check, signal)
        readable(target, stored.state)
        // Where there is nothing to say anything of, no item is made; but a snooze is for what is still to come.
        if (stored.version === 0 && JSON.stringify(change(stored.state)) === JSON.stringify(stored.state)) return []
        const state = await changeState(stored, now, signal, (found) => {
          const changed = change(readable(target, found))
          return { state: changed, result: changed }
        })
        return [{ check, state }]
      } catch (error) {
        faults.push(`${check}: ${errorMessage(error)}`)
        return []
      }
    }),
  )
  if (faults.length > 0)
    throw new Error(
      `the incident table did not take the ${what} of ${target} for ${faults.sort().join('; ')}. Ask again: what was set already is only set anew.`,
    )
  return states.flat()
}

/** Written back, what was damaged would pass for whole, and nobody would hear of it. The next look tells, and begins anew. */
function readable(target: string, state: TargetState): TargetState {
  if (state.unreadable)
    throw new Error(`what is remembered of ${target} cannot be read; the next look begins anew, ask again then`)
  return state
}
