/** What the heartbeat looks after: whom Nightshift tells, its checks, and what they watch. */
import type { Channel, Endpoint } from './checks/heartbeat/reading.ts'
import { type NightshiftConfig, resolveConfig, type Settings } from './config.ts'
import { resolveMaintenance } from './config-quiet.ts'
import { RINGS } from './incidents/rings.ts'
import type { Window } from './quiet/windows.ts'
import { slowSettings } from './slow-settings.ts'

const HOUR = 60 * 60_000
const DAY = 24 * HOUR
export const HEARTBEAT_MS = DAY

export interface ScheduledRun {
  check: string
  everyMs: number
  urgent: boolean
}

/** Nightshift itself, as the one target of its heartbeat. */
export interface HeartbeatTarget {
  /** The stack's name, which no target has. */
  name: string
  note: undefined
  wanted: Record<Channel, Endpoint[]>
  phones: string[]
  /** How many messages a phone gets in a day of one critical incident: the first, the reminders, and that it is over. */
  smsADay: number
  checks: ScheduledRun[]
  watched: { name: string; checks: string[]; maintenance?: Window[] }[]
  settings: Settings
}

/** Connections run out within minutes; storage and snapshots take hours to become worse. */
export const URGENT = ['connections', 'aura']

/** Every check there is of what is configured, but the heartbeat. */
export function checksOf({ targets, watchesAura, schedules }: Settings): ScheduledRun[] {
  const names = [
    // Neo4j's driver is in the bundle of `aura` alone, which an account without Aura need not load.
    ...(targets.length > 0 ? (['connections'] as const) : []),
    ...(watchesAura ? (['aura'] as const) : []),
    'storage' as const,
    'snapshots' as const,
  ]
  return names.map((check) => ({ check, everyMs: schedules[check], urgent: URGENT.includes(check) }))
}

/** @param config one without faults, as `checkConfig` makes sure of at synth */
export function resolveHeartbeat(config: NightshiftConfig, name: string): HeartbeatTarget {
  const settings = resolveConfig(config)
  const { emails, phones, operations, remindMs } = settings.tell
  const of = (protocol: Endpoint['protocol'], addresses: string[]) =>
    addresses.map((address): Endpoint => ({ protocol, address }))
  return {
    name,
    note: undefined,
    wanted: {
      alerts: [...of('email', emails), ...of('sms', phones).map((phone) => ({ ...phone, severities: RINGS }))],
      operations: of('email', operations),
      urgent: of('sms', phones),
    },
    phones,
    smsADay: Math.ceil(DAY / remindMs.critical) + 1,
    checks: checksOf(settings),
    watched: config.targets.map(({ name: target, neon, maintenance }) => ({
      name: target,
      checks: [neon ? 'connections' : 'aura', 'storage', 'snapshots'],
      ...(maintenance && { maintenance: resolveMaintenance(maintenance) }),
    })),
    settings,
  }
}

/** As of the other slow checks, but that a reminder which falls due in a day must not wait for the day after. */
export function heartbeatSettings(settings: Settings): Settings {
  const slow = slowSettings(settings)
  // It looks once a day at the same hour: were that a quiet one, its warnings would never be told.
  const { critical, unknown, warning } = slow.tell.remindMs
  const remindMs = { critical: critical - HOUR, unknown: unknown - HOUR, warning: warning - HOUR }
  return { ...slow, tell: { ...slow.tell, remindMs, remindersRing: true, quietHours: [] } }
}
