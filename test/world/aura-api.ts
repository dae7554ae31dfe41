import { auraError } from './aura-faults.ts'
import type { Instance } from './aura-instances.ts'
import type { TokenOffice } from './aura-token.ts'
import type { HttpAnswer, HttpRequest } from './http.ts'

export interface AuraState {
  tokens: TokenOffice
  instances: Map<string, Instance>
  /** What is "today" for snapshots. */
  now(): Date
  /** How far the days of snapshots are ahead of UTC's. */
  daysAheadMs: number
  /** Requests that one client may send in a minute. */
  requestsPerMinute: number
}

/** The Aura API v1, as far as Nightshift asks it: instances and their snapshots. Nothing is ever changed by it. */
export function auraApi(state: AuraState) {
  const recent: number[] = []

  return ({ method, url, headers }: HttpRequest): HttpAnswer => {
    const wait = secondsToWait(recent, state.requestsPerMinute)
    if (wait > 0) {
      return { ...refuse(429, 'Too many requests', 'rate-limit'), headers: { 'retry-after': String(wait) } }
    }
    const refusal = state.tokens.refusal(headers.authorization)
    if (refusal) return refusal
    if (method !== 'GET') return refuse(405, 'Method not allowed', 'method-not-allowed')
    const [, collection, id, part, partId] = url.pathname.split('/')
    if (collection === 'instances' && id !== undefined) return ofInstance(state, id, part, partId, url.searchParams)
    return refuse(404, 'Not found', 'not-found')
  }
}

function ok(data: unknown): HttpAnswer {
  return { status: 200, body: { data } }
}

function refuse(status: number, message: string, reason: string, field?: string): HttpAnswer {
  return { status, body: auraError(message, reason, field) }
}

function ofInstance(
  { instances, now, daysAheadMs }: AuraState,
  id: string,
  part: string | undefined,
  snapshotId: string | undefined,
  query: URLSearchParams,
): HttpAnswer {
  const instance = instances.get(id)
  if (instance === undefined) return refuse(404, `DB not found: ${id}`, 'db-not-found')
  if (part === undefined) return ok(instance.api)
  if (part !== 'snapshots') return refuse(404, 'Not found', 'not-found')
  if (snapshotId !== undefined) {
    const snapshot = instance.snapshots.find(({ snapshot_id }) => snapshot_id === snapshotId)
    return snapshot ? ok(snapshot) : refuse(404, `Snapshot not found: ${snapshotId}`, 'snapshot-not-found')
  }
  const dayOf = (at: number) => new Date(at + daysAheadMs).toISOString().slice(0, 10)
  const today = dayOf(now().getTime())
  const day = query.get('date') ?? today
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return refuse(400, 'Invalid date', 'bad-request', 'date')
  // What has no time that can be read is taken for new.
  const madeOn = (at: number) => (Number.isNaN(at) ? today : dayOf(at))
  return ok(instance.snapshots.filter(({ timestamp }) => madeOn(Date.parse(timestamp)) === day))
}

/** How long until another request is allowed, after `recent`, the times of those of the last minute; 0: now. */
function secondsToWait(recent: number[], perMinute: number): number {
  const now = Date.now()
  while (recent[0] !== undefined && recent[0] <= now - 60_000) recent.shift()
  const [oldest] = recent
  if (oldest !== undefined && recent.length >= perMinute) return Math.ceil((oldest + 60_000 - now) / 1_000)
  recent.push(now)
  return 0
}
