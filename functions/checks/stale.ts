/** How many sessions are abandoned, whose are they, and what was or would be done about them? */
import { count, formatDuration } from '../units.ts'
import { applicationName } from './applications.ts'
import { grade, isWorse } from './finding.ts'
import { quoteIdentifier } from './identifier.ts'
import { HELD, isNews, QUIET_MS, sayOutcomes } from './outcomes.ts'
import { type SeenReading, type StaleGroup, tellsStates } from './reading.ts'
import type { Rule } from './rule.ts'
import { sayUnproven, type TrustFacts } from './trust/facts.ts'
import { sayRehearsal } from './trust/rehearsal.ts'
import type { Ending, EndingPlan } from './victims.ts'

const name = 'connections.stale'
const BETWEEN_BATCHES_MS = 24 * 60 * 60_000

export const stale = {
  name,
  // In percent of the usable connections. A pool that keeps some connections warm is healthy; half of all slots is not.
  limits: { unit: 'percent', warning: 50, critical: null, recovery: 40 },
  judge({ reading, plan, endings, trust, leaks }, limits) {
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
    const acted = endings.some(isNews)
    const refused = endings.filter(({ outcome }) => outcome === 'refused').map(({ victim }) => victim)
    const severity = acted && isWorse('warning', graded.severity) ? 'warning' : graded.severity
    const ended = endings.filter(({ outcome }) => outcome === 'ended').length
    return {
      rule: name,
      severity,
      recovered: graded.recovered && !acted,
      closes: 'confirmed',
      // While a leak stands there will be more to end: that is one incident, not one for each batch.
      closesAfterMs: leaks?.length ? BETWEEN_BATCHES_MS : QUIET_MS,
      // Something was done to production, or could not be: a person hears of it now, by mail, though it may be open already.
      ...(acted && { opens: 'at-once' as const, acute: true }),
      headline: acted
        ? `${ended} of ${count(sessions, 'stale session')} ended`
        : `${count(sessions, 'stale session')} (${percent(sessions, reading)}% of all connections)`,
      summary: summary(reading, sessions, plan, trust),
      ...(reading.stale.length > 0 && { evidence: staleTable(reading.stale) }),
      done: doneAbout(endings),
      advice: advice(reading, plan, [...new Set(refused.map(({ role }) => role))]),
    }
  },
} satisfies Rule

/**
 * An application that shares Nightshift's own role: its sessions are stale like any other's, but are never ended.
 * Ours have no application name, since over HTTP none reaches Postgres.
 */
const sharesOurRole = (group: StaleGroup): boolean => group.protection === 'own-role' && group.application !== ''

/** Stale sessions that somebody should do something about, whether or not they may be ended. */
const counts = (group: StaleGroup): boolean =>
  group.protection === null || group.protection === 'not-selected' || sharesOurRole(group)

const percent = (sessions: number, { limit }: SeenReading) => Math.floor((100 * sessions) / Math.max(1, limit.usable))

function summary(
  reading: SeenReading,
  sessions: number,
  plan: EndingPlan | undefined,
  trust: TrustFacts | undefined,
): string {
  if (sessions === 0)
    return reading.stale.length === 0
      ? 'No session is idle past the limit.'
      : 'Only protected sessions are idle past the limit.'
  const [largest] = reading.stale.filter(counts).toSorted((a, b) => b.sessions - a.sessions)
  const whose = largest
    ? `${applicationName(largest)} has the most: ${largest.sessions}, the longest idle for ${formatDuration(largest.oldestMs)}.`
    : ''
  const would = plan?.victims.length && plan.held ? wouldEnd(plan) : ''
  const waiting = trust && sayUnproven(trust)
  // What to read before opting in.
  const rehearsed = trust?.rehearsed && sayRehearsal(trust.rehearsed)
  const held = plan?.held && HELD[plan.held]
  return [
    `${count(sessions, 'session is', 'sessions are')} idle past the limit.`,
    whose,
    waiting,
    held,
    trust?.unlearned,
    would,
    rehearsed,
  ]
    .filter(Boolean)
    .join(' ')
}

function wouldEnd({ victims }: EndingPlan): string {
  const oldest = victims[0]
  return `It would have ended ${victims.length}, oldest first${oldest ? `: the first is pid ${oldest.pid} of ${applicationName(oldest)}, idle for ${formatDuration(oldest.idleMs)}` : ''}.`
}

/** One sentence per application and outcome: `sync-job: 10 ended, idle for 1 d to 2 d 3 h.` */
export const doneAbout = (endings: Ending[]): string[] => sayOutcomes(endings, applicationName)

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
