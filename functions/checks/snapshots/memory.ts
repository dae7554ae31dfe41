/** What is kept from look to look for the rules that judge more than a moment. */
import { attemptsOf, CLOCK_SKEW_MS, isMoment } from './attempts.ts'
import { isWithoutSchedules, rhythmOf, SLACK_MS } from './expected.ts'
import type { Known, SnapshotsMemory } from './facts.ts'
import type { ListedReading, SnapshotsReading } from './reading.ts'
import { noteRest } from './rest.ts'
import { seenEvery } from './rhythm.ts'

/** The memory with this look in it. A look that failed changes nothing. */
export function rememberSnapshots(before: SnapshotsMemory, reading: SnapshotsReading): SnapshotsMemory {
  if (reading.kind === 'failed') return before
  const earlier = ofTheSame(before, reading)
  const known = knownFrom(earlier, reading)
  const { completed } = attemptsOf(reading)
  const newestAt = later(earlier.newestAt, completed[0]?.at)
  const newestFullAt = later(earlier.newestFullAt, completed.find(({ full }) => full)?.at)
  const dueSince = dueSinceOf(earlier, known, reading)
  const coveredFrom = coveredFromOf(earlier, reading)
  const fullUntold = completed.length > 0 ? completed.every(({ full }) => full === null) : earlier.fullUntold
  return {
    ...(newestAt !== undefined && { newestAt }),
    ...(newestFullAt !== undefined && { newestFullAt }),
    ...noteRest(earlier, reading),
    ...((earlier.hadSchedule || (reading.schedule ?? []).length > 0) && { hadSchedule: true }),
    ...(dueSince !== undefined && { dueSince }),
    firstListedAt: earlier.firstListedAt ?? reading.at,
    listedAt: reading.at,
    ...(coveredFrom !== undefined && { coveredFrom }),
    ...(fullUntold && { fullUntold: true }),
    known,
  }
}

/** What is remembered of another branch or instance says nothing of this one. */
function ofTheSame(before: SnapshotsMemory, reading: ListedReading): SnapshotsMemory {
  const { known } = before
  if (!known || known.provider !== reading.provider || known.of !== reading.of) return {}
  const createdAt = madeAt(reading)
  if (createdAt === undefined || known.createdAt === undefined || known.createdAt === createdAt) return before
  // Neon makes a new branch of the same name when one is restored. Its snapshots are others; that it had a schedule stands.
  const { newestAt: _, newestFullAt: _full, coveredFrom: _covered, ...rest } = before
  return rest
}

function knownFrom({ known }: SnapshotsMemory, reading: ListedReading): Known {
  const { provider, of } = reading
  const plan = reading.tier ?? known?.tier
  const lines = reading.schedule ?? known?.schedule
  const made = madeAt(reading) ?? known?.createdAt
  const rhythm =
    reading.provider === 'neon' && !lines && !isWithoutSchedules(plan)
      ? (seenEvery(reading) ?? known?.seenEveryMs)
      : undefined
  return {
    provider,
    of,
    ...(plan !== undefined && { tier: plan }),
    ...(lines && { schedule: lines }),
    ...(made !== undefined && { createdAt: made }),
    ...(rhythm !== undefined && { seenEveryMs: rhythm }),
  }
}

/** A day that joins up holds what was under way at the look before, and was not listed as completed then. */
function coveredFromOf({ coveredFrom, listedAt }: SnapshotsMemory, { askedFrom }: ListedReading): number | undefined {
  const joins = askedFrom !== undefined && listedAt !== undefined && askedFrom <= listedAt - SLACK_MS
  return joins ? Math.min(askedFrom, coveredFrom ?? askedFrom) : askedFrom
}

const madeAt = ({ createdAt, at }: ListedReading): number | undefined =>
  isMoment(createdAt) && createdAt <= at + CLOCK_SKEW_MS ? createdAt : undefined

/** Nobody tells since when a schedule is there or a tier is what it is: then since the look that first saw it so. */
function dueSinceOf(
  { known: before, dueSince }: SnapshotsMemory,
  known: Known,
  reading: ListedReading,
): number | undefined {
  if (before) return rhythmOf(before) === rhythmOf(known) ? dueSince : reading.at
  const { completed } = attemptsOf(reading)
  // A schedule that has made one was there before; so was a database that has one.
  const newSchedule = (known.schedule ?? []).length > 0 && !completed.some(({ scheduled }) => scheduled)
  const ageless = known.createdAt === undefined && completed.length === 0
  return newSchedule || ageless ? reading.at : undefined
}

const later = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined ? other : Math.max(one, other ?? one)
