/** The functions, once more in this process: with caches, clients and limits of their own, as one warm Lambda has them. */

import { vi } from 'vitest'
import type { NightshiftConfig } from '../../functions/config.ts'
import type { Check, Watched } from '../../functions/run.ts'
import { checkOf } from '../world/check-of.ts'

export const KINDS = ['connections', 'snapshots', 'storage', 'aura', 'heartbeat'] as const
export type Kind = (typeof KINDS)[number]

export type Lane = Awaited<ReturnType<typeof startLane>>

/** Not two at the same time. */
export async function startLane(number: number) {
  vi.resetModules()
  const neon = await import('../../functions/check-neon.ts')
  const aura = await import('../../functions/check-aura.ts')
  const storage = await import('../../functions/check-storage.ts')
  const snapshots = await import('../../functions/check-snapshots.ts')
  const { connectionRules } = await import('../../functions/checks/rules.ts')
  const { auraRules } = await import('../../functions/checks/aura/rules.ts')
  const { storageRules } = await import('../../functions/checks/storage/rules.ts')
  const { snapshotsRules } = await import('../../functions/checks/snapshots/rules.ts')
  const heartbeat = await import('../../functions/check-heartbeat.ts')
  const { heartbeatRules } = await import('../../functions/checks/heartbeat/rules.ts')
  const { heartbeatSettings, resolveHeartbeat } = await import('../../functions/config-heartbeat.ts')
  const { resolveConfig } = await import('../../functions/config.ts')
  const { resolveAuraTargets } = await import('../../functions/config-aura.ts')
  const { resolveStorageTargets } = await import('../../functions/config-storage.ts')
  const { resolveSnapshotsTargets } = await import('../../functions/config-snapshots.ts')
  const { run } = await import('../../functions/run.ts')

  const checks: Record<Kind, (config: NightshiftConfig) => Check<Watched>> = {
    connections: (config) => ({
      ...checkOf('connections', connectionRules, resolveConfig(config).targets, neon.checkNeon),
      pings: 'neon',
    }),
    aura: (config) => ({ ...checkOf('aura', auraRules, resolveAuraTargets(config), aura.checkAura), pings: 'aura' }),
    storage: (config) => checkOf('storage', storageRules, resolveStorageTargets(config), storage.checkStorage),
    snapshots: (config) =>
      checkOf('snapshots', snapshotsRules, resolveSnapshotsTargets(config), snapshots.checkSnapshots),
    heartbeat: (config) => {
      const name = config.targets[0]?.name.replace(/^\w+/, 'Nightshift') ?? ''
      return checkOf('heartbeat', heartbeatRules, [resolveHeartbeat(config, name)], heartbeat.checkHeartbeat)
    },
  }
  return {
    number,
    /** Each case begins so long after the one before, that nothing of that is still kept in memory. */
    casesSoFar: 0,
    run: (kind: Kind, config: NightshiftConfig, runId: string, endsAt: number) => {
      const all = resolveConfig(config)
      const settings = kind === 'heartbeat' ? heartbeatSettings(all) : all
      return run(checks[kind](config), { settings, request: { dryRun: false }, runId, endsAt })
    },
  }
}
