/** Is the newest good snapshot young enough, and the newest full one where full ones are due apart? */
import { isWorse, type Severity } from '../finding.ts'
import { sayAge, sayLate } from './age-words.ts'
import { type Attempts, attemptsOf } from './attempts.ts'
import { type Due, dueFrom, isTurnedOff, limitsFor } from './expected.ts'
import { type SnapshotsMemory, type SnapshotsRule, well } from './facts.ts'
import { rememberSnapshots } from './memory.ts'
import type { ListedReading } from './reading.ts'
import { runningMs } from './rest.ts'

const name = 'snapshots.age'
const HOUR = 60 * 60_000
const DAY = 24 * HOUR

/** How old the newest of a kind is, against what is due. */
export interface Aged {
  kind: 'any' | 'full'
  due: Due
  severity: Severity
  /** Its moment; undefined: there is none since `since`. */
  at: number | undefined
  /** From when on time counts against it. */
  since: number
  /** Young enough whatever the schedule was: what is due otherwise since yesterday has mended nothing. */
  recovered: boolean
}

export const age = {
  name,
  judge({ reading, policy, before }) {
    if (!policy.expected) return well(name, 'no snapshots are wanted')
    const memory = rememberSnapshots(before, reading)
    if (!memory.known) return null
    const limits = limitsFor(memory.known, policy)
    const listed = reading.kind === 'listed' ? { reading, attempts: attemptsOf(reading) } : undefined
    if (!limits.any) return listed && !isTurnedOff(memory) ? well(name, 'no snapshot is due') : null

    const judged = (kind: Aged['kind'], due: Due): Aged | undefined => {
      const at = newestAt(kind, memory, listed)
      // A look that failed cannot say that there is none.
      if (at === undefined && !listed) return undefined
      const from = at ?? missingSince(kind, memory, listed?.reading)
      const since = Math.max(from, dueFrom(memory, policy))
      const waited = runningMs(since, reading.at, memory)
      const { dueSince: _, ...ofOld } = memory
      const recovered = runningMs(Math.max(from, dueFrom(ofOld, policy)), reading.at, memory) <= due.warningMs
      const severity = waited > due.criticalMs ? 'critical' : waited > due.warningMs ? 'warning' : 'ok'
      return { kind, due, severity, at, since, recovered }
    }
    const any = judged('any', limits.any)
    // That there is none at all is snapshots.none's to tell.
    if (any?.at === undefined) return null
    const full = limits.full && !memory.fullUntold && judged('full', limits.full)
    const worse = full && isWorse(full.severity, any.severity) ? full : any
    const view = { memory, known: memory.known, now: reading.at, listed }
    if (worse.severity !== 'ok') return sayLate(name, worse, view)
    // What is still young enough by what was known may by now be late: that cannot be seen.
    if (!listed) return null
    // Full ones were told apart not long ago: perhaps none is left to be told of, and what was late is no better.
    if (limits.full && memory.fullUntold && reading.at - (memory.newestFullAt ?? 0) < 30 * DAY) return null
    return {
      ...well(name, `${sayAge(worse, view)}${limits.full && memory.fullUntold ? '; which are full is not told' : ''}`),
      recovered: any.recovered && (full ? full.recovered : true),
      // Where one an hour is due, one that takes long makes the newest late for some minutes of each.
      ...(limits.any.everyMs <= HOUR && { closes: 'confirmed' as const }),
    }
  },
} satisfies SnapshotsRule

/**
 * The moment of the newest completed one. What an earlier look saw counts where this one did not look: before all that
 * was asked for. Within that it is gone.
 */
export function newestAt(
  kind: Aged['kind'],
  { newestAt, newestFullAt }: SnapshotsMemory,
  listed: { reading: ListedReading; attempts: Attempts } | undefined,
): number | undefined {
  const remembered = kind === 'any' ? newestAt : newestFullAt
  if (!listed) return remembered
  const { askedFrom } = listed.reading
  const found = listed.attempts.completed.find(({ full }) => kind === 'any' || full)?.at
  const unasked = remembered !== undefined && askedFrom !== undefined && remembered < askedFrom
  return unasked ? Math.max(found ?? remembered, remembered) : found
}

/** Since when one is missed that is not there: as far back as looks have covered, or as this one asked if one seen is gone. */
export function missingSince(
  kind: Aged['kind'],
  { newestAt, newestFullAt, coveredFrom }: SnapshotsMemory,
  reading: ListedReading | undefined,
): number {
  const seen = (kind === 'any' ? newestAt : newestFullAt) !== undefined
  return (seen ? reading?.askedFrom : coveredFrom) ?? 0
}
