/** What is remembered of a target's sessions from look to look: one item in the table, one read and one write a run. */
import { applicationName, familyOf } from './checks/applications.ts'
import {
  type IdleLook,
  type LeakSeries,
  noteEnded,
  noteIdle,
  noteSuspended,
  parseLeakSeries,
} from './checks/leak/idle-series.ts'
import type { Protection, SeenReading } from './checks/reading.ts'
import { type Noting, noTrust, noteSessions, parseTrust, type TrustMemory } from './checks/trust/memory.ts'
import { watchList } from './checks/trust/watched.ts'
import { log } from './log.ts'
import { errorMessage } from './redact.ts'
import { changeItem, type Kept, loadItem, type Place } from './table.ts'

export interface SessionsMemory extends TrustMemory {
  /** How many sessions each application leaves idle. */
  leak?: LeakSeries
}

export interface StoredSessions extends Kept<SessionsMemory> {
  target: string
  /** What the next look is to be asked about. */
  asked: [pid: number, backendStartMs: number][]
}

const placeOf = (target: string, now: number): Place<SessionsMemory> => ({
  pk: `TARGET#${target}`,
  sk: 'SESSIONS',
  parse: (text) => parseSessions(text, target, now),
})

/** The memory, or why it cannot be had: a target is looked at all the same, but nothing of it is ended. */
export async function loadSessions(
  target: string,
  now: number,
  signal: AbortSignal,
): Promise<StoredSessions | { fault: string }> {
  try {
    const kept = await loadItem(placeOf(target, now), signal)
    return { target, ...kept, asked: watchList(kept.state.watched) }
  } catch (error) {
    return { fault: `the table did not answer with what is remembered of ${target}'s sessions: ${errorMessage(error)}` }
  }
}

/** The memory with a look in it. Pure. */
export function withLook(before: SessionsMemory, noting: Noting): SessionsMemory {
  const { gaps, watched, rehearsal } = noteSessions(before, noting)
  const leak = noting.reading.sighted ? noteIdle(before.leak, idleLookOf(noting.reading)) : before.leak
  return { gaps, watched, ...(rehearsal && { rehearsal }), ...(leak && { leak }) }
}

/**
 * The memory once sessions have been ended: they count as leaked for a day, so that a leak is seen though it is kept small.
 * @param ended the application of each
 */
export const withEnded = (before: SessionsMemory, ended: string[]): SessionsMemory =>
  before.leak && ended.length > 0 ? { ...before, leak: noteEnded(before.leak, ended.map(familyOf)) } : before

/** The memory once the compute is suspended: all sessions have ended. */
export const withSuspension = (before: SessionsMemory): SessionsMemory =>
  before.leak ? { ...before, leak: noteSuspended(before.leak) } : before

/** No application's own: they are idle as those who run them please. */
const NOBODYS: (Protection | null)[] = ['not-a-client', 'superuser', 'neon', 'neon-http-pool', 'pooler']

const idleLookOf = ({ at, serverStartedAt, used, groups }: SeenReading): IdleLook => ({
  at,
  serverStartedAt,
  used,
  applications: groups
    // Ours have no application name, since over HTTP none reaches Postgres.
    .filter(
      ({ protection, application }) => !NOBODYS.includes(protection) && !(protection === 'own-role' && !application),
    )
    .map((group) => ({
      name: familyOf(applicationName(group)),
      idleOverHour: group.idleOverHour,
      sessions: group.sessions,
    })),
})

/**
 * Writes the memory as `change` leaves it; pure, since it is asked again where an overlapping run was faster.
 * Returns what failed.
 */
export async function saveSessions(
  { target, ...kept }: StoredSessions,
  change: (memory: SessionsMemory) => SessionsMemory,
  now: number,
  signal: AbortSignal,
): Promise<string[]> {
  try {
    const changed = (state: SessionsMemory) => ({ state: change(state), result: undefined })
    await changeItem(placeOf(target, now), kept, now, signal, changed)
    return []
  } catch (error) {
    return [`the table did not take what is remembered of ${target}'s sessions: ${errorMessage(error)}`]
  }
}

/** What of it cannot be read is begun anew, rather than that nobody looks; that it was lost is remembered. */
function parseSessions(text: string | undefined, target: string, now: number): SessionsMemory {
  if (text === undefined) return noTrust(now)
  const stored = fromJson(text)
  const { memory, whole } = parseTrust(stored, now)
  const { leak: storedLeak } = (stored ?? {}) as { leak?: unknown }
  const leak = parseLeakSeries(storedLeak)
  if (!(whole && (storedLeak === undefined || leak)))
    log('sessions-unreadable', {
      target,
      remedy: 'what cannot be read is begun anew; without what was learned nobody is ended until it is learned again',
    })
  return { ...memory, ...(leak && { leak }) }
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
