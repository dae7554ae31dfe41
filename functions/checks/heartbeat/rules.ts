/** Every rule about Nightshift itself. */
import type { Finding } from '../finding.ts'
import { alarms } from './alarms.ts'
import { blind } from './blind.ts'
import { keys } from './keys.ts'
import { missed } from './missed.ts'
import { outside } from './outside.ts'
import { phones } from './phones.ts'
import type { HeartbeatReading } from './reading.ts'
import type { HeartbeatRule } from './rule.ts'
import { subscriptions } from './subscriptions.ts'

export const heartbeatRules: HeartbeatRule[] = [subscriptions, phones, alarms, missed, outside, keys, blind]

/** Puts every rule's question to the facts. */
export const judgeHeartbeat = (reading: HeartbeatReading): Finding[] =>
  heartbeatRules.flatMap((rule) => rule.judge(reading) ?? [])
