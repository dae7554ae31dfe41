/** How many sessions are abandoned, whose are they, and what was or would be done about them? */
import { count, formatDuration } from '../units.ts'
import { applicationName } from './applications.ts'
import { grade, isWorse } from './finding.ts'
import { quoteIdentifier } from './identifier.ts'
import { type SeenReading, type StaleGroup, tellsStates } from './reading.ts'
import type { Rule } from './rule.ts'
import type { Ending, EndingPlan, Held, Outcome } from './victims.ts'

const name = 'connections.stale'

export const stale = {
  name,
  // In percent of the usable connections. A pool that keeps some connections warm is healthy; half of all slots is not.
  limits: { unit: 'percent', warning: 50, critical: null, recovery: 40 },
  judge({ reading, plan, endings }, limits) {
    if (!tellsStates(reading)) return null
    if (reading.kind !== 'seen')
      return {
        rule: name,
        severity: 'ok',
        headline: 'no stale sessions',
        summary: '',
        recovered: true,
        closes: 'confirmed',
        closesAfterMs: QUIET_MS,
      }
    const sessions = reading.staleSessions
    const graded = grade(reading.limit.usable > 0 ? (100 * sessions) / reading.limit.usable : 0, limits)
    // Victims that left or worked again by themselves are no news.
    const acted = endings.some(({ outcome }) => NEWS.includes(outcome))
    const refused = endings.filter(({ outcome }) => outcome === 'refused').map(({ victim }) => victim)
    const severity = acted && isWorse('warning', graded.severity) ? 'warning' : graded.severity
    const ended = endings.filter(({ outcome }) => outcome === 'ended').length
    return {
      rule: name,
      severity,
      recovered: graded.recovered && !acted,
      closes: 'confirmed',
      closesAfterMs: QUIET_MS,
      // Something was done to production, or could not be: a person hears of it now, by mail.
      ...(acted && { opens: 'at-once' as const }),
      headline: acted
        ? `${ended} of ${count(sessions, 'stale session')} ended`
        : `${count(sessions, 'stale session')} (${percent(sessions, reading)}% of all connections)`,
      summary: summary(reading, sessions, plan),
      ...(reading.stale.length > 0 && { evidence: staleTable(reading.stale) }),
      done: doneAbout(endings),
      advice: advice(reading, plan, [...new Set(refused.map(({ role }) => role))]),
    }
  },
} satisfies Rule

/** A leak that is contained is ended again and again, an hour's drip at a time: one incident, not one for each drop. */
const QUIET_MS = 60 * 60_000

const NEWS: Outcome[] = ['ended', 'still-ending', 'refused', 'lost']

/**
 * An application that shares Nightshift's own role: its sessions are stale like any other's, but are never ended.
 * Ours have no application name, since over HTTP none reaches Postgres.
 */
const sharesOurRole = (group: StaleGroup): boolean => group.protection === 'own-role' && group.application !== ''

/** Stale sessions that somebody should do something about, whether or not they may be ended. */
const counts = (group: StaleGroup): boolean =>
  group.protection === null || group.protection === 'not-selected' || sharesOurRole(group)

const percent = (sessions: number, { limit }: SeenReading) => Math.floor((100 * sessions) / Math.max(1, limit.usable))

const HELD: Record<Held, string> = {
  'not-opted-in': 'This target has not opted in (staleSessions.end), so nothing was ended.',
  'dry-run': 'Dry run: nothing was ended.',
  below: 'Too few connections are taken to end any (staleSessions.above).',
  load: 'Most connections are at work: this is load, which ending idle sessions does not help, so nothing was ended.',
}

function summary(reading: SeenReading, sessions: number, plan: EndingPlan | undefined): string {
  if (sessions === 0)
    return reading.stale.length === 0
      ? 'No session is idle past the limit.'
      : 'Only protected sessions are idle past the limit.'
  const [largest] = reading.stale.filter(counts).toSorted((a, b) => b.sessions - a.sessions)
  const whose = largest
    ? ` ${applicationName(largest)} has the most: ${largest.sessions}, the longest idle for ${formatDuration(largest.oldestMs)}.`
    : ''
  const would = plan?.victims.length && plan.held ? ` ${wouldEnd(plan)}` : ''
  return `${count(sessions, 'session is', 'sessions are')} idle past the limit.${whose}${plan?.held ? ` ${HELD[plan.held]}` : ''}${would}`
}

function wouldEnd({ victims }: EndingPlan): string {
  const oldest = victims[0]
  return `It would have ended ${victims.length}, oldest first${oldest ? `: the first is pid ${oldest.pid} of ${applicationName(oldest)}, idle for ${formatDuration(oldest.idleMs)}` : ''}.`
}

const OUTCOMES: Record<Outcome, string> = {
  ended: 'ended',
  'still-ending': 'told to end, but still there a second later',
  gone: 'had left by itself',
  woke: 'had worked again since the look and was left',
  protected: 'became protected since the look and was left',
  refused: 'could not be ended: the database refused',
  lost: 'perhaps ended: the answer was lost',
}

/** One sentence per application and outcome: `sync-job: 10 ended (idle for 2 d 3 h to 1 d 2 h).` */
export function doneAbout(endings: Ending[]): string[] {
  const groups = Map.groupBy(
    endings,
    ({ victim, outcome, detail }) => `${applicationName(victim)}\0${outcome}\0${detail ?? ''}`,
  )
  return [...groups.values()].map((group) => {
    const [{ victim, outcome, detail }] = group as [Ending]
    const ages = group.map((one) => one.victim.idleMs).sort((a, b) => b - a)
    const [oldest, youngest] = [formatDuration(ages[0] as number), formatDuration(ages.at(-1) as number)]
    return `${applicationName(victim)}: ${group.length} ${OUTCOMES[outcome]}${detail ? ` (${detail})` : ''}, idle for ${oldest === youngest ? oldest : `${youngest} to ${oldest}`}.`
  })
}

function staleTable(groups: StaleGroup[]) {
  const protects = groups.some(({ protection }) => protection !== null)
  return {
    columns: ['application', 'role', 'database', 'stale', 'longest idle', ...(protects ? ['protected by'] : [])],
    rows: groups
      .slice(0, 10)
      .map((one) => [
        applicationName(one),
        one.role,
        one.database,
        String(one.sessions),
        formatDuration(one.oldestMs),
        ...(protects ? [one.protection ?? ''] : []),
      ]),
  }
}

function advice(reading: SeenReading, plan: EndingPlan | undefined, refusedRoles: string[]): string[] {
  const [largest] = reading.stale.filter(counts)
  const shared = reading.stale.filter(sharesOurRole)
  return [
    ...refusedRoles.map(
      (role) =>
        `Let Nightshift end them: GRANT pg_signal_backend TO ${quoteIdentifier(reading.role)}; or, as the role's creator, for its sessions only but with its rights on data: GRANT ${quoteIdentifier(role)} TO ${quoteIdentifier(reading.role)};`,
    ),
    ...(shared.length > 0
      ? [
          `Applications share the role ${reading.role} with Nightshift, and sessions of its own role are never ended: give Nightshift a role of its own.`,
        ]
      : []),
    ...(largest
      ? [
          `Find the connections that ${applicationName(largest)} opens and does not give back, and give its pool an idle timeout.`,
          ...(plan?.held === 'not-opted-in'
            ? ['To have them ended before the limit is reached, set staleSessions: { end: true } for this target.']
            : []),
        ]
      : []),
  ]
}
