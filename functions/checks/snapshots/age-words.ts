/** How the age of a snapshot is told. */
import { formatDuration, formatTime } from '../../units.ts'
import type { Finding } from '../finding.ts'
import type { Aged } from './age.ts'
import { type Attempts, isMoment, leftOut } from './attempts.ts'
import { askProvider, newestAttempts, takeOne, takeOneLater } from './evidence.ts'
import { comeByThemselves, SLACK_MS } from './expected.ts'
import { broken, type Known, type SnapshotsMemory } from './facts.ts'
import type { ListedReading } from './reading.ts'
import { runningMs } from './rest.ts'

interface View {
  memory: SnapshotsMemory
  known: Known
  now: number
  /** Undefined where the look failed. */
  listed: { reading: ListedReading; attempts: Attempts } | undefined
}

/** A few words with the number. */
export function sayAge({ kind, at, due, severity, since }: Aged, { memory, now, listed }: View): string {
  const what = kind === 'full' ? 'full snapshot' : 'snapshot'
  if (at === undefined) return `no ${what}${isMoment(since) ? ` since ${formatTime(since)}` : ''}, ${due.as}`
  const old = `${formatDuration(now - at)} old`
  if (severity === 'ok') return `newest ${what} is ${old}`
  const { pausedSince, listedAt } = memory
  if (pausedSince !== undefined)
    return `newest ${what} was ${formatDuration(pausedSince - at)} old when the instance stopped running`
  return listed
    ? `newest ${what} is ${old}, ${due.as}`
    : `newest ${what} known is ${old}, not asked since ${formatTime(listedAt ?? at)}`
}

/** The finding of one that is late. */
export function sayLate(rule: string, aged: Aged, view: View): Finding {
  const { known, listed, memory, now } = view
  const atRest = memory.pausedSince !== undefined
  const severity = aged.severity === 'critical' ? 'critical' : 'warning'
  return {
    ...broken(rule, severity, {
      headline: sayAge(aged, view),
      summary: summaryOf(aged, view),
      brief: listed && !atRest ? 'Take a snapshot by hand' : 'See in the console whether there is a newer one',
      advice: [
        ...(listed ? [] : ['Mend what keeps Nightshift from asking: snapshots.blind says what it is.']),
        atRest ? takeOneLater : takeOne(known.provider),
        ...(comeByThemselves(known) ? [askProvider(known.provider)] : []),
        'If they may be this old, say so: snapshots.maxAge of this target in nightshift.config.ts.',
      ],
    }),
    ...(listed && { evidence: newestAttempts(listed.reading, listed.attempts) }),
    // Of a first look that fails the next may get in again, and find a newer one.
    ...(!listed && now - (memory.listedAt ?? 0) <= SLACK_MS && { opens: 'confirmed' }),
  }
}

function summaryOf({ kind, at, due, since }: Aged, { memory, known, now, listed }: View): string {
  const { of, provider } = known
  const what = kind === 'full' ? 'full snapshot' : 'snapshot'
  if (at === undefined)
    return (
      `No ${what} of ${of} has been completed${isMoment(since) ? ` since ${formatTime(since)}` : ''}, and one is ${due.as}.` +
      ' The snapshots in between hold only what has changed since a full one, and cannot be exported.' +
      leftOutOf(listed)
    )
  const rested = now - since - runningMs(since, now, memory)
  return (
    `The newest completed ${what} of ${of} ${provider === 'neon' ? 'holds the data of' : 'is of'} ${formatTime(at)}, ${formatDuration(now - at)} ago.` +
    (rested > 0
      ? ` One is ${due.as}; of that time the instance stood still for ${formatDuration(rested)}, which is not counted.`
      : ` One is ${due.as}: the next should have been there by ${formatTime(since + due.everyMs)}.`) +
    (listed
      ? ''
      : ` That was known at ${formatTime(memory.listedAt ?? at)}; snapshots could not be asked for since, so there may be a newer one, or not.`) +
    (listed?.reading.askedFrom !== undefined && at < listed.reading.askedFrom
      ? ` An earlier look saw it; since ${formatTime(listed.reading.askedFrom)}, as far back as was asked, there is none.`
      : '') +
    leftOutOf(listed)
  )
}

const leftOutOf = (listed: View['listed']): string => (listed ? leftOut(listed.attempts) : '')
