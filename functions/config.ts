/** The configuration: what a user writes, and what it defaults to. No secret is ever in it. */
import type { Thresholds } from './checks/finding.ts'
import { type LimitedRule, ruleLimits } from './checks/rules.ts'
import type { EndingPolicy } from './checks/victims.ts'
import { parseDuration } from './units.ts'

/** `'30s'`, `'10m'`, `'2h'`, `'7d'`. */
export type Duration = string

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
  /** Age of the oldest transaction left open with no statement running. Default 5m / 15m, recovery 4m. */
  'connections.idle-in-transaction'?: LimitsOf<Duration>
  /** Age of the longest running statement. Default 10m / 60m, recovery 8m. */
  'connections.long-running'?: LimitsOf<Duration>
  /** Stale sessions in percent of the connections that applications can have. Default 50, critical off, recovery 40. */
  'connections.stale'?: LimitsOf<number>
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

export interface NeonConfig {
  /** The project's id, as in the console's address: `cool-darkness-123456`. */
  project: string
  /** The branch's name or id. Default: the project's default branch. */
  branch?: string
  /** Default `neondb`. */
  database?: string
  /** The role to look with, best one of its own: see the README. */
  role: string
}

export interface TargetConfig {
  /** What alerts call it: a-z, 0-9, - and _. */
  name: string
  neon: NeonConfig
  /** Repeated in every alert about this target: who owns it, where its credentials are kept, whom to call. */
  note?: string
  thresholds?: ThresholdsConfig
  staleSessions?: StaleSessionsConfig
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
  }
  schedules?: {
    /** Whole minutes. Default 5m. */
    connections?: Duration
  }
  thresholds?: ThresholdsConfig
  staleSessions?: StaleSessionsConfig
  targets: TargetConfig[]
}

/** One target with every default filled in. */
export interface Target {
  name: string
  neon: { project: string; branch: string | undefined; database: string; role: string }
  note: string | undefined
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
    unseenIsCriticalMs: number
  }
  schedules: { connections: number }
  targets: Target[]
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
    },
    schedules: { connections: ms(config.schedules?.connections ?? '5m') },
    targets: config.targets.map((target) => resolveTarget(target, config)),
  }
}

function resolveTarget(target: TargetConfig, general: NightshiftConfig): Target {
  const { project, branch, database = 'neondb', role } = target.neon
  return {
    name: target.name,
    neon: { project, branch, database, role },
    note: target.note,
    thresholds: resolveThresholds(general.thresholds, target.thresholds),
    ending: resolveEnding({
      ...general.staleSessions,
      ...target.staleSessions,
      // What is protected everywhere stays protected where a target protects more.
      protect: both(general.staleSessions?.protect, target.staleSessions?.protect),
    }),
  }
}

const both = (...selections: StaleSessionsConfig['protect'][]) => ({
  applications: selections.flatMap((one) => one?.applications ?? []),
  roles: selections.flatMap((one) => one?.roles ?? []),
})

function resolveThresholds(...layers: (ThresholdsConfig | undefined)[]): Record<LimitedRule, Thresholds> {
  const rules = Object.keys(ruleLimits) as LimitedRule[]
  return Object.fromEntries(
    rules.map((rule) => {
      const { warning, critical, recovery } = ruleLimits[rule]
      const written: LimitsOf<number | Duration> = Object.assign({}, ...layers.map((layer) => layer?.[rule]))
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
  ) as Record<LimitedRule, Thresholds>
}

function resolveEnding(written: StaleSessionsConfig): EndingPolicy {
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
const ms = (duration: Duration): number => parseDuration(duration) as number
