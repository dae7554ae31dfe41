import { describe, expect, test } from 'vitest'
import { connectionsOf, storageOf } from '../../../functions/aura/metrics-values.ts'
import type { Sample } from '../../../functions/aura/prometheus.ts'
import { HOUR, MINUTE, NOW } from '../builders.ts'

const IDLE = 'neo4j_dbms_bolt_connections_idle'
const RUNNING = 'neo4j_dbms_bolt_connections_running'
const OPENED = 'neo4j_dbms_bolt_connections_opened_total'
const CLOSED = 'neo4j_dbms_bolt_connections_closed_total'
const SIZE = 'neo4j_database_store_size_database'
const LIMIT = 'neo4j_aura_storage_limit'

const sample = (name: string, value: number, labels: Record<string, string> = {}, at: number = NOW): Sample => ({
  name,
  value,
  labels: { aggregation: 'MAX', ...labels },
  at,
})

describe('connections', () => {
  const member = (availability_zone: string) => ({ availability_zone, instance_mode: 'PRIMARY' })

  test('are those of the member that has the most: neither a sum nor an average', () => {
    const samples = [
      [10, 1, 100, 89],
      [20, 5, 900, 880],
      [15, 2, 50, 33],
    ].flatMap(([idle = 0, running = 0, opened = 0, closed = 0], zone) => [
      sample(IDLE, idle, member(`z${zone}`)),
      sample(RUNNING, running, member(`z${zone}`)),
      sample(OPENED, opened, member(`z${zone}`)),
      sample(CLOSED, closed, member(`z${zone}`)),
    ])
    expect(connectionsOf(samples, NOW)).toEqual({ at: NOW, open: 25, balance: 20, opened: 900 })
  })

  test('are not those of another aggregation', () => {
    const samples = ['SUM', 'AVG', 'MIN'].flatMap((aggregation) => [
      sample(IDLE, 90, { aggregation }),
      sample(RUNNING, 90, { aggregation }),
    ])
    expect(connectionsOf(samples, NOW)).toBeUndefined()
    expect(connectionsOf([...samples, sample(IDLE, 3), sample(RUNNING, 4)], NOW)).toMatchObject({ open: 7 })
    const bare = [IDLE, RUNNING].map((name) => ({ name, value: 5, labels: {} }))
    expect(connectionsOf(bare, NOW)).toEqual({ at: NOW, open: 10 })
  })

  test('are unknown where one half is missing, no number, or not current', () => {
    expect(connectionsOf([sample(IDLE, 3)], NOW)).toBeUndefined()
    expect(connectionsOf([sample(IDLE, 3, member('a')), sample(RUNNING, 3, member('b'))], NOW)).toBeUndefined()
    expect(connectionsOf([sample(IDLE, 3), sample(RUNNING, Number.NaN)], NOW)).toBeUndefined()
    expect(connectionsOf([sample(IDLE, 3), sample(RUNNING, Number.POSITIVE_INFINITY)], NOW)).toBeUndefined()
    expect(connectionsOf([sample(OPENED, 3), sample(RUNNING, 3)], NOW)).toBeUndefined()
    const aged = (ms: number) => [sample(IDLE, 3, {}, NOW - ms), sample(RUNNING, 3, {}, NOW - ms)]
    expect(connectionsOf(aged(15 * MINUTE), NOW)).toEqual({ at: NOW - 15 * MINUTE, open: 6 })
    expect(connectionsOf(aged(15 * MINUTE + 1), NOW)).toBeUndefined()
    // In seconds, and far ahead.
    expect(connectionsOf(aged(NOW - NOW / 1_000), NOW)).toBeUndefined()
    expect(connectionsOf(aged(-HOUR), NOW)).toBeUndefined()
  })

  test('of a clock ahead of ours are those of now', () => {
    expect(connectionsOf([sample(IDLE, 3, {}, NOW + 500), sample(RUNNING, 3)], NOW)).toEqual({ at: NOW, open: 6 })
  })

  test('opened less closed are never fewer than none', () => {
    expect(connectionsOf([sample(OPENED, 3), sample(CLOSED, 5)], NOW)).toEqual({ at: NOW, balance: 0, opened: 3 })
  })
})

describe('storage', () => {
  test('is the sum over databases of the largest over members', () => {
    const samples = [
      sample(SIZE, 100, { database: 'neo4j', availability_zone: 'a' }),
      sample(SIZE, 120, { database: 'neo4j', availability_zone: 'b' }),
      sample(SIZE, 7, { database: 'orders', availability_zone: 'a' }),
      sample(SIZE, 5, { database: 'orders', availability_zone: 'b' }),
      sample(SIZE, 900, { database: 'neo4j', aggregation: 'SUM' }),
      sample(LIMIT, 1_000),
      sample(LIMIT, 900, { availability_zone: 'b' }),
    ]
    expect(storageOf(samples, NOW)).toEqual({ used: 127, databases: ['neo4j', 'orders'], limit: 1_000 })
  })

  test('is unknown where that of any database is not current: what is missing is not zero', () => {
    const orders = (at: number, value = 7) => sample(SIZE, value, { database: 'orders' }, at)
    const all = [sample(SIZE, 100, { database: 'neo4j' }), sample(LIMIT, 1_000)]
    expect(storageOf([...all, orders(NOW - 30 * MINUTE)], NOW)).toEqual({
      used: 107,
      databases: ['neo4j', 'orders'],
      limit: 1_000,
    })
    expect(storageOf([...all, orders(NOW - 31 * MINUTE)], NOW)).toEqual({ limit: 1_000 })
    expect(storageOf([...all, orders(NOW, Number.NaN)], NOW)).toEqual({ limit: 1_000 })
    expect(storageOf([], NOW)).toEqual({})
  })

  test('of nothing has no limit', () => {
    expect(storageOf([sample(SIZE, 1), sample(LIMIT, 0)], NOW)).toEqual({ used: 1, databases: [''] })
    expect(storageOf([sample(SIZE, 1), sample(LIMIT, 9, {}, NOW - HOUR)], NOW)).toEqual({ used: 1, databases: [''] })
  })
})
