import { Socket } from 'node:net'
import { Client, type ClientConfig, type QueryResultRow } from 'pg'

/** A client's connection to PostgreSQL as a test holds it: one row of `pg_stat_activity`. */
export interface Session extends AsyncDisposable {
  readonly client: Client
  /** Process id of the backend that serves it. */
  readonly pid: number
  /** Settles when the session is over; with the reason if the other side ended it (57P01: terminated). */
  readonly ended: Promise<Error | undefined>
  query<Row extends QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>
  /** Ends it; resolves when the server no longer lists it. */
  close(): Promise<void>
}

export interface ConnectOptions extends ClientConfig {
  /** Address that the client connects from, of this host: `127.0.0.2`. */
  localAddress?: string
}

/** Opens a client whose later end is no uncaught error: being terminated is part of what is tested. */
export async function connect({ localAddress, ...config }: ConnectOptions): Promise<Client> {
  const client = new Client({ ...config, ...(localAddress && { stream: () => socketFrom(localAddress) }) })
  client.on('error', () => undefined)
  await client.connect()
  return client
}

export async function openSession(options: ConnectOptions): Promise<Session> {
  const client = await connect(options)
  let reason: Error | undefined
  client.on('error', (error) => {
    reason ??= error
  })
  // Not `events.once`: it would reject with the very error that is the answer here.
  const ended = new Promise<Error | undefined>((resolve) => client.once('end', () => resolve(reason)))
  const close = () => client.end()
  return {
    client,
    pid: backendKey(client).processID,
    ended,
    query: async <Row extends QueryResultRow>(text: string, values?: unknown[]) =>
      (await client.query<Row>(text, values)).rows,
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** What the server calls BackendKeyData: who serves this client, and the key that lets it be cancelled. */
export function backendKey(client: Client): { processID: number; secretKey: number } {
  return client as unknown as { processID: number; secretKey: number }
}

/** `pg` has no setting for the source address, but lets us bring the socket that it will connect. */
function socketFrom(localAddress: string): Socket {
  const socket = new Socket()
  const connectSocket = socket.connect.bind(socket)
  socket.connect = ((port: number, host: string) =>
    connectSocket({ port, host, localAddress })) as typeof socket.connect
  return socket
}
