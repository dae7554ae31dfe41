/** Every rule for an Aura instance. */
import type { Finding, Thresholds } from '../finding.ts'
import { judgeBy, type RuleLimits } from '../rule.ts'
import { blind } from './blind.ts'
import { blockedTransactions } from './blocked-transactions.ts'
import { databasesOffline } from './databases-offline.ts'
import type { AuraFacts, AuraRule } from './facts.ts'
import { growth } from './growth.ts'
import { instanceStatus } from './instance-status.ts'
import { longRunning } from './long-running.ts'
import { metricsRefused } from './metrics-refused.ts'
import { openTransactions } from './open-transactions.ts'
import { reachable } from './reachable.ts'
import { saturation } from './saturation.ts'
import { stale } from './stale.ts'

export const auraRules: AuraRule[] = [
  instanceStatus,
  reachable,
  databasesOffline,
  saturation,
  growth,
  metricsRefused,
  blind,
  openTransactions,
  blockedTransactions,
  longRunning,
  stale,
]

/** The rules that have thresholds to set, with their defaults. */
export const auraLimits = {
  'instance.status': instanceStatus.limits,
  'connections.saturation': saturation.limits,
  'connections.growth': growth.limits,
  'connections.stale': stale.limits,
  'transactions.open': openTransactions.limits,
  'transactions.long-running': longRunning.limits,
  'transactions.blocked': blockedTransactions.limits,
} satisfies Record<string, RuleLimits>

export type AuraLimitedRule = keyof typeof auraLimits

/** Puts every rule's question to the facts. */
export const judgeAura = (facts: AuraFacts, thresholds: Record<AuraLimitedRule, Thresholds>): Finding[] =>
  judgeBy(auraRules, facts, thresholds)
