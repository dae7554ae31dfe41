/** The storage of one target of one run: look, remember, judge. */
import { lookAtAuraStorage } from './aura/look-storage.ts'
import { memoryOf } from './checks/aura/kept.ts'
import type { Failure } from './checks/reading.ts'
import { carry } from './checks/storage/carry.ts'
import type { StorageReading } from './checks/storage/reading.ts'
import { judgeStorage } from './checks/storage/rules.ts'
import type { AuraStorageTarget, NeonStorageTarget, StorageTarget } from './config-storage.ts'
import { noteMeasures } from './history.ts'
import { auraLinks, neonLinks } from './incidents/links.ts'
import { loadOrFault, loadState, type TargetState } from './incidents/store.ts'
import { explained } from './neon/incident.ts'
import { type AskedStored, lookAtNeonStorage } from './neon/look-storage.ts'
import { redactAll } from './redact.ts'
import { reportStorage } from './report-storage.ts'
import type { Looking, TargetResult } from './run.ts'
import { unexpected, withKeys } from './with-keys.ts'

interface Looked {
  reading: StorageReading
  branchId?: string
  stored?: AskedStored
}

/** Never throws. */
export async function checkStorage(target: StorageTarget, looking: Looking): Promise<TargetResult> {
  const { check, dryRun, signal } = looking
  const startedAt = Date.now()
  const stored = await loadOrFault(target.name, check, signal)
  const of = identityOf(target)
  const state = 'state' in stored ? stored.state : undefined
  // What was measured of another database says nothing of this one.
  const before = state?.storage && (state.storage.of ?? of) === of ? state.storage : undefined
  const asked = before && state?.stored
  const settle = async ({ reading: looked, branchId, stored: told }: Looked): Promise<TargetResult> => {
    const reading = looked.kind === 'measured' ? carry(looked, before) : looked
    const measures = reading.kind === 'measured' ? reading.measures : []
    const { series, fault, begunAnew, tableFailed } = await noteMeasures(
      target.name,
      of,
      measures,
      reading.at,
      dryRun,
      signal,
    )
    const facts = { reading, history: series, historyFault: fault, begunAnew, tierBefore: before?.tier }
    const findings = redactAll(judgeStorage(facts, target.thresholds))
    return {
      target,
      links: 'neon' in target ? neonLinks(target, branchId) : auraLinks(target),
      findings,
      report: reportStorage(target.name, facts, findings, Date.now() - startedAt),
      stored,
      keep: (found) => keepOf(reading, of, told, found),
      ...(tableFailed && fault && { faults: [fault] }),
    }
  }
  const provider = 'neon' in target ? 'neon' : 'aura'
  const failed = (failure: Failure): Looked => ({ reading: { kind: 'failed', at: startedAt, provider, failure } })
  try {
    return await settle(
      'neon' in target
        ? await lookAtNeon(target, looking, startedAt, failed, asked)
        : await lookAtAura(target, looking, startedAt, failed),
    )
  } catch (error) {
    return settle(failed(unexpected(target.name, error)))
  }
}

/** A target's name may be given to another database. */
const identityOf = (target: StorageTarget): string =>
  'neon' in target ? `${target.neon.project} ${target.neon.branch ?? ''}`.trim() : target.aura.instance

/** What was measured last, against which limit: for the looks that are not told all of it, and the weekly letter. */
function keepOf(
  reading: StorageReading,
  of: string,
  told: AskedStored | undefined,
  { storage: before, stored }: TargetState,
): Omit<TargetState, 'incidents'> {
  const newest = told ?? (before?.of === of ? stored : undefined)
  const kept = newest && { stored: newest }
  if (reading.kind !== 'measured' || (before && before.at > reading.at))
    return { ...(before && { storage: before }), ...kept }
  const { at, measures, tier } = reading
  return { storage: { at, measures, of, ...(tier && { tier }) }, ...kept }
}

async function lookAtNeon(
  target: NeonStorageTarget,
  { keyrings, signal }: Looking,
  now: number,
  failed: (failure: Failure) => Looked,
  asked: AskedStored | undefined,
): Promise<Looked> {
  const looked = await withKeys(
    keyrings.neon,
    (keys): Promise<Looked> => lookAtNeonStorage(target, keys, now, signal, asked),
    failed,
  )
  return { ...looked, reading: await explained(looked.reading) }
}

async function lookAtAura(
  target: AuraStorageTarget,
  { keyrings, signal }: Looking,
  now: number,
  failed: (failure: Failure) => Looked,
): Promise<Looked> {
  // What the check of connections learnt over Bolt, where Aura's API does not tell; without it there is less to know.
  const known = await loadState(target.name, 'aura', signal).then(
    ({ state }) => memoryOf(state.aura, target.aura.instance).store,
    () => undefined,
  )
  return withKeys(
    keyrings.aura,
    async (keys): Promise<Looked> => ({ reading: await lookAtAuraStorage(target, keys, known, now, signal) }),
    failed,
  )
}
