/** One service: a load that follows the day, processes that come and go with it, and the pool of each. */
import type { Chance } from '../forecast-trace.ts'
import { type Connection, movePool, type PoolKind, poisson, startPool } from './pool.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** A server notices by default after so long that a client is gone without a word. */
const KEPT_DEAD_MS = 131 * 60_000

export interface LoadKind {
  /** Connections in use at once, at the mean of the day. */
  mean: number
  /** How far it goes up and down within a day, of the mean: 0 to 1. */
  swing: number
  peakHour: number
  /** What is left of it on Saturdays and Sundays. */
  weekend: number
  /** How much it wanders, of the mean. */
  noise: number
  /** Sudden ones: how many a day, how many times the load, how long. */
  bursts: { perDay: number; times: number; lastMs: number }
  /** How often a connection in use is given back and taken within a minute. */
  perMinute: number
}

export interface ServiceKind {
  application: string
  pool: PoolKind
  load: LoadKind
  pods: { min: number; max: number; workEach: number; downAfterMs: number }
  /** From when on it is there; default always. */
  since?: number
  /** When every process is replaced, one after the other. */
  deployments?: { at: number; lastMs: number }[]
  /** When some processes die without closing their connections. */
  crashes?: { at: number; part: number }[]
  /** What is unlike any other day: a surge, a holiday, an outage before it. */
  spells?: { from: number; to: number; times: number }[]
  /** Another pool, from a deployment on. */
  changes?: { at: number; pool: PoolKind }[]
}

export interface Service {
  kind: ServiceKind
  pods: Connection[][]
  /** Of processes that died, until the server notices. */
  dead: { connection: Connection; until: number }[]
  wander: number
  burst: { until: number; times: number }
  scaledAt: number
}

export const startService = (kind: ServiceKind): Service => ({
  kind,
  pods: [],
  dead: [],
  wander: 0,
  burst: { until: 0, times: 1 },
  scaledAt: 0,
})

/** Moves a service on by a step that ends now. Whether it restarted, and so gave back what it had leaked. */
export function moveService(service: Service, now: number, stepMs: number, chance: Chance): { restarted: boolean } {
  const { kind } = service
  if (now < (kind.since ?? 0)) return { restarted: false }
  const pool = kind.changes?.findLast(({ at }) => now >= at)?.pool ?? kind.pool
  const work = workNow(service, now, stepMs, chance)
  service.dead = service.dead.filter(({ until }) => now < until)
  scale(service, pool, work, now, chance)
  crash(service, pool, now, stepMs, chance)
  const restarted = deploy(service, pool, now, stepMs, chance)
  const each = work / service.pods.length
  const requests = each * kind.load.perMinute * (stepMs / 60_000)
  service.pods = service.pods.map((pod) => {
    const demand = { peak: poisson(each, chance), requests: poisson(requests, chance) }
    return movePool(pod, pool, demand, now, stepMs, chance)
  })
  return { restarted }
}

function workNow(service: Service, now: number, stepMs: number, chance: Chance): number {
  const { mean, swing, peakHour, weekend, noise, bursts } = service.kind.load
  const hour = (now % DAY) / HOUR
  const days = Math.floor(now / DAY)
  // The epoch began on a Thursday.
  const weekday = (days + 4) % 7
  const daily = 1 + swing * Math.cos((2 * Math.PI * (hour - peakHour)) / 24)
  // Forgets within about three hours.
  const memory = Math.exp(-stepMs / (3 * HOUR))
  service.wander = memory * service.wander + Math.sqrt(1 - memory ** 2) * noise * chance.normal()
  if (now >= service.burst.until && chance.happens((bursts.perDay * stepMs) / DAY))
    service.burst = {
      until: now + bursts.lastMs * chance.between(0.3, 2),
      times: bursts.times * chance.between(0.7, 1),
    }
  const burst = now < service.burst.until ? service.burst.times : 1
  const spell = service.kind.spells?.find(({ from, to }) => now >= from && now < to)?.times ?? 1
  const free = weekday === 0 || weekday === 6 ? weekend : 1
  return Math.max(0, mean * daily * free * (1 + service.wander) * burst * spell)
}

function scale(service: Service, pool: PoolKind, work: number, now: number, chance: Chance): void {
  const { min, max, workEach, downAfterMs } = service.kind.pods
  const wanted = Math.min(max, Math.max(min, Math.ceil(work / workEach)))
  if (wanted >= service.pods.length) service.scaledAt = now
  // Up within a step or two, down late and slowly, the youngest first: as Kubernetes does.
  const up = Math.min(wanted, service.pods.length + Math.max(4, service.pods.length))
  while (service.pods.length < up) service.pods.push(startPool(pool, now, chance))
  if (now - service.scaledAt >= downAfterMs && service.pods.length > wanted)
    service.pods.length = Math.max(wanted, service.pods.length - Math.ceil(service.pods.length / 5))
}

function crash(service: Service, pool: PoolKind, now: number, stepMs: number, chance: Chance): void {
  for (const { at, part } of service.kind.crashes ?? []) {
    if (at > now || at <= now - stepMs) continue
    service.pods = service.pods.map((pod) => {
      if (!chance.happens(part)) return pod
      service.dead.push(...pod.map((connection) => ({ connection, until: connection.usedAt + KEPT_DEAD_MS })))
      return startPool(pool, now, chance)
    })
  }
}

function deploy(service: Service, pool: PoolKind, now: number, stepMs: number, chance: Chance): boolean {
  let restarted = false
  for (const { at, lastMs } of service.kind.deployments ?? []) {
    const done = (then: number) => Math.round(service.pods.length * Math.min(1, Math.max(0, (then - at) / lastMs)))
    for (let i = done(now - stepMs); i < done(now); i += 1) service.pods[i] = startPool(pool, now, chance)
    if (at <= now && at > now - stepMs) restarted = true
  }
  return restarted
}

export const connectionsOf = ({ pods, dead }: Service): Connection[] => [
  ...pods.flat(),
  ...dead.map(({ connection }) => connection),
]
