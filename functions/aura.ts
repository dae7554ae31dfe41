/** The check of Aura instances, as Lambda runs it. */
import config from '#config'
import { checkAura } from './check-aura.ts'
import { auraRules } from './checks/aura/rules.ts'
import { resolveConfig } from './config.ts'
import { resolveAuraTargets } from './config-aura.ts'
import { handlerOf } from './handler.ts'
import { listEndings } from './record.ts'

const settings = resolveConfig(config)

export const handler = handlerOf(
  settings,
  {
    name: 'aura',
    rules: auraRules.map(({ name }) => name),
    targets: resolveAuraTargets(config),
    checkTarget: checkAura,
    pings: 'aura',
  },
  { listEndings },
)
