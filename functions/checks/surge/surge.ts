/** Is the database filling up with work? Then nothing leaks, and to end what is idle does not help. */
import { count, formatDuration } from '../../units.ts'
import { type Application, applicationName, applicationTable } from '../applications.ts'
import type { Thresholds } from '../finding.ts'
import { type SeenReading, type StaleGroup, tellsStates } from '../reading.ts'
import type { ConnectionsFacts, Rule } from '../rule.ts'
import { saturationPercent } from '../victims.ts'
import { adviseOn, headsOf, sayBlocks, sayWho } from './blockers.ts'
import { applicationsOf, type Load, loadOf } from './load.ts'
import type { RecentLook } from './recent.ts'
import { pilesOf, pileTable } from './statements.ts'

const name = 'connections.surge'

export const surge = {
  name,
  // Of the usable connections, as connections.saturation: a cache that fails fills them within minutes.
  limits: { unit: 'percent', warning: 75, critical: 90, recovery: 70 },
  judge({ reading, recent = [], surgeStands = false }, limits) {
    if (!tellsStates(reading)) return null
    if (reading.kind !== 'seen')
      return { rule: name, severity: 'ok', headline: 'no load', summary: '', recovered: true, closes: 'confirmed' }
    const load = loadOf(reading, recent, surgeStands, limits)
    const { severity, recovered } = load
    const { used, atWork, limit } = reading
    const numbers = `${used} of ${limit.usable} connections (${Math.floor(saturationPercent(reading))}%), ${atWork} at work`
    const closing = { rule: name, severity, recovered, closes: 'confirmed' as const }
    if (severity === 'ok') return { ...closing, headline: numbers, summary: '' }
    const heads = headsOf(reading)
    const piles = pilesOf(reading.statements)
    const [first] = heads
    const most = leaksToo(reading) ? leakiest(reading) : undefined
    return {
      ...closing,
      headline: leaksToo(reading)
        ? `load, and ${reading.staleSessions} idle: ${numbers}`
        : `load, not a leak: ${numbers}`,
      summary: summary(reading, load),
      evidence: piles.length > 0 ? pileTable(piles) : applicationTable(reading),
      brief: first
        ? `${sayWho(first)} blocks ${sayBlocks(first, reading)}: end it`
        : `${count(applicationsAtWork(reading).length, 'application')} at work: see what is slow, end nothing`,
      advice: [
        ...heads.slice(0, 2).map((head) => adviseOn(head, reading)),
        'See what changed upstream: a cache that failed, retries, a burst of requests. Put the cache back or turn requests away.',
        'See whether the statements that pile up have become slow: a plan that changed, an index that is missing (EXPLAIN).',
        ...(most
          ? [`For room at once restart ${applicationName(most)}: its ${most.sessions} stale sessions serve nobody.`]
          : ['Ending idle sessions or restarting applications does not help: load takes the room at once.']),
      ],
    }
  },
} satisfies Rule

/** Whether the rule is broken at this look. */
export const isSurge = ({ reading, recent = [], surgeStands = false }: SurgeFacts, limits: Thresholds): boolean =>
  reading.kind === 'seen' && reading.sighted && loadOf(reading, recent, surgeStands, limits).severity !== 'ok'

export type SurgeFacts = Pick<ConnectionsFacts, 'reading' | 'recent' | 'surgeStands'>

function summary(reading: SeenReading, { calm }: Load): string {
  const { used, atWork } = reading
  const waiting = reading.statements.reduce((sum, one) => sum + one.waiting, 0)
  const [head] = headsOf(reading)
  return [
    `${atWork} of ${used} sessions are at work, in ${sayApplications(applicationsAtWork(reading))}.`,
    ...(calm ? [sayRise(reading, calm)] : []),
    ...(waiting > 0
      ? [
          `${count(waiting, 'statement waits', 'statements wait')} for a lock${head ? `, in the end for ${sayWho(head)}` : ''}.`,
        ]
      : []),
    ...(leaksToo(reading)
      ? [
          `Besides, ${reading.staleSessions} sessions are idle past the limit${sayLeakiest(reading)}: that may be a leak.`,
        ]
      : []),
    'Nightshift ends no session while this stands.',
  ].join(' ')
}

/** `5 min before, 20 were at work; the others stayed at 30.` */
function sayRise({ at, used, atWork }: SeenReading, calm: RecentLook): string {
  const [before, now] = [calm.used - calm.atWork, used - atWork]
  const flat = Math.abs(now - before) <= Math.max(2, before / 10)
  return `${formatDuration(at - calm.at)} before, ${calm.atWork} were; the others ${flat ? `stayed at ${now}` : `went from ${before} to ${now}`}.`
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

/** A leak may stand while load comes on top of it. The few that any pool keeps are none. */
const leaksToo = ({ staleSessions, used }: SeenReading): boolean => staleSessions >= used / 4

const leakiest = ({ stale }: SeenReading): StaleGroup | undefined =>
  stale
    .filter(({ protection }) => protection === null || protection === 'not-selected')
    .toSorted((a, b) => b.sessions - a.sessions)[0]

function sayLeakiest(reading: SeenReading): string {
  const most = leakiest(reading)
  return most
    ? `, ${most.sessions} of them of ${applicationName(most)}, the longest for ${formatDuration(most.oldestMs)}`
    : ''
}
