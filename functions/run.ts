/** One run of a check: every target, bounded; then one digest and the report. */
import pMap from 'p-map'
import { type Finding, worst } from './checks/finding.ts'
import { conclude } from './conclude.ts'
import type { Settings } from './config.ts'
import type { RunRequest } from './event.ts'
import type { Link } from './incidents/links.ts'
import type { Stored, TargetState } from './incidents/store.ts'
import { type Told, tell } from './incidents/tell.ts'
import type { Digest } from './incidents/wording.ts'
import { log } from './log.ts'
import type { QuietTarget } from './quiet/quiet.ts'
import { redactAll } from './redact.ts'
import { type Report, summarise, type TargetReport } from './report.ts'
import { type Keyring, keyring, type Provider } from './secret.ts'
import { unexpected } from './with-keys.ts'

/** Sockets and memory of one small function; more targets than this at once gain nothing. */
const CONCURRENCY = 20
/** For one target, from the first request to the last session ended. */
const TARGET_MS = 40_000
/** Kept free at the end of a run for telling and reporting. */
const TELLING_MS = 30_000

/** A check: whom it looks at, what it asks, and how one target is looked at. */
export interface Check<Target extends Watched> {
  name: string
  rules: string[]
  targets: Target[]
  /** Never throws. */
  checkTarget(target: Target, looking: Looking): Promise<TargetResult>
  /** Whose key to the secret also reads where the outside is told that a run was made; absent: it is not. */
  pings?: Provider
}

/** What every kind of target has. */
export interface Watched extends QuietTarget {
  name: string
  note: string | undefined
  /** Where it is; Nightshift itself, as a target, is in neither. */
  neon?: object
  aura?: object
}

export interface Looking {
  check: string
  /** The keys to each provider; the secret is read when the first target asks. */
  keyrings: Record<Provider, Keyring>
  dryRun: boolean
  /** Whether the report is to hold the list of sessions. */
  processList: boolean
  /** The deadline of everything asked for one target. */
  signal: AbortSignal
}

/** What came of one target. */
export interface TargetResult {
  target: Watched
  /** Where a person looks next. */
  links: Link[]
  findings: Finding[]
  report: TargetReport
  /** What is known of its incidents, or why that is not known. */
  stored: Stored | { fault: string }
  /**
   * What to keep of this look for the next ones, beside what is found in the table when it is written: an overlapping run
   * may have been faster. Pure, as it may be asked more than once.
   */
  keep(found: TargetState): Omit<TargetState, 'incidents'>
  /** What of Nightshift itself failed on the way: the run fails with it, after everything else has been done. */
  faults?: string[]
  /** How its news is sent; by default to the alerts topic. Throws when nobody took it. */
  send?(digest: Digest): Promise<string>
  /** What is done when nothing is left to tell. Never throws. */
  allTold?(): Promise<void>
}

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
export async function run<Target extends Watched>(
  check: Check<Target>,
  { settings, request, runId, endsAt }: RunContext,
): Promise<Report> {
  const startedAt = Date.now()
  const targets = check.targets.filter(({ name }) => request.targets === undefined || request.targets.includes(name))
  const looking = {
    check: check.name,
    keyrings: {
      neon: keyring(settings.names, 'neon', startedAt),
      aura: keyring(settings.names, 'aura', startedAt),
    },
    dryRun: request.dryRun,
    processList: request.processList === true,
  }

  const results = await pMap(
    targets,
    (target) => {
      const deadline = Math.max(1_000, Math.min(TARGET_MS, endsAt - TELLING_MS - Date.now()))
      const signal = AbortSignal.timeout(deadline)
      return check.checkTarget(target, { ...looking, signal }).catch((error: unknown) => broken(target, error))
    },
    { concurrency: CONCURRENCY },
  )

  const { faults: notTold, ...told } = await tell({
    results,
    settings,
    check: check.name,
    rules: check.rules,
    runId,
    dryRun: request.dryRun,
    endsAt,
    now: Date.now(),
  })
  const faults = [...results.flatMap((result) => result.faults ?? []), ...notTold]
  const report = redactAll(makeReport(check.name, results, { ...told, faults }, request, startedAt))
  const { targets: looked, ...overall } = report
  // The list of sessions is for who asked for it: in the log it would be one line of a hundred kilobytes.
  for (const { processList: _, ...target } of looked) log('target', target)
  log('run', overall)
  // A dry run or one of some targets says nothing of whether the schedule still works.
  const complete = !request.dryRun && request.targets === undefined
  if (complete)
    await conclude(check, report, { startedAt, unseen: told.unseen, settings, keyrings: looking.keyrings, endsAt })
  // Who asked for a dry run is there to read the report.
  if (faults.length > 0 && !request.dryRun) throw new RunFailed(faults, report.summary)
  if (!request.dryRun) for (const { allTold } of results) await allTold?.()
  return report
}

/** A check that threw, which it never should: the run fails with it, and no other target suffers from it. */
function broken(target: Watched, error: unknown): TargetResult {
  const { message } = unexpected(target.name, error)
  const fault = `${target.name} was not checked: unexpected error: ${message}`
  return {
    target,
    links: [],
    findings: [],
    report: { target: target.name, severity: 'unknown', says: [fault], findings: [], tookMs: 0 },
    stored: { fault },
    keep: () => ({}),
  }
}

function makeReport(
  check: string,
  results: TargetResult[],
  told: Told,
  request: RunRequest,
  startedAt: number,
): Report {
  const targets = results.map(({ report }) => {
    const { [report.target]: quiet } = told.quiet
    const { [report.target]: open } = told.open
    return { ...report, ...(open && { open }), ...(quiet && { quiet }) }
  })
  return {
    check,
    at: new Date(startedAt).toISOString(),
    dryRun: request.dryRun,
    severity: worst(targets.map(({ severity }) => severity)),
    summary: summarise(targets),
    targets,
    notices: told.notices,
    ...(told.held.length > 0 && { held: told.held }),
    ...(told.faults.length > 0 && { faults: told.faults }),
    ...(told.messageId && { messageId: told.messageId }),
    tookMs: Date.now() - startedAt,
  }
}
