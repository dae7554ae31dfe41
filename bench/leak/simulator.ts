/**
 * What a database's sessions would look like, look by look, if these services, batches, people and leaks used it.
 * Every connection is followed by itself: when it was opened, and when it was last used.
 */
import type { IdleLook } from '../../functions/checks/leak/idle-series.ts'
import type { Chance } from '../forecast-trace.ts'
import { poisson } from './pool.ts'
import { connectionsOf, moveService, type ServiceKind, startService } from './service.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** A job that holds sessions for a while each night; on some nights it leaves them idle. */
export interface Batch {
  application: string
  /** Hour of the day. */
  hour: number
  sessions: number
  openedWithinMs: number
  lastMs: number
  /** On how many of all nights the sessions do nothing once they are open. */
  idleNights: number
}

/** People with a client of their own, who leave it open. */
export interface People {
  application: string
  people: number
  /** On how many of all nights one leaves it open. */
  overnight: number
}

export interface SimulatedLeak {
  application: string
  perHour: number
  from: number
  /** At even intervals; default by chance. */
  even?: boolean
  /** No more from here on; what has leaked stays. */
  stopsAt?: number
}

export interface World {
  begins: number
  days: number
  limit: number
  services: ServiceKind[]
  batches?: Batch[]
  people?: People[]
  leaks?: SimulatedLeak[]
  /** When the server restarts: every session ends, clients come back. */
  restarts?: number[]
  /** While the compute is suspended there is nothing to look at. */
  suspended?: { from: number; to: number }[]
}

export interface SimulatedLook {
  at: number
  serverStartedAt: number
  limit: number
  /** Milliseconds each session has been idle, by application; 0: at work. And when each was opened, by which it is known again. */
  applications: { name: string; idleMs: number[]; bornAt: number[] }[]
  sessions: number
}

/** Steps and looks every `stepMs`; ends when the limit is reached. */
export function* simulate(world: World, chance: Chance, stepMs = 5 * MINUTE): Generator<SimulatedLook> {
  let serverStartedAt = world.begins - 30 * DAY
  let services = world.services.map(startService)
  const batches = (world.batches ?? []).map((batch) => startBatch(batch, chance))
  const people = (world.people ?? []).flatMap((group) =>
    Array.from({ length: group.people }, () => startPerson(group, chance)),
  )
  let leaks = (world.leaks ?? []).map((leak) => ({ leak, openedAt: [] as number[], owed: 0 }))
  // A day to settle, before anybody looks.
  for (let now = world.begins - DAY; now < world.begins + world.days * DAY; now += stepMs) {
    const asleep = world.suspended?.some(({ from, to }) => now >= from && now < to) ?? false
    const restarts = world.restarts?.some((at) => at <= now && at > now - stepMs) ?? false
    if (asleep || restarts) {
      serverStartedAt = now
      services = services.map(({ kind }) => startService(kind))
      leaks = leaks.map(({ leak }) => ({ leak, openedAt: [], owed: 0 }))
    }
    if (asleep) continue
    const idle = new Map<string, { idleMs: number[]; bornAt: number[] }>()
    const add = (name: string, idleMs: number, bornAt: number) => {
      const of = idle.get(name)
      if (of === undefined) idle.set(name, { idleMs: [idleMs], bornAt: [bornAt] })
      else {
        of.idleMs.push(idleMs)
        of.bornAt.push(bornAt)
      }
    }
    for (const service of services) {
      const { application } = service.kind
      const { restarted } = moveService(service, now, stepMs, chance)
      if (restarted) for (const one of leaks) if (one.leak.application === application) one.openedAt = []
      for (const { usedAt, bornAt } of connectionsOf(service)) add(application, now - usedAt, bornAt)
    }
    for (const one of [...batches, ...people])
      for (const [idleMs, bornAt] of one(now)) add(one.application, idleMs, bornAt)
    for (const one of leaks) {
      moveLeak(one, now, stepMs, chance)
      for (const openedAt of one.openedAt) add(one.leak.application, now - openedAt, openedAt)
    }
    if (now < world.begins) continue
    const applications = [...idle].map(([name, of]) => ({ name, ...of }))
    const sessions = applications.reduce((sum, one) => sum + one.idleMs.length, 0)
    yield { at: now, serverStartedAt, limit: world.limit, applications, sessions: Math.min(sessions, world.limit) }
    if (sessions >= world.limit) return
  }
}

/** What a look keeps of it. */
export const idleLookOf = ({ at, serverStartedAt, applications }: SimulatedLook): IdleLook => ({
  at,
  serverStartedAt,
  applications: applications.map(({ name, idleMs }) => ({
    name,
    idleOverHour: idleMs.reduce((count, ms) => (ms > HOUR ? count + 1 : count), 0),
    sessions: idleMs.length,
  })),
})

interface Leaking {
  leak: SimulatedLeak
  openedAt: number[]
  owed: number
}

function moveLeak(one: Leaking, now: number, stepMs: number, chance: Chance): void {
  const { perHour, from, even, stopsAt = Number.POSITIVE_INFINITY } = one.leak
  if (now <= from || now > stopsAt) return
  const expected = (perHour * Math.min(stepMs, now - from)) / HOUR
  one.owed += even ? expected : poisson(expected, chance)
  // A hair's breadth: sums of fractions fall short of the whole.
  for (; one.owed > 1 - 1e-9; one.owed -= 1) one.openedAt.push(now - stepMs * chance.between(0, 1))
}

type Age = [idleMs: number, bornAt: number]

/** The idle times of a batch's sessions at any moment, asked in the order of time. */
function startBatch(batch: Batch, chance: Chance) {
  let night = 0
  let opened: number[] = []
  let idle = false
  const ages = (now: number): Age[] => {
    const tonight = Math.floor((now - batch.hour * HOUR) / DAY)
    if (tonight !== night) {
      night = tonight
      idle = chance.happens(batch.idleNights)
      const begins = tonight * DAY + batch.hour * HOUR
      opened = Array.from({ length: batch.sessions }, () => begins + chance.between(0, batch.openedWithinMs))
    }
    const ends = tonight * DAY + batch.hour * HOUR + batch.lastMs
    if (now >= ends) return []
    return opened.filter((at) => at <= now).map((at) => [idle ? now - at : 0, at])
  }
  return Object.assign(ages, { application: batch.application })
}

/** One person: opens a client within the working day, uses it now and then, closes it at the end of the day, or not. */
function startPerson({ application, overnight }: People, chance: Chance) {
  let day = 0
  let from = 0
  let to = 0
  let usedAt = 0
  const ages = (now: number): Age[] => {
    const today = Math.floor(now / DAY)
    if (today !== day) {
      day = today
      const works = (today + 4) % 7 !== 0 && (today + 4) % 7 !== 6 && chance.happens(0.8)
      if (works) {
        if (now >= to) from = today * DAY + chance.between(7, 12) * HOUR
        to = today * DAY + chance.between(15, 19) * HOUR + (chance.happens(overnight) ? 16 * HOUR : 0)
        usedAt = Math.max(usedAt, from)
      }
    }
    if (now < from || now >= to) return []
    const hour = (now % DAY) / HOUR
    if (hour > 7 && hour < 19 && chance.happens(0.02)) usedAt = now
    return [[now - Math.max(usedAt, from), from]]
  }
  return Object.assign(ages, { application })
}
