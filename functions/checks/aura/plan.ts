/** Whom of those that are stale to end, and whether there is a reason to end any. */
import { type EndingPlan, type Held, LOAD_SHARE } from '../victims.ts'
import { type BoltPolicy, type StaleConnection, selectsAnybody } from './stale-connections.ts'

export interface Situation {
  /** How many connections there are, and how many of them have a transaction. */
  used: number
  working: number
  /** The configured most. */
  limit: number | undefined
  /** Whether connections grow as those of a leak do. */
  leak: boolean
  /** Whether the target is in a window of maintenance. */
  maintenance?: boolean
}

/** Who is to be ended, oldest first and no more than the cap, or why nobody is. */
export function planBoltEndings(
  stale: StaleConnection[],
  situation: Situation,
  policy: BoltPolicy,
  dryRun: boolean,
): EndingPlan<StaleConnection> {
  const held = heldBack(situation, policy, dryRun)
  const chosen = held === null || held === 'not-opted-in' || held === 'maintenance' || held === 'dry-run'
  const victims = stale.filter(({ protection }) => protection === null).sort((a, b) => b.ageMs - a.ageMs)
  // Who may end anybody's or nobody's connections is not known before one tries.
  return { victims: chosen ? victims.slice(0, policy.atMost) : [], notPermitted: [], held }
}

function heldBack(
  { used, working, limit, leak, maintenance = false }: Situation,
  policy: BoltPolicy,
  dryRun: boolean,
): Held | null {
  const near = limit !== undefined && 100 * used >= policy.abovePercent * limit
  if (!near && !leak) return 'no-reason'
  if (working > used * LOAD_SHARE) return 'load'
  if (!selectsAnybody(policy.only)) return 'nobody-selected'
  if (!policy.end) return 'not-opted-in'
  return maintenance ? 'maintenance' : dryRun ? 'dry-run' : null
}
