/** Other worlds by chance: no limit of the detector was set by these. */
import type { Chance } from '../forecast-trace.ts'
import { poolOf } from './pool.ts'
import type { LoadKind, ServiceKind } from './service.ts'
import type { World } from './simulator.ts'
import { DAY, HOUR, MINUTE, type Pools } from './worlds.ts'

const pools: Pools = {
  'closes after 1 min': (chance) => poolOf({ max: chance.whole(3, 40), idleTimeoutMs: MINUTE }),
  'closes after 20 min, first in first out': (chance) =>
    poolOf({ order: 'fifo', max: chance.whole(3, 25), idleTimeoutMs: 20 * MINUTE }),
  'closes after 2 h': (chance) => poolOf({ max: chance.whole(3, 20), idleTimeoutMs: 2 * HOUR }),
  'closes after 8 h': (chance) => poolOf({ max: chance.whole(3, 12), idleTimeoutMs: 8 * HOUR }),
  'keeps some, closes after 15 min': (chance) =>
    poolOf({ min: chance.whole(1, 8), eager: true, max: chance.whole(8, 30), idleTimeoutMs: 15 * MINUTE }),
  'keeps some, lives 4 h': (chance) =>
    poolOf({ min: chance.whole(1, 6), max: chance.whole(6, 20), idleTimeoutMs: 5 * MINUTE, lifetimeMs: 4 * HOUR }),
  'keeps some, first in first out': (chance) =>
    poolOf({ order: 'fifo', min: chance.whole(2, 10), max: chance.whole(10, 20), idleTimeoutMs: 30_000 }),
  'fixed size': (chance) => {
    const size = chance.whole(2, 8)
    return poolOf({ min: size, max: size, eager: true })
  },
  'keeps all': (chance) => poolOf({ order: chance.oneOf(['lifo', 'fifo']), max: chance.whole(3, 25) }),
  'keeps all, kept alive now and then': (chance) => poolOf({ max: chance.whole(4, 15), keepAliveMs: 90 * MINUTE }),
  'one for each process': () => poolOf({ max: 1 }),
}

const NAMES = ['shop', 'auth', 'feed', 'jobs', 'export', 'admin', 'ingest', 'notify', 'graph']

function loadOf(chance: Chance): LoadKind {
  return {
    mean: chance.between(0.05, 14),
    swing: chance.between(0, 1),
    peakHour: chance.between(0, 24),
    weekend: chance.between(0.1, 1.2),
    noise: chance.between(0, 0.45),
    bursts: { perDay: chance.between(0, 10), times: chance.between(1.2, 6), lastMs: chance.between(1, 90) * MINUTE },
    perMinute: 10 ** chance.between(-2, 2),
  }
}

export function service(application: string, chance: Chance): ServiceKind {
  const load = loadOf(chance)
  const min = chance.whole(1, 6)
  return {
    application,
    load,
    pool: chance.oneOf(Object.values(pools))(chance),
    pods: {
      min,
      max: min * chance.whole(1, 8),
      workEach: (load.mean / min) * chance.between(0.6, 1.6),
      downAfterMs: chance.between(1, 240) * MINUTE,
    },
  }
}

export function otherWorld(days: number, chance: Chance): World {
  const begins = Date.UTC(2027, 1, 1) + chance.whole(0, 60 * 24 * 60) * MINUTE
  const sometime = () => begins + chance.between(0, days) * DAY
  const services = NAMES.slice(0, chance.whole(2, 9)).map((name) => {
    const often = chance.oneOf([0, chance.between(0, 0.3), chance.between(0.5, 3)])
    const deployments = Array.from({ length: Math.round(often * days) }, () => ({
      at: sometime(),
      lastMs: chance.between(1, 60) * MINUTE,
    }))
    return { ...service(name, chance), deployments }
  })
  return {
    begins,
    days,
    limit: Number.POSITIVE_INFINITY,
    services,
    batches: chance.happens(0.6)
      ? [
          {
            application: 'etl',
            hour: chance.between(0, 24),
            sessions: chance.whole(3, 50),
            openedWithinMs: chance.between(0, 60) * MINUTE,
            lastMs: chance.between(0.5, 4) * HOUR,
            idleNights: chance.between(0, 1),
          },
        ]
      : [],
    people: chance.happens(0.6) ? [{ application: 'psql', people: chance.whole(1, 9), overnight: 0.4 }] : [],
    restarts: chance.happens(0.4) ? [sometime(), sometime()] : [],
  }
}
