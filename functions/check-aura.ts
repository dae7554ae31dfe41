/** One Aura target of one run: look, judge, act. */
import { type AuraLooked, lookAtAura } from './aura/look.ts'
import { rowsOf } from './checks/aura/facts.ts'
import { type AbandonedTransaction, findAbandoned } from './checks/aura/held-transactions.ts'
import { recall, remember } from './checks/aura/memory.ts'
import { judgeAura } from './checks/aura/rules.ts'
import { planBoltEndings, type StaleConnection } from './checks/aura/stale-connections.ts'
import { atWork } from './checks/aura/users.ts'
import type { AuraReading } from './checks/aura-reading.ts'
import type { Cause, Failure } from './checks/reading.ts'
import type { Ending, EndingPlan } from './checks/victims.ts'
import type { AuraTarget } from './config-aura.ts'
import { auraLinks } from './incidents/links.ts'
import { loadOrFault, type TargetState } from './incidents/store.ts'
import { log } from './log.ts'
import { errorMessage, redactAll } from './redact.ts'
import { reportAura } from './report-aura.ts'
import type { Looking, TargetResult } from './run.ts'
import { type Keyring, SecretError } from './secret.ts'
import { formatDuration } from './units.ts'

/** Never throws. */
export async function checkAura(
  target: AuraTarget,
  { check, keyring, dryRun, signal }: Looking,
): Promise<TargetResult> {
  const startedAt = Date.now()
  const stored = await loadOrFault(target.name, check, signal)
  const before: TargetState = 'fault' in stored ? { incidents: {} } : stored.state
  const ours = target.aura.user

  const settle = async ({ reading, bolt }: AuraLooked): Promise<TargetResult> => {
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
    return { target, links: auraLinks(target), findings, report, stored, keep: { aura: memory } }
  }

  const looked = await look(target, keyring, startedAt, signal)
  try {
    return await settle(looked)
  } catch (error) {
    // A fault of Nightshift's own: told like any other look that failed, and no other target suffers from it.
    log('unexpected', { target: target.name, error: errorMessage(error), stack: (error as Error).stack })
    return await settle(failedLook('unexpected', 'nightshift', error, startedAt))
  } finally {
    await looked.bolt?.close()
  }
}

const failedLook = (cause: Cause, at: Failure['at'], error: unknown, now: number): AuraLooked => ({
  reading: { kind: 'failed', at: now, failure: { cause, at, message: errorMessage(error) } },
})

const REFUSED: Cause[] = ['client', 'credentials', 'no-password']

async function look(target: AuraTarget, keyring: Keyring, now: number, signal: AbortSignal): Promise<AuraLooked> {
  try {
    const keys = await keyring.read()
    const looked = await lookAtAura(target, keys, now, signal)
    if (looked.reading.kind !== 'failed' || !REFUSED.includes(looked.reading.failure.cause)) return looked
    // That the secret cannot be read afresh is in the log; the refusal is what this target has to say.
    const fresh = await keyring
      .reread(keys)
      .catch((error: unknown) => log('secret-unreadable', { error: errorMessage(error) }))
    return fresh ? await lookAtAura(target, fresh, now, signal) : looked
  } catch (error) {
    if (error instanceof SecretError) return failedLook('secret', 'secret', error, now)
    log('unexpected', { target: target.name, error: errorMessage(error), stack: (error as Error).stack })
    return failedLook('unexpected', 'nightshift', error, now)
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
  // Blind, nobody is ended.
  if (reading.kind !== 'seen' || !reading.bolt.sighted || !connections || !transactions) return undefined
  const situation = {
    used: connections.length,
    working: atWork(connections, transactions).length,
    limit: target.aura.connectionLimit,
    leak: growth !== undefined && growth.perHour >= target.thresholds['connections.growth'].warning,
  }
  return planBoltEndings(stale, situation, target.ending, dryRun)
}

/** What became of each victim, one by one, on the connection that the look was made on. Never throws. */
async function endConnections(
  { name, ending }: AuraTarget,
  { held, victims }: EndingPlan<StaleConnection>,
  bolt: NonNullable<AuraLooked['bolt']>,
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

/** Nothing is ended before it is critical, or as long as the policy says when that is longer. */
function abandonedAfter({ thresholds, ending }: AuraTarget): number {
  const { warning, critical } = thresholds['transactions.open']
  return Math.max(ending.idleMs, critical ?? warning)
}

/** Ends what is held open, one by one; their connections live on. Never throws. */
async function endTransactions(
  { name, ending }: AuraTarget,
  victims: AbandonedTransaction[],
  bolt: NonNullable<AuraLooked['bolt']>,
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
