import { connect as connectSocket } from 'node:net'
import type { Client } from 'pg'
import type { Endpoint } from './neon-projects.ts'
import { connectFault } from './neon-sql-errors.ts'
import { backendKey, connect } from './postgres-session.ts'

export interface Login {
  user: string
  password: string
  database: string
}

export interface PoolOptions {
  /** Address that the front connects from. */
  localAddress: string | undefined
  /** Milliseconds that an unused session is kept. */
  keepFor: number
  /** Sessions kept for an endpoint. */
  keepAtMost: number
}

/** What the proxy runs on a session before it keeps it: an application's session shows this as its last query. */
const RESET = `ROLLBACK;
  CLOSE ALL;
  SET SESSION AUTHORIZATION DEFAULT;
  RESET ALL;
  DEALLOCATE ALL;
  UNLISTEN *;
  SELECT pg_advisory_unlock_all();
  DISCARD TEMP;
  DISCARD SEQUENCES;`

/** A session of PostgreSQL, lent to one request. */
export interface Lease {
  endpoint: Endpoint
  login: Login
  client: Client
}

/** The sessions that Neon's proxy keeps between requests, as a test can see them in `pg_stat_activity`. */
export class SessionPool {
  readonly #options: PoolOptions
  readonly #kept = new Map<Lease, NodeJS.Timeout>()
  #closed = false

  constructor(options: PoolOptions) {
    this.#options = options
  }

  /** The session last kept for this login, or a new one. Throws what the front answers. */
  async take(endpoint: Endpoint, login: Login): Promise<Lease> {
    const kept = [...this.#kept.keys()].findLast((one) => one.endpoint === endpoint && sameLogin(one.login, login))
    if (kept) {
      this.#forget(kept)
      return kept
    }
    const { host, port } = endpoint.postgres
    const { localAddress } = this.#options
    try {
      // Only user and database reach PostgreSQL over HTTP: no application name, no options.
      const client = await connect({ host, port, ...login, application_name: '', localAddress })
      const lease = { endpoint, login, client }
      client.once('end', () => this.#forget(lease))
      return lease
    } catch (error) {
      throw connectFault(error, login.user)
    }
  }

  /** Takes a session back. The reset is waited for, so that a test sees the session idle once it has its answer. */
  async keep(lease: Lease): Promise<void> {
    const { client } = lease
    // A transaction left open is a broken session to the proxy.
    const reset = client.getTransactionStatus() === 'I' && (await client.query(RESET).catch(() => undefined))
    if (!reset || this.#closed || this.#keptFor(lease.endpoint) >= this.#options.keepAtMost) {
      await client.end()
      return
    }
    this.#kept.set(lease, setTimeout(() => this.#drop(lease), this.#options.keepFor).unref())
  }

  /** Ends every session, and from now on those that are given back. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all([...this.#kept.keys()].map((lease) => this.#drop(lease)))
  }

  #keptFor(endpoint: Endpoint): number {
    return [...this.#kept.keys()].filter((lease) => lease.endpoint === endpoint).length
  }

  #forget(lease: Lease): void {
    clearTimeout(this.#kept.get(lease))
    this.#kept.delete(lease)
  }

  async #drop(lease: Lease): Promise<void> {
    this.#forget(lease)
    await lease.client.end()
  }
}

/** The password too: the proxy checks it at every request. */
function sameLogin(a: Login, b: Login): boolean {
  return a.user === b.user && a.database === b.database && a.password === b.password
}

/** Asks the server to cancel what this session is running: PostgreSQL's CancelRequest, on a connection of its own. */
export function cancel({ endpoint, client }: Lease): void {
  const { processID, secretKey } = backendKey(client)
  const message = Buffer.alloc(16)
  for (const [index, word] of [16, 80877102, processID, secretKey].entries()) message.writeInt32BE(word, index * 4)
  connectSocket(endpoint.postgres.port, endpoint.postgres.host)
    .on('error', () => undefined)
    .end(message)
}
