/** One run of the connections check: every target, bounded; then one digest and the report. */
import pMap from 'p-map'
import { checkTarget, type TargetResult } from './check-target.ts'
import { worst } from './checks/finding.ts'
import type { Settings } from './config.ts'
import type { RunRequest } from './event.ts'
import { type Told, tell } from './incidents/tell.ts'
import { log, logSuccess } from './log.ts'
import { redactAll } from './redact.ts'
import { type Report, summarise } from './report.ts'
import { keyring } from './secret.ts'

const CHECK = 'connections'
/** Sockets and memory of one small function; more targets than this at once gain nothing. */
const CONCURRENCY = 20
/** For one target, from the first request to the last session ended. */
const TARGET_MS = 40_000
/** Kept free at the end of a run for telling and reporting. */
const TELLING_MS = 30_000

export interface RunContext {
  settings: Settings
  request: RunRequest
  /** Identifies this run among overlapping ones. */
  runId: string
  /** When Lambda ends the process, epoch milliseconds. */
  endsAt: number
}

/** Something of the run itself failed after every target was looked at: Lambda counts it, and the watchdog's alarm tells. */
export class RunFailed extends Error {
  constructor(faults: string[], summary: string) {
    super(`${faults.join('; ')} (${summary})`)
    this.name = 'RunFailed'
  }
}

/**
 * @throws RunFailed when the table or SNS failed. Every other failure is a finding.
 */
export async function runConnections({ settings, request, runId, endsAt }: RunContext): Promise<Report> {
  const startedAt = Date.now()
  const targets = settings.targets.filter(({ name }) => request.targets === undefined || request.targets.includes(name))
  const keys = keyring(
    settings.targets.map(({ name }) => name),
    startedAt,
  )

  const results = await pMap(
    targets,
    (target) => {
      const deadline = Math.max(1_000, Math.min(TARGET_MS, endsAt - TELLING_MS - Date.now()))
      return checkTarget(target, CHECK, keys, request.dryRun, AbortSignal.timeout(deadline))
    },
    { concurrency: CONCURRENCY },
  )

  const told = await tell({ results, settings, check: CHECK, runId, dryRun: request.dryRun, endsAt, now: Date.now() })
  const report = redactAll(makeReport(results, told, request, startedAt))
  const { targets: looked, ...overall } = report
  for (const target of looked) log('target', { ...target })
  log('run', overall)
  // Who asked for a dry run is there to read the report.
  if (told.faults.length > 0 && !request.dryRun) throw new RunFailed(told.faults, report.summary)
  // A dry run or one of some targets says nothing of whether the schedule still works.
  if (!request.dryRun && request.targets === undefined) logSuccess(CHECK, startedAt)
  return report
}

function makeReport(results: TargetResult[], told: Told, request: RunRequest, startedAt: number): Report {
  const targets = results.map(({ report }) => report)
  return {
    check: CHECK,
    at: new Date(startedAt).toISOString(),
    dryRun: request.dryRun,
    severity: worst(targets.map(({ severity }) => severity)),
    summary: summarise(targets),
    targets,
    notices: told.notices,
    ...(told.faults.length > 0 && { faults: told.faults }),
    ...(told.messageId && { messageId: told.messageId }),
    tookMs: Date.now() - startedAt,
  }
}
