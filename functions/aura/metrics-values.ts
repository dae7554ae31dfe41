/**
 * What Aura's metrics say of connections and of storage (https://neo4j.com/docs/aura/metrics/metrics-integration/reference).
 * An instance of several members has a series for each of them, or one that aggregates them, as somebody has set it in the
 * console: of both the largest is taken. Averages, minima and sums over members say something else.
 */
import type { MeteredConnections } from '../checks/aura-reading.ts'
import type { Sample } from './prometheus.ts'

const MINUTE = 60_000
/** An older sample is not what is: it counts as none. */
const CONNECTIONS_CURRENT_MS = 15 * MINUTE
/** Aura measures the size of stores every ten minutes. */
const STORAGE_CURRENT_MS = 30 * MINUTE

/** The connections of the member that has the most; undefined where no sample is current. */
export function connectionsOf(samples: Sample[], now: number): MeteredConnections | undefined {
  const of = (name: string) =>
    byMember(seriesOf(samples, name).filter((sample) => isCurrent(sample, now, CONNECTIONS_CURRENT_MS)))
  const [idle, running, opened, closed] = [
    of('neo4j_dbms_bolt_connections_idle'),
    of('neo4j_dbms_bolt_connections_running'),
    of('neo4j_dbms_bolt_connections_opened_total'),
    of('neo4j_dbms_bolt_connections_closed_total'),
  ]
  const open = largest(idle, running, (one, other) => one + other)
  // Where they aggregate members, each of the two counters may be another member's: less than is open, never more.
  const balance = largest(opened, closed, (one, other) => Math.max(0, one - other))
  if (open === undefined && balance === undefined) return undefined
  const times = [idle, running, opened, closed].flatMap((members) => [...members.values()].map(({ at }) => at ?? now))
  return {
    // Aura's clock may be ahead of ours.
    at: Math.min(now, Math.max(...times)),
    ...(open !== undefined && { open }),
    ...(balance !== undefined && { balance, opened: Math.max(...[...opened.values()].map(({ value }) => value)) }),
  }
}

export interface MeteredStorage {
  /** Bytes that are allocated to the stores of all databases; undefined where that of any is not current. */
  used?: number
  /** Those whose sizes make up `used`. */
  databases?: string[]
  /** Bytes that the instance has. */
  limit?: number
}

/** Every member holds all of it, so members are never added up; databases are. */
export function storageOf(samples: Sample[], now: number): MeteredStorage {
  const current = (series: Sample[]) => {
    const values = series.filter((sample) => isCurrent(sample, now, STORAGE_CURRENT_MS)).map(({ value }) => value)
    return values.length > 0 ? Math.max(...values) : undefined
  }
  const databases = Map.groupBy(
    seriesOf(samples, 'neo4j_database_store_size_database'),
    ({ labels }) => labels.database ?? '',
  )
  const sizes = [...databases.values()].map(current)
  // One that is not known is not zero: then neither is the sum known.
  const used = sizes.length > 0 && sizes.every((size) => size !== undefined) ? sum(sizes) : undefined
  const limit = current(seriesOf(samples, 'neo4j_aura_storage_limit'))
  return { ...(used !== undefined && { used, databases: [...databases.keys()].toSorted() }), ...(limit && { limit }) }
}

/** Those of one metric that hold the largest of what they aggregate, if they aggregate anything. */
const seriesOf = (samples: Sample[], metric: string): Sample[] =>
  samples.filter(({ name, labels }) => name === metric && (labels.aggregation ?? 'MAX') === 'MAX')

/** A number, and of now. Without a time it is as old as the answer. */
const isCurrent = ({ value, at }: Sample, now: number, withinMs: number): boolean =>
  Number.isFinite(value) && value >= 0 && (at === undefined || Math.abs(now - at) <= withinMs)

/** By all that tells members apart. */
const byMember = (samples: Sample[]): Map<string, Sample> =>
  new Map(
    samples.map((sample) => {
      const { aggregation: _, ...labels } = sample.labels
      return [JSON.stringify(Object.entries(labels).sort()), sample]
    }),
  )

/** Of the members that have both values, the largest result. */
function largest(
  ones: Map<string, Sample>,
  others: Map<string, Sample>,
  of: (one: number, other: number) => number,
): number | undefined {
  const results = [...ones].flatMap(([member, { value }]) => {
    const other = others.get(member)
    return other ? [of(value, other.value)] : []
  })
  return results.length > 0 ? Math.max(...results) : undefined
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0)
