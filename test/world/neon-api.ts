import type { HttpAnswer, HttpRequest } from './http.ts'
import { apiError } from './neon-faults.ts'
import type { Project } from './neon-projects.ts'

/** The console API v2, as far as Nightshift asks it: projects, branches, endpoints, connection strings, snapshots. */
export function consoleApi(projects: Map<string, Project>, apiKey: string) {
  return ({ method, url, headers }: HttpRequest): HttpAnswer => {
    if (headers.authorization !== `Bearer ${apiKey}`) {
      return refuse(401, 'supplied credentials do not pass authentication')
    }
    const [, collection, projectId = '', part, id, detail] = url.pathname.split('/')
    if (method !== 'GET' || collection !== 'projects' || projectId === '') return refuse(404, 'not found')
    const project = projects.get(projectId)
    if (project === undefined) return refuse(404, 'project not found')
    if (part === undefined) return ok({ project: project.api })
    if (part === 'endpoints' && id === undefined) return ok({ endpoints: endpointsOf(project).map(({ api }) => api) })
    if (part === 'branches' && id === undefined) return listBranches(project, url.searchParams)
    if (part === 'branches' && detail === undefined) return getBranch(project, id)
    if (part === 'branches' && detail === 'backup_schedule') return backupSchedule(project, id)
    if (part === 'snapshots' && id === undefined) return ok({ snapshots: project.snapshots })
    if (part === 'connection_uri') return connectionUri(project, url.searchParams)
    return refuse(404, 'not found')
  }
}

function ok(body: unknown): HttpAnswer {
  return { status: 200, body }
}

function refuse(status: number, message: string): HttpAnswer {
  return { status, body: apiError(message) }
}

/** Pages of `limit` branches; the cursor of the next page is missing on the last one. */
function listBranches({ branches }: Project, query: URLSearchParams): HttpAnswer {
  const limit = Number(query.get('limit') ?? 100)
  const start = Number(query.get('cursor') ?? 0)
  if (!(limit >= 1 && limit <= 10_000) || !(start >= 0)) return refuse(400, 'invalid pagination parameters')
  const end = start + limit
  return ok({
    branches: branches.slice(start, end).map(({ api }) => api),
    annotations: {},
    pagination: {
      ...(end < branches.length && { next: String(end) }),
      sort_by: 'updated_at',
      sort_order: 'desc',
    },
  })
}

function getBranch({ branches }: Project, id: string | undefined): HttpAnswer {
  const branch = branches.find(({ api }) => api.id === id)
  return branch ? ok({ branch: branch.api, annotation: undefined }) : refuse(404, 'branch not found')
}

/** An empty list where there is none, as documented. */
function backupSchedule({ branches }: Project, id: string | undefined): HttpAnswer {
  const branch = branches.find(({ api }) => api.id === id)
  return branch ? ok({ schedule: branch.schedule }) : refuse(404, 'branch not found')
}

/** The branch defaults to the project's default branch, the endpoint to the branch's read-write one. */
function connectionUri(project: Project, query: URLSearchParams): HttpAnswer {
  const database = query.get('database_name')
  const role = query.get('role_name')
  if (!database || !role) return refuse(400, 'database_name and role_name are required')
  const branchId = query.get('branch_id')
  const branch = project.branches.find(({ api }) => (branchId === null ? api.default : api.id === branchId))
  if (branch === undefined) return refuse(404, 'branch not found')
  const endpointId = query.get('endpoint_id')
  const endpoint = branch.endpoints.find(({ api }) =>
    endpointId === null ? api.type === 'read_write' : api.id === endpointId,
  )
  if (endpoint === undefined) return refuse(404, 'endpoint not found')
  const password = project.roles[role]
  if (password === undefined) return refuse(404, 'role not found')
  if (!project.databases.includes(database)) return refuse(404, 'database not found')
  const host = query.get('pooled') === 'true' ? endpoint.api.host.replace('.', '-pooler.') : endpoint.api.host
  const login = `${encodeURIComponent(role)}:${encodeURIComponent(password)}`
  const uri = `postgresql://${login}@${host}/${encodeURIComponent(database)}?sslmode=require&channel_binding=require`
  return ok({ uri })
}

function endpointsOf({ branches }: Project) {
  return branches.flatMap(({ endpoints }) => endpoints)
}
