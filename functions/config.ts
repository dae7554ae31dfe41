/** The configuration: what a user writes, and what it defaults to. No secret is ever in it. */

import type { Thresholds } from './checks/finding.ts'
import type { RuleLimits } from './checks/rule.ts'
import { type LimitedRule, ruleLimits } from './checks/rules.ts'
import type { EndingPolicy } from './checks/victims.ts'
import { resolveMaintenance, resolveWindows, type WindowConfig } from './config-quiet.ts'
import type { Window } from './quiet/windows.ts'
import { parseDuration } from './units.ts'

/** `'30s'`, `'10m'`, `'2h'`, `'7d'`. */
export type Duration = string

/** `'500MB'`, `'50GB'`, `'2TB'`; 1,024 to the next unit, as Postgres and Neon count. */
export type Bytes = string

export type Weekday = 'monday' | 'tuesday' | 'wednesday' | 'thursday' | 'friday' | 'saturday' | 'sunday'

export interface LimitsOf<Value> {
  warning?: Value
  /** `'off'`: this rule only ever warns. */
  critical?: Value | 'off'
  /** An open incident closes once the value is below this. */
  recovery?: Value
}

export interface ThresholdsConfig {
  /** Percent of the connections that applications can have (max_connections minus reserved). Default 75 / 90, recovery 70. */
  'connections.saturation'?: LimitsOf<number>
  /** Percent of the connections that applications can have, while it is work that fills them. Default 75 / 90, recovery 70. */
  'connections.surge'?: LimitsOf<number>
  /** Age of the oldest transaction left open with no statement running. Default 5m / 15m, recovery 4m. */
  'connections.idle-in-transaction'?: LimitsOf<Duration>
  /** Age of the longest running statement. Default 10m / 60m, recovery 8m. */
  'connections.long-running'?: LimitsOf<Duration>
  /** Stale sessions in percent of the connections that applications can have. Default 50, critical off, recovery 40. */
  'connections.stale'?: LimitsOf<number>
  /** Aura: growth of the connections in percent an hour, held for two hours. */
  'connections.growth'?: LimitsOf<number>
  /** Aura: how long an instance may be in transition. */
  'instance.status'?: LimitsOf<Duration>
  /** Aura: age of a transaction held open with no query running. Default 5m / 15m. */
  'transactions.open'?: LimitsOf<Duration>
  /** Aura: age of the longest running query's transaction. Default 10m / 60m. */
  'transactions.long-running'?: LimitsOf<Duration>
  /** Aura: how long a transaction has waited for another. */
  'transactions.blocked'?: LimitsOf<Duration>
  /** Percent of what can be stored, held for a day. Default 70 / 90 (90 at once), recovery 65. */
  'storage.level'?: LimitsOf<number>
  /** Time that is left until storage is full, so the smaller the worse. */
  'storage.time-to-full'?: LimitsOf<Duration>
  /** The same, for storage that fills within hours. */
  'storage.fast-fill'?: LimitsOf<Duration>
  /** A jump within a day, in percent. */
  'storage.step'?: LimitsOf<number>
  /** A loss within a day, in percent. */
  'storage.shrink'?: LimitsOf<number>
  /** How much faster storage grows than the week before, in percent. Default 50. */
  'storage.accelerating'?: LimitsOf<number>
  /** How long a snapshot may be pending or in progress. */
  'snapshots.stuck'?: LimitsOf<Duration>
  /** How much smaller a full snapshot is than the one before it, in percent. */
  'snapshots.shrunk'?: LimitsOf<number>
}

export interface StaleSessionsConfig {
  /** Whether Nightshift may end stale sessions of this target. Default false: the report lists who would have been ended, once `above` is passed. */
  end?: boolean
  /** How long a session must have been idle. Default 10m. */
  idleFor?: Duration
  /** Ends nothing until this percentage of the usable connections is taken. Default 70; 0: always. */
  above?: number
  /** At most this many in one run, oldest first. Default 10. */
  atMost?: number
  /** Only these are ever ended, when named. A `*` stands for anything. */
  only?: { applications?: string[]; roles?: string[] }
  /** These are never ended, whatever else is said; a target's add to the general ones. A `*` stands for anything. */
  protect?: { applications?: string[]; roles?: string[] }
}

/** What is expected of a target's snapshots. */
export interface SnapshotsConfig {
  /** Default true. False: none are wanted, and that there are none is not told. */
  expected?: boolean
  /** How old the newest good one may be; twice that is critical. Default: by Neon's backup schedule, by Aura's tier. */
  maxAge?: Duration
  /** How far back the oldest good one must reach. Default: not judged. */
  keepFor?: Duration
  /** Neon: how far back a point in time must be restorable. Default: anything but not at all; '0s': not judged. */
  historyWindow?: Duration
  /** Reminds of trying a restore: when it was last done (`'2026-09-01'`), and how often it should be. */
  drill?: { last: string; every: Duration }
}

export interface NeonConfig {
  /** The project's id, as in the console's address: `cool-darkness-123456`. */
  project: string
  /** The branch's name or id. Default: the project's default branch. */
  branch?: string
  /** Default `neondb`. */
  database?: string
  /** The role to look with, best one of its own: see the README. */
  role: string
  /** The branch should not grow beyond this; for plans whose own limit is far away. */
  storageBudget?: Bytes
}

export interface AuraConfig {
  /** The instance's id, as in its address: `a1b2c3d4`. */
  instance: string
  /** The database user to look with. Default `neo4j`; its password is in the secret under passwords.<target's name>. */
  user?: string
  /** Default: the user's home database. */
  database?: string
  /** The most connections of an instance of this size, from the Aura console. Without it their share is not judged. */
  connectionLimit?: number
  /** The longest `maxConnectionLifetime` of the applications' drivers. Default 60m, which is the drivers' own. */
  connectionLifetime?: Duration
}

/** One database to watch: either `neon` or `aura`. */
export interface TargetConfig {
  /** What alerts call it: a-z, 0-9, - and _. */
  name: string
  neon?: NeonConfig
  aura?: AuraConfig
  /** Repeated in every alert about this target: who owns it, where its credentials are kept, whom to call. */
  note?: string
  thresholds?: ThresholdsConfig
  staleSessions?: StaleSessionsConfig
  snapshots?: SnapshotsConfig
  /** When work is done on it: it is looked at, but nothing is told and nothing ended. */
  maintenance?: WindowConfig[]
}

export interface NightshiftConfig {
  /** The name of the secret in Secrets Manager. Default `nightshift`. */
  secret?: string
  /** Where alerts point for docs/runbook.md, for instance its address in your own repository. */
  runbook?: string
  tell: {
    emails?: string[]
    /** In E.164: `+14155550100`. Critical news only. */
    phones?: string[]
    /** Who hears that Nightshift itself is in trouble. Default: the same e-mails. */
    operations?: string[]
    /** A warning is told once this many of the last looks agree. Default 2 of 3. */
    confirm?: { looks: number; of: number }
    /** How often what stands is told again. Default critical 1h, unknown 6h, warning 24h. */
    remind?: { critical?: Duration; unknown?: Duration; warning?: Duration }
    /** A target that could not be looked at for so long is critical, so phones hear of it. Default 30m. */
    unseenIsCriticalAfter?: Duration
    /** When only critical news is told. What else is still true afterwards is told then, as one message. */
    quietHours?: WindowConfig[]
  }
  schedules?: {
    /** Whole minutes. Default 5m. */
    connections?: Duration
    /** Whole minutes. Default 5m. */
    aura?: Duration
    /** Whole minutes, at most 2h. Default 1h; its history has one point an hour. */
    storage?: Duration
    /** Whole minutes. Default 1h. */
    snapshots?: Duration
  }
  /** When the weekly letter is sent, in UTC. Default monday at 8. False: never. */
  letter?: { day?: Weekday; hour?: number } | false
  thresholds?: ThresholdsConfig
  staleSessions?: StaleSessionsConfig
  snapshots?: SnapshotsConfig
  targets: TargetConfig[]
}

/** One target with every default filled in. */
export interface Target {
  name: string
  neon: { project: string; branch: string | undefined; database: string; role: string }
  note: string | undefined
  maintenance: Window[]
  thresholds: Record<LimitedRule, Thresholds>
  ending: EndingPolicy
}

/** The whole configuration with every default filled in; durations in milliseconds. */
export interface Settings {
  secret: string
  runbook: string | undefined
  tell: {
    emails: string[]
    phones: string[]
    operations: string[]
    confirm: { looks: number; of: number }
    remindMs: { critical: number; unknown: number; warning: number }
    /** False: what is still critical is told again by mail alone. */
    remindersRing?: boolean
    unseenIsCriticalMs: number
    quietHours: Window[]
  }
  schedules: Record<'connections' | 'aura' | 'storage' | 'snapshots', number>
  /** In UTC; undefined: no letter is wanted. */
  letter: { day: Weekday; hour: number } | undefined
  /** The Neon targets. */
  targets: Target[]
  /** Whether there are Aura targets too; `resolveAuraTargets` has them. */
  watchesAura: boolean
  /** Of every target, of whatever kind: what the secret's passwords may be for. */
  names: string[]
}

/** Gives the editor the types; `checkConfig` does the checking, at synth and in the tests. */
export const defineConfig = (config: NightshiftConfig): NightshiftConfig => config

/**
 * The configuration with every default filled in.
 * @param config one without faults, as `checkConfig` makes sure of at synth: what CDK deploys has been checked
 */
export function resolveConfig(config: NightshiftConfig): Settings {
  const { tell } = config
  return {
    secret: config.secret ?? 'nightshift',
    runbook: config.runbook,
    tell: {
      emails: tell.emails ?? [],
      phones: tell.phones ?? [],
      operations: tell.operations ?? tell.emails ?? [],
      confirm: tell.confirm ?? { looks: 2, of: 3 },
      remindMs: {
        critical: ms(tell.remind?.critical ?? '1h'),
        unknown: ms(tell.remind?.unknown ?? '6h'),
        warning: ms(tell.remind?.warning ?? '24h'),
      },
      unseenIsCriticalMs: ms(tell.unseenIsCriticalAfter ?? '30m'),
      quietHours: resolveWindows(tell.quietHours),
    },
    schedules: {
      connections: ms(config.schedules?.connections ?? '5m'),
      aura: ms(config.schedules?.aura ?? '5m'),
      storage: ms(config.schedules?.storage ?? '1h'),
      snapshots: ms(config.schedules?.snapshots ?? '1h'),
    },
    letter: config.letter === false ? undefined : { day: 'monday', hour: 8, ...config.letter },
    targets: config.targets.flatMap((target) => (target.neon ? [resolveTarget(target, target.neon, config)] : [])),
    watchesAura: config.targets.some(({ aura }) => aura !== undefined),
    names: config.targets.map(({ name }) => name),
  }
}

function resolveTarget(target: TargetConfig, neon: NeonConfig, general: NightshiftConfig): Target {
  const { project, branch, database = 'neondb', role } = neon
  return {
    name: target.name,
    neon: { project, branch, database, role },
    note: target.note,
    maintenance: resolveMaintenance(target.maintenance),
    thresholds: resolveThresholds(ruleLimits, general.thresholds, target.thresholds),
    ending: resolveEnding(staleSessionsOf(target, general)),
  }
}

/** What is protected everywhere stays protected where a target protects more. */
export const staleSessionsOf = (target: TargetConfig, general: NightshiftConfig): StaleSessionsConfig => ({
  ...general.staleSessions,
  ...target.staleSessions,
  protect: both(general.staleSessions?.protect, target.staleSessions?.protect),
})

const both = (...selections: StaleSessionsConfig['protect'][]) => ({
  applications: selections.flatMap((one) => one?.applications ?? []),
  roles: selections.flatMap((one) => one?.roles ?? []),
})

export function resolveThresholds<Rule extends string>(
  defaults: Record<Rule, RuleLimits>,
  ...layers: (ThresholdsConfig | undefined)[]
): Record<Rule, Thresholds> {
  const rules = Object.keys(defaults) as Rule[]
  return Object.fromEntries(
    rules.map((rule) => {
      const { warning, critical, recovery } = defaults[rule]
      const written: LimitsOf<number | Duration> = Object.assign(
        {},
        ...layers.map((layer) => (layer as Record<string, object> | undefined)?.[rule]),
      )
      const warns = plain(written.warning ?? warning)
      return [
        rule,
        {
          warning: warns,
          critical:
            written.critical === 'off' ? null : written.critical === undefined ? critical : plain(written.critical),
          // As far below a warning of one's own as the default is below the default.
          recovery: plain(written.recovery ?? (warns * recovery) / warning),
        },
      ]
    }),
  ) as Record<Rule, Thresholds>
}

export function resolveEnding(written: StaleSessionsConfig): EndingPolicy {
  const names = (selection: StaleSessionsConfig['only']) => ({
    applications: selection?.applications ?? [],
    roles: selection?.roles ?? [],
  })
  return {
    end: written.end ?? false,
    idleMs: ms(written.idleFor ?? '10m'),
    abovePercent: written.above ?? 70,
    atMost: written.atMost ?? 10,
    only: names(written.only),
    protect: names(written.protect),
  }
}

const plain = (value: number | Duration): number => (typeof value === 'number' ? value : ms(value))
export const ms = (duration: Duration): number => parseDuration(duration) as number
