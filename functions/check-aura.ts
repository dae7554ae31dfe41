/** One Aura target of one run: look, judge, act. */
import { act } from './act-aura.ts'
import { type AuraLooked, lookAtAura } from './aura/look.ts'
import { keptAs, memoryOf } from './checks/aura/kept.ts'
import { noteBroken, ofTheSameMember } from './checks/aura/members.ts'
import { type AuraMemory, recall, remember } from './checks/aura/memory.ts'
import { judgeAura } from './checks/aura/rules.ts'
import { isStoreDue, noteStore } from './checks/aura/store.ts'
import type { Failure } from './checks/reading.ts'
import type { AuraTarget } from './config-aura.ts'
import { auraLinks } from './incidents/links.ts'
import { loadOrFault } from './incidents/store.ts'
import { redactAll } from './redact.ts'
import { reportAura } from './report-aura.ts'
import type { Looking, TargetResult } from './run.ts'
import type { Keys } from './secret.ts'
import { unexpected, withKeys } from './with-keys.ts'

/** Never throws. */
export async function checkAura(
  target: AuraTarget,
  { check, keyrings, dryRun, signal }: Looking,
): Promise<TargetResult> {
  const startedAt = Date.now()
  const stored = await loadOrFault(target.name, check, signal)
  const { instance, user: ours, connectionLimit: limit } = target.aura
  const before = 'fault' in stored ? {} : memoryOf(stored.state.aura, instance)

  const settle = async ({ reading, bolt, storeSize }: AuraLooked, before: AuraMemory): Promise<TargetResult> => {
    const memory = remember(before, reading, ours)
    const known = recall(memory, reading, target.ending, ours)
    const acted = await act(target, reading, known, bolt, { dryRun, signal })
    const facts = { ...known, reading, limit, ...acted }
    const findings = redactAll(ofTheSameMember(judgeAura(facts, target.thresholds), reading, memory.broken))
    const report = reportAura(target, facts, findings, Date.now() - startedAt)
    const size = storeSize && isStoreDue(memory, startedAt) ? { bytes: await storeSize() } : undefined
    const withThisLook = (found: AuraMemory): AuraMemory => {
      const after = remember(found, reading, ours)
      const noted = { ...after, broken: noteBroken(after.broken, findings, reading) }
      return size ? noteStore(noted, size.bytes, startedAt) : noted
    }
    const keep: TargetResult['keep'] = ({ aura }) => {
      // A memory that has just failed is not tried again.
      const found = before === NOTHING ? NOTHING : memoryOf(aura, instance)
      return { aura: keptAs(orAnew(withThisLook, found), instance) }
    }
    return { target, links: auraLinks(target), findings, report, stored, keep, faults: acted.faults }
  }

  const failed = (failure: Failure): AuraLooked => ({ reading: { kind: 'failed', at: startedAt, failure } })
  const lookWith = (keys: Keys) => lookAtAura(target, keys, startedAt, signal)
  const looked = await withKeys(keyrings.aura, lookWith, failed).catch((error: unknown) =>
    failed(unexpected(target.name, error)),
  )
  try {
    return await settle(looked, before)
  } catch (error) {
    // Perhaps it is the memory that cannot be used, and it would fail every look to come.
    return await settle(failed(unexpected(target.name, error)), NOTHING)
  } finally {
    await looked.bolt?.close()
  }
}

const NOTHING: AuraMemory = {}

function orAnew(change: (memory: AuraMemory) => AuraMemory, memory: AuraMemory): AuraMemory {
  try {
    return change(memory)
  } catch {
    return change(NOTHING)
  }
}
