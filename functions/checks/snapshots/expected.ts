/** Which snapshots are due, and when they are late: by the user's word, by Neon's schedule, by Aura's tier. */
import { formatDuration } from '../../units.ts'
import type { Known, SnapshotsMemory, SnapshotsPolicy } from './facts.ts'
import type { ScheduleLine } from './reading.ts'

const HOUR = 60 * 60_000
const DAY = 24 * HOUR
/** A snapshot takes its time and is not begun on the minute. */
export const SLACK_MS = 2 * HOUR

export interface Due {
  everyMs: number
  /** Older than this it is late. */
  warningMs: number
  criticalMs: number
  /** Whose word that is: `due every day by the backup schedule`. */
  as: string
}

/** Nothing is due where both are absent. */
export interface Limits {
  /** A snapshot of whatever kind. */
  any?: Due
  /** One that holds everything by itself, and so can be exported. */
  full?: Due
}

const MONTH = 31 * DAY

/** How often a line of Neon's schedule makes a snapshot; where that is not known, as seldom as is usual. */
export const periodOf = ({ everyMs = MONTH }: ScheduleLine): number =>
  everyMs >= HOUR && everyMs <= 366 * DAY ? everyMs : MONTH

/** What tells how often snapshots are made: a reading, or what is remembered of the last one. */
type Rhythm = Pick<Known, 'provider' | 'tier' | 'schedule' | 'seenEveryMs'>

export function limitsFor(known: Rhythm, { expected, maxAgeMs }: SnapshotsPolicy): Limits {
  if (!expected) return {}
  const usual = usually(known)
  if (maxAgeMs === undefined) return usual
  const any: Due = {
    everyMs: maxAgeMs,
    warningMs: maxAgeMs,
    criticalMs: 2 * maxAgeMs,
    as: `wanted within ${formatDuration(maxAgeMs)}`,
  }
  // Of full ones the user has said nothing: they may be as old as the tier makes them, or older where older ones are wanted.
  const full = usual.full && {
    ...usual.full,
    warningMs: Math.max(usual.full.warningMs, any.warningMs),
    criticalMs: Math.max(usual.full.criticalMs, any.criticalMs),
  }
  return { any, ...(full && { full }) }
}

/** Whether snapshots are made there without anybody doing anything. */
export const comeByThemselves = (known: Rhythm): boolean => usually(known).any !== undefined

function usually({ provider, tier, schedule, seenEveryMs }: Rhythm): Limits {
  if (provider === 'neon') {
    if (schedule === undefined)
      return seenEveryMs === undefined ? {} : { any: periodic(seenEveryMs, 'as scheduled ones have come so far') }
    return schedule.length === 0 ? {} : { any: periodic(Math.min(...schedule.map(periodOf)), 'by the backup schedule') }
  }
  const type = plainTier(tier)
  if (type === 'free-db') return {}
  const daily = periodic(DAY, `on ${type || 'Aura'}`)
  if (!hasDifferentials(type)) return { any: daily }
  return {
    // One that takes an hour is listed when it is done: the newest of a good series is then up to two hours old.
    any: { ...periodic(HOUR, `on ${type}`), criticalMs: 6 * HOUR },
    full: daily,
  }
}

const periodic = (everyMs: number, by: string): Due => ({
  everyMs,
  warningMs: everyMs + SLACK_MS,
  criticalMs: 2 * everyMs + SLACK_MS,
  as: `due every ${EVERY.get(everyMs) ?? formatDuration(everyMs)} ${by}`,
})

const EVERY = new Map([
  [HOUR, 'hour'],
  [DAY, 'day'],
  [7 * DAY, 'week'],
  [MONTH, 'month'],
])

const plainTier = (tier = ''): string => tier.trim().toLowerCase()

/** Every day a full snapshot and every hour one of what has changed since; other tiers' snapshots each hold everything. */
export const hasDifferentials = (tier: string): boolean =>
  ['business-critical', 'enterprise-db'].includes(plainTier(tier))

/** Neon's plans that have no schedules. */
export const isWithoutSchedules = (plan = ''): boolean => /^(free|agent)/i.test(plan.trim())

/**
 * Neon: there was a schedule, and it is empty now. Nothing is due any more, but nobody has said that none is wanted: what
 * was wrong is not mended by that, and that all are gone is no better.
 */
export const isTurnedOff = ({ known, hadSchedule }: SnapshotsMemory): boolean =>
  hadSchedule === true && known?.schedule?.length === 0 && !isWithoutSchedules(known.tier)

/** What changes when snapshots become due otherwise than before; the same for a plan of another name. */
export const rhythmOf = ({ provider, tier, schedule = [] }: Rhythm): string =>
  provider === 'neon'
    ? schedule
        .map(periodOf)
        .sort((a, b) => a - b)
        .join(' ')
    : plainTier(tier)

/**
 * The moment before which no snapshot can be missed: the database was not there, or its schedule was another.
 * A user's own limit does not care for schedules.
 */
export function dueFrom({ known, dueSince = 0 }: SnapshotsMemory, { maxAgeMs }: SnapshotsPolicy): number {
  const createdAt = known?.createdAt
  return maxAgeMs === undefined ? Math.max(createdAt ?? 0, dueSince) : (createdAt ?? dueSince)
}
