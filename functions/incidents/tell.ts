/**
 * From the findings of a run to one message: change the incidents, claim the notices that are due, send them as one
 * digest, and only then write down that they were told. A claim is a promise with an end: if this process dies, or SNS
 * does not take the message, the next run finds the notice still due and sends it. So one may come twice, where it is not
 * known that SNS took it: the process died before that was written down, or SNS's answer was lost and the SDK asks again.
 */

import pMap from 'p-map'
import type { Settings } from '../config.ts'
import { log } from '../log.ts'
import { errorMessage } from '../redact.ts'
import type { Report } from '../report.ts'
import type { TargetResult } from '../run.ts'
import { runbookLink } from './links.ts'
import { publish } from './send.ts'
import { type Due, quietOf, settle, TableFailed } from './settle.ts'
import { changeState, loadState } from './store.ts'
import { countTold } from './tally.ts'
import { afterTelling, type Incident, type NoticeKind, noticeSeverity } from './transition.ts'
import { criticals, rememberLook } from './untracked.ts'
import { type Notice, wordDigest } from './wording.ts'

export interface Telling {
  results: TargetResult[]
  settings: Settings
  check: string
  /** The names of the check's rules: incidents of any other are dropped. */
  rules: string[]
  runId: string
  dryRun: boolean
  endsAt: number
  now: number
}

export interface Told {
  notices: Report['notices']
  /** What was due and is held back. */
  held: Report['notices']
  /** By target what is open, in words. */
  open: Record<string, string[]>
  /** By target what is quiet about it, in words. */
  quiet: Record<string, string[]>
  messageId?: string
  /** The targets that could not be looked at, by as many looks as are asked to say so. */
  unseen: string[]
  /** What failed; the run fails with it. */
  faults: string[]
}

/** As many requests to the table at a time. */
const CONCURRENCY = 20
/** Kept free for SNS, and for writing down what was told. */
const SENDING_MS = 20_000

/** Never throws: what fails is in `faults`, after everything else has been done. */
export async function tell(telling: Telling): Promise<Told> {
  const { results, settings, dryRun, runId, now, endsAt } = telling
  const faults: string[] = []
  const due = new Map<TargetResult, Due[]>()
  const untracked = new Set<TargetResult>()
  const unseen: string[] = []
  const held: Report['notices'] = []
  const quiet: Told['quiet'] = {}
  const open: Told['open'] = {}

  const settling = until(endsAt - SENDING_MS)
  await pMap(
    results,
    async (result) => {
      const { maintenance } = quietOf(result, telling)
      if (!dryRun) rememberLook(result.target.name, result.findings, now, maintenance === undefined)
      try {
        const settled = await settle(result, telling, settling)
        due.set(result, settled.due)
        held.push(...settled.held)
        if (settled.quiet.length > 0) quiet[result.target.name] = settled.quiet
        if (settled.open.length > 0) open[result.target.name] = settled.open
        if (settled.unseen) unseen.push(result.target.name)
      } catch (error) {
        faults.push(
          error instanceof TableFailed
            ? error.message
            : `the incident table did not take the state of ${result.target.name}: ${errorMessage(error)}`,
        )
        // Better told again than not at all, but only what cannot wait.
        untracked.add(result)
        if (!maintenance) due.set(result, criticals(result.target.name, result.findings, now, settings.tell))
      }
    },
    { concurrency: CONCURRENCY },
  )

  const notices = results.flatMap((result) =>
    (due.get(result) ?? []).map((one) => toNotice(result, one, settings, untracked.has(result))),
  )
  const summary = results.flatMap((result) =>
    (due.get(result) ?? []).map(({ rule, kind, why, incident }) => ({
      target: result.target.name,
      rule,
      kind,
      severity: noticeSeverity(incident, kind),
      why,
    })),
  )
  const told = { notices: summary, held, quiet, open, unseen, faults }
  if (notices.length === 0 || dryRun) return told

  const digest = wordDigest(notices, now, settings.tell)
  let messageId: string
  try {
    messageId = await (results.find(({ send }) => send)?.send ?? publish)(digest)
    log('told', { messageId, subject: digest.subject, notices: summary })
  } catch (error) {
    faults.push(`SNS did not take the message "${digest.subject}": ${errorMessage(error)}; the next run sends it again`)
    faults.push(...(await writeDown(due, untracked, telling, release(runId), false)))
    return told
  }
  faults.push(...(await writeDown(due, untracked, telling, mark(runId, now), true)))
  return { ...told, messageId }
}

function toNotice(
  { target, links, findings }: TargetResult,
  { rule, kind, incident, standing }: Due,
  settings: Settings,
  untracked: boolean,
): Notice {
  const finding = findings.find((one) => one.rule === rule)
  return {
    target: target.name,
    rule,
    kind,
    incident,
    ...(finding && { finding }),
    ...(target.note && { note: target.note }),
    ...(standing.length > 0 && { standing }),
    links,
    runbook: runbookLink(rule, settings.runbook),
    ...(untracked && { untracked }),
  }
}

type AfterSending = (incident: Incident, kind: NoticeKind, sent: Incident) => Incident | undefined

const mark =
  (runId: string, now: number): AfterSending =>
  (incident, kind, sent) =>
    incident.claim?.run === runId ? afterTelling(incident, kind, sent, now) : incident

const release =
  (runId: string): AfterSending =>
  (incident) => {
    if (incident.claim?.run !== runId) return incident
    const { claim: _, ...free } = incident
    return free
  }

/** Writes what became of the claimed notices, and counts those that were told; returns what failed. */
async function writeDown(
  due: Map<TargetResult, Due[]>,
  untracked: Set<TargetResult>,
  { now, check, endsAt }: Telling,
  after: AfterSending,
  told: boolean,
): Promise<string[]> {
  const faults: string[] = []
  const signal = until(endsAt)
  const claimed = [...due].filter(([result, sent]) => sent.length > 0 && !untracked.has(result))
  await pMap(
    claimed,
    async ([{ target }, sent]) => {
      try {
        await changeState(await loadState(target.name, check, signal), now, signal, (state) => {
          const incidents = { ...state.incidents }
          let { tally } = state
          for (const { rule, kind, incident: worded } of sent) {
            const incident = incidents[rule]
            if (incident === undefined) continue
            const next = after(incident, kind, worded)
            if (next === undefined) delete incidents[rule]
            else incidents[rule] = next
            if (told && next !== incident) tally = countTold(tally, rule, kind, worded)
          }
          return { state: { ...state, incidents, ...(tally && { tally }) }, result: undefined }
        })
      } catch (error) {
        faults.push(`the incident table did not take what was told of ${target.name}: ${errorMessage(error)}`)
      }
    },
    { concurrency: CONCURRENCY },
  )
  return faults
}

const until = (at: number) => AbortSignal.timeout(Math.max(1, at - Date.now()))
