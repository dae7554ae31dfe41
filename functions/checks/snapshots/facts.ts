/** What the snapshot rules are asked of. */
import type { Finding } from '../finding.ts'
import type { Rule } from '../rule.ts'
import type { ListedReading, SnapshotsReading } from './reading.ts'

/** What the user expects of a target's snapshots. */
export interface SnapshotsPolicy {
  /** False: none are wanted; only what is wanted all the same (`historyWindowMs`, `drill`) is judged. */
  expected: boolean
  /** The newest good one may be so old. Undefined: as the schedule or the tier has it, and some slack. */
  maxAgeMs: number | undefined
  /** There must be a good one that is at least so old, once the database is. */
  keepForMs: number | undefined
  /** How far back a point in time must be restorable. Undefined: anything but not at all. */
  historyWindowMs: number | undefined
  /** When a restore was last tried, and how often it should be. */
  drill: { lastAt: number; everyMs: number } | undefined
}

/** What the last look that could list told of whose snapshots they are. */
export type Known = Pick<ListedReading, 'provider' | 'of' | 'tier' | 'schedule' | 'createdAt'> & {
  /** Neon, where the schedule is not told: how often scheduled snapshots have come so far. */
  seenEveryMs?: number
}

/** What is kept from look to look. */
export interface SnapshotsMemory {
  /** The moment of the newest completed snapshot ever seen, and of the newest full one. */
  newestAt?: number
  newestFullAt?: number
  /** Since when the instance has been seen at rest (paused, suspended and the like); the API does not tell. */
  pausedSince?: number
  /** When it was at rest before, oldest first; a beginning of 0: since before it was first looked at. */
  pauses?: [from: number, to: number][]
  /** It has been seen running: only then does `pausedSince` tell when it stopped. */
  sawRunning?: true
  /** A schedule has been there at some look: who turned it off wants to know. */
  hadSchedule?: boolean
  /** Since when snapshots have been due as they are now, where it is not since the database was made. */
  dueSince?: number
  /** When snapshots could first and last be listed. */
  firstListedAt?: number
  listedAt?: number
  /** Aura: since when all snapshots have been asked for, by looks whose days join up without a gap. */
  coveredFrom?: number
  /** Which of them are full was not told, at the last look that could list. */
  fullUntold?: true
  known?: Known
}

export interface SnapshotsFacts {
  reading: SnapshotsReading
  policy: SnapshotsPolicy
  /** As the looks before left it. */
  before: SnapshotsMemory
}

export type SnapshotsRule = Rule<SnapshotsFacts>

export const well = (rule: string, headline: string): Finding => ({
  rule,
  severity: 'ok',
  headline,
  summary: '',
  recovered: true,
})

/** What is told at the first look: these are facts of hours, and a second look sees the same. */
export const broken = (
  rule: string,
  severity: 'warning' | 'critical',
  words: Pick<Finding, 'headline' | 'summary'> & Partial<Finding>,
): Finding => ({
  rule,
  severity,
  opens: 'at-once',
  recovered: false,
  ...words,
})
