/** Ends what was chosen on one Aura instance, on the connection that the look was made on, and writes down each. */
import type { Bolt } from './aura/bolt.ts'
import type { AbandonedPlan, AbandonedTransaction } from './checks/aura/held-transactions.ts'
import type { StaleConnection } from './checks/aura/stale-connections.ts'
import type { Ending, EndingPlan, Outcome } from './checks/victims.ts'
import type { AuraTarget } from './config-aura.ts'
import { log } from './log.ts'
import type { Recorder } from './record.ts'
import { formatDuration } from './units.ts'

/** What became of each victim, one by one, on the connection that the look was made on. Never throws. */
export async function endConnections(
  { name, ending }: AuraTarget,
  { held, victims }: EndingPlan<StaleConnection>,
  bolt: Bolt,
  recorder: Recorder,
  signal: AbortSignal,
): Promise<Ending<StaleConnection>[]> {
  const endings: Ending<StaleConnection>[] = []
  const refused = new Set<string>()
  for (const victim of held === null ? victims : []) {
    if (signal.aborted) break
    // Who may not end one of a user's connections, may end none.
    if (refused.has(victim.user)) continue
    const became = await bolt.endConnection(victim)
    endings.push({ victim, ...became })
    if (became.outcome === 'refused') refused.add(victim.user)
    const { id, server, client, user, agent, idleMs, looks } = victim
    // At once, one line and one record each: should this process die, what it did is still known.
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
    recorder.note(
      {
        id,
        rule: 'connections.stale',
        outcome: became.outcome,
        evidence: `Seen without a transaction for ${formatDuration(idleMs)} in ${looks} looks, and asked once more right before it was ended. Limit of the policy: ${formatDuration(ending.idleMs)}.`,
      },
      {
        connection: id,
        server,
        client,
        user,
        agent,
        idleSince: since(idleMs),
        idleMs,
        policyMs: ending.idleMs,
        looks,
        detail: became.detail,
      },
    )
    // The line is in doubt: what is left is left to the next run, which looks first.
    if (inDoubt(became)) break
  }
  return endings
}

/**
 * Ends what is held open, one by one, at most as many as the policy says; their connections live on. Never throws.
 * @param idleLimitMs for how long they have to have done nothing
 */
export async function endTransactions(
  { name, ending }: AuraTarget,
  { held, victims }: AbandonedPlan,
  idleLimitMs: number,
  bolt: Bolt,
  recorder: Recorder,
  signal: AbortSignal,
): Promise<Ending<AbandonedTransaction>[]> {
  const endings: Ending<AbandonedTransaction>[] = []
  const refused = new Set<string>()
  for (const victim of held === null ? victims : []) {
    if (signal.aborted || endings.filter(usesUpCap).length >= ending.atMost) break
    // The right is granted by user and database: who may not end one of them, may end none, and the next is tried.
    const right = JSON.stringify([victim.user, victim.database])
    if (refused.has(right)) continue
    const became = await bolt.endTransaction({ ...victim, work: victim.work ?? '' })
    endings.push({ victim, ...became })
    if (became.outcome === 'refused') refused.add(right)
    const { id, user, agent, client, idleMs } = victim
    log('ending', {
      rule: 'transactions.open',
      target: name,
      transaction: id,
      user,
      agent,
      client,
      idleMs,
      limitMs: idleLimitMs,
      ...became,
    })
    recorder.note(
      {
        id,
        rule: 'transactions.open',
        outcome: became.outcome,
        evidence: `Held open for ${formatDuration(idleMs)} with locks, no query and no data touched, and asked once more in the statement that ends it. Limit: ${formatDuration(idleLimitMs)}.`,
      },
      { transaction: id, user, agent, client, idleSince: since(idleMs), idleMs, detail: became.detail },
    )
    if (inDoubt(became)) break
  }
  return endings
}

/** What could not be ended leaves room for another. */
export const usesUpCap = ({ outcome }: { outcome: Outcome }): boolean => outcome !== 'refused'

const inDoubt = ({ outcome }: { outcome: Outcome }): boolean => outcome === 'lost' || outcome === 'not-tried'

const since = (idleMs: number): string => new Date(Date.now() - idleMs).toISOString()
