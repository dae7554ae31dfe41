/** Looks at one Neon target: facts only. Asks the API first, so that a sleeping compute is left asleep. */
import type { AsleepReading, ConnectionsReading, LastSeen, SeenReading } from '../checks/reading.ts'
import type { Target } from '../config.ts'
import { LookFailed } from '../failure.ts'
import { retrying } from '../retry.ts'
import type { Keys } from '../secret.ts'
import { type Endpoint, type NeonApi, neonApi } from './api.ts'
import { findBranch } from './branch.ts'
import { connectionUri } from './connection-uri.ts'
import { failureOfLook, isTransient } from './failure.ts'
import { type AskedSession, type NeonSql, neonSql } from './sql.ts'

/** What a look found out on its way: acting and wording need it. */
export interface Looked {
  reading: ConnectionsReading
  /** Open only when the reading is `seen`. */
  sql?: NeonSql
  region?: string
  branchId?: string
}

/**
 * One look. Never throws: whatever fails is a reading of its own.
 * @param last the last look that saw something; tells whether looking again would only keep the compute awake
 * @param signal the deadline of everything asked for this target
 * @param known the sessions of earlier looks whose fate the look is to tell
 */
export async function lookAtNeon(
  target: Target,
  keys: Keys,
  last: LastSeen | undefined,
  now: number,
  signal: AbortSignal,
  known: AskedSession[] = [],
): Promise<Looked> {
  const found: Omit<Looked, 'reading'> = {}
  let at: 'api' | 'sql' = 'api'
  try {
    const api = neonApi(keys.neonApiKey, signal)
    const { branch, endpoint } = await findEndpoint(api, target)
    found.branchId = branch
    if (endpoint.region_id) found.region = endpoint.region_id
    const asleep = leaveAsleep(endpoint, last, now)
    if (asleep) return { ...found, reading: asleep }

    const uri = await connectionUri(api, target, keys, branch, endpoint)
    at = 'sql'
    const sql = neonSql(uri, signal)
    const facts = await retrying(1, signal, () => sql.look(target.ending, known), isTransient)
    const reading: SeenReading = { kind: 'seen', at: now, ...facts }
    return { ...found, sql, reading }
  } catch (error) {
    const failure = failureOfLook(error, at, signal)
    return { ...found, reading: { kind: 'failed', at: now, failure } }
  }
}

async function findEndpoint(api: NeonApi, { neon }: Target): Promise<{ branch: string; endpoint: Endpoint }> {
  const [branches, endpoints] = await Promise.all([api.listBranches(neon.project), api.listEndpoints(neon.project)])
  const branch = findBranch(branches, neon)
  const endpoint = endpoints.find((one) => one.branch_id === branch.id && one.type === 'read_write')
  if (endpoint === undefined)
    throw new LookFailed({ cause: 'no-compute', at: 'api', message: `branch ${branch.name} has no read-write compute` })
  if (endpoint.disabled)
    throw new LookFailed({ cause: 'disabled', at: 'api', message: `compute ${endpoint.id} is disabled` })
  return { branch: branch.id, endpoint }
}

const SUSPEND_DEFAULT_S = 300
/** Nobody who waits an hour before suspending saves much by our staying away, and we would be blind for as long. */
const LONGEST_QUIET_S = 3_600

/** The reading without a query, when a query would wake the compute or keep it from falling asleep. */
function leaveAsleep(endpoint: Endpoint, last: LastSeen | undefined, now: number): AsleepReading | undefined {
  if (endpoint.current_state === 'idle') return { kind: 'asleep', at: now, why: 'suspended' }
  if (endpoint.current_state === 'init') return { kind: 'asleep', at: now, why: 'not-started' }

  // Each of our looks restarts the suspend timer. Where at the last one nobody else had done anything for as long as the
  // timer, our looks are what keeps it awake: the next is left out, once, for long enough to fall asleep. Neon's own word
  // that somebody has come since ends that at once.
  const timeoutS = endpoint.suspend_timeout_seconds || SUSPEND_DEFAULT_S
  if (timeoutS < 0 || timeoutS > LONGEST_QUIET_S || last === undefined || last.quietMs < timeoutS * 1000)
    return undefined
  const sinceLook = now - last.at
  const somebodyCame = Date.parse(endpoint.last_active ?? '') > last.at + 60_000
  return sinceLook < (timeoutS + 60) * 1000 && !somebodyCame ? { kind: 'asleep', at: now, why: 'let-sleep' } : undefined
}
