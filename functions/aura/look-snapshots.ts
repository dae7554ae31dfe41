/** Looks at the snapshots of one Aura instance, over the API alone: facts only. Nothing of it wakes the instance. */
import type { Failure } from '../checks/reading.ts'
import { limitsFor } from '../checks/snapshots/expected.ts'
import type { SnapshotsMemory, SnapshotsPolicy } from '../checks/snapshots/facts.ts'
import type { SnapshotsReading } from '../checks/snapshots/reading.ts'
import type { Keys } from '../secret.ts'
import { timeOf } from '../units.ts'
import { auraApi } from './api.ts'
import { apiFailed, noClient } from './api-failure.ts'
import { newestFirst, snapshotsOf } from './snapshot-records.ts'
import { type KnownSnapshots, searchBack, searchEdge } from './snapshot-search.ts'

type Before = KnownSnapshots & Pick<SnapshotsMemory, 'known'>

/**
 * One look. Never throws: whatever fails is a reading of its own. Three requests when all is well or nothing is due, and
 * one or two more to see whether old ones are kept; at most twelve, but not again and again: days without any are
 * remembered, and then four are enough.
 * @param before what the looks before have seen
 * @param policy where nothing is due nobody looks for it; `keepForMs`: the day of one so old is asked for too
 * @param signal the deadline of everything asked for this target
 */
export async function lookAtAuraSnapshots(
  target: { name: string; aura: { instance: string } },
  keys: Keys,
  before: Before,
  policy: SnapshotsPolicy,
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
    const of = `instance ${name || id}`
    const noneDue = limitsFor({ provider: 'aura', tier }, policy).any === undefined
    // What is remembered of another instance says nothing of this one.
    const seen = before.known && before.known.of !== of ? {} : before
    const search = await searchBack(list, { tier, createdAt, before: seen, noneDue, now })
    const keepForMs = policy.expected ? policy.keepForMs : undefined
    const edge = await searchEdge(list, search, { keepForMs, createdAt, now })
    return {
      kind: 'listed',
      at: now,
      provider: 'aura',
      of,
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
