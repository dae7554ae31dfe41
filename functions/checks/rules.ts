/** Every rule there is. */
import { blind } from './blind.ts'
import type { Finding, Thresholds } from './finding.ts'
import { idleInTransaction } from './idle-in-transaction.ts'
import { leak } from './leak/leak.ts'
import { longRunning } from './long-running.ts'
import { reachable } from './reachable.ts'
import { type ConnectionsFacts, judgeBy, type Rule, type RuleLimits } from './rule.ts'
import { saturation } from './saturation.ts'
import { stale } from './stale.ts'
import { surge } from './surge/surge.ts'

/** Of what is equally bad the first leads the subject: `surge` and `leak` say why, `saturation` only how many. */
export const connectionRules: Rule[] = [
  reachable,
  surge,
  leak,
  saturation,
  blind,
  idleInTransaction,
  longRunning,
  stale,
]

/** The rules that have thresholds to set, with their defaults. */
export const ruleLimits = {
  'connections.saturation': saturation.limits,
  'connections.surge': surge.limits,
  'connections.idle-in-transaction': idleInTransaction.limits,
  'connections.long-running': longRunning.limits,
  'connections.stale': stale.limits,
} satisfies Record<string, RuleLimits>

export type LimitedRule = keyof typeof ruleLimits

/** Puts every rule's question to the facts. */
export const judgeConnections = (facts: ConnectionsFacts, thresholds: Record<LimitedRule, Thresholds>): Finding[] =>
  judgeBy(connectionRules, facts, thresholds)
