/** The statement with which a person ends a leak's idle sessions. By name and idle time: a list of pids is stale when it is read. */
import { applicationName } from './applications.ts'
import type { SeenReading, SessionGroup } from './reading.ts'

const TEN_MINUTES = 600_000
/** Where so many of the idle ones are older than an hour, they are what is to be ended: a healthy pool uses its own more often. */
const OLD = 1 / 4
/** A mail cuts longer advice, and half a statement is none. */
const MOST = 400

/**
 * Ends the idle sessions of `who`, a condition of SQL. Left out are those that hold a lock or wait for one, an advisory lock
 * above all, and those whose last statement has to do with LISTEN. All is judged on one picture of the sessions: who works
 * again between that and its ending is ended at work. Nightshift's own endings ask once more, one by one.
 */
export const endingStatement = (who: string, interval: string): string =>
  `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE ${who} AND backend_type = 'client backend'` +
  ` AND state = 'idle' AND state_change < now() - interval '${interval}' AND query !~* 'listen'` +
  // The locks of a prepared transaction have no pid, and NOT IN a list with NULL is never true.
  ` AND pid NOT IN (SELECT pid FROM pg_locks WHERE pid > 0);`

/**
 * Two steps, to end the idle sessions of the application that has the most; none where nobody lies mostly idle, or its name cannot be written safely.
 * @param only of these applications; by default of all
 */
export function endByHand({ groups, sighted }: Pick<SeenReading, 'groups' | 'sighted'>, only?: Set<string>): string[] {
  if (!sighted) return []
  const asked = groups.filter((group) => only?.has(applicationName(group)) ?? true)
  const [largest] = [...Map.groupBy(asked, applicationName).values()]
    .map((alike) => ({ alike, idle: alike.filter(isToEnd) }))
    .filter(({ alike, idle }) => sessionsOf(idle) > sessionsOf(alike) / 2 && alike.every(mayBeThere))
    .sort((a, b) => sessionsOf(b.idle) - sessionsOf(a.idle))
  const [one] = largest?.idle ?? []
  if (largest === undefined || one === undefined) return []
  const interval = intervalFor(largest.idle)
  const who = whoseSessions(one)
  if (interval === undefined || who === undefined) return []
  const steps = [
    `To end the idle sessions of ${applicationName(one)} by hand, run the statement of the next step as a role with pg_signal_backend. One that works again in that very moment is ended too.`,
    endingStatement(who, interval),
  ]
  return steps.every(({ length }) => length <= MOST) ? steps : []
}

const sessionsOf = (groups: SessionGroup[]): number => groups.reduce((sum, { sessions }) => sum + sessions, 0)

/** Undefined: who has been idle for so short a time may be at work next. */
function intervalFor(idle: SessionGroup[]): string | undefined {
  const overHour = idle.reduce((sum, { idleOverHour }) => sum + idleOverHour, 0)
  if (overHour > 0 && overHour >= sessionsOf(idle) * OLD) return '1 hour'
  return idle.some(({ oldestMs }) => oldestMs >= TEN_MINUTES) ? '10 minutes' : undefined
}

const isToEnd = ({ state, protection }: SessionGroup): boolean =>
  state === 'idle' && (protection === null || protection === 'not-selected')

/** The statement leaves out who holds a lock or listens. Who else was to be left alone it cannot tell: one such is one too many. */
const mayBeThere = (group: SessionGroup): boolean =>
  group.state !== 'idle' || isToEnd(group) || group.protection === 'listener' || group.protection === 'holds-locks'

function whoseSessions({ application, role, database }: SessionGroup): string | undefined {
  const [name, user, of] = [application, role, database].map(quoteText)
  if (application !== '') return name && `application_name = ${name}`
  return user && of && `application_name = '' AND usename = ${user} AND datname = ${of}`
}

/**
 * Text as a literal of SQL, whatever `standard_conforming_strings` is. Undefined where a mail would not show it letter for
 * letter: anything but printable ASCII, which is all that Postgres lets an application's name have, and spaces in a row.
 */
export function quoteText(text: string): string | undefined {
  if (!/^[\x20-\x7e]*$/.test(text) || / {2}|^ | $/.test(text)) return undefined
  const quoted = `'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
  return text.includes('\\') ? `E${quoted}` : quoted
}
