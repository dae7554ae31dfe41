/** What the findings of one target change of its incidents, and which notices are to be told of that: one conditional write. */
import { decide, isWell } from '../quiet/hold.ts'
import { lasts, type Quiet, quietAt } from '../quiet/quiet.ts'
import { sayAcknowledged, sayHeld, sayQuiet, sayStill } from '../quiet/words.ts'
import type { Report } from '../report.ts'
import type { TargetResult } from '../run.ts'
import { formatTime } from '../units.ts'
import { changeState, type TargetState } from './store.ts'
import type { Telling } from './tell.ts'
import {
  afterLook,
  claimNotice,
  type Incident,
  type NoticeKind,
  noticeSeverity,
  type TellPolicy,
} from './transition.ts'

export interface Due {
  rule: string
  kind: NoticeKind
  why: string
  incident: Incident
  /** What else is open on the target and was told before. */
  standing: string[]
}

export interface Settled {
  due: Due[]
  held: Report['notices']
  quiet: string[]
  /** What is open after this run, told or not. */
  open: string[]
  /** Whether the target could not be looked at, though it should have been. */
  unseen: boolean
}

/** Rules whose question is whether the target can be looked at. */
const SIGHT = /\.(reachable|blind)$/

/** The table had already failed when the target was looked at. */
export class TableFailed extends Error {}

export const quietOf = (
  { target }: TargetResult,
  { settings, now }: Telling,
  { snoozed }: Partial<TargetState> = {},
): Quiet => quietAt(target, settings.tell.quietHours, snoozed, now)

/** The incidents of a target after this run's findings, written with a claim on each notice that is to be told. */
export async function settle(result: TargetResult, telling: Telling, signal: AbortSignal): Promise<Settled> {
  const { stored, findings, keep, target } = result
  const { rules, settings, runId, now, endsAt, dryRun } = telling
  if ('fault' in stored) throw new TableFailed(stored.fault)
  const changeBy = (state: TargetState, tell: TellPolicy) => {
    const quiet = quietOf(result, telling, state)
    const due: Due[] = []
    const held: Report['notices'] = []
    let unseen = false
    const standing: string[] = []
    const incidents: TargetState['incidents'] = {}
    for (const rule of rules) {
      const finding = findings.find((one) => one.rule === rule)
      const before = state.incidents[rule]
      const after = finding ? afterLook(before, finding, now, tell) : before
      if (after === undefined) continue
      const decision = decide({ before, after, finding }, quiet, now, tell)
      const { incident, notice } = decision
      if (decision.held) {
        const { kind, by, still } = decision.held
        const why = still ? sayStill(still, by) : sayHeld(by, quiet, after, now)
        held.push({ target: target.name, rule, kind, severity: noticeSeverity(incident ?? after, kind), why })
      }
      if (incident === undefined) continue
      const claimed = notice && claimNotice(incident, runId, now, Math.max(0, endsAt - now))
      if (notice && claimed) due.push({ rule, kind: notice.kind, why: notice.reason, incident: claimed, standing })
      else if (incident.status === 'open' && incident.told && !isWell(finding))
        standing.push(sayStanding(rule, incident))
      incidents[rule] = claimed ?? incident
      unseen ||= SIGHT.test(rule) && incident.status === 'open' && finding !== undefined && finding.severity !== 'ok'
    }
    const { tally, snoozed } = state
    return {
      state: { incidents, ...(tally && { tally }), ...(lasts(snoozed, now) && { snoozed }), ...keep(state) },
      // In maintenance nobody expects to see it.
      result: {
        due,
        held,
        quiet: sayQuiet(quiet, incidents, now),
        open: Object.entries(incidents).flatMap(sayOpen),
        unseen: unseen && !quiet.maintenance,
      },
    }
  }
  const change = (state: TargetState) => {
    const changed = changeBy(state, settings.tell)
    // One message an hour for one trouble, not one for each of its rules.
    return changed.result.due.some(({ kind }) => kind === 'reminder') ? changeBy(state, sooner(settings.tell)) : changed
  }
  return dryRun ? change(stored.state).result : changeState(stored, now, signal, change)
}

/** Reminders that are due soon go with one that is due now. */
const sooner = (tell: TellPolicy): TellPolicy => {
  const { critical, unknown, warning } = tell.remindMs
  return { ...tell, remindMs: { critical: critical / 2, unknown: unknown / 2, warning: warning / 2 } }
}

function sayOpen([rule, { status, severity, since, told, headline }]: [string, Incident]): string[] {
  if (status !== 'open') return []
  const known = told ? `told ${formatTime(told.at)}` : 'not told yet'
  return [`${severity}: ${headline} (${rule}), since ${formatTime(since)}, ${known}`]
}

const sayStanding = (rule: string, { severity, headline, acknowledged }: Incident): string =>
  `${severity.toUpperCase()}: ${headline} (${rule}${acknowledged ? `, ${sayAcknowledged(acknowledged)}` : ''})`
