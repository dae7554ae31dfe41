/** A simulated database as Postgres would list its sessions: look by look, and without those that were ended. */
import type { Chance } from '../../bench/forecast-trace.ts'
import { type SimulatedLook, simulate, type World } from '../../bench/leak/simulator.ts'
import type { Outcome } from '../../functions/checks/victims.ts'

const MINUTE = 60_000
/** How far the simulation moves on at a time: who was used since is taken to be at work now. */
export const STEP = 5 * MINUTE

export interface SimulatedSession {
  pid: number
  application: string
  bornAt: number
  usedAt: number
  atWork: boolean
}

export interface SimulatedDatabase {
  readonly world: World
  readonly look: SimulatedLook
  readonly sessions: SimulatedSession[]
  /** Who was ended, in turn. */
  readonly ended: SimulatedSession[]
  /** Moves on to the next look; false once the world's days are over, or nobody can connect any more. */
  next(): boolean
  /** Ends a session if it is idle since the same instant, as the statement does that ends one. */
  end(pid: number, bornAt: number, usedAt: number): Outcome
}

export function simulatedDatabase(world: World, chance: Chance): SimulatedDatabase {
  // Ended sessions make room of which the simulation knows nothing: the limit is kept here.
  const looks = simulate({ ...world, limit: Number.POSITIVE_INFINITY }, chance, STEP)
  const leaking = new Set(world.leaks?.map(({ application }) => application))
  const pids = new Map<string, number>()
  const gone = new Set<number>()
  const ended: SimulatedSession[] = []
  let look: SimulatedLook | undefined
  let sessions: SimulatedSession[] = []

  const sessionsOf = ({ at, applications }: SimulatedLook): SimulatedSession[] =>
    applications.flatMap(({ name, idleMs, bornAt: born }) => {
      const alike = new Map<number, number>()
      return idleMs.flatMap((idle, i) => {
        const bornAt = Math.round(born[i] as number)
        const usedAt = Math.max(bornAt, Math.round(at - idle))
        // A pool opens several in the same instant.
        const turn = (alike.get(bornAt) ?? 0) + 1
        alike.set(bornAt, turn)
        const key = `${name} ${bornAt} ${turn}`
        const pid = pids.get(key) ?? pids.size + 1
        pids.set(key, pid)
        // What is leaked was never used.
        const atWork = idle < STEP && !(leaking.has(name) && usedAt === bornAt)
        return gone.has(pid) ? [] : [{ pid, application: name, bornAt, usedAt, atWork }]
      })
    })
  return {
    world,
    ended,
    get look() {
      return look ?? notBegun()
    },
    get sessions() {
      return sessions
    },
    next() {
      const { value, done } = looks.next()
      if (done || sessions.length >= world.limit) return false
      look = value
      sessions = sessionsOf(value)
      return true
    },
    end(pid, bornAt, usedAt) {
      const session = sessions.find((one) => one.pid === pid && one.bornAt === bornAt)
      if (session === undefined) return 'gone'
      if (session.atWork || session.usedAt !== usedAt) return 'woke'
      gone.add(pid)
      ended.push(session)
      sessions = sessions.filter((one) => one !== session)
      return 'ended'
    },
  }
}

function notBegun(): never {
  throw new Error('Nobody has looked yet: next() first')
}
