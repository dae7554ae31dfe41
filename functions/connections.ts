/** The check of Neon connections, as Lambda runs it. */
import config from '#config'
import { checkNeon } from './check-neon.ts'
import { connectionRules } from './checks/rules.ts'
import { resolveConfig } from './config.ts'
import { handlerOf } from './handler.ts'
import { listEndings } from './record.ts'

const settings = resolveConfig(config)

export const handler = handlerOf(
  settings,
  {
    name: 'connections',
    rules: connectionRules.map(({ name }) => name),
    targets: settings.targets,
    checkTarget: checkNeon,
    pings: 'neon',
  },
  { listEndings, processList: true },
)
