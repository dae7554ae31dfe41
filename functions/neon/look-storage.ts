/** Looks at how much one Neon target stores: facts only. Neon's API tells it whether the compute is awake or not. */
import type { MeasuredReading, StorageLimit, StorageReading } from '../checks/storage/reading.ts'
import { log } from '../log.ts'
import { errorMessage } from '../redact.ts'
import type { Keys } from '../secret.ts'
import { neonApi } from './api.ts'
import { neonStorageApi, type Project } from './api-storage.ts'
import { findBranch, type NeonTarget } from './branch.ts'
import { connectionUri } from './connection-uri.ts'
import { failureOfLook } from './failure.ts'
import { askStored, type Stored } from './storage-sql.ts'

/** The user's budget too. */
export interface NeonStorageTarget extends NeonTarget {
  neon: NeonTarget['neon'] & { storageBudgetBytes?: number | undefined }
}

/**
 * One look. Never throws: whatever fails is a reading of its own.
 * @param signal the deadline of everything asked for this target
 */
export async function lookAtNeonStorage(
  target: NeonStorageTarget,
  keys: Keys,
  now: number,
  signal: AbortSignal,
): Promise<{ reading: StorageReading; branchId?: string }> {
  const { neon } = target
  const found: { branchId?: string } = {}
  const seen = { at: now, provider: 'neon' } as const
  try {
    const api = neonStorageApi(keys.neonApiKey, signal)
    const [branches, project] = await Promise.all([api.listBranches(neon.project), api.getProject(neon.project)])
    const branch = findBranch(branches, neon)
    found.branchId = branch.id
    const used = branch.logical_size
    // Even an empty Postgres is some 20 MB: nothing at all is no size.
    if (!used) {
      const why = `Neon's API gives no size of branch ${branch.name}${NO_SIZE[branch.current_state ?? ''] ?? ': it may be new'}`
      return { ...found, reading: { ...seen, kind: 'unknown', why, forGood: false } }
    }
    const limits = limitsOf(project, neon.storageBudgetBytes)
    const stored = worthAsking(used, nearest(limits)) ? await evidence(target, keys, branch.id, signal) : undefined
    const limit = nearest([...limits, ...limitOf('hard', stored?.maxBytes, 'the limit of its compute')])
    const reading: MeasuredReading = {
      ...seen,
      kind: 'measured',
      measures: [{ series: 'size', what: `branch ${branch.name}`, unit: 'bytes', used, ...(limit && { limit }) }],
      ...(stored && stored.largest.length > 0 && { largest: stored.largest }),
    }
    return { ...found, reading }
  } catch (error) {
    return { ...found, reading: { ...seen, kind: 'failed', failure: failureOfLook(error, 'api', signal) } }
  }
}

/** By the branch's state. */
const NO_SIZE: Record<string, string> = {
  archived: ', which is archived',
  init: ', which is still being made',
  resetting: ', which is being reset',
}

const limitsOf = (project: Project, budget: number | undefined): StorageLimit[] => [
  ...limitOf('hard', project.branch_logical_size_limit_bytes, 'the limit of its Neon plan'),
  ...limitOf('hard', project.settings?.quota?.logical_size_bytes, 'the quota of its Neon project'),
  ...limitOf('budget', budget, 'the budget in nightshift.config.ts'),
]

/** 0 and none are the same. */
const limitOf = (kind: StorageLimit['kind'], value: number | null | undefined, what: string): StorageLimit[] =>
  value && value > 0 ? [{ value, what, kind }] : []

/** The one that is reached first; of equal ones the first, which is a hard one where there is one. */
const nearest = (limits: StorageLimit[]): StorageLimit | undefined => limits.toSorted((a, b) => a.value - b.value)[0]

/**
 * A query puts off the compute's sleep by as much as its timer, which costs money; so it is sent only where somebody will
 * read what it brings: storage is half full, or there is no limit that the API knows of, but perhaps one that the compute does.
 */
const worthAsking = (used: number, limit: StorageLimit | undefined): boolean =>
  limit === undefined || used >= limit.value / 2

/** What takes up the room, from a compute that is awake at this moment. Without it the look has still seen what it must. */
async function evidence(
  target: NeonTarget,
  keys: Keys,
  branch: string,
  signal: AbortSignal,
): Promise<Stored | undefined> {
  try {
    const api = neonApi(keys.neonApiKey, signal)
    const endpoints = await api.listEndpoints(target.neon.project)
    const endpoint = endpoints.find((one) => one.branch_id === branch && one.type === 'read_write')
    if (endpoint?.current_state !== 'active' || endpoint.disabled) return undefined
    return await askStored(await connectionUri(api, target, keys, branch, endpoint), signal)
  } catch (error) {
    log('no-storage-evidence', { target: target.name, error: errorMessage(error) })
    return undefined
  }
}
