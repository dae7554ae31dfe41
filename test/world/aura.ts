/**
 * An Aura of our own: the API v1, its token endpoint and that of metrics, over real Neo4j servers.
 *
 *     await using neo4j = await startNeo4j()
 *     await using aura = await startAura()
 *     const shop = aura.addInstance({ id: 'a1b2c3d4', name: 'shop', neo4j })
 *     shop.api.status = 'paused'
 *     shop.addSnapshot({ timestamp: '2026-08-01T03:00:00Z' })
 *     aura.addInstance({ type: 'business-critical' }).metrics = { neo4j_dbms_bolt_connections_idle: 7 }
 *     aura.expireTokens()
 *     aura.fail('api', AURA_FAULTS.rateLimited, { times: 2, match: /snapshots/ })
 */
import { randomUUID } from 'node:crypto'
import { type AuraState, auraApi } from './aura-api.ts'
import { createInstance, type Instance, type InstanceSpec } from './aura-instances.ts'
import { auraMetrics } from './aura-metrics.ts'
import { TokenOffice } from './aura-token.ts'
import { type Fault, type FaultOptions, Faults } from './faults.ts'
import { type RecordedRequest as AnyRequest, startServer } from './http.ts'

export { AURA_FAULTS } from './aura-faults.ts'
export type { Instance, InstanceFields, InstanceSpec, InstanceType, Snapshot } from './aura-instances.ts'
export type { Fault, FaultOptions } from './faults.ts'

export type AuraService = 'token' | 'api' | 'metrics'
export type AuraRequest = AnyRequest<AuraService>

export interface AuraOptions {
  /** Above it the API answers 429 with Retry-After. Aura: 125, or 25 for Free and an unpaid trial. Default: no limit. */
  requestsPerMinute?: number
  /** What is "today" for snapshots. */
  now?: () => Date
  /** How far the days of snapshots are ahead of UTC's: Aura documents no time zone. Default 0. */
  daysAheadMs?: number
}

export interface LocalAura extends AsyncDisposable {
  /** The base: `${url}/oauth/token`, `${url}/v1/instances`. */
  readonly url: string
  readonly client: { id: string; secret: string }
  /** The addresses as Nightshift's environment settings. */
  readonly env: Record<'NIGHTSHIFT_AURA_API_URL' | 'NIGHTSHIFT_AURA_METRICS_URL', string>
  /** By id. A deleted one is answered as Aura does for one that is gone: 404 `db-not-found`. */
  readonly instances: Map<string, Instance>
  /** The id of the project of every instance that names no other. */
  readonly tenant: string
  /** Adds an instance; what it returns is live, a test may change any of it. */
  addInstance(spec?: InstanceSpec): Instance
  /** How many tokens were given out. */
  readonly tokensIssued: number
  /** Every token given out so far is expired now: 403. */
  expireTokens(): void
  /** The client was deleted: its next token request gets 401; a token that it has lasts for its hour. */
  revokeClient(): void
  /** The client is good again. */
  restoreClient(): void
  /** Puts a fault in force; the function returned lifts it. Of several that match, the oldest strikes. */
  fail(service: AuraService, fault: Fault, options?: FaultOptions): () => void
  /** Lifts every fault. */
  heal(): void
  /** Every request, in the order of arrival. Emptied by `aura.requests.length = 0`. */
  readonly requests: AuraRequest[]
  stop(): Promise<void>
}

export async function startAura({
  requestsPerMinute = Number.POSITIVE_INFINITY,
  now = () => new Date(),
  daysAheadMs = 0,
}: AuraOptions = {}): Promise<LocalAura> {
  const tokens = new TokenOffice()
  const state: AuraState = { tokens, instances: new Map(), now, daysAheadMs, requestsPerMinute }
  const faults = new Faults<AuraService>()
  const requests: AuraRequest[] = []
  const server = await startServer({
    services: {
      token: { prefix: '/oauth/token', answer: tokens.answer },
      api: { prefix: '/v1', answer: auraApi(state) },
      metrics: { prefix: '/api/v1', answer: auraMetrics(state) },
    },
    faults,
    requests,
    maxRequestBytes: 1024 * 1024,
    responseHeaders: () => ({ 'x-request-id': randomUUID() }),
  })
  const tenant = randomUUID()

  let stopping: Promise<void> | undefined
  const stop = () => {
    stopping ??= server.stop()
    return stopping
  }
  return {
    url: server.origin,
    client: tokens.client,
    env: { NIGHTSHIFT_AURA_API_URL: server.origin, NIGHTSHIFT_AURA_METRICS_URL: server.origin },
    instances: state.instances,
    tenant,
    addInstance: (spec = {}) => {
      const instance = createInstance(spec, tenant)
      state.instances.set(instance.api.id, instance)
      return instance
    },
    get tokensIssued() {
      return tokens.issued
    },
    expireTokens: () => tokens.expireAll(),
    revokeClient: () => tokens.revoke(),
    restoreClient: () => tokens.restore(),
    fail: (service, fault, options) => faults.add(service, fault, options),
    heal: () => faults.clear(),
    requests,
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
