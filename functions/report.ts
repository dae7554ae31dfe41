/** What a run returns and logs: for the person who pressed Test, and for whoever reads the log afterwards. */
import { byApplication } from './checks/applications.ts'
import type { AbandonedTransaction } from './checks/aura/held-transactions.ts'
import type { StaleConnection } from './checks/aura/stale-connections.ts'
import { type Finding, type Severity, worst } from './checks/finding.ts'
import type { ConnectionsReading, SeenReading } from './checks/reading.ts'
import type { TrustFacts } from './checks/trust/facts.ts'
import type { SessionLine as ListedSession, LookLine } from './checks/trust/process-list.ts'
import { sayRehearsal } from './checks/trust/rehearsal.ts'
import type { Ending, EndingPlan, Held, Outcome } from './checks/victims.ts'
import type { NoticeKind } from './incidents/transition.ts'
import type { HeartbeatPart } from './report-heartbeat.ts'
import {
  type ApplicationLine,
  applicationLine,
  type FindingLine,
  findingLine,
  type HolderLine,
  type InstanceLine,
  type LongLine,
  longLine,
  type MetricsLine,
  type OpenTransactionLine,
} from './report-lines.ts'
import type { SnapshotsPart } from './report-snapshots.ts'
import type { StoragePart } from './report-storage.ts'
import { count, formatDuration, formatTime } from './units.ts'

interface LimitLine {
  application: string
  policy: string
  /** Absent: none was seen. */
  longestGap?: string
  /** The day on which that was seen. */
  seen?: string
  /** For how long a session must be idle to be ended. */
  limit: string
}

interface SessionLine {
  pid: number
  application: string
  role: string
  database: string
  idle: string
}

export interface TargetReport {
  target: string
  severity: Severity
  /** One line a finding that is not ok; or what is well. */
  says: string[]
  findings: FindingLine[]
  /** The incidents that are open after this run, told or not. */
  open?: string[]
  /** Maintenance, quiet hours, and what of it was asked to be quiet, each with its end. */
  quiet?: string[]
  connections?: {
    used: number
    usable: number
    maxConnections: number
    /** Without what they do when the role is blind. */
    byApplication: (ApplicationLine | Pick<ApplicationLine, 'name' | 'sessions'>)[]
    /** In applications beyond those. */
    otherSessions: number
    serverStarted: string
    /** These too are not known to a role that is blind. */
    oldestTransactions?: LongLine[]
    longestStatements?: LongLine[]
  }
  /** Absent when the role is blind. */
  stale?: {
    sessions: number
    /** Why nothing was ended. */
    held: Held | null
    ended: (SessionLine & { outcome: Outcome; detail?: string })[]
    wouldEnd: SessionLine[]
    /** What this policy would have done, of a target that has not opted in. */
    rehearsal?: string
    /** Why nothing that was learned is relied on, and until when. */
    unlearned?: string
    /** Since when it has been learned how long applications lie idle. */
    learningSince?: string
    /** Of each application the policy's limit, and the longest idle time after which a session of it worked again. */
    limits?: LimitLine[]
    /** Past the policy's limit, but not clearly longer idle than their application has been before it worked again. */
    unproven?: SessionLine[]
  }
  /** Where it was asked for: a line about the look, then one for each idle session, longest idle first. */
  processList?: (LookLine | ListedSession)[]
  /** Of an Aura target. */
  instance?: InstanceLine
  bolt?: {
    /** The member that was reached; others are not counted. */
    member: string
    connections?: number
    byUserAndAgent?: HolderLine[]
    transactions?: OpenTransactionLine[]
  }
  /** By Aura's metrics, where the tier has them, or why not. */
  metrics?: MetricsLine
  staleConnections?: {
    connections: number
    held: Held | null
    ended: (ConnectionLine & { outcome: Outcome; detail?: string })[]
    wouldEnd: ConnectionLine[]
  }
  abandonedTransactions?: {
    held: Held | null
    ended: (TransactionLine & { outcome: Outcome; detail?: string })[]
    wouldEnd: TransactionLine[]
    leftWithoutLocks: TransactionLine[]
  }
  /** Of the check of snapshots, where they could be listed. */
  snapshots?: SnapshotsPart
  /** Of the check of storage, where it could be measured. */
  storage?: StoragePart
  /** Of Nightshift's look at itself. */
  heartbeat?: HeartbeatPart
  /** Of a dry run of that: the weekly letter as it would be sent now. */
  letter?: string
  tookMs: number
}

type TransactionLine = Pick<AbandonedTransaction, 'id' | 'database' | 'user' | 'agent' | 'client' | 'locks'> & {
  idle: string
}

type ConnectionLine = Pick<StaleConnection, 'id' | 'server' | 'client' | 'user' | 'agent' | 'looks'> & { idle: string }

export interface Report {
  check: string
  at: string
  dryRun: boolean
  severity: Severity
  summary: string
  targets: TargetReport[]
  /** What was told, or in a dry run would have been. */
  notices: { target: string; rule: string; kind: NoticeKind; severity: Severity; why: string }[]
  /** What was due and is held back, and why; it is told afterwards if it is still true then. */
  held?: Report['notices']
  /** What of the run itself failed. */
  faults?: string[]
  /** SNS's id of the message that told them. */
  messageId?: string
  tookMs: number
}

/** Most applications shown in full; a report is read by a person, and Lambda returns at most 6 MB. */
const MOST_APPLICATIONS = 30

export function reportTarget(
  target: string,
  reading: ConnectionsReading,
  findings: Finding[],
  plan: EndingPlan | undefined,
  endings: Ending[],
  tookMs: number,
  trust?: TrustFacts,
): TargetReport {
  const severity = worst(findings.map((finding) => finding.severity))
  const bad = findings.filter((finding) => finding.severity !== 'ok')
  return {
    target,
    severity,
    says: bad.length > 0 ? bad.map((one) => `${one.severity}: ${one.rule}: ${one.headline}`) : [wellLine(reading)],
    findings: bad.map(findingLine),
    ...(reading.kind === 'seen' && { connections: connectionsPart(reading) }),
    ...(reading.kind === 'seen' && plan && { stale: stalePart(reading, plan, endings, trust) }),
    tookMs,
  }
}

function connectionsPart(reading: SeenReading): TargetReport['connections'] {
  const applications = byApplication(reading.groups)
  const shown = applications.slice(0, MOST_APPLICATIONS)
  return {
    used: reading.used,
    usable: reading.limit.usable,
    maxConnections: reading.limit.max,
    byApplication: reading.sighted
      ? shown.map(applicationLine)
      : shown.map(({ name, sessions }) => ({ name, sessions })),
    otherSessions: reading.used - shown.reduce((sum, { sessions }) => sum + sessions, 0),
    serverStarted: formatTime(reading.serverStartedAt),
    ...(reading.sighted && {
      oldestTransactions: reading.transactions.map(longLine),
      longestStatements: reading.longRunning.map(longLine),
    }),
  }
}

const stalePart = (
  reading: SeenReading,
  plan: EndingPlan,
  endings: Ending[],
  trust: TrustFacts | undefined,
): TargetReport['stale'] => ({
  sessions: reading.staleSessions,
  held: plan.held,
  ended: endings.map(({ victim, outcome, detail }) => ({ ...sessionLine(victim), outcome, ...(detail && { detail }) })),
  wouldEnd: plan.held ? plan.victims.map(sessionLine) : [],
  ...(trust && trustPart(trust)),
})

const trustPart = ({ rehearsed, unlearned, learningSince, limits, unproven }: TrustFacts) => ({
  ...(rehearsed && { rehearsal: sayRehearsal(rehearsed) }),
  ...(unlearned && { unlearned }),
  learningSince: formatTime(learningSince),
  limits: limits.map(
    ({ application, policyMs, longestGap, limitMs }): LimitLine => ({
      application,
      policy: formatDuration(policyMs),
      ...(longestGap && { longestGap: formatDuration(longestGap.ms), seen: longestGap.day }),
      limit: formatDuration(limitMs),
    }),
  ),
  unproven: unproven.slice(0, MOST_APPLICATIONS).map(sessionLine),
})

export const sessionLine = ({ pid, application, role, database, idleMs }: Ending['victim']): SessionLine => ({
  pid,
  application,
  role,
  database,
  idle: formatDuration(idleMs),
})

function wellLine(reading: ConnectionsReading): string {
  if (reading.kind === 'seen') return `ok: ${reading.used} of ${reading.limit.usable} connections`
  if (reading.kind === 'failed') return `not looked at: ${reading.failure.message}`
  if (reading.why === 'let-sleep')
    return 'ok: nobody has done anything for a while; not looked at, so that the compute can suspend'
  return 'ok: the compute is asleep and was left asleep'
}

/** `3 targets: 1 critical, 2 ok`. */
export function summarise(targets: TargetReport[]): string {
  const counts = (['critical', 'unknown', 'warning', 'ok'] as const)
    .map((severity) => [severity, targets.filter((one) => one.severity === severity).length] as const)
    .filter(([, n]) => n > 0)
  return `${count(targets.length, 'target')}: ${counts.map(([severity, n]) => `${n} ${severity}`).join(', ')}`
}
