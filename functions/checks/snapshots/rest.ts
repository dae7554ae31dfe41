/**
 * While an instance is paused nothing is written and no snapshot is due. So the time that counts against a snapshot is
 * the time that its database was running since; one that is paused every night is still found out, only later.
 */
import type { SnapshotsMemory } from './facts.ts'

/** Aura's words for an instance that does no work. Any other, unknown ones too, counts as running: to be late is then told. */
const AT_REST = [
  'pausing',
  'paused',
  'resuming',
  'suspending',
  'suspended',
  'stopped',
  'creating',
  'loading',
  'loading failed',
  'restoring',
  'overwriting',
  'destroying',
  'destroyed',
]

export function isAtRest(status: string | undefined): boolean {
  const word = status?.trim().toLowerCase() ?? ''
  return AT_REST.includes(word) || word.startsWith('encryption key')
}

/** How long the database was running from one moment to another, as far as looks have seen. */
export function runningMs(from: number, to: number, memory: SnapshotsMemory): number {
  const rested = restsOf(memory, to).reduce(
    (sum, [begin, end]) => sum + Math.max(0, Math.min(end, to) - Math.max(begin, from)),
    0,
  )
  return Math.max(0, to - from - rested)
}

/** Never seen running, it may have been at rest for ever: nothing before is held against it. */
const restsOf = ({ pauses = [], pausedSince, sawRunning }: SnapshotsMemory, now: number): [number, number][] =>
  pausedSince === undefined ? pauses : [...pauses, [sawRunning ? pausedSince : 0, now]]

/** More than a month of nights. */
const MOST_PAUSES = 40

/** The memory of when it was at rest, with this look in it. */
export function noteRest(
  { pauses = [], pausedSince, sawRunning }: SnapshotsMemory,
  { status, at }: { status?: string; at: number },
): Pick<SnapshotsMemory, 'pausedSince' | 'pauses' | 'sawRunning'> {
  const kept = pauses.length > 0 && { pauses }
  if (isAtRest(status)) return { ...kept, pausedSince: pausedSince ?? at, ...(sawRunning && { sawRunning }) }
  if (pausedSince === undefined) return { ...kept, sawRunning: true }
  const over: [number, number] = [sawRunning ? pausedSince : 0, at]
  return { pauses: [...pauses, over].slice(-MOST_PAUSES), sawRunning: true }
}
