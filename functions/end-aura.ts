/** Ends what was chosen on one Aura instance, on the connection that the look was made on, and writes down each. */
import type { Bolt } from './aura/bolt.ts'
import type { AbandonedTransaction } from './checks/aura/held-transactions.ts'
import type { StaleConnection } from './checks/aura/stale-connections.ts'
import type { Ending, EndingPlan } from './checks/victims.ts'
import type { AuraTarget } from './config-aura.ts'
import { log } from './log.ts'
import { formatDuration } from './units.ts'

/** What became of each victim, one by one, on the connection that the look was made on. Never throws. */
export async function endConnections(
  { name, ending }: AuraTarget,
  { held, victims }: EndingPlan<StaleConnection>,
  bolt: Bolt,
  signal: AbortSignal,
): Promise<Ending<StaleConnection>[]> {
  const endings: Ending<StaleConnection>[] = []
  for (const victim of held === null ? victims : []) {
    if (signal.aborted) break
    const became = await bolt.endConnection(victim)
    endings.push({ victim, ...became })
    const { id, server, client, user, agent, idleMs, looks } = victim
    // At once, one line each: should this process die, what it did is still on record.
    log('ending', {
      rule: 'connections.stale',
      target: name,
      connection: id,
      server,
      client,
      user,
      agent,
      idle: formatDuration(idleMs),
      idleMs,
      limitMs: ending.idleMs,
      looks,
      ...became,
    })
    // The line is in doubt: what is left is left to the next run, which looks first.
    if (became.outcome === 'lost') break
  }
  return endings
}

/** Ends what is held open, one by one; their connections live on. Never throws. */
export async function endTransactions(
  { name, ending }: AuraTarget,
  victims: AbandonedTransaction[],
  bolt: Bolt,
  signal: AbortSignal,
): Promise<Ending<AbandonedTransaction>[]> {
  const endings: Ending<AbandonedTransaction>[] = []
  for (const victim of victims) {
    if (signal.aborted) break
    const became = await bolt.endTransaction({ ...victim, work: victim.work ?? '' })
    endings.push({ victim, ...became })
    const { id, user, agent, client, idleMs } = victim
    log('ending', {
      rule: 'transactions.open',
      target: name,
      transaction: id,
      user,
      agent,
      client,
      idleMs,
      limitMs: ending.idleMs,
      ...became,
    })
    if (became.outcome === 'lost') break
  }
  return endings
}
