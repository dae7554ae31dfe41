/** Is the database filling up with work? Then nothing leaks, and to end what is idle does not help. */
import { count, formatDuration } from '../../units.ts'
import { type Application, applicationTable } from '../applications.ts'
import type { Thresholds } from '../finding.ts'
import type { Leak } from '../leak/leaks.ts'
import { nameOf } from '../leak/names.ts'
import { type SeenReading, tellsStates } from '../reading.ts'
import type { ConnectionsFacts, Rule } from '../rule.ts'
import { saturationPercent } from '../victims.ts'
import { headsOf, leads } from './blockers.ts'
import { applicationsOf } from './clients.ts'
import { adviseOnRoom, leaveRoom, loadAnd, sayLeaks } from './leaks-beneath.ts'
import { type Load, loadOf } from './load.ts'
import type { RecentLook } from './recent.ts'
import { pilesOf, pileTable } from './statements.ts'
import { adviseOn, briefOn, sayWho } from './unblocking.ts'

const name = 'connections.surge'

export const surge = {
  name,
  // Of the usable connections, as connections.saturation: a cache that fails fills them within minutes.
  limits: { unit: 'percent', warning: 75, critical: 90, recovery: 70 },
  judge({ reading, recent = [], surgeStands = false, leaks }, limits) {
    if (!tellsStates(reading)) return null
    if (reading.kind !== 'seen')
      return { rule: name, severity: 'ok', headline: 'no load', summary: '', recovered: true, closes: 'confirmed' }
    const load = loadOf(reading, recent, surgeStands, limits)
    const { severity, recovered } = load
    const { used, atWork, limit } = reading
    const numbers = `${used} of ${limit.usable} connections (${Math.floor(saturationPercent(reading))}%), ${atWork} at work`
    const closing = { rule: name, severity, recovered, closes: 'confirmed' as const }
    if (severity === 'ok') return { ...closing, headline: `no load any more: ${numbers}`, summary: '' }
    const leading = headsOf(reading).filter((head) => leads(head, reading))
    const piles = pilesOf(reading.statements)
    const [first] = leading
    return {
      ...closing,
      headline: `${loadAnd(leaks)}: ${numbers}`,
      summary: summary(reading, load, leaks),
      evidence: piles.length > 0 ? pileTable(piles, reading) : applicationTable(reading),
      brief: first ? briefOn(first, reading) : sayBrief(applicationsAtWork(reading), leaks),
      advice: [
        ...leading.slice(0, 2).map((head) => adviseOn(head, reading)),
        'See what changed upstream: a cache that failed, retries, a burst of requests. Put the cache back or turn requests away.',
        'See whether the statements that pile up have become slow: a plan that changed, an index that is missing (EXPLAIN).',
        adviseOnRoom(leaks),
      ],
    }
  },
} satisfies Rule

/** Whether the rule is broken at this look. */
export const isSurge = ({ reading, recent = [], surgeStands = false }: SurgeFacts, limits: Thresholds): boolean =>
  reading.kind === 'seen' && reading.sighted && loadOf(reading, recent, surgeStands, limits).severity !== 'ok'

/** Whether nobody is to be ended: in a surge, and while one application alone fills the database with work, which may be none. */
export const holdsEndings = (facts: SurgeFacts, limits: Thresholds): boolean => {
  const { reading, recent = [], surgeStands = false } = facts
  if (surgeStands || reading.kind !== 'seen' || !reading.sighted) return surgeStands
  const { severity, fills } = loadOf(reading, recent, surgeStands, limits)
  return severity !== 'ok' || fills
}

export type SurgeFacts = Pick<ConnectionsFacts, 'reading' | 'recent' | 'surgeStands'>

function summary(reading: SeenReading, { calm }: Load, leaks: Leak[] | undefined): string {
  const { used, atWork, waitingSessions } = reading
  const [head] = headsOf(reading)
  return [
    `${atWork} of ${used} sessions are at work, in ${sayApplications(applicationsAtWork(reading))}.`,
    ...(calm ? [sayRise(reading, calm)] : []),
    ...(waitingSessions > 0
      ? [
          `${count(waitingSessions, 'statement waits', 'statements wait')} for a lock${head ? `, in the end for ${sayWho(head)}` : ''}.`,
        ]
      : []),
    ...sayLeaks(leaks),
    'Nightshift ends no session while this stands.',
  ].join(' ')
}

/** `5 min before, 20 were at work; idle sessions stayed at 30.` */
function sayRise({ at, used, atWork }: SeenReading, calm: RecentLook): string {
  const [before, now] = [calm.used - calm.atWork, used - atWork]
  const flat = Math.abs(now - before) <= Math.max(2, before / 10)
  return `${formatDuration(at - calm.at)} before, ${calm.atWork} were; idle sessions ${flat ? `stayed at ${now}` : `went from ${before} to ${now}`}.`
}

/** For a text message: who is at work, who most, and whether anything but waiting helps. */
function sayBrief(atWork: Application[], leaks: ConnectionsFacts['leaks']): string {
  const [most] = atWork
  const who = most && atWork.length > 1 ? `, ${most.name} most (${most.atWork})` : ''
  const [leaking] = leaveRoom(leaks) ? (leaks ?? []) : []
  const help = leaking ? `restart ${nameOf(leaking)} only` : 'end nothing'
  return `${count(atWork.length, 'application')} at work${who}: see what is slow, ${help}`
}

const applicationsAtWork = (reading: SeenReading): Application[] =>
  applicationsOf(reading)
    .filter(({ atWork }) => atWork > 0)
    .sort((a, b) => b.atWork - a.atWork)

/** `5 applications (api 60, checkout 40, search 30 and 2 more)`. */
function sayApplications(applications: Application[]): string {
  const shown = applications.slice(0, 3).map(({ name: application, atWork }) => `${application} ${atWork}`)
  const more = applications.length - shown.length
  return `${count(applications.length, 'application')} (${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''})`
}
