/** One Neon target of one run: look, judge, act. */
import { byApplication } from './checks/applications.ts'
import { leakFacts } from './checks/leak/facts.ts'
import { type ConnectionsReading, type Failure, STANDING_CAUSES } from './checks/reading.ts'
import { judgeConnections } from './checks/rules.ts'
import { remember } from './checks/surge/recent.ts'
import { holdsEndings, isSurge } from './checks/surge/surge.ts'
import type { Target } from './config.ts'
import { type Acted, actOn, NOTHING, noteSuspended } from './end-neon.ts'
import { neonLinks } from './incidents/links.ts'
import { loadOrFault, type TargetState } from './incidents/store.ts'
import { explained } from './neon/incident.ts'
import { type Looked, lookAtNeon } from './neon/look.ts'
import { redactAll } from './redact.ts'
import { reportTarget } from './report.ts'
import type { Looking, TargetResult } from './run.ts'
import { loadSessions } from './sessions-memory.ts'
import { unexpected, withKeys } from './with-keys.ts'

const SURGE = 'connections.surge'

/** Never throws. `signal` is the deadline of everything asked for this target. */
export async function checkNeon(target: Target, looking: Looking): Promise<TargetResult> {
  const { check, keyrings, dryRun, processList, signal } = looking
  const startedAt = Date.now()
  const [stored, memory] = await Promise.all([
    loadOrFault(target.name, check, signal),
    loadSessions(target.name, startedAt, signal),
  ])
  const before: TargetState = 'fault' in stored ? { incidents: {} } : stored.state
  const surgeStands = before.incidents[SURGE]?.status === 'open'
  const surgeUnknown = 'fault' in stored || before.unreadable === true
  const surgeFacts = (reading: ConnectionsReading) => {
    const facts = { reading, recent: before.recent ?? [], surgeStands }
    return { ...facts, surging: isSurge(facts, target.thresholds[SURGE]) }
  }
  const settle = (looked: Looked, { plan, endings, trust, memory, listed, faults }: Acted): TargetResult => {
    const { reading } = looked
    const leaks = memory?.leak && reading.kind === 'seen' && leakFacts(memory.leak, reading)
    const facts = {
      ...surgeFacts(reading),
      last: before.last,
      cutOffBy: before.cutOffBy,
      plan,
      endings,
      trust,
      ...leaks,
    }
    const findings = redactAll(judgeConnections(facts, target.thresholds))
    const report = reportTarget(target.name, reading, findings, plan, endings, Date.now() - startedAt, trust)
    return {
      target,
      links: neonLinks(target, looked.branchId),
      findings,
      report: { ...report, ...(processList && listed && { processList: listed }) },
      stored,
      keep: (found) => keepOf(reading, found, surgeStands || facts.surging),
      faults,
    }
  }
  const failed = (failure: Failure): Looked => ({ reading: { kind: 'failed', at: startedAt, failure } })
  try {
    const looked = await withKeys(
      keyrings.neon,
      (keys) => lookAtNeon(target, keys, before.last, startedAt, signal, 'fault' in memory ? [] : memory.asked),
      failed,
    )
    const { sql, region } = looked
    const reading: ConnectionsReading = await explained(looked.reading, region)
    const surge = holdsEndings(surgeFacts(reading), target.thresholds[SURGE])
    const acted =
      reading.kind === 'seen'
        ? await actOn(reading, target, { sql, memory, surge, surgeUnknown, dryRun, signal })
        : reading.kind === 'asleep' && reading.why === 'suspended'
          ? await noteSuspended(memory, { dryRun, at: startedAt, signal })
          : NOTHING
    return settle({ ...looked, reading }, acted)
  } catch (error) {
    return settle(failed(unexpected(target.name, error)), NOTHING)
  }
}

const MOST_REMEMBERED = 8

/** Until a look gets in again. What keeps out of the API alone is over as soon as that answers, though the compute may sleep. */
const isCutOff = ({ cause, at }: Failure): boolean =>
  STANDING_CAUSES.includes(cause) && !(at === 'api' && cause === 'tls')

function keepOf(
  reading: ConnectionsReading,
  { last, cutOffBy, recent = [] }: TargetState,
  inSurge: boolean,
): ReturnType<TargetResult['keep']> {
  if (reading.kind !== 'seen') {
    const cause = reading.kind === 'failed' && isCutOff(reading.failure) ? reading.failure.cause : cutOffBy
    return { ...(last && { last }), recent, ...(cause && { cutOffBy: cause }) }
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
    recent: inSurge || !reading.sighted ? recent : remember(recent, reading),
  }
}
