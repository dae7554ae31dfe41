/**
 * A real PostgreSQL with Neon's roles, grants and reserved slots: what stands behind a Neon endpoint in tests.
 *
 *     await using postgres = await startPostgres({ maxConnections: 30 })
 *     const password = await postgres.createRole('monitor', { grants: ['pg_monitor'] })
 *     const leak = await postgres.session({ application: 'checkout', user: 'neondb_owner' })
 */
import { escapeIdentifier, escapeLiteral, type QueryResultRow } from 'pg'
import { startProcess } from './postgres-process.ts'
import { CLOUD_ADMIN, DATABASE, INTERNAL_APPLICATIONS, OWNER, setPasswords } from './postgres-roles.ts'
import { openSession, type Session } from './postgres-session.ts'
import { HOST, randomPassword } from './process.ts'

export type { Session } from './postgres-session.ts'

export interface PostgresOptions {
  maxConnections?: number
  /** `superuser_reserved_connections`; Neon sets 7. */
  reserved?: number
  /** Holds Neon's own six sessions open, as on a real compute. */
  internalSessions?: boolean
  /** More settings of the server, as `-c name=value`. */
  flags?: Record<string, string | number>
}

export interface SessionOptions {
  /** `application_name`; empty if left out. */
  application?: string
  /** Default `neondb_owner`. */
  user?: string
  /** Only needed for a password other than the role's. */
  password?: string
  /** Default `neondb`. */
  database?: string
  /** Source address, to tell clients of the network (`127.0.0.2`) from those inside the compute (`127.0.0.1`). */
  localAddress?: string
}

export interface RoleOptions {
  /** Roles that it becomes a member of: `pg_monitor`, `pg_signal_backend`, `neon_superuser`, an application's role. */
  grants?: string[]
  /** Attributes of CREATE ROLE besides LOGIN and PASSWORD: `CONNECTION LIMIT 2`, `REPLICATION`. */
  attributes?: string
}

export interface Postgres extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** The data folder, gone after `stop()`. */
  readonly directory: string
  /** Runs SQL as the superuser in `neondb`, on the one session that this object holds open for it. */
  query<Row extends QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>
  /** Makes a role by SQL, as a user would, and returns its password. */
  createRole(name: string, options?: RoleOptions): Promise<string>
  /** The password of a role made at the start (`neondb_owner`, `neon_service`, `cloud_admin`) or by `createRole`. */
  password(role: string): string
  /** Opens a session as an application. It need not be closed: `stop()` ends all. */
  session(options?: SessionOptions): Promise<Session>
  stop(): Promise<void>
}

/** Starts a server in about a second. Sessions for applications: `maxConnections` - `reserved` - those of superusers. */
export async function startPostgres({
  maxConnections = 100,
  reserved = 7,
  internalSessions = false,
  flags = {},
}: PostgresOptions = {}): Promise<Postgres> {
  const server = await startProcess({
    max_connections: maxConnections,
    superuser_reserved_connections: reserved,
    // Neon's own default, of its compute's settings.
    idle_in_transaction_session_timeout: 300_000,
    ...flags,
  })
  let stopping: Promise<void> | undefined
  const stop = () => {
    stopping ??= server.stop()
    return stopping
  }
  try {
    const passwords = new Map([
      [CLOUD_ADMIN, randomPassword()],
      [OWNER, randomPassword()],
      ['neon_service', randomPassword()],
    ])
    const password = (role: string): string => {
      const known = passwords.get(role)
      if (known === undefined) throw new Error(`No role ${role} was made here: createRole('${role}') first`)
      return known
    }
    const open = ({ application = '', user = OWNER, database = DATABASE, ...rest }: SessionOptions) =>
      openSession({
        host: HOST,
        port: server.port,
        user,
        password: rest.password ?? password(user),
        database,
        application_name: application,
        localAddress: rest.localAddress,
      })

    const admin = await open({ application: 'test', user: CLOUD_ADMIN, password: server.password })
    await setPasswords(admin.client, passwords)
    const query = oneAtATime(admin)
    /** A client's goodbye returns before its backend is gone: this one waits, so that a test can count at once. */
    const session = async (options: SessionOptions = {}): Promise<Session> => {
      const opened = await open(options)
      let over = false
      opened.ended.then(() => {
        over = true
      })
      const close = async () => {
        if (over) return
        await opened.close()
        await query('SELECT pg_terminate_backend($1, 10000)', [opened.pid]).catch(() => undefined)
      }
      return { ...opened, close, [Symbol.asyncDispose]: close }
    }
    for (const application of internalSessions ? INTERNAL_APPLICATIONS : []) {
      await session({ application, user: CLOUD_ADMIN, database: 'postgres' })
    }

    const createRole = async (name: string, { grants = [], attributes = '' }: RoleOptions = {}) => {
      const secret = randomPassword()
      const role = escapeIdentifier(name)
      const memberships = grants.map((grant) => `GRANT ${escapeIdentifier(grant)} TO ${role};`)
      await query(`CREATE ROLE ${role} LOGIN ${attributes} PASSWORD ${escapeLiteral(secret)};${memberships.join('')}`)
      passwords.set(name, secret)
      return secret
    }
    return {
      host: HOST,
      port: server.port,
      directory: server.directory,
      query,
      createRole,
      password,
      session,
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** The superuser's queries in turn: a test may ask several at once, `pg` will no longer queue them. */
function oneAtATime(admin: Session): Session['query'] {
  let last: Promise<unknown> = Promise.resolve()
  return <Row extends QueryResultRow>(text: string, values?: unknown[]) => {
    const next = last.then(() => admin.query<Row>(text, values))
    last = next.catch(() => undefined)
    return next
  }
}
