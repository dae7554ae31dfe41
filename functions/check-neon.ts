/** One Neon target of one run: look, judge, act. */
import { byApplication } from './checks/applications.ts'
import { type Cause, type ConnectionsReading, type Failure, type LastSeen, STANDING_CAUSES } from './checks/reading.ts'
import { judgeConnections } from './checks/rules.ts'
import { type Ending, type EndingPlan, planEndings } from './checks/victims.ts'
import type { Target } from './config.ts'
import { neonLinks } from './incidents/links.ts'
import { loadOrFault, type TargetState } from './incidents/store.ts'
import { log } from './log.ts'
import { endSessions } from './neon/act.ts'
import { addIncident } from './neon/incident.ts'
import { type Looked, lookAtNeon } from './neon/look.ts'
import { errorMessage, redactAll } from './redact.ts'
import { reportTarget } from './report.ts'
import type { Looking, TargetResult } from './run.ts'
import { type Keyring, SecretError } from './secret.ts'

/** Never throws. `signal` is the deadline of everything asked for this target. */
export async function checkNeon(target: Target, { check, keyring, dryRun, signal }: Looking): Promise<TargetResult> {
  const startedAt = Date.now()
  const stored = await loadOrFault(target.name, check, signal)
  const before: TargetState = 'fault' in stored ? { incidents: {} } : stored.state
  const settle = (looked: Looked, plan: EndingPlan | undefined, endings: Ending[]): TargetResult => {
    const { reading } = looked
    const facts = { reading, last: before.last, cutOffBy: before.cutOffBy, plan, endings }
    const findings = redactAll(judgeConnections(facts, target.thresholds))
    const report = reportTarget(target.name, reading, findings, plan, endings, Date.now() - startedAt)
    const links = neonLinks(target, looked.branchId)
    return { target, links, findings, report, stored, keep: keepOf(reading, before) }
  }
  try {
    const looked = await look(target, keyring, before.last, startedAt, signal)
    const { reading, sql } = looked
    const plan = reading.kind === 'seen' && reading.sighted ? planEndings(reading, target.ending, dryRun) : undefined
    const endings = plan && sql ? await endSessions(plan, target, sql, signal) : []
    return settle(looked, plan, endings)
  } catch (error) {
    // A fault of Nightshift's own: told like any other look that failed, and no other target suffers from it.
    log('unexpected', { target: target.name, error: errorMessage(error), stack: (error as Error).stack })
    return settle(failedLook('unexpected', 'nightshift', error, startedAt), undefined, [])
  }
}

const failedLook = (cause: Cause, at: Failure['at'], error: unknown, now: number): Looked => ({
  reading: { kind: 'failed', at: now, failure: { cause, at, message: errorMessage(error) } },
})

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
    if (cause === 'credentials' || cause === 'api-key' || cause === 'no-password') {
      // That the secret cannot be read afresh is in the log; the refusal is what this target has to say.
      const fresh = await keyring
        .reread(keys)
        .catch((error: unknown) => log('secret-unreadable', { error: errorMessage(error) }))
      if (fresh) return await lookAtNeon(target, fresh, last, now, signal)
    }
    return { ...looked, reading: { ...reading, failure: await addIncident(reading.failure, looked.region) } }
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    return failedLook('secret', 'secret', error, now)
  }
}

const MOST_REMEMBERED = 8

function keepOf(reading: ConnectionsReading, { last, cutOffBy }: TargetState): TargetResult['keep'] {
  if (reading.kind !== 'seen') {
    const cause =
      reading.kind === 'failed' && STANDING_CAUSES.includes(reading.failure.cause) ? reading.failure.cause : cutOffBy
    return { ...(last && { last }), ...(cause && { cutOffBy: cause }) }
  }
  const top = byApplication(reading.groups).slice(0, MOST_REMEMBERED)
  return {
    last: {
      at: reading.at,
      used: reading.used,
      usable: reading.limit.usable,
      // With nobody connected there is no session to tell since when; at least since the look before it was so.
      quietMs: reading.quietMs ?? (last ? last.quietMs + reading.at - last.at : 0),
      top: top.map(({ name, sessions }) => ({ name, sessions })),
    },
  }
}
