/** What one look at one Aura instance brought back: facts only. Times are epoch milliseconds, ages milliseconds. */
import type { Failure } from './reading.ts'

/** What the Aura API says of an instance (GET /v1/instances/{id}). */
export interface InstanceFacts {
  id: string
  name: string
  /** Lower-cased: `running`, `paused`, `loading failed`, ...; others than the documented ones may come. */
  status: string
  /** `free-db`, `professional-db`, `business-critical`, `enterprise-db`, `professional-ds`, `enterprise-ds`. */
  type: string
  region: string
  createdAt?: number
}

/** `available` is what the newer API says of an instance that runs. */
export const isRunning = (status: string): boolean => status === 'running' || status === 'available'

/** One line of `dbms.listConnections()`: of the member that was reached, and of no other. */
export interface BoltConnection {
  id: string
  server: string
  client: string
  user: string
  agent: string
  connector: string
  connectedAt: number
}

/** One line of `SHOW TRANSACTIONS`. */
export interface BoltTransaction {
  id: string
  database: string
  connectionId: string
  user: string
  client: string
  /** Normalised; empty when nothing is running: the transaction is only being held open. */
  query: string
  status: 'running' | 'blocked' | 'terminated' | 'closing' | 'other'
  startedAt: number
  elapsedMs: number
  /** Pages touched and locks held so far: where two looks find the same, nothing was read or written in between. */
  work?: string
  /** Locks held now; absent where the server does not tell all that `work` is made of. */
  locks?: number
  /** Of one that is blocked, how long its query has waited; absent where the server does not tell. */
  waitMs?: number
  /** Ids of the transactions it waits for. */
  blockedBy: string[]
}

/** One line of `SHOW DATABASES`: one for each member that holds it. */
export interface DatabaseState {
  name: string
  address: string
  role: string
  /** `online`, `offline`, `starting`, `quarantined`, ... */
  currentStatus: string
  requestedStatus: string
  statusMessage: string
}

/** A part of the look: what it brought, or why it brought nothing. Missing is never zero. */
export type BoltPart<Rows> = { rows: Rows } | { missing: 'refused' | 'unavailable'; message: string }

export interface BoltFacts {
  /** The member that was reached, as it names itself. */
  member: string
  /** Our own, left out of `connections`. */
  ownConnectionId?: string
  connections: BoltPart<BoltConnection[]>
  transactions: BoltPart<BoltTransaction[]>
  databases: BoltPart<DatabaseState[]>
  /** False when only our own user's connections were listed: nobody else may be connected, or our user may not see them. */
  sighted: boolean
  /** The look was made by way of the `system` database: what kept it out of its own. */
  bySystem?: Failure
}

/** By Aura's metrics, of the member that has the most. */
export interface MeteredConnections {
  /** When they were so, by Aura's clock. */
  at: number
  /** Idle and running. */
  open?: number
  /** Opened, less closed, since the member started. */
  balance?: number
  opened?: number
}

/** What Aura's metrics endpoint brought, or why it brought nothing: the role is missing, nothing current, any other failure. */
export type MetricsPart =
  | { connections: MeteredConnections }
  | { missing: 'role' | 'values' | 'failed'; message: string }

export type AuraReading =
  /** `metrics`: where the tier has them. */
  | { kind: 'seen'; at: number; instance: InstanceFacts; bolt: BoltFacts; metrics?: MetricsPart }
  /** Paused, in transition or gone wrong: not connected to. */
  | { kind: 'not-running'; at: number; instance: InstanceFacts }
  /** `instance`: what the API had said before the database could not be looked at. */
  | { kind: 'failed'; at: number; failure: Failure; instance?: InstanceFacts; metrics?: MetricsPart }
