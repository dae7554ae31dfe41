/** The GETs of Neon's console API that lead to a compute and into its database. */
import * as v from 'valibot'
import { listBranches, neonGet, projectPath } from './get.ts'

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
const uriSchema = v.object({ uri: v.string() })

export interface NeonApi {
  listEndpoints(project: string): Promise<Endpoint[]>
  listBranches(project: string): Promise<Branch[]>
  /** The connection string, password included, of a role whose password Neon holds. */
  connectionUri(
    project: string,
    of: { branch: string; endpoint: string; database: string; role: string },
  ): Promise<string>
}

/** Every method throws HttpError, or what the network threw. Parameters as of `neonGet`. */
export function neonApi(key: string, signal: AbortSignal): NeonApi {
  const get = neonGet(key, signal)
  return {
    listEndpoints: async (id) => (await get(`${projectPath(id)}/endpoints`, {}, endpointsSchema)).endpoints,
    listBranches: (id) => listBranches(get, id, branchSchema),
    connectionUri: async (id, { branch, endpoint, database, role }) => {
      const query = {
        branch_id: branch,
        endpoint_id: endpoint,
        database_name: database,
        role_name: role,
        pooled: 'false',
      }
      return (await get(`${projectPath(id)}/connection_uri`, query, uriSchema)).uri
    },
  }
}
