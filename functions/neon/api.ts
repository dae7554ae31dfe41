/** The four GETs that Nightshift asks of Neon's console API (https://api-docs.neon.tech). None of them wakes a compute. */
import * as v from 'valibot'
import { addresses } from '../env.ts'
import { asDocumented, askJson } from '../http.ts'
import { retrying } from '../retry.ts'

const endpointSchema = v.object({
  id: v.string(),
  host: v.string(),
  branch_id: v.string(),
  region_id: v.optional(v.string()),
  type: v.string(),
  /** `init`, `active` or `idle` as documented; others may come. */
  current_state: v.string(),
  disabled: v.optional(v.boolean()),
  /** Seconds; 0: Neon's default of 300; -1: never. */
  suspend_timeout_seconds: v.optional(v.number()),
  last_active: v.optional(v.nullable(v.string())),
})
export type Endpoint = v.InferOutput<typeof endpointSchema>

const branchSchema = v.object({ id: v.string(), name: v.string(), default: v.optional(v.boolean()) })
export type Branch = v.InferOutput<typeof branchSchema>

const endpointsSchema = v.object({ endpoints: v.array(endpointSchema) })
const branchesSchema = v.object({
  branches: v.array(branchSchema),
  pagination: v.optional(v.nullable(v.object({ next: v.optional(v.nullable(v.string())) }))),
})
const uriSchema = v.object({ uri: v.string() })

/** A project has at most 5,000 branches; far more pages than that means an answer that never ends. */
const MOST_PAGES = 100

export interface NeonApi {
  listEndpoints(project: string): Promise<Endpoint[]>
  listBranches(project: string): Promise<Branch[]>
  /** The connection string, password included, of a role whose password Neon holds. */
  connectionUri(
    project: string,
    of: { branch: string; endpoint: string; database: string; role: string },
  ): Promise<string>
}

/**
 * @param key the API key; personal, organization or project-scoped
 * @param signal the deadline of all that is asked for one target
 */
export function neonApi(key: string, signal: AbortSignal): NeonApi {
  const get = <Schema extends v.GenericSchema>(
    path: string,
    query: Record<string, string>,
    schema: Schema,
  ): Promise<v.InferOutput<Schema>> =>
    retrying(2, signal, async () => {
      const url = `${addresses.neonApi()}${path}?${new URLSearchParams(query)}`
      const answer = await askJson(url, { headers: { authorization: `Bearer ${key}` } }, signal)
      return asDocumented(schema, answer, `GET ${path}`)
    })

  const project = (id: string) => `/projects/${encodeURIComponent(id)}`
  return {
    listEndpoints: async (id) => (await get(`${project(id)}/endpoints`, {}, endpointsSchema)).endpoints,
    listBranches: async (id) => {
      const branches: Branch[] = []
      let cursor: string | undefined
      for (let page = 0; page < MOST_PAGES; page++) {
        const answer = await get(
          `${project(id)}/branches`,
          { limit: '1000', ...(cursor && { cursor }) },
          branchesSchema,
        )
        branches.push(...answer.branches)
        const next = answer.pagination?.next
        // The last page names no next one, or comes empty.
        if (!next || next === cursor || answer.branches.length === 0) break
        cursor = next
      }
      return branches
    },
    connectionUri: async (id, { branch, endpoint, database, role }) => {
      const query = {
        branch_id: branch,
        endpoint_id: endpoint,
        database_name: database,
        role_name: role,
        pooled: 'false',
      }
      return (await get(`${project(id)}/connection_uri`, query, uriSchema)).uri
    },
  }
}
