/** One target of one run: look, judge, act. */
import { byApplication } from './checks/applications.ts'
import type { Finding } from './checks/finding.ts'
import type { ConnectionsReading, LastSeen } from './checks/reading.ts'
import { judgeConnections } from './checks/rules.ts'
import { planEndings } from './checks/victims.ts'
import type { Target } from './config.ts'
import { loadState, type Stored } from './incidents/store.ts'
import { endSessions } from './neon/act.ts'
import { addIncident } from './neon/incident.ts'
import { type Looked, lookAtNeon } from './neon/look.ts'
import { errorMessage, redactAll } from './redact.ts'
import { reportTarget, type TargetReport } from './report.ts'
import { type Keyring, SecretError } from './secret.ts'

/** What came of one target. */
export interface TargetResult {
  target: Target
  looked: Looked
  findings: Finding[]
  report: TargetReport
  /** What is known of its incidents, or why that is not known. */
  stored: Stored | { fault: string }
  /** What to keep for the hour when nothing can be seen. */
  last: LastSeen | undefined
}

/** Never throws. `signal` is the deadline of everything asked for this target. */
export async function checkTarget(
  target: Target,
  check: string,
  keyring: Keyring,
  dryRun: boolean,
  signal: AbortSignal,
): Promise<TargetResult> {
  const startedAt = Date.now()
  const stored = await loadState(target.name, check).catch((error: unknown) => ({
    fault: `the incident table did not answer for ${target.name}: ${errorMessage(error)}`,
  }))
  const before = 'fault' in stored ? undefined : stored.state.last
  const looked = await look(target, keyring, before, startedAt, signal)
  const { reading, sql } = looked
  const plan = reading.kind === 'seen' && reading.sighted ? planEndings(reading, target.ending, dryRun) : undefined
  const endings = plan && sql ? await endSessions(plan, target, sql, signal) : []
  const findings = redactAll(judgeConnections({ reading, last: before, plan, endings }, target.thresholds))
  const report = reportTarget(target.name, reading, findings, plan, endings, Date.now() - startedAt)
  return { target, looked, findings, report, stored, last: lastSeen(reading, before) }
}

async function look(
  target: Target,
  keyring: Keyring,
  last: LastSeen | undefined,
  now: number,
  signal: AbortSignal,
): Promise<Looked> {
  try {
    const keys = await keyring.read()
    const looked = await lookAtNeon(target, keys, last, now, signal)
    const { reading } = looked
    if (reading.kind !== 'failed') return looked
    const { cause } = reading.failure
    if (cause === 'credentials' || cause === 'api-key') {
      const fresh = await keyring.reread(keys)
      if (fresh) return await lookAtNeon(target, fresh, last, now, signal)
    }
    return { ...looked, reading: { ...reading, failure: await addIncident(reading.failure, looked.region) } }
  } catch (error) {
    const cause = error instanceof SecretError ? 'secret' : 'unexpected'
    const at = error instanceof SecretError ? 'secret' : 'nightshift'
    return { reading: { kind: 'failed', at: now, failure: { cause, at, message: errorMessage(error) } } }
  }
}

const MOST_REMEMBERED = 8

function lastSeen(reading: ConnectionsReading, before: LastSeen | undefined): LastSeen | undefined {
  if (reading.kind !== 'seen') return before
  const top = byApplication(reading.groups).slice(0, MOST_REMEMBERED)
  return {
    at: reading.at,
    used: reading.used,
    usable: reading.limit.usable,
    // With nobody connected there is no session to tell since when; at least since the look before it was so.
    quietMs: reading.quietMs ?? (before ? before.quietMs + reading.at - before.at : 0),
    top: top.map(({ name, sessions }) => ({ name, sessions })),
  }
}
