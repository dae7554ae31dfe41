/** What one look at the snapshots of one target brought back: facts only, no judgement. Times are epoch milliseconds. */
import type { Failure } from '../reading.ts'

export interface Snapshot {
  id: string
  /** Neon's snapshots have one. */
  name?: string
  /** The moment whose data it holds, which may be long before it was made. */
  at: number
  /** Neon tells no status: what it lists is completed. `other`: a word that is not known. */
  status: 'completed' | 'pending' | 'failed' | 'other'
  /** The status in the API's own word. */
  said?: string
  /** Made by the schedule; null: not told. */
  scheduled: boolean | null
  /** Holds everything by itself, and not only what changed since another; null: not told. */
  full: boolean | null
  /** Only of Neon's full ones, and only once it is computed. */
  bytes?: number
  /** When it is deleted; absent: kept until somebody deletes it. */
  expiresAt?: number
}

/** One line of Neon's backup schedule. */
export interface ScheduleLine {
  /** `daily`, `weekly`, `monthly`; others may come. */
  frequency: string
  /** Of a month the longest. Absent for a word that is not known. */
  everyMs?: number
  /** How long its snapshots are kept; absent: Neon's own default. */
  retentionMs?: number
}

export interface ListedReading {
  kind: 'listed'
  at: number
  provider: 'neon' | 'aura'
  /** Whose they are, for a sentence: `branch main`, `instance shop`. */
  of: string
  /** Aura: the instance's type as the API names it. Neon: the plan (`free_v3`, `launch_v3`), where it is told. */
  tier?: string
  /** Aura: the instance's status; `running`, or why nothing happens. */
  status?: string
  /** When the branch or the instance was made. */
  createdAt?: number
  /** Newest first, of any status. */
  snapshots: Snapshot[]
  /** None older than this was asked for; absent: these are all there are. */
  askedFrom?: number
  /**
   * Aura: the beginnings (UTC) of single days before `askedFrom` that were asked for too, to see whether old ones are
   * kept; all that they hold is in `snapshots`. Between them and `askedFrom` nobody looked: nothing can be said of it.
   */
  alsoAsked?: number[]
  /** Neon: the backup schedule; empty: none. Absent where nobody tells (Aura's is fixed by its tier). */
  schedule?: ScheduleLine[]
  /** Neon: what it said when it refused to tell the schedule. */
  scheduleRefused?: string
  /** Neon: how far back a point in time can be restored; 0: not at all. */
  historyWindowMs?: number
  /**
   * Neon: where there is no snapshot at all, those that a restore may have left with the branch that was here before.
   * They can be restored, but hold nothing of what came after. None of them is among `snapshots`.
   */
  leftBehind?: { of: string; snapshots: number; newestAt: number }
}

export interface FailedSnapshotsReading {
  kind: 'failed'
  at: number
  provider: 'neon' | 'aura'
  failure: Failure
}

export type SnapshotsReading = ListedReading | FailedSnapshotsReading
