/**
 * A Neon of our own: the SQL front, the console API and the status page, over real PostgreSQL servers.
 *
 *     await using postgres = await startPostgres()
 *     await using neon = await startNeon()
 *     neon.addProject({
 *       id: 'orders',
 *       roles: { neondb_owner: postgres.password('neondb_owner') },
 *       branches: [{ id: 'br-main', endpoints: [{ id: 'ep-cool-1234', postgres }] }],
 *     })
 *     neon.fail('sql', FAULTS.transferQuota, { times: 2 })
 */
import { randomBytes } from 'node:crypto'
import { type Fault, type FaultOptions, Faults } from './faults.ts'
import { type RecordedRequest as AnyRequest, type HttpRequest, startServer } from './http.ts'
import { consoleApi } from './neon-api.ts'
import { createProject, type Project, type ProjectSpec } from './neon-projects.ts'
import { sqlFront } from './neon-sql.ts'
import { SessionPool } from './neon-sql-pool.ts'
import { createStatusPages, type StatusPages, statusPage } from './neon-status.ts'

export type { Fault, FaultOptions } from './faults.ts'
export { FAULTS } from './neon-faults.ts'
export type { Branch, Endpoint, Project, ProjectSpec } from './neon-projects.ts'
export type { ScheduleItem, Snapshot } from './neon-snapshots.ts'
export { incident, type StatusPage } from './neon-status.ts'

/** One of the three things of Neon that are spoken to over HTTP. */
export type Service = 'sql' | 'api' | 'status'
export type RecordedRequest = AnyRequest<Service>

const PREFIXES: Record<Service, string> = { sql: '/sql', api: '/api/v2', status: '/status' }

export interface NeonOptions {
  /** Address that the SQL front connects to PostgreSQL from, as Neon's proxy comes from outside the compute: `127.0.0.2`. */
  proxyAddress?: string
  /** How long the front keeps an unused session, in milliseconds; Neon: 5 minutes. */
  keepSessionsFor?: number
  /** How many it keeps for an endpoint; Neon: 20. */
  keepSessionsAtMost?: number
  /** Limits of request and response in bytes; Neon's proxy: 10 MiB each. */
  maxRequestBytes?: number
  maxResponseBytes?: number
}

export interface LocalNeon extends AsyncDisposable {
  readonly apiUrl: string
  readonly sqlUrl: string
  readonly statusUrl: string
  readonly apiKey: string
  /** The three addresses as Nightshift's environment settings. */
  readonly env: Record<'NIGHTSHIFT_NEON_API_URL' | 'NIGHTSHIFT_NEON_SQL_URL' | 'NIGHTSHIFT_NEON_STATUS_URL', string>
  readonly projects: Map<string, Project>
  /** Adds a project; what it returns is live, a test may change any of it. */
  addProject(spec: ProjectSpec): Project
  /** The status pages, all well at first: `neon.status['aws-us-east-ohio'].ongoing_incidents.push(incident('…'))`. */
  readonly status: StatusPages
  /** Puts a fault in force; the function returned lifts it. Of several that match, the oldest strikes. */
  fail(service: Service, fault: Fault, options?: FaultOptions): () => void
  /** Lifts every fault. */
  heal(): void
  /** Every request, in the order of arrival. Emptied by `neon.requests.length = 0`. */
  readonly requests: RecordedRequest[]
  /** Requests to `/sql` in `requests`, and the rows that they brought. */
  sqlTraffic(): { roundTrips: number; rows: number }
  stop(): Promise<void>
}

export async function startNeon({
  proxyAddress,
  keepSessionsFor = 300_000,
  keepSessionsAtMost = 20,
  maxRequestBytes = 10 * 1024 * 1024,
  maxResponseBytes = 10 * 1024 * 1024,
}: NeonOptions = {}): Promise<LocalNeon> {
  const apiKey = `napi_${randomBytes(24).toString('hex')}`
  const projects = new Map<string, Project>()
  const faults = new Faults<Service>()
  const requests: RecordedRequest[] = []
  const status = createStatusPages()
  const pool = new SessionPool({ localAddress: proxyAddress, keepFor: keepSessionsFor, keepAtMost: keepSessionsAtMost })
  const server = await startServer({
    services: {
      sql: {
        prefix: PREFIXES.sql,
        answer: sqlFront(projects, pool, { request: maxRequestBytes, response: maxResponseBytes }),
        subject: sqlSubject,
      },
      api: { prefix: PREFIXES.api, answer: consoleApi(projects, apiKey) },
      status: { prefix: PREFIXES.status, answer: statusPage(status) },
    },
    faults,
    requests,
    maxRequestBytes,
  })

  let stopping: Promise<void> | undefined
  const stop = () => {
    stopping ??= server.stop().then(() => pool.close())
    return stopping
  }
  const apiUrl = server.origin + PREFIXES.api
  const sqlUrl = server.origin + PREFIXES.sql
  const statusUrl = server.origin + PREFIXES.status
  return {
    apiUrl,
    sqlUrl,
    statusUrl,
    apiKey,
    env: {
      NIGHTSHIFT_NEON_API_URL: apiUrl,
      NIGHTSHIFT_NEON_SQL_URL: sqlUrl,
      NIGHTSHIFT_NEON_STATUS_URL: statusUrl,
    },
    projects,
    addProject: (spec) => {
      const project = createProject(spec)
      projects.set(spec.id, project)
      return project
    },
    status,
    fail: (service, fault, options) => faults.add(service, fault, options),
    heal: () => faults.clear(),
    requests,
    sqlTraffic: () => {
      const sql = requests.filter(({ service }) => service === 'sql')
      return { roundTrips: sql.length, rows: sql.reduce((sum, { rows = 0 }) => sum + rows, 0) }
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

/** A fault of `sql` may be meant for one endpoint or one statement. */
function sqlSubject({ method, headers, body }: HttpRequest, path: string): string {
  const host = /@([^/:?]+)/.exec(String(headers['neon-connection-string']))?.[1]
  return `${method} ${path} ${host} ${body}`
}
