/** From the snapshots that Aura's API lists to facts: pure, and generous with words, as versions of the API differ in them. */
import { CLOCK_SKEW_MS } from '../checks/snapshots/attempts.ts'
import { hasDifferentials } from '../checks/snapshots/expected.ts'
import type { Snapshot } from '../checks/snapshots/reading.ts'
import { LookFailed } from '../failure.ts'
import { timeOf } from '../units.ts'
import type { AuraSnapshot } from './api.ts'

/** Of one list, those that have a moment. @throws LookFailed for a completed one whose moment cannot be read */
export const snapshotsOf = (listed: AuraSnapshot[], tier: string): Snapshot[] =>
  listed.flatMap((one) => snapshotOf(one, tier) ?? [])

function snapshotOf(
  { snapshot_id: id, status: said, profile, timestamp, exportable }: AuraSnapshot,
  tier: string,
): Snapshot | undefined {
  const status = STATUS[plain(said)] ?? 'other'
  const at = timeOf(timestamp)
  if (at === undefined) {
    // One that is not completed proves nothing. To leave out a completed one would be to say that there is none.
    if (status !== 'completed') return undefined
    const message = `the completed snapshot ${id} has the timestamp ${JSON.stringify(timestamp)}, which is no time`
    throw new LookFailed({ cause: 'bad-answer', at: 'api', message })
  }
  return {
    id,
    at,
    status,
    said,
    scheduled: SCHEDULED[plain(profile ?? '')] ?? null,
    // Only what is full can be exported. It is documented for the GET of a single snapshot; a list need not tell it.
    full: exportable ?? (hasDifferentials(tier) ? null : true),
  }
}

const STATUS: Record<string, Snapshot['status']> = {
  completed: 'completed',
  pending: 'pending',
  inprogress: 'pending',
  failed: 'failed',
  cancelled: 'failed',
  canceled: 'failed',
}

/** The second spelling is in the documentation of Aura's Terraform provider. */
const SCHEDULED: Record<string, boolean> = { scheduled: true, adhoc: false, addhoc: false }

const plain = (word: string): string => word.toLowerCase().replace(/[^a-z]/g, '')

/** Each once, the newest first. One that was completed between two answers is. */
export function newestFirst(snapshots: Snapshot[]): Snapshot[] {
  const byId = new Map<string, Snapshot>()
  for (const one of snapshots) if (byId.get(one.id)?.status !== 'completed') byId.set(one.id, one)
  return [...byId.values()].sort((one, other) => other.at - one.at)
}

/** Those that prove something: completed, and not dated ahead. */
export const proven = (snapshots: Snapshot[], now: number): Snapshot[] =>
  snapshots.filter(({ status, at }) => status === 'completed' && at <= now + CLOCK_SKEW_MS)
