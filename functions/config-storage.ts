/** The targets of the storage check: every one there is, of either kind, with every default filled in. */
import type { Thresholds } from './checks/finding.ts'
import { type StorageLimitedRule, storageLimits } from './checks/storage/rules.ts'
import { type NightshiftConfig, resolveThresholds, type TargetConfig } from './config.ts'
import { resolveMaintenance } from './config-quiet.ts'
import type { Window } from './quiet/windows.ts'
import { parseBytes } from './units.ts'

interface Common {
  name: string
  note: string | undefined
  maintenance: Window[]
  thresholds: Record<StorageLimitedRule, Thresholds>
}

export interface NeonStorageTarget extends Common {
  neon: {
    project: string
    branch: string | undefined
    database: string
    role: string
    storageBudgetBytes: number | undefined
  }
}

export interface AuraStorageTarget extends Common {
  aura: { instance: string }
}

export type StorageTarget = NeonStorageTarget | AuraStorageTarget

/** @param config one without faults, as `checkConfig` makes sure of at synth */
export const resolveStorageTargets = (config: NightshiftConfig): StorageTarget[] =>
  config.targets.flatMap((target) => resolveStorageTarget(target, config) ?? [])

function resolveStorageTarget(target: TargetConfig, general: NightshiftConfig): StorageTarget | undefined {
  const { name, note, neon, aura } = target
  const common = {
    name,
    note,
    maintenance: resolveMaintenance(target.maintenance),
    thresholds: resolveThresholds(storageLimits, general.thresholds, target.thresholds),
  }
  if (neon) {
    const { project, branch, database = 'neondb', role, storageBudget } = neon
    const storageBudgetBytes = storageBudget === undefined ? undefined : parseBytes(storageBudget)
    return { ...common, neon: { project, branch, database, role, storageBudgetBytes } }
  }
  return aura && { ...common, aura: { instance: aura.instance } }
}
