/** Nightshift's look at itself, as Lambda runs it once a day. */
import config from '#config'
import { checkHeartbeat } from './check-heartbeat.ts'
import { heartbeatRules } from './checks/heartbeat/rules.ts'
import { heartbeatSettings, resolveHeartbeat } from './config-heartbeat.ts'
import { heartbeatEnvironment } from './env.ts'
import { handlerOf } from './handler.ts'

const target = resolveHeartbeat(config, heartbeatEnvironment.stack())

export const handler = handlerOf(heartbeatSettings(target.settings), {
  name: 'heartbeat',
  rules: heartbeatRules.map(({ name }) => name),
  targets: [target],
  checkTarget: checkHeartbeat,
})
