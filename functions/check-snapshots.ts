/** The snapshots of one target of one run: look, judge, remember. */
import { lookAtAuraSnapshots } from './aura/look-snapshots.ts'
import type { Failure } from './checks/reading.ts'
import type { SnapshotsMemory } from './checks/snapshots/facts.ts'
import { rememberSnapshots } from './checks/snapshots/memory.ts'
import type { SnapshotsReading } from './checks/snapshots/reading.ts'
import { judgeSnapshots } from './checks/snapshots/rules.ts'
import type { SnapshotsTarget } from './config-snapshots.ts'
import { auraLinks, neonLinks } from './incidents/links.ts'
import { loadOrFault } from './incidents/store.ts'
import { explained } from './neon/incident.ts'
import { lookAtNeonSnapshots } from './neon/look-snapshots.ts'
import { redactAll } from './redact.ts'
import { reportSnapshots } from './report-snapshots.ts'
import type { Looking, TargetResult } from './run.ts'
import { unexpected, withKeys } from './with-keys.ts'

interface Looked {
  reading: SnapshotsReading
  branchId?: string
}

/** Never throws. */
export async function checkSnapshots(target: SnapshotsTarget, looking: Looking): Promise<TargetResult> {
  const startedAt = Date.now()
  const stored = await loadOrFault(target.name, looking.check, looking.signal)
  const before = ('fault' in stored ? undefined : stored.state.snapshots) ?? {}
  const settle = ({ reading, branchId }: Looked): TargetResult => {
    const facts = { reading, policy: target.policy, before }
    const findings = redactAll(judgeSnapshots(facts, target.thresholds))
    return {
      target,
      links: 'neon' in target ? neonLinks(target, branchId) : auraLinks(target),
      findings,
      report: reportSnapshots(target.name, facts, findings, Date.now() - startedAt),
      stored,
      keep: ({ snapshots = {} }) => ({ snapshots: rememberSnapshots(snapshots, reading) }),
    }
  }
  const provider = 'neon' in target ? 'neon' : 'aura'
  const failed = (failure: Failure): Looked => ({ reading: { kind: 'failed', at: startedAt, provider, failure } })
  try {
    return settle(await look(target, before, looking, startedAt, failed))
  } catch (error) {
    return settle(failed(unexpected(target.name, error)))
  }
}

async function look(
  target: SnapshotsTarget,
  before: SnapshotsMemory,
  { keyrings, signal }: Looking,
  now: number,
  failed: (failure: Failure) => Looked,
): Promise<Looked> {
  if ('aura' in target)
    return withKeys(
      keyrings.aura,
      async (keys): Promise<Looked> => ({
        reading: await lookAtAuraSnapshots(target, keys, before, target.policy, now, signal),
      }),
      failed,
    )
  const looked = await withKeys(
    keyrings.neon,
    (keys): Promise<Looked> => lookAtNeonSnapshots(target, keys, now, signal),
    failed,
  )
  return { ...looked, reading: await explained(looked.reading) }
}
