import { randomBytes, randomUUID } from 'node:crypto'
import { type Metrics, quietMetrics } from './aura-metrics.ts'

/** Tiers as the API names them; `enterprise-db` is the Virtual Dedicated Cloud. */
export type InstanceType =
  | 'free-db'
  | 'professional-db'
  | 'business-critical'
  | 'enterprise-db'
  | 'professional-ds'
  | 'enterprise-ds'

/** What `GET /v1/instances/{id}` gives. Fields that a tier does not have are missing. */
export interface InstanceFields {
  id: string
  name: string
  /** `running`, `paused`, `loading failed`…, and whatever else a test puts here: Aura adds some at times. */
  status: string
  tenant_id: string
  cloud_provider: string
  /** Null while an instance is made. */
  connection_url: string | null
  region: string
  type: InstanceType
  /** Missing while it is destroyed. */
  memory?: string
  storage?: string | null
  created_at?: string | null
  metrics_integration_url?: string | null
  /** Free only. Some clients have seen strings. */
  graph_nodes?: number | string
  graph_relationships?: number | string
  secondaries_count?: number
  cdc_enrichment_mode?: string
}

export interface Snapshot {
  snapshot_id: string
  instance_id: string
  /** `Scheduled` or `AdHoc`. */
  profile?: string | undefined
  /** `Pending`, `InProgress`, `Completed`, `Failed`, `Cancelled`, and whatever else a test puts here. */
  status: string
  /** RFC 3339, in UTC. */
  timestamp: string
  /** True means a full snapshot. */
  exportable?: boolean | undefined
}

/** An instance as a test holds it: what the API gives, to be changed at will. */
export interface Instance {
  api: InstanceFields
  /** In any order: Aura documents none. */
  snapshots: Snapshot[]
  addSnapshot(fields?: Partial<Snapshot>): Snapshot
  /** What its metrics endpoint tells; undefined: it has none. */
  metrics: Metrics | undefined
}

export interface InstanceSpec extends Partial<InstanceFields> {
  /** The server that its connection URL leads to; without it to a name that does not resolve, like a paused Free one's. */
  neo4j?: { url: string }
}

export interface Tenant {
  id: string
  name: string
}

/** Only these can be scraped. */
const WITH_METRICS: InstanceType[] = ['business-critical', 'enterprise-db', 'enterprise-ds']

export function createInstance({ neo4j, ...fields }: InstanceSpec, tenantId: string): Instance {
  const { id = randomBytes(4).toString('hex'), type = 'professional-db', tenant_id = tenantId } = fields
  const api: InstanceFields = {
    id,
    name: id,
    status: 'running',
    tenant_id,
    cloud_provider: 'aws',
    connection_url: neo4j?.url ?? `neo4j+s://${id}.databases.neo4j.invalid`,
    region: 'us-east-1',
    type,
    memory: type === 'free-db' ? '1GB' : '2GB',
    created_at: new Date(Date.now() - 90 * 86_400_000).toISOString(),
    ...(type === 'free-db' ? { graph_nodes: 0, graph_relationships: 0 } : { storage: '4GB' }),
    ...(WITH_METRICS.includes(type) && { metrics_integration_url: metricsUrl(tenant_id, id) }),
    ...(type === 'enterprise-db' && { secondaries_count: 0 }),
    ...((type === 'enterprise-db' || type === 'business-critical') && { cdc_enrichment_mode: 'OFF' }),
    ...fields,
  }
  const snapshots: Snapshot[] = []
  return {
    api,
    snapshots,
    metrics: WITH_METRICS.includes(type) ? quietMetrics() : undefined,
    addSnapshot: (changes = {}) => {
      const snapshot: Snapshot = {
        snapshot_id: randomUUID(),
        instance_id: id,
        profile: 'Scheduled',
        status: 'Completed',
        timestamp: new Date().toISOString(),
        exportable: true,
        ...changes,
      }
      snapshots.push(snapshot)
      return snapshot
    },
  }
}

export const metricsUrl = (project: string, id: string): string =>
  `https://customer-metrics-api.neo4j.io/api/v1/${project}/${id}/metrics`
