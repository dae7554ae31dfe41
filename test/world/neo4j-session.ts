import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'
import { pipeline } from 'node:stream'
import neo4j, { type Config, type Driver, type Transaction } from 'neo4j-driver'
import { HOST } from './process.ts'

/** A client's Bolt connection as a test holds it: one row of `dbms.listConnections()`, idle between its queries. */
export interface Session extends AsyncDisposable {
  /** A pool of this one connection; it opens another when that is killed. */
  readonly driver: Driver
  /** As the server lists it. */
  readonly connectionId: string
  query<Row extends object>(cypher: string, parameters?: object, database?: string): Promise<Row[]>
  /** Begins a transaction, runs the statement in it and leaves it open, with no query running. */
  begin(cypher?: string, parameters?: object): Promise<Transaction>
  /** Ends the connection, and with it an open transaction. The promise of a query that is running never settles. */
  close(): Promise<void>
}

export interface ConnectOptions {
  url: string
  user: string
  password: string
  userAgent?: string
  /** Address that the client connects from, of this host: `127.0.0.2`. */
  localAddress?: string
}

/** The driver as an application has it, except that it sends no telemetry. */
export function openDriver({ url, user, password, ...config }: ConnectOptions & Config): Driver {
  return neo4j.driver(url, neo4j.auth.basic(user, password), { telemetryDisabled: true, ...config })
}

export async function openSession({ url, localAddress, ...options }: ConnectOptions): Promise<Session> {
  const stack = new AsyncDisposableStack()
  try {
    const via = localAddress === undefined ? url : stack.use(await relay(url, localAddress)).url
    const driver = stack.use(
      openDriver({ ...options, url: via, maxConnectionPoolSize: 1, disableLosslessIntegers: true }),
    )
    const query = async <Row extends object>(cypher: string, parameters?: object, database?: string, mark?: string) => {
      await using session = driver.session({ ...(database && { database }) })
      const { records } = await session.run(cypher, parameters, { ...(mark && { metadata: { mark } }) })
      return records.map((record) => record.toObject() as Row)
    }
    // The driver keeps to itself what the server calls its connection; the server's own list tells.
    const mark = randomUUID()
    const [self] = await query<{ connectionId: string }>(
      'SHOW TRANSACTIONS YIELD connectionId, metaData WHERE metaData.mark = $mark RETURN connectionId',
      { mark },
      undefined,
      mark,
    )
    if (self === undefined) throw new Error(`The server lists no transaction of ${options.user}, who just asked`)
    const resources = stack.move()
    return {
      driver,
      connectionId: self.connectionId,
      query,
      begin: async (cypher, parameters) => {
        const transaction = await driver.session().beginTransaction()
        if (cypher !== undefined) await transaction.run(cypher, parameters)
        return transaction
      },
      close: () => resources.disposeAsync(),
      [Symbol.asyncDispose]: () => resources.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

/** The driver cannot choose its source address, so a relay connects from it. */
async function relay(url: string, localAddress: string): Promise<AsyncDisposable & { url: string }> {
  const target = new URL(url)
  const server = createServer((inside) => {
    const outside = connect({ host: target.hostname, port: Number(target.port), localAddress })
    pipeline(inside, outside, () => undefined)
    pipeline(outside, inside, () => undefined)
  }).listen(0, HOST)
  await once(server, 'listening')
  return {
    // `bolt`, as `neo4j` would go on to the address that the server gives as its own.
    url: `bolt://${HOST}:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.close()
    },
  }
}
