/**
 * What is kept between runs: one item per target and check, changed by conditional writes only. All rules of a target
 * stand in one item, so that a look is one read and one write, and its incidents change together or not at all.
 */
import type { KeptMemory } from '../checks/aura/kept.ts'
import { SEVERITIES } from '../checks/finding.ts'
import type { Cause, LastSeen } from '../checks/reading.ts'
import type { SnapshotsMemory } from '../checks/snapshots/facts.ts'
import type { LastMeasured } from '../checks/storage/carry.ts'
import type { RecentLook } from '../checks/surge/recent.ts'
import { log } from '../log.ts'
import type { AskedStored } from '../neon/look-storage.ts'
import type { Snooze } from '../quiet/quiet.ts'
import { errorMessage } from '../redact.ts'
import { changeItem, type Kept, loadItem, type Place } from '../table.ts'
import type { Tally } from './tally.ts'
import type { Incident } from './transition.ts'

export interface TargetState {
  /** By rule. */
  incidents: Record<string, Incident>
  /** Some of what was stored could not be read: which incidents stand is not known. Itself never stored. */
  unreadable?: true
  last?: LastSeen
  /** The looks of the last hour that no surge was in, oldest first. */
  recent?: RecentLook[]
  /** What keeps looks out for good; absent once one has got in. */
  cutOffBy?: Cause
  /** What is remembered of an Aura instance. */
  aura?: KeptMemory
  /** What is remembered of a target's snapshots. */
  snapshots?: SnapshotsMemory
  /** What a target stored when it could last be measured. */
  storage?: LastMeasured
  /** When a Neon compute was last asked what takes up its room, and what it said. */
  stored?: AskedStored
  /** Of Nightshift itself: the checks that have never succeeded, and since when that is waited for. */
  awaited?: Record<string, number>
  /** How many incidents were told to have begun, and to be over. */
  tally?: Tally
  /** Somebody has asked for quiet about the target. */
  snoozed?: Snooze
}

export interface Stored extends Kept<TargetState> {
  target: string
  check: string
}

const placeOf = (target: string, check: string): Place<TargetState> => ({
  pk: `TARGET#${target}`,
  sk: `CHECK#${check}`,
  parse: (text) => parseState(text, target),
})

/** @throws whatever keeps the table from answering, or the signal's reason */
export const loadState = async (target: string, check: string, signal: AbortSignal): Promise<Stored> => ({
  target,
  check,
  ...(await loadItem(placeOf(target, check), signal)),
})

/** The same, with a failure as a value: a target whose incidents are not known is looked at all the same. */
export const loadOrFault = (target: string, check: string, signal: AbortSignal): Promise<Stored | { fault: string }> =>
  loadState(target, check, signal).catch((error: unknown) => ({
    fault: `the incident table did not answer for ${target}: ${errorMessage(error)}`,
  }))

/** Changes the state, as `changeItem` does. */
export const changeState = <Result>(
  from: Stored,
  now: number,
  signal: AbortSignal,
  change: (state: TargetState) => { state: TargetState; result: Result },
): Promise<Result> => changeItem(placeOf(from.target, from.check), from, now, signal, change)

/** An item that cannot be read must not keep its target from being watched: what cannot be used of it is left out. */
function parseState(text: string | undefined, target: string): TargetState {
  if (text === undefined) return { incidents: {} }
  let state: Partial<TargetState> | null = null
  try {
    state = JSON.parse(text)
  } catch {
    // Told below, like anything else that is not as it was written.
  }
  const written = Object.entries(state?.incidents ?? {})
  const usable = written.filter(([, incident]) => isIncident(incident))
  const unreadable = typeof state?.incidents !== 'object' || usable.length < written.length
  if (unreadable) log('state-unreadable', { target, remedy: 'started anew; what still stands will be told again' })
  const { incidents: _, unreadable: __, ...kept } = state ?? {}
  return { ...kept, ...(unreadable && { unreadable }), incidents: Object.fromEntries(usable) }
}

const isIncident = (value: Incident | null): boolean =>
  typeof value?.status === 'string' &&
  SEVERITIES.includes(value.severity) &&
  SEVERITIES.includes(value.worst) &&
  typeof value.headline === 'string' &&
  typeof value.since === 'number' &&
  typeof value.brokenAt === 'number' &&
  Array.isArray(value.looks)
