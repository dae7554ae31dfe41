/** What Nightshift asks of the Aura API v1 (https://neo4j.com/docs/aura/platform/api/specification/): GETs only. None of them wakes an instance. */
import * as v from 'valibot'
import { addresses } from '../env.ts'
import { asDocumented, askJson, HttpError } from '../http.ts'
import { retrying } from '../retry.ts'
import { atMost } from '../waiting.ts'
import { apiFailed } from './api-failure.ts'
import { paceOf } from './pace.ts'
import { mayBeTheToken, noteAllowed, noteRefused } from './refusals.ts'
import { type AuraClient, tokenOf } from './token.ts'

/** Absent, null and empty are the same: there is none. */
const textOrNone = v.pipe(
  v.nullish(v.string(), null),
  v.transform((text) => text || null),
)
/** A number in some versions, text in others; anything else is not known, and no reason to know nothing of the instance. */
const countOrNone = v.fallback(
  v.nullish(v.pipe(v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/))]), v.transform(Number)), null),
  null,
)

const instanceSchema = v.object({
  id: v.string(),
  name: v.string(),
  /**
   * In lower case. Known: `creating`, `destroying`, `running`, `pausing`, `paused`, `suspending`, `suspended`, `resuming`,
   * `loading`, `loading failed`, `restoring`, `updating`, `overwriting`, `resizing`, `stopped`, `available`; others may come.
   */
  status: v.pipe(v.string(), v.trim(), v.toLowerCase()),
  /** The project, as the console calls it. */
  tenant_id: v.string(),
  /** `aws`, `gcp` or `azure`. */
  cloud_provider: v.string(),
  region: v.string(),
  /** `free-db`, `professional-db`, `business-critical`, `enterprise-db` (VDC), `professional-ds`, `enterprise-ds`. */
  type: v.string(),
  /** Null while an instance is made. */
  connection_url: textOrNone,
  /** `2GB`. */
  memory: textOrNone,
  /** What is allotted, not what is used: `16GB`. */
  storage: textOrNone,
  /** RFC 3339. */
  created_at: textOrNone,
  /** Only where metrics can be had: Business Critical, VDC, AuraDS Enterprise. */
  metrics_integration_url: textOrNone,
  /** Only of Free instances. */
  graph_nodes: countOrNone,
  graph_relationships: countOrNone,
})
export type Instance = v.InferOutput<typeof instanceSchema>

const snapshotSchema = v.object({
  snapshot_id: v.string(),
  /** `Pending`, `InProgress`, `Completed`, `Failed`, `Cancelled`; others may come. */
  status: v.string(),
  /** RFC 3339, in UTC. */
  timestamp: textOrNone,
  instance_id: textOrNone,
  /** `Scheduled`, `AdHoc`; others may come. */
  profile: textOrNone,
  /** Only what is full, and not too old, can be exported. */
  exportable: v.fallback(v.optional(v.boolean()), undefined),
})
export type AuraSnapshot = v.InferOutput<typeof snapshotSchema>

const oneSchema = v.object({ data: instanceSchema })
const snapshotsSchema = v.object({ data: v.nullable(v.array(snapshotSchema), []) })

/** Few are under way at once, however many instances are looked at. How many a minute, `paceOf` says; and a 429 is obeyed. */
const inTurn = atMost(5)

/** Every method throws LookFailed, whose message names the request's id where there was an answer. */
export interface AuraApi {
  getInstance(id: string): Promise<Instance>
  /** In any order. @param day `2026-11-21`; in which time zone, is not documented */
  listSnapshots(id: string, day: string): Promise<AuraSnapshot[]>
}

/**
 * @param client one with the rights of a project viewer is enough
 * @param signal the deadline of all that is asked for one target
 */
export function auraApi(client: AuraClient, signal: AbortSignal): AuraApi {
  const pace = paceOf(client)

  async function get<Schema extends v.GenericSchema>(path: string, schema: Schema): Promise<v.InferOutput<Schema>> {
    const askWith = (token: string) =>
      retrying(2, signal, async () => {
        await pace.turn(signal)
        return inTurn(signal, async () => {
          const request = { headers: { authorization: `Bearer ${token}` } }
          return asDocumented(schema, await askJson(`${addresses.auraApi()}${path}`, request, signal), `GET ${path}`)
        })
      })
    try {
      const token = await tokenOf(client, signal)
      const answer = await askWith(token).catch(async (error: unknown) => {
        // An expired token is answered with 403, not 401; either may be mended by a new one, once.
        if (!isRefusal(error) || (error.status === 403 && !mayBeTheToken(client, token, path))) throw error
        return askWith(await tokenOf(client, signal, token))
      })
      noteAllowed(client, path)
      return answer
    } catch (error) {
      if (isRefusal(error) && error.status === 403) noteRefused(client, path)
      throw apiFailed(error)
    }
  }

  return {
    getInstance: async (id) => {
      const { data } = await get(`/v1/instances/${encodeURIComponent(id)}`, oneSchema)
      pace.note(data.type)
      return data
    },
    listSnapshots: async (id, day) =>
      (await get(`/v1/instances/${encodeURIComponent(id)}/snapshots?date=${day}`, snapshotsSchema)).data,
  }
}

const isRefusal = (error: unknown): error is HttpError =>
  error instanceof HttpError && (error.status === 401 || error.status === 403)
