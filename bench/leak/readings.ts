/** A simulated look as the reading that the check of connections makes of a real one. */
import type { SeenReading } from '../../functions/checks/reading.ts'
import { unpack, type Watched } from '../../functions/checks/trust/watched.ts'
import { seen } from '../../test/functions/builders.ts'
import type { SimulatedLook } from './simulator.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
const WHO = { role: 'app', database: 'neondb', protection: null }

/** @param watched what the look was asked about: it says of those that are still there what they do */
export function readingOf(look: SimulatedLook, watched: Watched): SeenReading {
  const { at, serverStartedAt, sessions } = look
  // The simulation does not name its sessions: the one that has been idle longest is always the first of its application.
  const all = look.applications.flatMap(({ name, idleMs }, which) =>
    idleMs
      .toSorted((a, b) => b - a)
      .map((idle, i) => ({
        ...WHO,
        application: name,
        pid: 1_000 * (which + 1) + i,
        backendStartMs: serverStartedAt + 1_000 * i,
        stateChangeMs: at - idle,
        idleMs: idle,
      })),
  )
  const byPid = new Map(all.map((one) => [one.pid, one]))
  const usable = Number.isFinite(look.limit) ? look.limit : 1_000
  return seen({
    at,
    limit: { max: usable + 7, reserved: 7, usable },
    used: sessions,
    active: all.filter(({ idleMs }) => idleMs === 0).length,
    atWork: all.filter(({ idleMs }) => idleMs === 0).length,
    serverStartedAt,
    groups: look.applications.map(({ name, idleMs }) => ({
      ...WHO,
      application: name,
      state: 'idle',
      sessions: idleMs.length,
      oldestMs: Math.max(0, ...idleMs),
      atWork: 0,
      idleOverHour: idleMs.filter((ms) => ms > HOUR).length,
      clients: [],
    })),
    idleSessions: all.filter(({ idleMs }) => idleMs > MINUTE).slice(0, 300),
    known: unpack(watched).flatMap(({ pid }) => {
      const now = byPid.get(pid)
      return now ? [{ pid, backendStartMs: now.backendStartMs, stateChangeMs: now.stateChangeMs, state: 'idle' }] : []
    }),
  })
}
