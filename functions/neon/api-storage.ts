/**
 * The GETs of Neon's console API about what is stored, in a file of their own: the check of connections carries none of
 * them. Fields that are not told are absent or null.
 */
import * as v from 'valibot'
import { HttpError } from '../http.ts'
import { listBranches, neonGet, projectPath } from './get.ts'

const number = v.nullish(v.number())
const text = v.nullish(v.string())

const projectSchema = v.object({
  /** The plan's limit for each branch; 0: none. */
  branch_logical_size_limit_bytes: number,
  /** Bytes of all branches and their history, as older plans bill them. */
  synthetic_storage_size: number,
  /** How far back a point in time can be restored; 0: not at all. */
  history_retention_seconds: number,
  /** The user's own limit for each branch; 0: none. */
  settings: v.nullish(v.object({ quota: v.nullish(v.object({ logical_size_bytes: number })) })),
  /** `free_v3`, `launch_v3`, `scale_v3`; `UNKNOWN` without a billing account. */
  owner: v.nullish(v.object({ subscription_type: text })),
})
export type Project = v.InferOutput<typeof projectSchema>

const storedBranchSchema = v.object({
  id: v.string(),
  name: v.string(),
  default: v.optional(v.boolean()),
  /** None: a root branch. */
  parent_id: text,
  /** Bytes. None of an archived or a new branch. */
  logical_size: number,
  /** `init`, `resetting`, `ready` or `archived` as documented; others may come. */
  current_state: text,
  created_at: text,
  /** The branch whose place this one took in a restore. */
  restored_as: text,
})
export type StoredBranch = v.InferOutput<typeof storedBranchSchema>

const instant = v.pipe(
  v.string(),
  v.check((given) => Date.parse(given) > 0),
)
const snapshotSchema = v.object({
  id: v.string(),
  name: v.string(),
  /** The moment whose data it holds, which may be long before it was made. */
  timestamp: text,
  created_at: instant,
  source_branch_id: text,
  expires_at: text,
  /** False: made by the schedule. */
  manual: v.nullish(v.boolean()),
  /** Bytes; of a scheduled one's successors only what changed is told, and of none before it is computed. */
  full_size: number,
})
export type StoredSnapshot = v.InferOutput<typeof snapshotSchema>

const scheduleSchema = v.object({
  /** `daily`, `weekly` or `monthly`; once also `hourly` and `yearly`, and others may come. */
  frequency: v.string(),
  /** None: 35 days. */
  retention_seconds: number,
})
export type BackupLine = v.InferOutput<typeof scheduleSchema>

const projectAnswer = v.object({ project: projectSchema })
const snapshotsAnswer = v.object({ snapshots: v.nullable(v.array(snapshotSchema)) })
const scheduleAnswer = v.nullable(v.object({ schedule: v.nullable(v.array(scheduleSchema)) }))

export interface NeonStorageApi {
  getProject(project: string): Promise<Project>
  listBranches(project: string): Promise<StoredBranch[]>
  /** All there are of every branch, deleted ones included, in no order. There are no pages. */
  listSnapshots(project: string): Promise<StoredSnapshot[]>
  /** Empty: none. Throws HttpError with status 403 where this key or this plan is not told. */
  getBackupSchedule(project: string, branch: string): Promise<BackupLine[]>
}

/** Every method throws HttpError, or what the network threw. Parameters as of `neonGet`. */
export function neonStorageApi(key: string, signal: AbortSignal): NeonStorageApi {
  const get = neonGet(key, signal)
  return {
    getProject: async (id) => (await get(projectPath(id), {}, projectAnswer)).project,
    listBranches: (id) => listBranches(get, id, storedBranchSchema),
    listSnapshots: async (id) => (await get(`${projectPath(id)}/snapshots`, {}, snapshotsAnswer)).snapshots ?? [],
    getBackupSchedule: async (id, branch) => {
      const path = `${projectPath(id)}/branches/${encodeURIComponent(branch)}/backup_schedule`
      try {
        // Documented for none is an empty list; null and 404 are what an API of this kind may say instead.
        return (await get(path, {}, scheduleAnswer))?.schedule ?? []
      } catch (error) {
        if (!(error instanceof HttpError)) throw error
        // Not the 404 of a branch that a restore has replaced a moment ago.
        if (error.status === 404 && !/(branch|project) not found/i.test(error.message)) return []
        throw error
      }
    },
  }
}
