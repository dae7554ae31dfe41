/** How many connections are abandoned, whose are they, and what was or would be done about them? */
import { count, formatDuration } from '../../units.ts'
import { grade, isWorse, type Table } from '../finding.ts'
import { HELD, isNews, QUIET_MS, sayOutcomes } from '../outcomes.ts'
import type { EndingPlan } from '../victims.ts'
import { type AuraRule, isOff, nothing, ofWhatIsListed, rowsOf } from './facts.ts'
import type { StaleConnection } from './stale-connections.ts'
import { clientName, hostOf } from './users.ts'

const name = 'connections.stale'

export const stale = {
  name,
  // In percent of the configured limit. Without one there is no share to judge: stable idle connections are no trouble.
  limits: { unit: 'percent', warning: 50, critical: null, recovery: 40 },
  judge(facts, limits) {
    const { reading, limit, stale: found, plan, endings } = facts
    const closes = { closes: 'confirmed', closesAfterMs: QUIET_MS } as const
    if (isOff(reading)) return { ...nothing(name, 'no stale connections'), ...closes }
    if (!rowsOf(reading, 'connections') || !rowsOf(reading, 'transactions')) return null
    const counting = found.filter(counts)
    const graded = grade(limit ? (100 * counting.length) / limit : 0, limits)
    const acted = endings.some(isNews)
    const ended = endings.filter(({ outcome }) => outcome === 'ended').length
    return ofWhatIsListed(facts, {
      rule: name,
      severity: acted && isWorse('warning', graded.severity) ? 'warning' : graded.severity,
      recovered: graded.recovered && !acted,
      ...closes,
      // Something was done to production, or could not be: a person hears of it now, by mail.
      ...(acted && { opens: 'at-once' as const }),
      headline: acted
        ? `${ended} of ${count(counting.length, 'stale connection')} ended`
        : `${count(counting.length, 'stale connection')}${limit ? ` (${Math.floor((100 * counting.length) / limit)}% of the limit)` : ''}`,
      summary: summary(found, counting, plan),
      ...(found.length > 0 && { evidence: table(found) }),
      done: sayOutcomes(endings, clientName),
      advice: advice(
        found,
        plan,
        endings.some(({ outcome }) => outcome === 'refused'),
      ),
    })
  },
} satisfies AuraRule

/** Those that somebody should do something about, whether or not they may be ended. */
const counts = ({ protection }: StaleConnection): boolean =>
  protection === null || protection === 'not-selected' || protection === 'work-not-seen'

interface Group {
  name: string
  protection: StaleConnection['protection']
  hosts: Set<string>
  connections: number
  idleMs: number
  ageMs: number
}

function groupsOf(found: StaleConnection[]): Group[] {
  const groups = Map.groupBy(found, (one) => JSON.stringify([one.user, one.agent, one.protection]))
  return [...groups.values()]
    .map((alike) => ({
      name: clientName(alike[0] as StaleConnection),
      protection: alike[0]?.protection ?? null,
      hosts: new Set(alike.map(({ client }) => hostOf(client))),
      connections: alike.length,
      idleMs: alike.reduce((most, { idleMs }) => Math.max(most, idleMs), 0),
      ageMs: alike.reduce((most, { ageMs }) => Math.max(most, ageMs), 0),
    }))
    .sort((a, b) => b.connections - a.connections)
}

function summary(found: StaleConnection[], counting: StaleConnection[], plan: EndingPlan<StaleConnection> | undefined) {
  const [largest] = groupsOf(counting)
  if (!largest)
    return found.length === 0 ? 'No connection is past the limits.' : 'Only protected connections are past the limits.'
  const victims = plan?.held ? plan.victims : []
  const [oldest] = victims
  return (
    `${count(counting.length, 'connection was', 'connections were')} seen without a transaction in every look, and ${counting.length === 1 ? 'is' : 'are'} older than ${counting.length === 1 ? 'its driver uses it' : 'their drivers use them'}.` +
    ` ${largest.name} has the most: ${largest.connections}, the longest seen idle for ${formatDuration(largest.idleMs)}.` +
    (plan?.held ? ` ${HELD[plan.held]}` : '') +
    (oldest
      ? ` It would have ended ${victims.length}, oldest first: the first is ${oldest.id} of ${clientName(oldest)}, connected for ${formatDuration(oldest.ageMs)} and without a transaction in ${oldest.looks} looks over ${formatDuration(oldest.idleMs)}.`
      : '')
  )
}

function table(found: StaleConnection[]): Table {
  const groups = groupsOf(found)
  const protects = groups.some(({ protection }) => protection !== null)
  return {
    columns: [
      'user and program',
      'addresses',
      'stale',
      'longest idle',
      'oldest connected for',
      ...(protects ? ['protected by'] : []),
    ],
    rows: groups
      .slice(0, 10)
      .map((one) => [
        one.name,
        one.hosts.size === 1 ? ([...one.hosts][0] as string) : String(one.hosts.size),
        String(one.connections),
        formatDuration(one.idleMs),
        formatDuration(one.ageMs),
        ...(protects ? [one.protection ?? ''] : []),
      ]),
  }
}

function advice(found: StaleConnection[], plan: EndingPlan<StaleConnection> | undefined, refused: boolean): string[] {
  const [largest] = groupsOf(found.filter(counts))
  return [
    ...(refused
      ? ["Let Nightshift end them: its user needs the rights of an administrator for other users' connections."]
      : []),
    ...(found.some(({ protection }) => protection === 'work-not-seen')
      ? [
          "No transaction of some of these users was seen within a week. If they do work, Nightshift's user may not see it: give it the SHOW TRANSACTION privilege for all users and databases. Until a transaction of a user is seen, none of its connections is ended.",
        ]
      : []),
    ...(largest
      ? [
          `Find the connections that ${largest.name} opens and does not give back: close every session, and the driver when the process ends.`,
          ...(plan?.held === 'not-opted-in'
            ? ['To have them ended before the limit is reached, set staleSessions: { end: true } for this target.']
            : plan?.held === 'nobody-selected'
              ? ['Name whose connections may be ended: staleSessions: { only: { roles: [...] } }.']
              : []),
        ]
      : []),
  ]
}
