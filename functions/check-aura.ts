/** One Aura target of one run: look, judge, act. */
import { type AuraLooked, lookAtAura } from './aura/look.ts'
import { rowsOf } from './checks/aura/facts.ts'
import { findAbandoned } from './checks/aura/held-transactions.ts'
import { recall, remember } from './checks/aura/memory.ts'
import { judgeAura } from './checks/aura/rules.ts'
import { planBoltEndings, type StaleConnection } from './checks/aura/stale-connections.ts'
import { isStoreDue, noteStore } from './checks/aura/store.ts'
import { atWork } from './checks/aura/users.ts'
import type { AuraReading } from './checks/aura-reading.ts'
import type { Failure } from './checks/reading.ts'
import type { EndingPlan } from './checks/victims.ts'
import type { AuraTarget } from './config-aura.ts'
import { endConnections, endTransactions } from './end-aura.ts'
import { auraLinks } from './incidents/links.ts'
import { loadOrFault, type TargetState } from './incidents/store.ts'
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
  const before: TargetState = 'fault' in stored ? { incidents: {} } : stored.state
  const ours = target.aura.user

  const settle = async ({ reading, bolt, storeSize }: AuraLooked): Promise<TargetResult> => {
    const memory = remember(before.aura ?? {}, reading, ours)
    const known = recall(memory, reading, target.ending, ours)
    const plan = planFor(target, reading, known, dryRun)
    const endings = plan && bolt ? await endConnections(target, plan, bolt, signal) : []
    const abandoned =
      plan && target.ending.end && !dryRun
        ? findAbandoned(memory.held ?? [], reading, { ...target.ending, idleMs: abandonedAfter(target) }, ours)
        : []
    const transactionEndings = bolt ? await endTransactions(target, abandoned, bolt, signal) : []
    const facts = { ...known, reading, limit: target.aura.connectionLimit, plan, endings, transactionEndings }
    const findings = redactAll(judgeAura(facts, target.thresholds))
    const report = reportAura(target.name, facts, findings, Date.now() - startedAt)
    const kept = storeSize && isStoreDue(memory, startedAt) ? noteStore(memory, await storeSize(), startedAt) : memory
    return { target, links: auraLinks(target), findings, report, stored, keep: { aura: kept } }
  }

  const failed = (failure: Failure): AuraLooked => ({ reading: { kind: 'failed', at: startedAt, failure } })
  const lookWith = (keys: Keys) => lookAtAura(target, keys, startedAt, signal)
  const looked = await withKeys(keyrings.aura, lookWith, failed).catch((error: unknown) =>
    failed(unexpected(target.name, error)),
  )
  try {
    return await settle(looked)
  } catch (error) {
    return await settle(failed(unexpected(target.name, error)))
  } finally {
    await looked.bolt?.close()
  }
}

type Known = ReturnType<typeof recall>

function planFor(
  target: AuraTarget,
  reading: AuraReading,
  { stale, growth }: Known,
  dryRun: boolean,
): EndingPlan<StaleConnection> | undefined {
  const connections = rowsOf(reading, 'connections')
  const transactions = rowsOf(reading, 'transactions')
  // Blind, nobody is ended, nor while the database is down: who is idle then may be waiting for it.
  if (reading.kind !== 'seen' || !reading.bolt.sighted || !connections || !transactions) return undefined
  if (reading.bolt.bySystem) return undefined
  const situation = {
    used: connections.length,
    working: atWork(connections, transactions).length,
    limit: target.aura.connectionLimit,
    leak: growth !== undefined && growth.perHour >= target.thresholds['connections.growth'].warning,
  }
  return planBoltEndings(stale, situation, target.ending, dryRun)
}

/** Nothing is ended before it is critical, or as long as the policy says when that is longer. */
function abandonedAfter({ thresholds, ending }: AuraTarget): number {
  const { warning, critical } = thresholds['transactions.open']
  return Math.max(ending.idleMs, critical ?? warning)
}
