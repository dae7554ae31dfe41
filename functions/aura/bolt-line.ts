/** The driver, tamed: one Bolt connection to one member, nothing tried twice, nothing waited for in vain, nothing left open. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import neo4j from 'neo4j-driver'
import { LookFailed } from '../failure.ts'
import { learnSecret, redact } from '../redact.ts'
import { within } from '../waiting.ts'

/** As the server lists us. */
export const AGENT = 'nightshift/0.1.0'
/** For TCP and TLS. */
const CONNECT_MS = 5_000
/** For all it takes to have a connection, the login included: the only limit that a server has which accepts and is silent. */
const ACQUIRE_MS = 8_000
/** In the server, for a transaction. */
const STATEMENT_MS = 8_000
/** For anything asked: a little longer than the server's and the driver's own limits, so that their word arrives. */
const ANSWER_MS = 10_000
const GOODBYE_MS = 1_000

export interface BoltAccess {
  /** `connection_url` of the Aura API: `neo4j+s://<id>.databases.neo4j.io`. */
  url: string
  user: string
  password: string
  /** Default: the user's home database. */
  database?: string
  /** The deadline of all that is asked for one target. */
  signal: AbortSignal
  /** Only where the Aura API's own address is overridden: a local world speaks without TLS. */
  allowUnencrypted: boolean
}

export type Row = Record<string, unknown>
export type Ask = (cypher: string, parameters?: Record<string, unknown>) => Promise<Row[]>

export interface Work {
  ask: Ask
  /** Never throws: what was asked for has been answered. */
  end(): Promise<void>
}

export interface Line {
  /** An explicit READ transaction; `mark` is how we find ourselves among `SHOW TRANSACTIONS`. The first refusal ends it. */
  begin(mark: string): Promise<Work>
  /** A statement of its own. */
  ask: Ask
  /** Never throws, and takes a second at most. */
  close(): Promise<void>
}

/**
 * The driver keeps a socket open for ever whose handshake is never answered, even after `close()` (measured), and a warm
 * Lambda lives for hours. So each line knows its sockets: Node tells of every new one, in the context of who asked for it.
 */
const context = new AsyncLocalStorage<{ sockets: Socket[]; closed: boolean }>()
subscribe('net.client.socket', (message) => {
  const { socket } = message as { socket: Socket }
  const line = context.getStore()
  // A name may be resolved after the line was closed.
  if (line?.closed) socket.destroy()
  else line?.sockets.push(socket)
})

/** Connects with the first question. @throws LookFailed for an address that is not encrypted, or none */
export function openLine({ url, user, password, database, signal, allowUnencrypted }: BoltAccess): Line {
  learnSecret(password)
  const driver = neo4j.driver(directUrl(url, allowUnencrypted), neo4j.auth.basic(user, password), {
    userAgent: AGENT,
    maxConnectionPoolSize: 1,
    connectionTimeout: CONNECT_MS,
    connectionAcquisitionTimeout: ACQUIRE_MS,
    maxTransactionRetryTime: 0,
    disableAutoCommitRetries: true,
    telemetryDisabled: true,
    disableLosslessIntegers: true,
  })
  const session = driver.session({ defaultAccessMode: neo4j.session.READ, ...(database && { database }) })
  const mine = { sockets: [] as Socket[], closed: false }
  const closing = new AbortController()
  let over: unknown

  /** The driver's own way to abort leaves promises pending for ever, so it is not waited for. */
  const answer = async <Result>(question: () => Promise<Result>): Promise<Result> => {
    signal.throwIfAborted()
    if (over !== undefined) throw over
    const limit = new AbortController()
    const timer = setTimeout(() => limit.abort(new DOMException('no answer in time', 'TimeoutError')), ANSWER_MS)
    try {
      return await within(signal, within(closing.signal, within(limit.signal, context.run(mine, question))))
    } catch (error) {
      // The only connection is still busy with what was not waited for.
      if (signal.aborted || closing.signal.aborted || limit.signal.aborted) over = error
      throw error
    } finally {
      clearTimeout(timer)
    }
  }

  return {
    begin: (mark) =>
      answer(async () => {
        const metadata = { app: 'nightshift', nonce: mark }
        const transaction = await session.beginTransaction({ timeout: STATEMENT_MS, metadata })
        return {
          ask: (cypher, parameters) => answer(async () => rowsOf(await transaction.run(cypher, parameters))),
          end: () => answer(() => transaction.close()).catch(() => undefined),
        }
      }),
    ask: (cypher, parameters) =>
      answer(async () => rowsOf(await session.run(cypher, parameters, { timeout: STATEMENT_MS }))),
    close: async () => {
      mine.closed = true
      closing.abort(new DOMException('the line was closed', 'AbortError'))
      // In good order, so that the server forgets us at once; while a query runs that may never come to an end.
      await within(AbortSignal.timeout(GOODBYE_MS), driver.close()).catch(() => undefined)
      for (const socket of mine.sockets) socket.destroy()
    },
  }
}

const rowsOf = ({ records }: { records: { toObject(): Row }[] }): Row[] => records.map((record) => record.toObject())

/**
 * `neo4j+s://` makes the driver go round the members, one for each transaction, while ids, listings and endings belong to
 * one member: `bolt+s://` stays on the one that answers. For writing that may be the wrong one; we write nothing.
 */
function directUrl(url: string, allowUnencrypted: boolean): string {
  const failed = (cause: 'tls' | 'bad-answer', message: string) => new LookFailed({ cause, at: 'bolt', message })
  const { protocol, host } = URL.canParse(url) ? new URL(url) : { protocol: '', host: '' }
  const [, security] = /^(?:neo4j|bolt)(\+s|\+ssc|):$/.exec(protocol) ?? []
  if (security === undefined || host === '')
    throw failed('bad-answer', `"${redact(url)}" is no address of Neo4j; one is like neo4j+s://<id>.databases.neo4j.io`)
  // `+ssc` is encrypted, but takes anybody's certificate.
  if (security !== '+s' && !allowUnencrypted)
    throw failed(
      'tls',
      `${protocol}//${host} is not safely encrypted, so the password was not sent; Aura's addresses begin with neo4j+s://`,
    )
  return `bolt${security}://${host}`
}
