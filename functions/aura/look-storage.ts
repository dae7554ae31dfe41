/** Looks at how much one Aura instance stores: facts only, over HTTPS alone. What each tier tells differs. */
import { isAtRest } from '../checks/snapshots/rest.ts'
import type { Measure, StorageReading } from '../checks/storage/reading.ts'
import { LookFailed } from '../failure.ts'
import { errorMessage } from '../redact.ts'
import type { Keys } from '../secret.ts'
import { parseBytes } from '../units.ts'
import { auraApi, type Instance } from './api.ts'
import { noClient } from './api-failure.ts'
import { noValues, readMetrics } from './metrics.ts'
import { storageOf } from './metrics-values.ts'
import type { AuraClient } from './token.ts'

/** Of Aura Free (https://neo4j.com/docs/aura/auradb/getting-started/create-database); the API tells none. */
const FREE_NODES = 200_000
const FREE_RELATIONSHIPS = 400_000
/** The tiers that have metrics, even where the API gives no address of them. */
const METERED = ['business-critical', 'enterprise-db', 'enterprise-ds']
/** What another check learnt before that is not what is stored now. */
const KNOWN_CURRENT_MS = 2 * 60 * 60_000

/** The size of the stores, in bytes, as a look over Bolt brought it, and when. */
export interface KnownStore {
  bytes: number
  at: number
}

/**
 * One look. Never throws: whatever fails is a reading of its own.
 * @param known what another check has learnt of this instance; used where Aura itself tells nothing
 * @param signal the deadline of everything asked for this target
 */
export async function lookAtAuraStorage(
  target: { name: string; aura: { instance: string } },
  keys: Keys,
  known: KnownStore | undefined,
  now: number,
  signal: AbortSignal,
): Promise<StorageReading> {
  try {
    if (keys.aura === undefined) throw noClient()
    const instance = await auraApi(keys.aura, signal).getInstance(target.aura.instance)
    const { status, type: tier, metrics_integration_url: metrics } = instance
    // A word that Aura has not yet used is no rest: it is asked, and what is not told is then unknown.
    if (isAtRest(status)) return { kind: 'not-running', at: now, status }
    const found =
      tier === 'free-db'
        ? countsOf(instance)
        : metrics !== null
          ? await metered(instance, keys.aura, now, signal)
          : allocated(instance, known, now)
    const common = { at: now, provider: 'aura', tier } as const
    return 'measures' in found ? { kind: 'measured', ...common, ...found } : { kind: 'unknown', ...common, ...found }
  } catch (error) {
    if (signal.aborted) return failed(now, 'no-time', 'time was up while waiting for Aura')
    if (error instanceof LookFailed) return { kind: 'failed', at: now, provider: 'aura', failure: error.failure }
    return failed(now, 'unexpected', errorMessage(error))
  }
}

const failed = (at: number, cause: 'no-time' | 'unexpected', message: string): StorageReading => ({
  kind: 'failed',
  at,
  provider: 'aura',
  failure: { cause, at: 'nightshift', message },
})

type Found = { measures: Measure[] } | { why: string; forGood: boolean }

/** Of a Free instance the API counts nodes and relationships. */
function countsOf(instance: Instance): Found {
  const measure = (series: 'nodes' | 'relationships', used: number | null, value: number): Measure[] =>
    used === null
      ? []
      : [
          {
            series,
            what: nameOf(instance),
            unit: 'count',
            used,
            limit: { value, what: 'the limit of Aura Free', kind: 'hard' },
          },
        ]
  const measures = [
    ...measure('nodes', instance.graph_nodes, FREE_NODES),
    ...measure('relationships', instance.graph_relationships, FREE_RELATIONSHIPS),
  ]
  return measures.length > 0
    ? { measures }
    : {
        why: 'The Aura API did not tell how many nodes and relationships this Free instance has.',
        forGood: false,
      }
}

/** Where there are metrics, these tell. @throws LookFailed when time is up */
async function metered(instance: Instance, client: AuraClient, now: number, signal: AbortSignal): Promise<Found> {
  try {
    const samples = await readMetrics(instance, client, signal)
    const { used, limit, databases } = storageOf(samples, now)
    if (used === undefined) return { why: noValues(samples, 'size of its stores'), forGood: false }
    return sized(instance, 'metrics', used, limit, databases)
  } catch (error) {
    if (!(error instanceof LookFailed) || signal.aborted) throw error
    const { cause, message } = error.failure
    const role = cause === 'forbidden'
    const why = role
      ? "Aura's metrics, which alone tell how much this instance stores, are refused to Nightshift's API client: the user who made it lacks the role Metrics Reader (Aura console, Project, Users; it takes effect within five minutes)."
      : "Aura's metrics, which alone tell how much this instance stores, could not be read."
    return { why: `${why} It said: ${message}`, forGood: role }
  }
}

/** Elsewhere nothing tells but the console, unless Bolt has. */
function allocated(instance: Instance, known: KnownStore | undefined, now: number): Found {
  // Bolt counts otherwise than the metrics: one after the other would look like growth or loss.
  if (METERED.includes(instance.type))
    return { why: 'The Aura API gave no address of the metrics that instances of this tier have.', forGood: false }
  if (known && Math.abs(now - known.at) <= KNOWN_CURRENT_MS) return sized(instance, 'bolt', known.bytes)
  return {
    why: 'Aura tells nowhere but in its console (Metrics, Resources, Storage) how much an instance of this tier stores.',
    forGood: known === undefined,
  }
}

/** @param limit in bytes; without it, what the API says is allotted */
const sized = (
  instance: Instance,
  by: 'metrics' | 'bolt',
  used: number,
  limit = bytesOf(instance.storage),
  parts?: string[],
): Found => ({
  measures: [
    {
      series: 'size',
      what: nameOf(instance),
      unit: 'bytes',
      used,
      by,
      ...(parts && { parts }),
      ...(limit && { limit: { value: limit, what: 'the storage of the instance', kind: 'hard' } }),
    },
  ],
})

/** `16GB`. Aura does not say whether of 1,000 or 1,024 each: the clouds' disks are, and its metrics are read, in the latter. */
const bytesOf = (storage: string | null): number | undefined => parseBytes(storage?.trim().toUpperCase() ?? '')

const nameOf = ({ name, id }: Instance): string => `instance ${name || id}`
