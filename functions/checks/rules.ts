/** Every rule there is. */
import { blind } from './blind.ts'
import type { Finding, Thresholds } from './finding.ts'
import { idleInTransaction } from './idle-in-transaction.ts'
import { longRunning } from './long-running.ts'
import { reachable } from './reachable.ts'
import type { ConnectionsFacts, Rule, RuleLimits } from './rule.ts'
import { saturation } from './saturation.ts'
import { stale } from './stale.ts'

export const connectionRules: Rule[] = [reachable, saturation, blind, idleInTransaction, longRunning, stale]

/** The rules that have thresholds to set, with their defaults. */
export const ruleLimits = {
  'connections.saturation': saturation.limits,
  'connections.idle-in-transaction': idleInTransaction.limits,
  'connections.long-running': longRunning.limits,
  'connections.stale': stale.limits,
} satisfies Record<string, RuleLimits>

export type LimitedRule = keyof typeof ruleLimits

const NO_LIMITS: Thresholds = { warning: 0, critical: null, recovery: 0 }

/** Puts every rule's question to the facts. */
export function judgeConnections(facts: ConnectionsFacts, thresholds: Record<LimitedRule, Thresholds>): Finding[] {
  return connectionRules.flatMap((rule) => {
    const finding = rule.judge(facts, (thresholds as Record<string, Thresholds>)[rule.name] ?? NO_LIMITS)
    return finding === null ? [] : [finding]
  })
}
