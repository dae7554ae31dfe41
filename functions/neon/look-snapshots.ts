/** Looks at the snapshots of one Neon target: facts only, all of them from Neon's API; no compute is ever woken. */
import type { ScheduleLine, Snapshot, SnapshotsReading } from '../checks/snapshots/reading.ts'
import { HttpError } from '../http.ts'
import type { Keys } from '../secret.ts'
import { timeOf } from '../units.ts'
import { type BackupLine, neonStorageApi, type StoredSnapshot } from './api-storage.ts'
import { findBranch, type NeonPlace } from './branch.ts'
import { failureOfLook } from './failure.ts'
import { leftBehind, rootOf } from './lineage.ts'

/**
 * One look. Never throws: whatever fails is a reading of its own.
 * @param signal the deadline of everything asked for this target
 * @returns also the branch that was looked at: the root, for only roots have snapshots
 */
export async function lookAtNeonSnapshots(
  { neon }: { neon: NeonPlace },
  keys: Keys,
  now: number,
  signal: AbortSignal,
): Promise<{ reading: SnapshotsReading; branchId?: string }> {
  const id = neon.project
  const found: { branchId?: string } = {}
  try {
    const api = neonStorageApi(keys.neonApiKey, signal)
    const [branches, project, all] = await Promise.all([
      api.listBranches(id),
      api.getProject(id),
      api.listSnapshots(id),
    ])
    const branch = findBranch(branches, neon)
    const root = rootOf(branch, branches)
    found.branchId = root.id
    const schedule = await api.getBackupSchedule(id, root.id).catch(refusal)
    const own = all.filter(({ source_branch_id: source }) => source === root.id)
    const left = own.length === 0 ? leftBehind(root, branches, all) : undefined
    const tier = project.owner?.subscription_type
    const createdAt = timeOf(root.created_at)
    const reading: SnapshotsReading = {
      kind: 'listed',
      at: now,
      provider: 'neon',
      of: root === branch ? `branch ${root.name}` : `branch ${root.name}, the root of branch ${branch.name}`,
      ...(tier && tier !== 'UNKNOWN' && { tier }),
      ...(createdAt && { createdAt }),
      snapshots: own.map(asSnapshot).toSorted((a, b) => b.at - a.at),
      ...(typeof schedule === 'string' ? { scheduleRefused: schedule } : { schedule: schedule.map(asLine) }),
      ...(typeof project.history_retention_seconds === 'number' && {
        historyWindowMs: project.history_retention_seconds * 1000,
      }),
      ...(left && {
        leftBehind: {
          of: left.of,
          snapshots: left.snapshots.length,
          newestAt: Math.max(...left.snapshots.map(takenAt)),
        },
      }),
    }
    return { ...found, reading }
  } catch (error) {
    return {
      ...found,
      reading: { kind: 'failed', at: now, provider: 'neon', failure: failureOfLook(error, 'api', signal) },
    }
  }
}

/**
 * What Neon said when it refused to tell the schedule: its plan may have none. That stops nothing else from being seen;
 * a key that is refused altogether has been refused before this is asked.
 */
function refusal(error: unknown): string {
  if (error instanceof HttpError && error.status === 403) return error.message
  throw error
}

const takenAt = ({ timestamp, created_at: created }: StoredSnapshot): number => timeOf(timestamp) ?? Date.parse(created)

function asSnapshot(one: StoredSnapshot): Snapshot {
  const expiresAt = timeOf(one.expires_at)
  return {
    id: one.id,
    name: one.name,
    at: takenAt(one),
    status: 'completed',
    scheduled: typeof one.manual === 'boolean' ? !one.manual : null,
    // Of some only the difference is billed, but each can be restored by itself.
    full: true,
    ...(one.full_size && { bytes: one.full_size }),
    ...(expiresAt && { expiresAt }),
  }
}

const DAY = 86_400_000
/** Of months and years the longest. */
const EVERY_MS: Record<string, number> = {
  hourly: DAY / 24,
  daily: DAY,
  weekly: 7 * DAY,
  monthly: 31 * DAY,
  yearly: 366 * DAY,
}

function asLine({ frequency, retention_seconds: seconds }: BackupLine): ScheduleLine {
  const everyMs = EVERY_MS[frequency.toLowerCase()]
  return { frequency, ...(everyMs && { everyMs }), ...(seconds && { retentionMs: seconds * 1000 }) }
}
