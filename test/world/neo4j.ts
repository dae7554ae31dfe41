/**
 * A real Neo4j (Community 5.26): what stands behind an Aura instance in tests. A start takes seconds, so the tests of a
 * file share one server and `reset()` it. Every user of Community is an administrator and sees all.
 *
 *     await using neo4j = await startNeo4j()
 *     await neo4j.createUser('shop')
 *     const leak = await neo4j.session({ user: 'shop', userAgent: 'checkout/1.0' })
 *     const forgotten = await leak.begin('CREATE (:Order)')
 */
import type { Config, Driver } from 'neo4j-driver'
import { findLauncher, Neo4jUnavailable } from './neo4j-launcher.ts'
import { ADMIN, startProcess } from './neo4j-process.ts'
import { type ConnectOptions, openDriver, openSession, type Session } from './neo4j-session.ts'
import { HOST, randomPassword } from './process.ts'

export { Neo4jUnavailable } from './neo4j-launcher.ts'
export type { Session } from './neo4j-session.ts'

/** The agent of the connection that this object holds open for itself, as user `neo4j`: it is listed like any other. */
export const OWN_AGENT = 'nightshift-world'

export interface Neo4jOptions {
  /** More settings of the server, as lines of `neo4j.conf`: `{ 'server.bolt.thread_pool_max_size': '5' }`. */
  settings?: Record<string, string>
}

export interface SessionOptions extends Omit<ConnectOptions, 'url' | 'user' | 'password'> {
  /** Default `neo4j`. */
  user?: string
  /** Only needed for a password other than the user's. */
  password?: string
}

/** A row of `dbms.listConnections()`. */
export interface Connection {
  connectionId: string
  /** RFC 3339 with milliseconds or more, in UTC. */
  connectTime: string
  connector: string
  username: string | null
  userAgent: string
  serverAddress: string
  clientAddress: string
}

export interface Neo4j extends AsyncDisposable {
  readonly host: string
  readonly port: number
  /** `neo4j://…`: with routing, as Aura's addresses are. */
  readonly url: string
  /** `bolt://…`: straight to the server. */
  readonly boltUrl: string
  /** Process id of the server. */
  readonly pid: number
  /** The server's folder, gone after `stop()`. */
  readonly directory: string
  /** Runs Cypher as `neo4j`, on the one connection that this object holds open for it. Integers come as numbers. */
  query: Session['query']
  /** Every connection but this object's own. */
  connections(): Promise<Connection[]>
  /** Makes a user and returns its password. */
  createUser(name: string): Promise<string>
  /** The password of `neo4j` or of a user made by `createUser`. */
  password(user: string): string
  /** A pool as an application has it. It need not be closed: `reset()` and `stop()` close all. */
  driver(user: string, config?: Config): Driver
  /** Opens one connection as an application. It need not be closed either. */
  session(options?: SessionOptions): Promise<Session>
  /** Back to an empty server: no connection but its own, hence no transaction, no data, no user but `neo4j`. */
  reset(): Promise<void>
  stop(): Promise<void>
}

/** @throws Neo4jUnavailable if there is neither Java with Maven nor Docker. */
export async function startNeo4j({ settings = {} }: Neo4jOptions = {}): Promise<Neo4j> {
  const server = await startProcess({
    'server.http.enabled': 'false',
    'server.https.enabled': 'false',
    'server.memory.pagecache.size': '16m',
    'db.tx_log.preallocate': 'false',
    'dbms.usage_report.enabled': 'false',
    ...settings,
  })
  const url = `neo4j://${HOST}:${server.port}`
  const boltUrl = `bolt://${HOST}:${server.port}`
  const passwords = new Map([[ADMIN, server.password]])
  const password = (user: string): string => {
    const known = passwords.get(user)
    if (known === undefined) throw new Error(`No user ${user} was made here: createUser('${user}') first`)
    return known
  }
  const clients = new Set<Pick<Driver, 'close'>>()
  let stopping: Promise<void> | undefined
  const stop = () => {
    // The server first, as below: the promise of a query that runs while its driver is closed would never settle.
    stopping ??= server.stop().then(() => closeAll(clients))
    return stopping
  }
  try {
    const open = ({ user = ADMIN, ...options }: SessionOptions) =>
      openSession({ url: boltUrl, user, password: password(user), ...options })
    const admin = await open({ userAgent: OWN_AGENT })
    clients.add(admin)
    const { query } = admin
    const connections = () =>
      query<Connection>(
        `CALL dbms.listConnections() YIELD connectionId, connectTime, connector, username, userAgent, serverAddress, clientAddress
         WHERE userAgent <> $own RETURN *`,
        { own: OWN_AGENT },
      )

    const session = async (options: SessionOptions = {}): Promise<Session> => {
      const opened = await open(options)
      // A client's goodbye returns before the server has forgotten it: this one waits, so that a test can count at once.
      const close = async () => {
        clients.delete(client)
        await opened.close()
        while ((await connections()).some(({ connectionId }) => connectionId === opened.connectionId));
      }
      const client = { close: opened.close }
      clients.add(client)
      return { ...opened, close, [Symbol.asyncDispose]: close }
    }

    const reset = async () => {
      for (let left = await connections(); left.length > 0; left = await connections()) {
        await query('CALL dbms.killConnections($ids)', { ids: left.map(({ connectionId }) => connectionId) })
      }
      clients.delete(admin)
      await closeAll(clients)
      clients.add(admin)
      // A killed connection's transaction is rolled back after it has left the list.
      while ((await query('SHOW TRANSACTIONS YIELD transactionId')).length > 1);
      await query('MATCH (n) DETACH DELETE n')
      for (const user of passwords.keys()) {
        if (user === ADMIN) continue
        await query('DROP USER $user', { user }, 'system')
        passwords.delete(user)
      }
    }

    return {
      host: HOST,
      port: server.port,
      url,
      boltUrl,
      pid: server.pid,
      directory: server.directory,
      query,
      connections,
      createUser: async (name) => {
        const secret = randomPassword()
        await query('CREATE USER $name SET PASSWORD $secret CHANGE NOT REQUIRED', { name, secret }, 'system')
        passwords.set(name, secret)
        return secret
      },
      password,
      driver: (user, config) => {
        const driver = openDriver({ url, user, password: password(user), ...config })
        clients.add(driver)
        return driver
      },
      session,
      reset,
      stop,
      [Symbol.asyncDispose]: stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Why no Neo4j can run on this machine; undefined if one can. */
export async function whyNoNeo4j(): Promise<string | undefined> {
  try {
    await findLauncher()
    return undefined
  } catch (error) {
    if (error instanceof Neo4jUnavailable) return error.message
    throw error
  }
}

async function closeAll(clients: Set<Pick<Driver, 'close'>>): Promise<void> {
  const closing = [...clients].map((client) => client.close())
  clients.clear()
  await Promise.all(closing)
}
