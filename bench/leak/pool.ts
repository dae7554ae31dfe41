/** One process's pool of connections, as drivers keep them, moved on from step to step. */
import type { Chance } from '../forecast-trace.ts'

const FOREVER = Number.POSITIVE_INFINITY

export interface PoolKind {
  /** Which idle connection is taken first: the one used last (lifo), or the one that has waited longest (fifo). */
  order: 'lifo' | 'fifo'
  /** As many are kept, however long they are idle. */
  min: number
  max: number
  /** Whether the minimum is opened at the start, or only as it is needed. */
  eager: boolean
  idleTimeoutMs: number
  /** Older ones are closed, and those of the minimum opened anew. */
  lifetimeMs: number
  /** An idle connection is asked for a sign of life so often, which the server takes for use. */
  keepAliveMs: number
}

/** A pool that opens as it needs and keeps for good what it has. */
export const poolOf = (changes: Partial<PoolKind>): PoolKind => ({
  order: 'lifo',
  min: 0,
  max: 10,
  eager: false,
  idleTimeoutMs: FOREVER,
  lifetimeMs: FOREVER,
  keepAliveMs: FOREVER,
  ...changes,
})

export interface Connection {
  bornAt: number
  usedAt: number
  /** It is closed at this age. */
  lifetimeMs: number
}

export interface Demand {
  /** How many connections are in use at once at the step's peak. */
  peak: number
  /** How often a connection is taken within the step. */
  requests: number
}

/** Drivers vary the lifetime, so that not all are opened anew at once. */
const open = (kind: PoolKind, usedAt: number, chance: Chance): Connection => ({
  bornAt: usedAt,
  usedAt,
  lifetimeMs: kind.lifetimeMs === FOREVER ? FOREVER : kind.lifetimeMs * chance.between(0.9, 1),
})

export function startPool(kind: PoolKind, now: number, chance: Chance): Connection[] {
  return Array.from({ length: kind.eager ? kind.min : 0 }, () => open(kind, now, chance))
}

/** The pool after a step that ends now. A lifo pool is in the order of use, the busiest first; a fifo pool the newest first. */
export function movePool(
  pool: Connection[],
  kind: PoolKind,
  { peak, requests }: Demand,
  now: number,
  stepMs: number,
  chance: Chance,
): Connection[] {
  const inUse = Math.min(peak, kind.max)
  while (pool.length < inUse) pool.push(open(kind, now - stepMs * chance.between(0, 1), chance))
  if (kind.order === 'lifo') {
    for (let i = 0; i < inUse; i += 1) {
      const connection = pool[i] as Connection
      connection.usedAt = Math.max(connection.usedAt, now - stepMs * ((i + chance.between(0, 1)) / (inUse + 1)))
    }
  } else {
    // Each request takes the one that has waited longest.
    const used = Math.min(pool.length, Math.max(inUse, requests))
    for (let i = 0; i < used; i += 1) {
      const connection = pool.pop() as Connection
      connection.usedAt = Math.max(connection.usedAt, now - stepMs * (1 - (i + 1) / (used + 1)))
      pool.unshift(connection)
    }
  }
  return afterTime(pool, kind, now, chance)
}

/** Keep-alives, timeouts and lifetimes. */
function afterTime(pool: Connection[], kind: PoolKind, now: number, chance: Chance): Connection[] {
  if (kind.keepAliveMs < FOREVER)
    for (const connection of pool) {
      const idle = now - connection.usedAt
      connection.usedAt += Math.floor(idle / kind.keepAliveMs) * kind.keepAliveMs
    }
  let kept = pool
  if (kind.lifetimeMs < FOREVER) kept = kept.filter((one) => now - one.bornAt < one.lifetimeMs)
  if (kind.idleTimeoutMs < FOREVER) {
    let tooMany = kept.length - kind.min
    // The longest idle are at the end of either order.
    for (let i = kept.length - 1; i >= 0 && tooMany > 0; i -= 1)
      if (now - (kept[i] as Connection).usedAt >= kind.idleTimeoutMs) {
        kept.splice(i, 1)
        tooMany -= 1
      }
  }
  while (kind.eager && kept.length < kind.min) kept.unshift(open(kind, now, chance))
  return kept
}

/** How many of so much on average: Poisson's distribution. */
export function poisson(mean: number, chance: Chance): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * chance.normal()))
  const limit = Math.exp(-mean)
  let product = chance.between(0, 1)
  let count = 0
  for (; product > limit; count += 1) product *= chance.between(0, 1)
  return count
}
