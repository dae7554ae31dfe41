/** The shape of a configuration, each fault of it with the setting, its value and the remedy. */
import * as v from 'valibot'
import { auraLimits } from './checks/aura/rules.ts'
import { ruleLimits } from './checks/rules.ts'
import { snapshotsLimits } from './checks/snapshots/rules.ts'
import { storageLimits } from './checks/storage/rules.ts'
import { formatDuration, parseBytes, parseDuration } from './units.ts'
import { isRecord, show } from './written.ts'

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
/** A day of the calendar: the 30th of February is none. */
const isDate = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) && new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true
/** An offset like +02:00 is none: it does not follow the clocks. */
const isTimeZone = (text: string): boolean => {
  try {
    return /^[a-z]/i.test(text) && new Intl.DateTimeFormat('en', { timeZone: text }).format() !== ''
  } catch {
    return false
  }
}
const bytes = text("an amount of storage; write it like '50GB' (KB, MB, GB, TB)", (s) => (parseBytes(s) ?? 0) > 0)
const duration = (example: string) => durationBetween(1_000, 365 * DAY, example)
const percent = number('a percentage from 0 to 100; write a number like 75', (n) => n >= 0 && n <= 100)
// A limit of 0 is always reached, and nothing ever recovers to below it.
const limit = number('a percentage above 0 and up to 100; write a number like 75', (n) => n > 0 && n <= 100)
// What grows may more than double.
const increase = number('a percentage above 0, up to 10000; write a number like 50', (n) => n > 0 && n <= 10_000)
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

/** Of every rule that has limits to set. */
const allLimits = { ...ruleLimits, ...auraLimits, ...storageLimits, ...snapshotsLimits }
const limits = Object.fromEntries(
  Object.entries(allLimits).map(([rule, { unit }]) => {
    const value = unit === 'percent' ? limit : unit === 'increase' ? increase : duration('10m')
    const off = v.optional(
      v.union(
        [value, v.literal('off')],
        (issue) =>
          `${show(issue.input)} is neither ${unit === 'duration' ? "a duration like '15m'" : 'a percentage like 90'} nor 'off'`,
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

const snapshots = v.optional(
  object({
    expected: v.optional(v.boolean(sayWhat('true or false'))),
    maxAge: v.optional(durationBetween(MINUTE, 365 * DAY, '26h')),
    keepFor: v.optional(durationBetween(MINUTE, 10 * 365 * DAY, '7d')),
    historyWindow: v.optional(durationBetween(0, 365 * DAY, '1d')),
    drill: v.optional(
      object({
        last: text("a date; write it like '2026-09-01'", isDate),
        every: durationBetween(DAY, 10 * 365 * DAY, '90d'),
      }),
    ),
  }),
)

const time = (latest: string) =>
  text(
    `a time of day from 00:00 to ${latest}; write it like '02:00'`,
    (s) => /^([01]\d|2[0-3]):[0-5]\d$/.test(s) || s === latest,
  )
/** IANA knows them, but they mean something else than they seem: New York has EST in winter only, Etc/GMT+2 is two hours west. */
const MISLEADING = /^(EST|MST|HST|Etc\/GMT[+-].*|GMT[+-].*)$/i
const timeZone = v.pipe(
  text("a time zone by its IANA name; write it like 'Europe/Berlin'", isTimeZone),
  v.check(
    (zone) => !MISLEADING.test(zone),
    (issue) =>
      `${show(issue.input)} has the same hour all year, or another than it seems; write the place, like 'America/New_York', or 'UTC'`,
  ),
)
const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday']
const weekday = text(`a weekday; write one of ${WEEKDAYS.join(', ')}`, (s) => WEEKDAYS.includes(s))
const windows = v.optional(
  list(object({ days: v.optional(list(weekday)), from: time('23:59'), to: time('24:00'), timeZone })),
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
      storageBudget: v.optional(bytes),
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
  snapshots,
  maintenance: windows,
})

const schedule = text("a schedule of whole minutes from 1 minute to 1 day; write it like '5m'", (s) => {
  const every = parseDuration(s) ?? 0
  return every >= MINUTE && every <= DAY && every % MINUTE === 0
})
const letter = object({
  day: v.optional(weekday),
  hour: v.optional(whole(0, 23)),
})
export const configSchema = object({
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
    quietHours: windows,
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
      storage: v.optional(schedule),
      snapshots: v.optional(schedule),
    }),
  ),
  letter: v.optional(v.lazy((value) => (value === false ? v.literal(false) : letter))),
  thresholds,
  staleSessions,
  snapshots,
  targets: list(target),
})
