/** The targets of the snapshots check: every one there is, of either kind, with every default filled in. */
import type { Thresholds } from './checks/finding.ts'
import type { SnapshotsPolicy } from './checks/snapshots/facts.ts'
import { type SnapshotsLimitedRule, snapshotsLimits } from './checks/snapshots/rules.ts'
import { type Duration, ms, type NightshiftConfig, resolveThresholds, type TargetConfig } from './config.ts'
import { resolveMaintenance } from './config-quiet.ts'
import type { Window } from './quiet/windows.ts'

interface Common {
  name: string
  note: string | undefined
  maintenance: Window[]
  thresholds: Record<SnapshotsLimitedRule, Thresholds>
  policy: SnapshotsPolicy
}

export interface NeonSnapshotsTarget extends Common {
  neon: { project: string; branch: string | undefined }
}

export interface AuraSnapshotsTarget extends Common {
  aura: { instance: string }
}

export type SnapshotsTarget = NeonSnapshotsTarget | AuraSnapshotsTarget

/** @param config one without faults, as `checkConfig` makes sure of at synth */
export const resolveSnapshotsTargets = (config: NightshiftConfig): SnapshotsTarget[] =>
  config.targets.flatMap((target) => resolveSnapshotsTarget(target, config) ?? [])

function resolveSnapshotsTarget(target: TargetConfig, general: NightshiftConfig): SnapshotsTarget | undefined {
  const { name, note, neon, aura } = target
  const common = {
    name,
    note,
    maintenance: resolveMaintenance(target.maintenance),
    thresholds: resolveThresholds(snapshotsLimits, general.thresholds, target.thresholds),
    policy: resolvePolicy(target, general),
  }
  if (neon) return { ...common, neon: { project: neon.project, branch: neon.branch } }
  return aura && { ...common, aura: { instance: aura.instance } }
}

function resolvePolicy(target: TargetConfig, general: NightshiftConfig): SnapshotsPolicy {
  const { expected = true, maxAge, keepFor, historyWindow, drill } = { ...general.snapshots, ...target.snapshots }
  const optional = (duration: Duration | undefined) => (duration === undefined ? undefined : ms(duration))
  return {
    expected,
    maxAgeMs: optional(maxAge),
    keepForMs: optional(keepFor),
    historyWindowMs: optional(historyWindow),
    drill: drill && { lastAt: Date.parse(drill.last), everyMs: ms(drill.every) },
  }
}
