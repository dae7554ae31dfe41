/** Looks at the snapshots of one Aura instance, over the API alone: facts only. Nothing of it wakes the instance. */
import type { Failure } from '../checks/reading.ts'
import type { SnapshotsReading } from '../checks/snapshots/reading.ts'
import type { Keys } from '../secret.ts'
import { auraApi } from './api.ts'
import { apiFailed, noClient } from './api-failure.ts'
import { newestFirst, snapshotsOf, timeOf } from './snapshot-records.ts'
import { type KnownSnapshots, searchBack, searchEdge } from './snapshot-search.ts'

/**
 * One look. Never throws: whatever fails is a reading of its own. Twelve requests at most, three when all is well.
 * @param keepForMs there should be one so old: the day when it was made is asked for too
 * @param signal the deadline of everything asked for this target
 */
export async function lookAtAuraSnapshots(
  target: { name: string; aura: { instance: string } },
  keys: Keys,
  before: KnownSnapshots,
  keepForMs: number | undefined,
  now: number,
  signal: AbortSignal,
): Promise<SnapshotsReading> {
  try {
    if (keys.aura === undefined) throw noClient()
    const api = auraApi(keys.aura, signal)
    const { id, name, type: tier, status, created_at: created } = await api.getInstance(target.aura.instance)
    const createdAt = timeOf(created)
    const list = async (day: number) =>
      snapshotsOf(await api.listSnapshots(id, new Date(day).toISOString().slice(0, 10)), tier)
    const search = await searchBack(list, { tier, createdAt, before, now })
    const edge = await searchEdge(list, search, { keepForMs, createdAt, now })
    return {
      kind: 'listed',
      at: now,
      provider: 'aura',
      of: `instance ${name || id}`,
      tier,
      status,
      ...(createdAt !== undefined && { createdAt }),
      snapshots: newestFirst([...search.snapshots, ...edge.snapshots]),
      askedFrom: search.askedFrom,
      ...(edge.days.length > 0 && { alsoAsked: edge.days }),
    }
  } catch (error) {
    const known = apiFailed(error).failure
    // What Aura had said before time was up says more.
    const failure: Failure =
      signal.aborted && known.cause === 'timeout'
        ? { cause: 'no-time', at: 'nightshift', message: 'time was up while waiting for the Aura API' }
        : known
    return { kind: 'failed', at: now, provider: 'aura', failure }
  }
}
