/** One look at one Neo4j over Bolt, and the endings that follow from it, all on one connection. Judges nothing. */
import { randomUUID } from 'node:crypto'
import type { BoltConnection, BoltPart } from '../checks/aura-reading.ts'
import { errorMessage } from '../redact.ts'
import {
  type BoltEnding,
  endConnection,
  endTransaction,
  LIST_CONNECTIONS,
  type OwnEnd,
  SHOW_TRANSACTIONS,
} from './bolt-end.ts'
import { missingPart } from './bolt-failure.ts'
import { type BoltAccess, type Line, openLine, type Row } from './bolt-line.ts'
import { type BoltLook, type BoltRecords, readRecords, type SeenTransaction } from './bolt-records.ts'
import { storeSize } from './store-size.ts'

const SHOW_DATABASES = `
SHOW DATABASES
YIELD name, role, address, currentStatus, requestedStatus, statusMessage`

export interface Bolt extends AsyncDisposable {
  /** @throws whatever the driver throws, or the reason of the deadline: `boltFailure` knows them */
  look(): Promise<BoltLook>
  /** Ends a connection of the last look that has no transaction. Never throws, never asked again. */
  endConnection(victim: BoltConnection): Promise<BoltEnding>
  /** Ends a transaction of the last look that was held open with no query running. Never throws, never asked again. */
  endTransaction(victim: SeenTransaction): Promise<BoltEnding>
  /** The bytes of all databases, where the server tells them. Never throws; to be asked last. */
  storeSize(): Promise<number | undefined>
  /** Never throws, and takes a second at most. */
  close(): Promise<void>
}

/** Connects with the first question; to be closed whatever happens. @throws LookFailed for an address that is not encrypted */
export function openBolt(access: BoltAccess): Bolt {
  const line = openLine(access)
  const mark = randomUUID()
  let own: OwnEnd | undefined
  const notLooked: BoltEnding = { outcome: 'not-tried', detail: 'the look did not find its own connection' }
  return {
    look: async () => {
      own = undefined
      const records = await readAll(line, mark)
      const look = readRecords(records, mark, { user: access.user, address: new URL(access.url).host })
      const { ownConnectionId: id, ownClient: client } = look
      if (id && client) own = { id, client }
      return look
    },
    endConnection: async (victim) => (own ? endConnection(line, mark, own, victim) : notLooked),
    endTransaction: async (victim) => (own ? endTransaction(line, mark, own, victim) : notLooked),
    storeSize: () => storeSize(line),
    close: line.close,
    [Symbol.asyncDispose]: line.close,
  }
}

/** Everything that one look reads. A part that is missing is told as such; an error that is about more is thrown. */
export async function readAll(line: Line, mark: string): Promise<BoltRecords> {
  return { ...(await readSessions(line, mark)), databases: await part(() => line.ask(SHOW_DATABASES)) }
}

/** Transactions on both sides of the connections: who has none in either listing had none in between. */
async function readSessions(line: Line, mark: string): Promise<Omit<BoltRecords, 'databases'>> {
  let work = await line.begin(mark)
  const read = async (cypher: string) => {
    const rows = await part(() => work.ask(cypher))
    if ('rows' in rows) return rows
    // A refusal rolls back the transaction: what is left to read gets another.
    await work.end()
    work = await line.begin(mark)
    return rows
  }
  try {
    const before = await read(SHOW_TRANSACTIONS)
    const connections = await read(LIST_CONNECTIONS)
    return { before, connections, after: 'missing' in before ? before : await read(SHOW_TRANSACTIONS) }
  } finally {
    await work.end()
  }
}

/** Missing, when the server says that this is not for us, or that there is no such thing; any other error is the look's. */
async function part(read: () => Promise<Row[]>): Promise<BoltPart<Row[]>> {
  try {
    return { rows: await read() }
  } catch (error) {
    const missing = missingPart(error)
    if (missing === undefined) throw error
    return { missing, message: errorMessage(error) }
  }
}
