/** The check of storage, of Neon and Aura, as Lambda runs it. */
import config from '#config'
import { checkStorage } from './check-storage.ts'
import { storageRules } from './checks/storage/rules.ts'
import { resolveConfig } from './config.ts'
import { resolveStorageTargets } from './config-storage.ts'
import { handlerOf } from './handler.ts'
import { slowSettings } from './slow-settings.ts'

export const handler = handlerOf(slowSettings(resolveConfig(config)), {
  name: 'storage',
  rules: storageRules.map(({ name }) => name),
  targets: resolveStorageTargets(config),
  checkTarget: checkStorage,
})
