/** Finds every fault of a configuration at once, each with the setting, its value and the remedy. */
import * as v from 'valibot'
import { auraLimits } from './checks/aura/rules.ts'
import type { RuleLimits } from './checks/rule.ts'
import { ruleLimits } from './checks/rules.ts'
import type { NightshiftConfig } from './config.ts'
import { formatDuration, parseDuration } from './units.ts'

const isNumber = (value: unknown): value is number => typeof value === 'number'
const array = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const record = (value: unknown): Record<string, unknown> => (isRecord(value) ? value : {})

const show = (value: unknown): string => {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? String(value))
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}

const sayWhat = (wanted: string) => (issue: v.BaseIssue<unknown>) => `${show(issue.input)} is not ${wanted}`

/** Text that must satisfy a condition; both kinds of fault say the same thing. */
const text = (wanted: string, ok: (value: string) => boolean) =>
  v.pipe(v.string(sayWhat(wanted)), v.check(ok, sayWhat(wanted)))

const number = (wanted: string, ok: (value: number) => boolean) =>
  v.pipe(v.number(sayWhat(wanted)), v.check(ok, sayWhat(wanted)))

const list = (item: v.GenericSchema) => v.array(item, sayWhat('a list; write [ ... ]'))

/** An object that refuses what it does not know and says what it does know. */
function object(shape: Record<string, v.GenericSchema>) {
  const allowed = Object.keys(shape).join(', ')
  return v.pipe(
    // Valibot takes a list for an object.
    v.custom<Record<string, unknown>>(
      isRecord,
      (issue) => `${show(issue.input)} is not a group of settings; write { ... } with any of: ${allowed}`,
    ),
    v.looseObject(shape, 'is missing; it has no default'),
    // Not `strictObject`: that names the first unknown setting only.
    v.rawCheck(({ dataset, addIssue }) => {
      for (const key of Object.keys(isRecord(dataset.value) ? dataset.value : {}))
        if (!(key in shape)) addIssue({ message: `unknown setting ${show(key)}; allowed here: ${allowed}` })
    }),
  )
}

const MINUTE = 60_000
const DAY = 86_400_000

const durationBetween = (least: number, most: number, example: string) =>
  text(
    `a duration from ${formatDuration(least)} to ${formatDuration(most)}; write it like '${example}' (s, m, h, d)`,
    (value) => {
      const ms = parseDuration(value)
      return ms !== undefined && ms >= least && ms <= most
    },
  )
const duration = (example: string) => durationBetween(1_000, 365 * DAY, example)
const percent = number('a percentage from 0 to 100; write a number like 75', (n) => n >= 0 && n <= 100)
// A limit of 0 is always reached, and nothing ever recovers to below it.
const limit = number('a percentage above 0 and up to 100; write a number like 75', (n) => n > 0 && n <= 100)
const name = (what: string) =>
  text(
    `${what}; write it as the database has it, at most 63 characters, * for anything`,
    (s) => s !== '' && s.length <= 63,
  )

const email = text('an e-mail address; write it like oncall@example.com', (s) =>
  /^[^\s@<>"]+@[^\s@.]+(\.[^\s@.]+)+$/.test(s),
)
const phone = text('a phone number in E.164; write it like +14155550100, without spaces', (s) =>
  /^\+[1-9]\d{6,14}$/.test(s),
)

const limits = Object.fromEntries(
  Object.entries({ ...ruleLimits, ...auraLimits }).map(([rule, { unit }]) => {
    const value = unit === 'percent' ? limit : duration('10m')
    const off = v.optional(
      v.union(
        [value, v.literal('off')],
        (issue) =>
          `${show(issue.input)} is neither ${unit === 'percent' ? 'a percentage like 90' : "a duration like '15m'"} nor 'off'`,
      ),
    )
    return [rule, v.optional(object({ warning: v.optional(value), critical: off, recovery: v.optional(value) }))]
  }),
)
const thresholds = v.optional(object(limits))

const selection = v.optional(
  object({ applications: v.optional(list(name('an application name'))), roles: v.optional(list(name('a role'))) }),
)
const staleSessions = v.optional(
  object({
    end: v.optional(v.boolean(sayWhat('true or false'))),
    idleFor: v.optional(duration('10m')),
    above: v.optional(percent),
    atMost: v.optional(number('a whole number from 1 to 100', (n) => Number.isInteger(n) && n >= 1 && n <= 100)),
    only: selection,
    protect: selection,
  }),
)

const whole = (least: number, most: number) =>
  number(`a whole number from ${least} to ${most}`, (n) => Number.isInteger(n) && n >= least && n <= most)
const identifier = (what: string, pattern: RegExp) => text(what, (s) => pattern.test(s))
const target = object({
  name: identifier(
    'a name of a-z, 0-9, - and _, at most 40 characters; write it like orders',
    /^[a-z0-9][a-z0-9_-]{0,39}$/,
  ),
  neon: v.optional(
    object({
      project: identifier(
        "a Neon project's id; copy it from the console, like cool-darkness-123456",
        /^[a-z0-9][a-z0-9-]{1,59}$/,
      ),
      branch: v.optional(
        text(
          "a branch's name or id; leave it out for the default branch",
          (s) => s.trim() === s && s !== '' && s.length <= 256,
        ),
      ),
      database: v.optional(text('the name of a database, like neondb', (s) => s !== '' && s.length <= 63)),
      role: text('the name of a role, like nightshift', (s) => s !== '' && s.length <= 63),
    }),
  ),
  aura: v.optional(
    object({
      instance: identifier("an Aura instance's id; copy it from the console, like a1b2c3d4", /^[a-z0-9-]{4,40}$/),
      user: v.optional(text('the name of a database user, like nightshift', (s) => s !== '' && s.length <= 63)),
      database: v.optional(text('the name of a database, like neo4j', (s) => s !== '' && s.length <= 63)),
      connectionLimit: v.optional(whole(1, 100_000)),
      connectionLifetime: v.optional(durationBetween(1_000, 7 * DAY, '60m')),
    }),
  ),
  note: v.optional(text('a note of at most 500 characters', (s) => s.length <= 500)),
  thresholds,
  staleSessions,
})

const schedule = text("a schedule of whole minutes from 1 minute to 1 day; write it like '5m'", (s) => {
  const every = parseDuration(s) ?? 0
  return every >= MINUTE && every <= DAY && every % MINUTE === 0
})
const schema = object({
  secret: v.optional(
    identifier('the name of a secret in Secrets Manager; write it like nightshift', /^[\w/+=.@-]{1,255}$/),
  ),
  runbook: v.optional(text('an https:// address', (s) => URL.canParse(s) && s.startsWith('https://'))),
  tell: object({
    emails: v.optional(list(email)),
    phones: v.optional(list(phone)),
    operations: v.optional(list(email)),
    confirm: v.optional(object({ looks: whole(1, 10), of: whole(1, 10) })),
    unseenIsCriticalAfter: v.optional(durationBetween(MINUTE, 30 * DAY, '30m')),
    remind: v.optional(
      object({
        critical: v.optional(durationBetween(MINUTE, 30 * DAY, '1h')),
        unknown: v.optional(durationBetween(MINUTE, 30 * DAY, '6h')),
        warning: v.optional(durationBetween(MINUTE, 30 * DAY, '24h')),
      }),
    ),
  }),
  schedules: v.optional(
    object({
      connections: v.optional(schedule),
      aura: v.optional(schedule),
    }),
  ),
  thresholds,
  staleSessions,
  targets: list(target),
})

/** All that is wrong with a configuration, one line a fault. */
export class ConfigError extends Error {
  readonly faults: string[]
  constructor(faults: string[], file = 'nightshift.config.ts') {
    const many = faults.length === 1 ? 'a fault' : `${faults.length} faults`
    super(`${file} has ${many}:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/**
 * Makes sure that a configuration has no fault.
 * @param file where it came from, for the message
 * @throws ConfigError with every fault, not the first
 */
export function checkConfig(config: unknown, file?: string): asserts config is NightshiftConfig {
  const faults = configFaults(config)
  if (faults.length > 0) throw new ConfigError(faults, file)
}

/** Every fault of `config`, one line each; an empty list means that `resolveConfig` may rely on its type. */
export function configFaults(config: unknown): string[] {
  const { issues = [] } = v.safeParse(schema, config)
  const ofShape = issues.map((issue) => `${path(issue.path ?? [])}${issue.message}`)
  return [...ofShape, ...crossFaults(config)]
}

/** `targets[0].thresholds["connections.stale"]: `, as one would write it in the file. */
const path = (items: v.IssuePathItem[]): string => {
  const text = items.reduce<string>((before, { key }) => {
    if (typeof key === 'number') return `${before}[${key}]`
    return /^\w+$/.test(String(key)) ? `${before}${before && '.'}${String(key)}` : `${before}[${show(key)}]`
  }, '')
  return text && `${text}: `
}

// What one setting cannot know of another. Reads whatever is there, since the shape may be wrong at the same time.
function crossFaults(config: unknown): string[] {
  const root = record(config)
  const tell = record(root.tell)
  const targets = array(root.targets).map(record)
  const faults: string[] = []
  const twice = (setting: string, values: unknown[], remedy: string) => {
    for (const value of new Set(values.filter((v, i) => v !== undefined && values.indexOf(v) !== i)))
      faults.push(`${setting}: ${show(value)} stands there twice; ${remedy}`)
  }

  for (const kind of ['emails', 'phones', 'operations'])
    twice(`tell.${kind}`, array(tell[kind]), 'remove one, or that person is told twice')
  if (root.tell !== undefined && array(tell.emails).length === 0)
    faults.push(`tell.emails: ${show(tell.emails)} tells nobody; name at least one e-mail address`)
  if (Array.isArray(tell.operations) && tell.operations.length === 0)
    faults.push(
      'tell.operations: [] tells nobody when Nightshift itself is in trouble; leave it out to tell tell.emails',
    )
  const confirm = record(tell.confirm)
  if (isNumber(confirm.looks) && isNumber(confirm.of) && confirm.looks > confirm.of)
    faults.push(
      `tell.confirm: ${confirm.looks} of ${confirm.of} looks can never agree; make looks at most ${confirm.of}`,
    )

  if (Array.isArray(root.targets) && targets.length === 0)
    faults.push('targets: [] watches nothing; name at least one target')
  twice(
    'targets',
    targets.map((t) => t.name),
    'give each target a name of its own',
  )
  twice(
    'targets',
    targets.map(({ neon }) =>
      record(neon).project === undefined
        ? undefined
        : [record(neon).project, record(neon).branch].filter(Boolean).join(' / '),
    ),
    'a branch is watched as a whole, whichever database is named; remove one of the targets',
  )

  targets.forEach(({ neon, aura }, i) => {
    if ((neon === undefined) === (aura === undefined))
      faults.push(
        `targets[${i}]: ${neon === undefined ? 'neither neon nor aura is' : 'both neon and aura are'} set; set one of them`,
      )
  })
  twice(
    'targets',
    targets.map(({ aura }) => record(aura).instance),
    'an instance is watched as a whole; remove one of the targets',
  )
  faults.push(...orderFaults('', record(root.thresholds)))
  targets.forEach((one, i) => {
    const defaults = one.aura === undefined ? ruleLimits : auraLimits
    faults.push(...orderFaults(`targets[${i}].`, record(one.thresholds), record(root.thresholds), defaults))
    for (const rule of Object.keys(record(one.thresholds)))
      if (!(rule in defaults) && (rule in ruleLimits || rule in auraLimits))
        faults.push(
          `targets[${i}].thresholds["${rule}"]: not a rule for ${one.aura === undefined ? 'Neon' : 'Aura'}; rules: ${Object.keys(defaults).join(', ')}`,
        )
  })
  return faults
}

/** Limits that contradict each other, after defaults and overrides are laid over one another. */
function orderFaults(
  where: string,
  own: Record<string, unknown>,
  general: Record<string, unknown> = {},
  defaults: Record<string, RuleLimits> = ruleLimits,
): string[] {
  return Object.entries(defaults).flatMap(([rule, { unit, warning, critical }]) => {
    if (own[rule] === undefined) return []
    const written: Record<string, unknown> = {
      warning,
      critical: critical ?? 'off',
      ...record(general[rule]),
      ...record(own[rule]),
    }
    const value = (v: unknown) =>
      unit === 'duration' && typeof v === 'string' ? parseDuration(v) : isNumber(v) ? v : undefined
    const [warn, crit, back] = [value(written.warning), value(written.critical), value(written.recovery)]
    const setting = `${where}thresholds["${rule}"]`
    const say = (v: unknown) => (unit === 'duration' && isNumber(v) ? formatDuration(v) : String(v))
    const faults: string[] = []
    if (warn !== undefined && crit !== undefined && warn > crit)
      faults.push(
        `${setting}: warning ${say(written.warning)} is above critical ${say(written.critical)}; lower warning or raise critical`,
      )
    if (warn !== undefined && back !== undefined && back > warn)
      faults.push(
        `${setting}: recovery ${say(written.recovery)} is above warning ${say(written.warning)}, so an incident would close while it still warns; lower recovery`,
      )
    return faults
  })
}
