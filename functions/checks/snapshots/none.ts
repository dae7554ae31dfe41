/** Is there any good snapshot at all, where one is due? That none is listed and that none could be asked for are two things. */
import { count, formatDuration, formatTime } from '../../units.ts'
import { missingSince, newestAt } from './age.ts'
import { attemptsOf, isMoment, leftOut } from './attempts.ts'
import { askProvider, newestAttempts, takeOne } from './evidence.ts'
import { comeByThemselves, dueFrom, isTurnedOff, limitsFor } from './expected.ts'
import { broken, type SnapshotsMemory, type SnapshotsRule, well } from './facts.ts'
import { rememberSnapshots } from './memory.ts'
import type { ListedReading } from './reading.ts'
import { runningMs } from './rest.ts'

const name = 'snapshots.none'

export const none = {
  name,
  judge({ reading, policy, before }) {
    if (!policy.expected) return well(name, 'no snapshots are wanted')
    if (reading.kind === 'failed') return null
    const attempts = attemptsOf(reading)
    if (attempts.completed.length > 0) return well(name, 'there are snapshots')
    const { provider, of, askedFrom, at } = reading
    const memory = rememberSnapshots(before, reading)
    const due = limitsFor(memory.known ?? reading, policy).any
    const off = isTurnedOff(memory)
    // Neon's are all listed: where one was seen there has been a last one, whatever the schedule is by now.
    const gone = provider === 'neon' && memory.newestAt !== undefined
    if (!due && !(off && gone)) return off ? null : well(name, 'none is due')
    // One from before all that was asked for: how old it is, is snapshots.age's to tell.
    if (newestAt('any', memory, { reading, attempts }) !== undefined) return null
    // Before that none can be missed: the database was not there, it stood still, or its schedule was another. Of a
    // schedule nobody tells since when it is on, so one without a snapshot counts from when it was first seen.
    const since = Math.max(missingSince('any', memory, reading), dueFrom(memory, policy))
    if (due && !gone && runningMs(since, at, memory) <= due.warningMs) return null
    const tried = [
      ...(attempts.failed.length > 0 ? [`${attempts.failed.length} failed`] : []),
      ...(attempts.pending.length > 0 ? [`${attempts.pending.length} in progress`] : []),
    ]
    // A last one that has only just expired may be followed by the next within minutes.
    const mayFollow = due && memory.newestAt !== undefined && at - memory.newestAt <= due.warningMs
    return broken(name, 'critical', {
      ...(mayFollow && { opens: 'confirmed' }),
      headline: askedFrom === undefined ? 'no snapshot at all' : `no completed snapshot since ${formatTime(since)}`,
      summary:
        `${askedFrom === undefined ? `There is no completed snapshot of ${of}` : `No snapshot of ${of} has been completed since ${formatTime(since)}`}, ${due ? `and one is ${due.as}` : 'and the schedule that made them is off'}: ${restorable(reading, memory)}` +
        (tried.length > 0 ? ` Of those listed ${tried.join(' and ')}.` : '') +
        goneOf(memory.newestAt) +
        leftBehindOf(reading) +
        leftOut(attempts),
      brief: 'Take a snapshot by hand',
      ...(attempts.failed.length + attempts.pending.length + attempts.other.length > 0 && {
        evidence: newestAttempts(reading, attempts),
      }),
      advice: [
        takeOne(provider),
        ...(unaskedBefore(reading, memory) === undefined ? [] : [LOOK_FOR_OLDER]),
        ...(comeByThemselves(memory.known ?? reading) ? [askProvider(provider)] : []),
        'If none are wanted, say so: snapshots.expected: false for this target in nightshift.config.ts.',
      ],
    })
  },
} satisfies SnapshotsRule

/** Aura lists by the day, and not every day is asked for. Undefined: all that there can be has been. */
function unaskedBefore(reading: ListedReading, memory: SnapshotsMemory): number | undefined {
  if (reading.askedFrom === undefined) return undefined
  const asked = missingSince('any', memory, reading)
  return (memory.known?.createdAt ?? 0) >= asked ? undefined : asked
}

function restorable(reading: ListedReading, memory: SnapshotsMemory): string {
  const asked = unaskedBefore(reading, memory)
  if (asked === undefined) return 'nothing could be restored.'
  const days = reading.alsoAsked?.length ?? 0
  return (
    `nothing of that time could be restored. Snapshots from before ${formatTime(asked)} were not asked for` +
    `${days > 0 ? `, but for ${count(days, 'single day')}` : ''}: there may be older ones.`
  )
}

const LOOK_FOR_OLDER =
  'See whether there are older ones: Aura console, the instance, Snapshots. Keep the newest of them.'

/** Within what was asked for and no longer there: that is news of its own. */
const goneOf = (seenAt: number | undefined): string =>
  seenAt === undefined
    ? ''
    : ` An earlier look saw one of ${formatTime(seenAt)}: it has expired since, or somebody has deleted it.`

function leftBehindOf({ leftBehind, at }: ListedReading): string {
  if (!leftBehind || !isMoment(leftBehind.newestAt)) return ''
  const { of, snapshots, newestAt: newest } = leftBehind
  return ` ${count(snapshots, 'snapshot is', 'snapshots are')} left with ${of}, the branch that was here before a restore, the newest ${formatDuration(at - newest)} old: they can be restored, and hold nothing of what came after.`
}
