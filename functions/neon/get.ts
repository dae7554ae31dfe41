/** GETs of Neon's console API (https://api-docs.neon.tech), and what they have in common. None of them wakes a compute. */
import * as v from 'valibot'
import { addresses } from '../env.ts'
import { asDocumented, askJson } from '../http.ts'
import { retrying } from '../retry.ts'

/**
 * Asks for a path, and again where that is worth it.
 * @throws HttpError, or what the network threw
 */
export type NeonGet = <Schema extends v.GenericSchema>(
  path: string,
  query: Record<string, string>,
  schema: Schema,
) => Promise<v.InferOutput<Schema>>

/**
 * @param key the API key; personal, organization or project-scoped
 * @param signal the deadline of all that is asked for one target
 */
export const neonGet =
  (key: string, signal: AbortSignal): NeonGet =>
  (path, query, schema) =>
    retrying(2, signal, async () => {
      const url = `${addresses.neonApi()}${path}?${new URLSearchParams(query)}`
      const answer = await askJson(url, { headers: { authorization: `Bearer ${key}` } }, signal)
      return asDocumented(schema, answer, `GET ${path}`)
    })

export const projectPath = (id: string): string => `/projects/${encodeURIComponent(id)}`

/** A project has at most 5,000 branches; far more pages than that means an answer that never ends. */
const MOST_PAGES = 100

/**
 * Every branch of a project, page by page.
 * @param schema what is wanted of each
 */
export async function listBranches<Branch>(
  get: NeonGet,
  project: string,
  schema: v.GenericSchema<unknown, Branch>,
): Promise<Branch[]> {
  const pageSchema = v.object({
    branches: v.array(schema),
    pagination: v.optional(v.nullable(v.object({ next: v.optional(v.nullable(v.string())) }))),
  })
  const branches: Branch[] = []
  let cursor: string | undefined
  for (let page = 0; page < MOST_PAGES; page++) {
    const query = { limit: '1000', ...(cursor && { cursor }) }
    const answer = await get(`${projectPath(project)}/branches`, query, pageSchema)
    branches.push(...answer.branches)
    const next = answer.pagination?.next
    // The last page names no next one, or comes empty.
    if (!next || next === cursor || answer.branches.length === 0) break
    cursor = next
  }
  return branches
}
