/** Snapshots and backup schedules of the local Neon; every object is served as it is and may be changed. */
import { randomBytes } from 'node:crypto'

/** What `GET /projects/{id}/snapshots` gives; optional fields may be missing. */
export interface Snapshot {
  id: string
  name: string
  /** RFC 3339, in UTC. */
  created_at: string
  /** The point in time that it captures; default: when it was made. */
  timestamp?: string | undefined
  source_branch_id?: string | undefined
  expires_at?: string | null | undefined
  /** False: made by the schedule. */
  manual?: boolean | undefined
  /** Bytes; of a manual one, and of the first by the schedule. */
  full_size?: number | undefined
  /** Bytes that changed since the one before; of all others by the schedule. */
  diff_size?: number | undefined
  /** Any other field of the console API's Snapshot. */
  [field: string]: unknown
}

export interface ScheduleItem {
  /** `daily`, `weekly`, `monthly`, and whatever else a test puts here. */
  frequency: string
  hour?: number
  day?: number
  retention_seconds?: number | undefined
}

/** @param before those of the project that are there already */
export function createSnapshot(fields: Partial<Snapshot>, before: Snapshot[]): Snapshot {
  const id = fields.id ?? `snap-local-${randomBytes(4).toString('hex')}`
  const { created_at = new Date().toISOString(), manual = false, source_branch_id } = fields
  const follows = before.some((one) => one.source_branch_id === source_branch_id && !one.manual)
  return {
    id,
    name: id,
    lsn: '0/3000000',
    created_at,
    timestamp: created_at,
    manual,
    ...(follows && !manual ? { diff_size: 1024 * 1024 } : { full_size: 30 * 1024 * 1024 }),
    ...fields,
  }
}
