/** Who is abandoned on one Aura instance, and what became of those who may be ended. */
import type { Bolt } from './aura/bolt.ts'
import { type AuraFacts, rowsOf } from './checks/aura/facts.ts'
import { planAbandoned } from './checks/aura/held-transactions.ts'
import type { recall } from './checks/aura/memory.ts'
import { planBoltEndings } from './checks/aura/plan.ts'
import { atWork } from './checks/aura/users.ts'
import type { AuraReading } from './checks/aura-reading.ts'
import type { AuraTarget } from './config-aura.ts'
import { endConnections, endTransactions, usesUpCap } from './end-aura.ts'
import { maintenanceAt } from './quiet/quiet.ts'
import { recorderOf } from './record.ts'

export type Acted = Pick<AuraFacts, 'plan' | 'endings' | 'abandoned' | 'transactionEndings'> & { faults: string[] }

/** Transactions first: they do harm, where idle connections do not. Both together are no more than the cap. */
export async function act(
  target: AuraTarget,
  reading: AuraReading,
  { stale, growth, held }: ReturnType<typeof recall>,
  bolt: Bolt | undefined,
  { dryRun, signal }: { dryRun: boolean; signal: AbortSignal },
): Promise<Acted> {
  const connections = rowsOf(reading, 'connections')
  const transactions = rowsOf(reading, 'transactions')
  const nobody: Acted = { plan: undefined, endings: [], abandoned: undefined, transactionEndings: [], faults: [] }
  // Blind, nobody is ended, nor while the database is down: who is idle then may be waiting for it.
  if (reading.kind !== 'seen' || !reading.bolt.sighted || !connections || !transactions || !bolt) return nobody
  if (reading.bolt.bySystem) return nobody
  const { ending, aura, thresholds } = target
  const recorder = recorderOf(target.name)

  const idleMs = abandonedAfter(target)
  const maintenance = maintenanceAt(target, reading.at) !== undefined
  const abandoned = planAbandoned(held, reading, { ...ending, idleMs }, aura.user, dryRun, maintenance)
  const transactionEndings = await endTransactions(target, abandoned, idleMs, bolt, recorder, signal)

  const used = abandoned.held === null ? transactionEndings.filter(usesUpCap).length : abandoned.victims.length
  const situation = {
    used: connections.length,
    working: atWork(connections, transactions).length,
    limit: aura.connectionLimit,
    leak: growth !== undefined && growth.perHour >= thresholds['connections.growth'].warning,
    maintenance,
  }
  const left = { ...ending, atMost: Math.max(0, ending.atMost - used) }
  const plan = planBoltEndings(stale, situation, left, dryRun)
  const endings = await endConnections(target, plan, bolt, recorder, signal)
  return { plan, endings, abandoned, transactionEndings, faults: await recorder.faults() }
}

/** Nothing is ended before it is critical, or as long as the policy says when that is longer. */
function abandonedAfter({ thresholds, ending }: AuraTarget): number {
  const { warning, critical } = thresholds['transactions.open']
  return Math.max(ending.idleMs, critical ?? warning)
}
