/** What the snapshot rules are asked of. */
import type { Rule } from '../rule.ts'
import type { SnapshotsReading } from './reading.ts'

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

/** What is kept from look to look. */
export interface SnapshotsMemory {
  /** The moment of the newest completed snapshot ever seen, and of the newest full one. */
  newestAt?: number
  newestFullAt?: number
  /** Since when the instance has been seen paused; the API does not tell. */
  pausedSince?: number
  /** Whether a schedule was there at the last look that could see: who turned it off wants to know. */
  hadSchedule?: boolean
  /** When snapshots could last be listed. */
  listedAt?: number
}

export interface SnapshotsFacts {
  reading: SnapshotsReading
  policy: SnapshotsPolicy
  /** As the looks before left it. */
  before: SnapshotsMemory
}

export type SnapshotsRule = Rule<SnapshotsFacts>
