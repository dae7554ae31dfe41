/** The Aura targets of a configuration. Apart from `config.ts`, so that a function for Neon alone carries none of Aura's rules. */
import { type AuraLimitedRule, auraLimits } from './checks/aura/rules.ts'
import type { BoltPolicy } from './checks/aura/stale-connections.ts'
import type { Thresholds } from './checks/finding.ts'
import type { EndingPolicy } from './checks/victims.ts'
import {
  type AuraConfig,
  ms,
  type NightshiftConfig,
  resolveEnding,
  resolveThresholds,
  staleSessionsOf,
  type TargetConfig,
} from './config.ts'
import { resolveMaintenance } from './config-quiet.ts'
import type { Window } from './quiet/windows.ts'

/** One Aura target with every default filled in. */
export interface AuraTarget {
  name: string
  aura: { instance: string; user: string; database: string | undefined; connectionLimit: number | undefined }
  note: string | undefined
  maintenance: Window[]
  thresholds: Record<AuraLimitedRule, Thresholds>
  ending: BoltPolicy
}

/** @param config one without faults, as `checkConfig` makes sure of at synth */
export const resolveAuraTargets = (config: NightshiftConfig): AuraTarget[] =>
  config.targets.flatMap((target) => (target.aura ? [resolveAuraTarget(target, target.aura, config)] : []))

/** Looks, five minutes apart, in which a connection must have been seen without a transaction. */
const AURA_LOOKS = 6

function resolveAuraTarget(target: TargetConfig, aura: AuraConfig, general: NightshiftConfig): AuraTarget {
  const { end, idleMs, abovePercent, atMost, only, protect } = resolveEnding(staleSessionsOf(target, general))
  // Over Bolt an application is known by its user agent, and its role is its database user.
  const named = ({ applications, roles }: EndingPolicy['only']) => ({ users: roles, agents: applications })
  return {
    name: target.name,
    aura: {
      instance: aura.instance,
      user: aura.user ?? 'neo4j',
      database: aura.database,
      connectionLimit: aura.connectionLimit,
    },
    note: target.note,
    maintenance: resolveMaintenance(target.maintenance),
    thresholds: resolveThresholds(auraLimits, general.thresholds, target.thresholds),
    ending: {
      end,
      idleMs,
      minLooks: AURA_LOOKS,
      olderThanMs: ms(aura.connectionLifetime ?? '60m'),
      abovePercent,
      atMost,
      only: named(only),
      protect: named(protect),
    },
  }
}
