/** The cloud of the local Neon: projects, branches, computes. Every `api` object is served as it is and may be changed. */
import { createSnapshot, type ScheduleItem, type Snapshot } from './neon-snapshots.ts'

/** Where a compute's PostgreSQL listens: a `Postgres` of this folder, or any address (a closed port: it refuses). */
export interface Address {
  host: string
  port: number
}

export interface EndpointSpec {
  id: string
  postgres: Address
  current_state?: 'init' | 'active' | 'idle'
  type?: 'read_write' | 'read_only'
  disabled?: boolean
  /** Any other field of the console API's Endpoint. */
  [field: string]: unknown
}

export interface BranchSpec {
  id: string
  /** Default: `main` for the first branch, else its id. */
  name?: string
  /** Default: the first branch. */
  default?: boolean
  /** Default: the first branch, of which all others are children. `undefined`: a root. */
  parent_id?: string | undefined
  /** The branch's computes; none by default. */
  endpoints?: EndpointSpec[]
  /** Any other field of the console API's Branch. */
  [field: string]: unknown
}

export interface ProjectSpec {
  id: string
  region_id?: string
  branches: BranchSpec[]
  /** Roles made in the console, with the passwords that Neon holds. A role made by SQL is none of them. */
  roles?: Record<string, string>
  /** Default `neondb`. */
  databases?: string[]
  /** Any other field of the console API's Project. */
  [field: string]: unknown
}

export interface Endpoint {
  readonly api: EndpointSpec & { host: string; branch_id: string; last_active?: string; started_at?: string }
  postgres: Address
  /** How often a query woke it from `idle`. */
  wakeUps: number
}

export interface Branch {
  readonly api: BranchSpec
  readonly endpoints: Endpoint[]
  /** The backup schedule; none by default. */
  schedule: ScheduleItem[]
}

export interface Project {
  readonly api: ProjectSpec & { region_id: string }
  readonly branches: Branch[]
  /** Of all branches, in the order in which they were added. */
  readonly snapshots: Snapshot[]
  /** Adds one, by default a scheduled one of the first branch, made now; what it returns is live. */
  addSnapshot(fields?: Partial<Snapshot>): Snapshot
  roles: Record<string, string>
  databases: string[]
}

const EPOCH = '2026-01-01T00:00:00Z'
const NOW = () => new Date().toISOString()

export function createProject({ branches, roles = {}, databases = ['neondb'], ...fields }: ProjectSpec): Project {
  const region_id = fields.region_id ?? 'aws-us-east-2'
  const api = {
    name: fields.id,
    platform_id: region_id.split('-')[0],
    provisioner: 'k8s-neonvm',
    proxy_host: regionHost(region_id),
    pg_version: 18,
    owner_id: 'org-local-12345678',
    creation_source: 'console',
    store_passwords: true,
    history_retention_seconds: 21_600,
    branch_logical_size_limit: 512,
    branch_logical_size_limit_bytes: 512 * 1024 * 1024,
    synthetic_storage_size: 0,
    data_storage_bytes_hour: 0,
    consumption_period_start: EPOCH,
    consumption_period_end: '2026-02-01T00:00:00Z',
    settings: { quota: {} },
    owner: { email: 'owner@example.com', name: 'Owner', branches_limit: 10, subscription_type: 'free_v3' },
    ...counters(),
    ...dates(),
    ...fields,
    region_id,
  } as unknown as Project['api']
  const [root] = branches
  const snapshots: Snapshot[] = []
  return {
    api,
    branches: branches.map((branch) => createBranch(branch, root, fields.id, region_id)),
    snapshots,
    addSnapshot: (given = {}) => {
      const snapshot = createSnapshot({ source_branch_id: root?.id, ...given }, snapshots)
      snapshots.push(snapshot)
      return snapshot
    },
    roles,
    databases,
  }
}

function createBranch(
  { endpoints = [], ...fields }: BranchSpec,
  root: BranchSpec | undefined,
  project_id: string,
  region_id: string,
): Branch {
  const first = fields.id === root?.id
  const api = {
    project_id,
    name: first ? 'main' : fields.id,
    current_state: 'ready',
    state_changed_at: EPOCH,
    creation_source: 'console',
    logical_size: 30 * 1024 * 1024,
    default: first,
    protected: false,
    ...(!first && { parent_id: root?.id }),
    ...counters(),
    ...dates(),
    ...fields,
  } as Branch['api']
  return {
    api,
    endpoints: endpoints.map((endpoint) => createEndpoint(endpoint, project_id, fields.id, region_id)),
    schedule: [],
  }
}

function createEndpoint(
  { postgres, ...fields }: EndpointSpec,
  project_id: string,
  branch_id: string,
  region_id: string,
): Endpoint {
  const proxy_host = regionHost(region_id)
  const api = {
    host: `${fields.id}.${proxy_host}`,
    project_id,
    branch_id,
    region_id,
    autoscaling_limit_min_cu: 0.25,
    autoscaling_limit_max_cu: 0.25,
    type: 'read_write',
    current_state: 'active',
    pooler_enabled: false,
    pooler_mode: 'transaction',
    disabled: false,
    passwordless_access: true,
    creation_source: 'console',
    proxy_host,
    suspend_timeout_seconds: 0,
    settings: { pg_settings: {} },
    provisioner: 'k8s-neonvm',
    last_active: EPOCH,
    ...dates(),
    ...fields,
  } as unknown as Endpoint['api']
  return { api, postgres, wakeUps: 0 }
}

/** What Neon does when a query reaches a compute, whatever the query then does there. */
export function wake(endpoint: Endpoint): void {
  if (endpoint.api.current_state === 'idle') {
    endpoint.wakeUps += 1
    endpoint.api.started_at = NOW()
  }
  endpoint.api.current_state = 'active'
  endpoint.api.last_active = NOW()
}

/** The endpoint that a host names: its first label, with or without `-pooler`. */
export function endpointOfHost(projects: Iterable<Project>, host: string): Endpoint | undefined {
  const id = (host.split('.')[0] ?? '').replace(/-pooler$/, '')
  for (const { branches } of projects) {
    const found = branches.flatMap(({ endpoints }) => endpoints).find(({ api }) => api.id === id)
    if (found) return found
  }
  return undefined
}

/** `aws-us-east-2` -> `us-east-2.aws.neon.tech` */
function regionHost(region_id: string): string {
  const [cloud, ...region] = region_id.split('-')
  return `${region.join('-')}.${cloud}.neon.tech`
}

function counters() {
  return {
    cpu_used_sec: 0,
    active_time_seconds: 0,
    compute_time_seconds: 0,
    written_data_bytes: 0,
    data_transfer_bytes: 0,
  }
}

function dates() {
  return { created_at: EPOCH, updated_at: EPOCH }
}
