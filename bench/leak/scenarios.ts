/** Situations that must be told apart, as worlds: for the tests. Each is two weeks of an ordinary database before, and what then comes. */
import { poolOf } from './pool.ts'
import type { LoadKind, ServiceKind } from './service.ts'
import type { World } from './simulator.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** The day of the month in October 2025; the first two weeks come before. */
export const october = (day: number, hour = 0, minute = 0): number => Date.UTC(2025, 9, day, hour, minute)

const load = (mean: number, changes: Partial<LoadKind> = {}): LoadKind => ({
  mean,
  swing: 0.4,
  peakHour: 14,
  weekend: 0.9,
  noise: 0.1,
  bursts: { perDay: 1, times: 1.5, lastMs: 10 * MINUTE },
  perMinute: 30,
  ...changes,
})

const service = (application: string, changes: Partial<ServiceKind> = {}): ServiceKind => ({
  application,
  pool: poolOf({ min: 2, max: 10, idleTimeoutMs: 5 * MINUTE }),
  load: load(8),
  pods: { min: 4, max: 4, workEach: 4, downAfterMs: 15 * MINUTE },
  ...changes,
})

/** A day's rhythm that leaves a database of 100 half empty, or so much of it. */
const ordinary = (part = 1): World => ({
  begins: october(12) - 14 * DAY,
  days: 17,
  limit: 100,
  services: [
    service('web', { load: load(17 * part) }),
    service('api', { load: load(12 * part), pool: poolOf({ max: 12, idleTimeoutMs: 10_000 }) }),
    service('worker', {
      load: load(2),
      pool: poolOf({ order: 'fifo', min: 3, max: 8, idleTimeoutMs: 30_000 }),
      pods: { min: 2, max: 2, workEach: 2, downAfterMs: 0 },
    }),
  ],
})

const SYNC_JOB: ServiceKind = service('sync-job', {
  since: october(12),
  load: load(1),
  pool: poolOf({ max: 4, idleTimeoutMs: 10 * MINUTE }),
  pods: { min: 1, max: 1, workEach: 4, downAfterMs: 0 },
})

/** A job deployed on 12 October leaks until the database is full; the less others need, the later. */
export const newJobLeaks = (part = 1, even = false): World => {
  const world = ordinary(part)
  return {
    ...world,
    days: 20,
    services: [...world.services, SYNC_JOB],
    leaks: [{ application: 'sync-job', perHour: 1.7, from: october(12), even }],
  }
}

/** Within three minutes to 180 of 200, high for an hour, falling: a cache has failed. */
export const surge = (times = 8): World => {
  const world = ordinary()
  const from = october(12, 9, 45)
  return {
    ...world,
    limit: 200,
    services: world.services.map((one) => ({
      ...one,
      pool: { ...one.pool, max: 60 },
      spells: [
        { from, to: from + HOUR, times },
        { from: from + HOUR, to: from + 92 * MINUTE, times: 2 },
      ],
    })),
  }
}

/** Both at once: the surge comes while the new job leaks. */
export const surgeAndLeak = (): World => {
  const { leaks, services } = newJobLeaks()
  const world = surge(7)
  return { ...world, days: 20, services: [...world.services, ...services.slice(-1)], leaks: leaks ?? [] }
}

/** A deployment that restarts every pool, of pools that keep what they have. */
export const deploymentOfAll = (): World => {
  const world = ordinary()
  const deployments = [{ at: october(12, 10), lastMs: 10 * MINUTE }]
  return { ...world, services: world.services.map((one) => ({ ...one, pool: poolOf({ max: 10 }), deployments })) }
}

/** From 3 to 30 processes and back, each of which keeps a few connections idle for hours. */
export const scaleOut = (upWithinMs: number, lastMs: number, keeps = 3): World => {
  const world = ordinary()
  const from = october(12, 8)
  const steps = 12
  const spells = Array.from({ length: steps }, (_, i) => ({
    from: from + (upWithinMs * i) / steps,
    to: from + (upWithinMs * (i + 1)) / steps,
    times: 1 + (9 * (i + 1)) / steps,
  }))
  const fleet = service('fleet', {
    pool: poolOf({ min: keeps, max: 10, eager: true, idleTimeoutMs: 10 * MINUTE }),
    load: load(6, { swing: 0.2 }),
    pods: { min: 3, max: 30, workEach: 2.2, downAfterMs: 30 * MINUTE },
    spells: [...spells, { from: from + upWithinMs, to: from + upWithinMs + lastMs, times: 10 }],
  })
  return { ...world, limit: 500, services: [...world.services, fleet] }
}

/** A nightly job holds 30 sessions for two hours; on some nights they do nothing. */
export const nightlyBatch = (idleNights: number): World => ({
  ...ordinary(),
  batches: [
    { application: 'nightly', hour: 2, sessions: 30, openedWithinMs: 10 * MINUTE, lastMs: 2 * HOUR, idleNights },
  ],
})
