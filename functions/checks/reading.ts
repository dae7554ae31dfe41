/** What one look at one target brought back: facts only, no judgement. Times are epoch milliseconds, ages milliseconds. */

/** Why a look brought nothing back. `connections.reachable` says what each means and what to do. */
export type Cause =
  | 'full' // SQLSTATE 53300: no connection slot left, not even for the monitor
  | 'role-full' // SQLSTATE 53300 by the role's own CONNECTION LIMIT
  | 'database-full' // SQLSTATE 53300 by the database's own CONNECTION LIMIT
  | 'credentials' // the database refused role or password
  | 'no-database' // SQLSTATE 3D000
  | 'no-password' // neither the secret nor Neon holds a password for the role
  | 'starting' // SQLSTATE 57P03
  | 'quota' // the plan's compute, transfer or storage quota is used up
  | 'compute-failing' // Neon's proxy cannot reach Postgres, or Neon cannot start it
  | 'disabled' // the compute is switched off in Neon
  | 'no-compute' // the branch has no compute to connect to
  | 'not-found' // project, branch or endpoint do not exist (any more)
  | 'api-key' // Neon's API refused the key
  | 'client' // Aura refused the API client: its id or secret, or a token fresh from them
  | 'forbidden' // Aura knows the API client, but the client may not see this instance
  | 'secret' // the secret cannot be read or is not as it must be
  | 'rate-limited' // HTTP 429
  | 'unresolved' // DNS
  | 'refused' // TCP
  | 'reset' // TCP, in the middle
  | 'tls'
  | 'timeout'
  | 'provider' // Neon answered with an error of its own
  | 'bad-answer' // not the documented protocol
  | 'query' // the look's own statement failed
  | 'no-time' // the run had no time left for this target
  | 'unexpected'

/** What does not pass by itself: that the compute has fallen asleep meanwhile mends none of these. */
export const STANDING_CAUSES: Cause[] = [
  'quota',
  'credentials',
  'no-password',
  'no-database',
  'tls',
  'query',
  'role-full',
  'database-full',
  'compute-failing',
]

export interface Failure {
  cause: Cause
  /** Which conversation failed. */
  at: 'sql' | 'bolt' | 'api' | 'secret' | 'nightshift'
  /** The other side's own words, redacted. */
  message: string
  /** What Neon's status page says of the region, when it says anything. */
  incident?: { name: string; url: string }
}

/** Sessions alike in application, role, database and state, counted in the server. */
export interface SessionGroup {
  application: string
  role: string
  database: string
  /** As Postgres names it: `active`, `idle`, `idle in transaction`, `disabled`; empty when the role may not see it. */
  state: string
  sessions: number
  /** How long the longest of them has been in this state. */
  oldestMs: number
  /** How many of them are at work, as `atWork` of the reading counts. */
  atWork: number
  /** How many of them are idle, and have been for more than an hour. */
  idleOverHour: number
  /** The lowest and the highest of the addresses that the sessions of an application without a name come from; of others none. */
  clients: string[]
  /** Why no session of the group would ever be ended, or null. */
  protection: Protection | null
}

export const PROTECTIONS = [
  'own-role',
  'not-a-client',
  'superuser',
  'neon',
  'neon-http-pool',
  'pooler',
  'listener',
  'holds-locks',
  'protected',
  'not-selected',
] as const

/** Why a session is never ended. Rechecked in the very statement that ends one. */
export type Protection = (typeof PROTECTIONS)[number]

/** Sessions idle past the policy's limit, alike in who they are and in what protects them. */
export type StaleGroup = Omit<SessionGroup, 'state' | 'atWork' | 'idleOverHour' | 'clients'>

/** An idle session past the policy's limit that nothing protects. */
export interface Candidate {
  pid: number
  application: string
  role: string
  database: string
  idleMs: number
  /** Identity, as text to the microsecond: a Date would lose what makes them equal. */
  backendStart: string
  stateChange: string
  /** Whether our role may end it: member of its role, or of pg_signal_backend. */
  permitted: boolean
}

/** A statement or a transaction that has been going on for long. */
export interface LongOne {
  pid: number
  application: string
  role: string
  database: string
  ageMs: number
  /** Normalised: literals replaced, shortened. */
  statement: string
}

/** Sessions of an application that run the same statement. */
export interface RunningStatement {
  application: string
  role: string
  database: string
  /** Normalised: literals replaced, shortened. */
  statement: string
  sessions: number
  /** How many of them wait for a lock. */
  waiting: number
  /** For how long the longest has been running it. */
  longestMs: number
}

/** A session that waits for a lock. */
export interface WaitingSession {
  pid: number
  /** Who holds the lock or waits for it before this one; 0 is a prepared transaction. */
  blockedBy: number[]
}

/** A session that others wait for. */
export interface Blocker {
  pid: number
  application: string
  role: string
  database: string
  state: string
  /** Waits itself, but was not asked for whom. */
  waits: boolean
  /** Why it is never ended, or null. */
  protection: Protection | null
  /** How long its transaction has been open; null without one. */
  transactionMs: number | null
  /** The last one it ran, normalised: it may have held the lock since one before. */
  statement: string
}

/** What became of a session that an earlier look saw: there is none of a session that has ended. */
export interface KnownSession {
  pid: number
  backendStartMs: number
  /** Since when it has been in its state. */
  stateChangeMs: number
  state: string
}

/** A session that has been idle for more than a minute, whatever the policy says of it. */
export interface IdleSession {
  pid: number
  application: string
  role: string
  database: string
  backendStartMs: number
  stateChangeMs: number
  idleMs: number
  protection: Protection | null
}

export interface Limit {
  /** `max_connections`. */
  max: number
  /** `superuser_reserved_connections` + `reserved_connections`: slots that no application can have. */
  reserved: number
  /** What applications can have: `max` - `reserved`. Neon's own sessions count against it too. */
  usable: number
}

export interface SeenReading {
  kind: 'seen'
  at: number
  limit: Limit
  /** Client sessions, Neon's own included, ours of this look not. */
  used: number
  /** Of those, the ones running a statement. */
  active: number
  /** Those, and the ones in a transaction in which they ran a statement within the last minute. */
  atWork: number
  /** False when the role may not see what others do (no pg_read_all_stats): states and ages are then unknown, never 0. */
  sighted: boolean
  role: string
  serverStartedAt: number
  /** How long nobody but us has done anything; null when nobody is connected. */
  quietMs: number | null
  /** The largest groups; the rest is summed in `otherSessions`. */
  groups: SessionGroup[]
  otherSessions: number
  /** Sessions idle past the policy's limit, protected ones too: the largest groups. */
  stale: StaleGroup[]
  /** How many in all somebody should do something about: what is protected is idle for a good reason. */
  staleSessions: number
  /**
   * Stale sessions that nothing protects, at most 100, of each application the oldest: those that our role may end, oldest
   * first, then the others.
   */
  candidates: Candidate[]
  /** Transactions left open with no statement running, longest first, at most five. */
  idleInTransaction: LongOne[]
  /** Open transactions, at work or not, oldest first, at most five. */
  transactions: LongOne[]
  /** Running statements, longest first, at most five. */
  longRunning: LongOne[]
  /** What sessions run at this moment, backup tools left out: the statements that most run, at most 100 before literals are replaced. */
  statements: RunningStatement[]
  /** How many sessions run those and all the others. */
  runningSessions: number
  /** How many sessions wait for a lock. */
  waitingSessions: number
  /** Who waits for a lock, at most 50: the first in each queue, and of the others those that wait longest. */
  waiting: WaitingSession[]
  /** Whom they wait for, of those that are not in `waiting` themselves; what is no client of the database is not here. At most 50. */
  blockers: Blocker[]
  /**
   * Applications' own sessions that are idle for more than a minute, or than the policy's limit where that is less, longest
   * first: at most 300, of each application those that have been idle for the shortest time.
   */
  idleSessions: IdleSession[]
  /** Of the sessions that the look was asked about, those that are still there. */
  known: KnownSession[]
}

/** The compute is suspended, or let alone so that it can be: nobody is connected, or nobody has done anything since the last look. */
export interface AsleepReading {
  kind: 'asleep'
  at: number
  why: 'suspended' | 'let-sleep' | 'not-started'
}

export interface FailedReading {
  kind: 'failed'
  at: number
  failure: Failure
}

export type ConnectionsReading = SeenReading | AsleepReading | FailedReading

/** Whether a reading says anything of what sessions do: not when the look failed, was blind, or was left out to let the compute sleep. */
export const tellsStates = (reading: ConnectionsReading): boolean =>
  reading.kind === 'seen' ? reading.sighted : reading.kind === 'asleep' && reading.why !== 'let-sleep'

/** What is kept of the last look that saw something, for the hour when nothing can be seen any more. */
export interface LastSeen {
  at: number
  used: number
  usable: number
  /** How long at least nobody but us had done anything. */
  quietMs: number
  /** The applications with the most sessions, most first. */
  top: { name: string; sessions: number }[]
}
