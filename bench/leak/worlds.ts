/** Worlds by chance: what the detector was made with. `held-out.ts` has others. */
import type { Chance } from '../forecast-trace.ts'
import { type PoolKind, poolOf } from './pool.ts'
import type { LoadKind, ServiceKind } from './service.ts'
import type { World } from './simulator.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

export type Pools = Record<string, (chance: Chance) => PoolKind>

/** Pools as common drivers have them. */
export const POOLS: Pools = {
  'closes after 10 s': (chance) => poolOf({ max: chance.whole(5, 20), idleTimeoutMs: 10_000 }),
  'closes after 5 min': (chance) => poolOf({ max: chance.whole(5, 15), idleTimeoutMs: 5 * MINUTE }),
  'closes after 5 min, first in first out': (chance) =>
    poolOf({ order: 'fifo', max: chance.whole(5, 15), idleTimeoutMs: 5 * MINUTE }),
  'keeps 2, closes after 10 min': (chance) =>
    poolOf({ min: 2, eager: true, max: chance.whole(5, 20), idleTimeoutMs: 10 * MINUTE }),
  'closes after 30 min, lives an hour': (chance) =>
    poolOf({ max: chance.whole(4, 12), idleTimeoutMs: 30 * MINUTE, lifetimeMs: HOUR }),
  'fixed size, lives 30 min': (chance) => {
    const size = chance.whole(4, 10)
    return poolOf({ min: size, max: size, eager: true, lifetimeMs: 30 * MINUTE })
  },
  'keeps 5, first in first out': () => poolOf({ order: 'fifo', min: 5, max: 15, idleTimeoutMs: 10_000 }),
  'keeps 5, last in first out': () => poolOf({ min: 5, max: 15, idleTimeoutMs: 10_000 }),
  'keeps all, last in first out': (chance) => poolOf({ max: chance.whole(5, 15) }),
  'keeps all, first in first out': (chance) => poolOf({ order: 'fifo', max: chance.whole(5, 15) }),
  'keeps all, kept alive': (chance) => poolOf({ max: chance.whole(5, 12), keepAliveMs: 4 * MINUTE }),
}

const NAMES = ['web', 'api', 'worker', 'search', 'billing', 'reports', 'mailer']

export function loadOf(chance: Chance): LoadKind {
  return {
    mean: chance.between(1, 8),
    swing: chance.between(0.3, 0.95),
    peakHour: chance.between(9, 21),
    weekend: chance.oneOf([1, chance.between(0.3, 0.9)]),
    noise: chance.between(0.05, 0.3),
    bursts: { perDay: chance.between(0, 4), times: chance.between(1.5, 4), lastMs: chance.between(3, 30) * MINUTE },
    perMinute: chance.oneOf([0.1, 2, 60]),
  }
}

export function serviceOf(application: string, chance: Chance): ServiceKind {
  const load = loadOf(chance)
  const min = chance.whole(1, 3)
  const scales = chance.happens(0.5)
  return {
    application,
    load,
    pool: chance.oneOf(Object.values(POOLS))(chance),
    pods: {
      min,
      max: scales ? min * chance.whole(2, 5) : min,
      workEach: (load.mean / min) * chance.between(0.8, 1.3),
      downAfterMs: chance.between(5, 60) * MINUTE,
    },
  }
}

/** Services with everything that happens to healthy ones within so many days. */
export function healthyWorld(days: number, chance: Chance): World {
  const begins = Date.UTC(2026, 8, 1) + chance.whole(0, 27) * DAY + chance.whole(0, 23) * HOUR
  const sometime = () => begins + chance.between(0, days) * DAY
  const services = NAMES.slice(0, chance.whole(3, 6)).map((name) => {
    const service = serviceOf(name, chance)
    const often = chance.between(0, 0.8)
    service.deployments = Array.from({ length: Math.round(often * days) }, () => ({
      at: sometime(),
      lastMs: chance.between(5, 30) * MINUTE,
    }))
    return service
  })
  return {
    begins,
    days,
    limit: Number.POSITIVE_INFINITY,
    services,
    batches: chance.happens(0.5)
      ? [
          {
            application: 'nightly-batch',
            hour: chance.between(0, 5),
            sessions: chance.whole(5, 30),
            openedWithinMs: chance.between(1, 40) * MINUTE,
            lastMs: chance.between(1, 3) * HOUR,
            idleNights: chance.between(0, 0.4),
          },
        ]
      : [],
    people: chance.happens(0.5) ? [{ application: 'DBeaver', people: chance.whole(1, 6), overnight: 0.2 }] : [],
    restarts: chance.happens(0.3) ? [sometime()] : [],
  }
}

/** What no week before has shown, and is healthy all the same: one of them, after the first week. */
export const NOVELTIES: Record<string, (world: World, chance: Chance, newService?: typeof serviceOf) => void> = {
  'a surge that scales out'(world, chance) {
    const service = chance.oneOf(world.services)
    const from = world.begins + chance.between(8, world.days - 1) * DAY
    service.pods.max = service.pods.min * 10
    service.spells = [{ from, to: from + chance.between(1, 8) * HOUR, times: chance.between(3, 8) }]
  },
  'a quiet holiday'(world, chance) {
    const from = world.begins + Math.floor(chance.between(8, world.days - 2)) * DAY
    for (const service of world.services)
      service.spells = [{ from, to: from + chance.between(0.5, 2) * DAY, times: chance.between(0, 0.3) }]
  },
  'a larger pool'(world, chance) {
    const service = chance.oneOf(world.services)
    const at = world.begins + chance.between(8, world.days - 2) * DAY
    const pool = { ...service.pool, min: service.pool.min * 2, max: service.pool.max * 2 }
    service.changes = [{ at, pool }]
    service.deployments = [...(service.deployments ?? []), { at, lastMs: 15 * MINUTE }]
  },
  'a new service'(world, chance) {
    const service = serviceOf('newcomer', chance)
    world.services.push({ ...service, since: world.begins + chance.between(2, world.days - 2) * DAY })
  },
  'processes that die'(world, chance) {
    const service = chance.oneOf(world.services)
    service.crashes = [{ at: world.begins + chance.between(8, world.days - 1) * DAY, part: chance.between(0.3, 1) }]
  },
}

/** Any world in which one of the services begins to leak after the first week; nothing restarts it from then on. */
export function leaky(
  worldOf: (days: number, chance: Chance) => World,
  perHour: number,
  chance: Chance,
): World & { from: number } {
  const world = worldOf(9 + Math.ceil(400 / perHour / 24), chance)
  const from = world.begins + chance.between(8, 9) * DAY
  const { application } = chance.oneOf(world.services)
  for (const service of world.services)
    if (service.application === application)
      service.deployments = service.deployments?.filter(({ at }) => at < from - HOUR) ?? []
  world.restarts = world.restarts?.filter((at) => at < from) ?? []
  world.leaks = [{ application, perHour, from }]
  return { ...world, from }
}
