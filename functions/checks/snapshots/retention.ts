/** Are snapshots kept for as long as they should be, and is there another before the last copy expires? */
import { formatDuration, formatTime } from '../../units.ts'
import { attemptsOf, CLOCK_SKEW_MS, isMoment } from './attempts.ts'
import { dueFrom, limitsFor, periodOf, SLACK_MS } from './expected.ts'
import { broken, type SnapshotsFacts, type SnapshotsRule, well } from './facts.ts'
import { rememberSnapshots } from './memory.ts'
import type { ListedReading, Snapshot } from './reading.ts'
import { runningMs } from './rest.ts'

const name = 'snapshots.retention'
const DAY = 24 * 60 * 60_000

interface Trouble {
  headline: string
  summary: string
  advice: string
}

export const retention = {
  name,
  judge(facts) {
    const { reading, policy } = facts
    if (!policy.expected) return well(name, 'no snapshots are wanted')
    if (reading.kind === 'failed') return null
    const { completed } = attemptsOf(reading)
    const kept = policy.keepForMs === undefined ? undefined : keeps(facts, reading, policy.keepForMs, completed)
    const troubles = [expires(facts, reading, completed), kept].filter((one) => one !== undefined && one !== 'unknown')
    const [first] = troubles
    // What could not be seen neither breaks nor mends.
    if (!first) return kept === 'unknown' ? null : well(name, 'snapshots are kept as long as they should be')
    return broken(name, 'warning', {
      headline: first.headline,
      summary: troubles.map(({ summary }) => summary).join(' '),
      advice: troubles.map(({ advice }) => advice),
    })
  },
} satisfies SnapshotsRule

/** What keeps the wish from being met; 'unknown': cannot be seen from here. */
function keeps(
  { policy, before }: SnapshotsFacts,
  reading: ListedReading,
  keepForMs: number,
  completed: Snapshot[],
): Trouble | 'unknown' | undefined {
  const { of, at } = reading
  const memory = rememberSnapshots(before, reading)
  const known = memory.known ?? reading
  const { schedule = [] } = known
  const wanted = formatDuration(keepForMs)
  // One line that keeps them for so long is enough: dailies for a week beside monthlies for a year are a usual scheme.
  const lasting = schedule.filter(({ retentionMs = keepForMs }) => retentionMs >= keepForMs)
  if (schedule.length > 0 && lasting.length === 0) {
    const longest = formatDuration(Math.max(...schedule.map(({ retentionMs = 0 }) => retentionMs)))
    return {
      headline: `the backup schedule keeps snapshots for ${longest}, ${wanted} are wanted`,
      summary: `No line of the backup schedule of ${of} keeps its snapshots for longer than ${longest}, and ${wanted} are wanted (snapshots.keepFor).`,
      advice: 'Raise the retention in the Neon console, Backup & restore, Edit schedule; or lower snapshots.keepFor.',
    }
  }
  const due = limitsFor(known, policy)
  const period = lasting.length > 0 ? Math.min(...lasting.map(periodOf)) : ((due.full ?? due.any)?.everyMs ?? DAY)
  // The one before it may just have expired, and the next oldest is a period younger.
  const latest = at - keepForMs + period + SLACK_MS
  const oldest = completed.at(-1)
  if (oldest && oldest.at <= latest) return undefined
  const madeAt = memory.known?.createdAt
  // Since when Neon's schedule is on nobody tells: its oldest snapshot is held against it only once it was seen for so long.
  const since = Math.max(dueFrom(memory, policy), reading.provider === 'neon' ? (memory.firstListedAt ?? at) : 0)
  const oldEnough = madeAt !== undefined && runningMs(since, at, memory) >= keepForMs
  if (!oldEnough) return undefined
  const stoodStill = runningMs(at - keepForMs, at, memory) < keepForMs
  if (!oldest || stoodStill || !wasAsked(reading, at - keepForMs, latest)) return 'unknown'
  return {
    headline: `oldest snapshot is ${formatDuration(at - oldest.at)} old, ${wanted} are wanted`,
    summary: `The oldest completed snapshot of ${of} is of ${formatTime(oldest.at)}, and snapshots are wanted for ${wanted} (snapshots.keepFor): older ones have been deleted, or were never made.`,
    advice: `See how long they are kept: ${reading.provider === 'neon' ? 'Neon console, Backup & restore' : "by the instance's tier; what must be kept for longer has to be exported"}. Or lower snapshots.keepFor.`,
  }
}

/** Whether every moment between the two was asked for: only then does it say something that there is none. */
function wasAsked({ askedFrom, alsoAsked = [] }: ListedReading, from: number, to: number): boolean {
  if (askedFrom === undefined) return true
  let asked = from
  for (const day of alsoAsked.toSorted((a, b) => a - b)) if (day <= asked) asked = Math.max(asked, day + DAY)
  return asked >= askedFrom || asked > to
}

/** Every copy gone before there is another: a gap in which nothing could be restored. */
function expires(
  { policy, before }: SnapshotsFacts,
  reading: ListedReading,
  completed: Snapshot[],
): Trouble | undefined {
  const { of, at } = reading
  const memory = rememberSnapshots(before, reading)
  const due = limitsFor(memory.known ?? reading, policy).any
  const [newest] = completed
  if (!due || !newest) return undefined
  const last = Math.max(
    ...completed.map(({ expiresAt }) => (isMoment(expiresAt) ? expiresAt : Number.POSITIVE_INFINITY)),
  )
  const from = Math.max(newest.at, dueFrom(memory, policy))
  // One that is late may come at any time or not at all: then a copy should last for another period at least.
  const next = at - from > due.warningMs ? at + due.everyMs : from + due.everyMs
  if (last > next - CLOCK_SKEW_MS) return undefined
  return {
    headline: `the last snapshot expires ${last > at ? `in ${formatDuration(last - at)}` : 'now'}, before the next is due`,
    summary: `Every snapshot of ${of} expires by ${formatTime(last)}, and the next is due by ${formatTime(next)}: in between nothing could be restored.`,
    advice: 'Keep the newest one for longer (Neon console, Backup & restore), make another, or make them more often.',
  }
}
