/** Looks at how much one Neon target stores: facts only. Neon's API tells it whether the compute is awake or not. */
import type { Largest, MeasuredReading, StorageLimit, StorageReading } from '../checks/storage/reading.ts'
import { log } from '../log.ts'
import { errorMessage } from '../redact.ts'
import type { Keys } from '../secret.ts'
import { neonApi } from './api.ts'
import { neonStorageApi, type Project } from './api-storage.ts'
import { findBranch, type NeonTarget } from './branch.ts'
import { connectionUri } from './connection-uri.ts'
import { failureOfLook } from './failure.ts'
import { askStored } from './storage-sql.ts'

/** The user's budget too. */
export interface NeonStorageTarget extends NeonTarget {
  neon: NeonTarget['neon'] & { storageBudgetBytes?: number | undefined }
}

/** What a compute was asked, which is seldom: the next looks use it, too. */
export interface AskedStored {
  at: number
  largest?: Largest[]
  maxBytes?: number
  /** The limit that the API told then: another one now, and the compute's may be another, too. */
  limitBytes?: number
}

/** A query puts off the compute's sleep by its whole timer, which costs money. */
const ASKED_AGAIN_MS = 24 * 60 * 60_000

/**
 * One look. Never throws: whatever fails is a reading of its own.
 * @param before what its compute was last asked
 * @param signal the deadline of everything asked for this target
 */
export async function lookAtNeonStorage(
  target: NeonStorageTarget,
  keys: Keys,
  now: number,
  signal: AbortSignal,
  before?: AskedStored,
): Promise<{ reading: StorageReading; branchId?: string; stored?: AskedStored }> {
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
      return { ...found, reading: { ...seen, kind: 'unknown', why, forGood: branch.current_state === 'archived' } }
    }
    const limits = limitsOf(project, neon.storageBudgetBytes)
    const limitBytes = nearest(limits.filter(({ kind }) => kind === 'hard'))?.value
    const known = before?.limitBytes === limitBytes ? before : undefined
    const due = known === undefined || now - known.at >= ASKED_AGAIN_MS
    const fresh =
      due && worthAsking(used, nearest(limits)) ? await evidence(target, keys, branch.id, now, signal) : undefined
    const stored = fresh && { ...known, ...fresh, ...(limitBytes && { limitBytes }) }
    const { maxBytes, largest } = stored ?? known ?? {}
    const all = [...limits, ...limitOf('hard', maxBytes, 'the limit of its compute')]
    const none = project.branch_logical_size_limit_bytes === 0 ? NO_LIMIT : undefined
    const limit = nearest(all) ?? none
    const hard = limit?.kind === 'budget' ? (nearest(all.filter(({ kind }) => kind === 'hard')) ?? none) : undefined
    const projectBytes = project.synthetic_storage_size
    const reading: MeasuredReading = {
      ...seen,
      kind: 'measured',
      measures: [
        {
          series: 'size',
          what: `branch ${branch.name}`,
          unit: 'bytes',
          used,
          ...(limit && { limit }),
          ...(hard && { hard }),
        },
      ],
      ...(largest && largest.length > 0 && { largest }),
      ...(projectBytes && { projectBytes }),
    }
    return { ...found, reading, ...(stored && { stored }) }
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

/** Told by 0, which is not the same as not to be told. */
const NO_LIMIT: StorageLimit = { value: 0, what: 'no limit', kind: 'hard' }

const limitOf = (kind: StorageLimit['kind'], value: number | null | undefined, what: string): StorageLimit[] =>
  value && value > 0 ? [{ value, what, kind }] : []

/** The one that is reached first; of equal ones the first, which is a hard one where there is one. */
const nearest = (limits: StorageLimit[]): StorageLimit | undefined => limits.toSorted((a, b) => a.value - b.value)[0]

/** Somebody will read what it brings: storage is half full, or the API knows of no limit, but perhaps the compute does. */
const worthAsking = (used: number, limit: StorageLimit | undefined): boolean =>
  limit === undefined || used >= limit.value / 2

/** What takes up the room, from a compute that is awake at this moment. Without it the look has still seen what it must. */
async function evidence(
  target: NeonTarget,
  keys: Keys,
  branch: string,
  now: number,
  signal: AbortSignal,
): Promise<AskedStored | undefined> {
  try {
    const api = neonApi(keys.neonApiKey, signal)
    const endpoints = await api.listEndpoints(target.neon.project)
    const endpoint = endpoints.find((one) => one.branch_id === branch && one.type === 'read_write')
    if (endpoint?.current_state !== 'active' || endpoint.disabled) return undefined
    const uri = await connectionUri(api, target, keys, branch, endpoint)
    return { at: now, ...(await askStored(uri, signal).catch((error: unknown) => notTold(target, error))) }
  } catch (error) {
    return notTold(target, error)
  }
}

const notTold = ({ name }: NeonTarget, error: unknown): undefined => {
  log('no-storage-evidence', { target: name, error: errorMessage(error) })
}
