/** The check of snapshots, of Neon and Aura, as Lambda runs it. */
import config from '#config'
import { checkSnapshots } from './check-snapshots.ts'
import { snapshotsRules } from './checks/snapshots/rules.ts'
import { resolveConfig } from './config.ts'
import { resolveSnapshotsTargets } from './config-snapshots.ts'
import { handlerOf } from './handler.ts'
import { slowSettings } from './slow-settings.ts'

export const handler = handlerOf(slowSettings(resolveConfig(config)), {
  name: 'snapshots',
  rules: snapshotsRules.map(({ name }) => name),
  targets: resolveSnapshotsTargets(config),
  checkTarget: checkSnapshots,
})
