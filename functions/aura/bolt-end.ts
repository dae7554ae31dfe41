/** Ends a connection or a transaction, if it is still the one that the look saw: asked again in the statement that ends it. */
import { setTimeout as sleep } from 'node:timers/promises'
import { isNightshift } from '../checks/aura/users.ts'
import type { BoltConnection } from '../checks/aura-reading.ts'
import type { Outcome } from '../checks/victims.ts'
import { errorMessage } from '../redact.ts'
import { refusesEnding } from './bolt-failure.ts'
import type { Line, Row } from './bolt-line.ts'
import { connectionOf, ownRow, type SeenTransaction, transactionOf } from './bolt-records.ts'

/** All users of a transaction's line are told apart by these; `metaData` holds the mark of our own. */
export const SHOW_TRANSACTIONS = `
SHOW TRANSACTIONS
YIELD transactionId, database, connectionId, clientAddress, username, currentQuery, currentQueryId, startTime, elapsedTime,
  status, metaData, pageHits, pageFaults, activeLockCount, waitTime, currentQueryWaitTime, currentQueryElapsedTime`

export const LIST_CONNECTIONS = `
CALL dbms.listConnections()
YIELD connectionId, connectTime, connector, username, userAgent, serverAddress, clientAddress`

/** Ids are counted from zero by each member and after each start: all of the identity, or it is another. */
const KILL_CONNECTION = `${LIST_CONNECTIONS}
WHERE connectionId = $id AND serverAddress = $server AND clientAddress = $client AND username = $user
  AND userAgent = $agent AND connector = 'bolt' AND datetime(connectTime).epochMillis = toInteger($connectedAt)
  AND connectionId <> $own
WITH connectionId
CALL dbms.killConnection(connectionId) YIELD username, message
RETURN username, message`

/**
 * Only what holds locks, which others may be waiting for; and only where every counter is told: with one that is null
 * nothing would be equal, and so nobody is ended.
 */
const TERMINATE_TRANSACTION = `
SHOW TRANSACTIONS
YIELD transactionId AS id, database, connectionId, clientAddress, username, currentQuery, currentQueryId, startTime, status,
  pageHits, pageFaults, activeLockCount
WHERE id = $id AND database = $database AND connectionId = $connectionId AND connectionId <> $own
  AND clientAddress = $client AND username = $user AND datetime(toString(startTime)).epochMillis = toInteger($startedAt)
  AND coalesce(currentQuery, '') = '' AND coalesce(currentQueryId, '') = '' AND status = 'Running'
  AND activeLockCount > 0
  AND toString(pageHits) + ' ' + toString(pageFaults) + ' ' + toString(activeLockCount) = $work
TERMINATE TRANSACTIONS id YIELD transactionId, message
RETURN transactionId, message`

/** Given to a connection to be gone. */
const ENDING_MS = 1_000

export interface BoltEnding {
  outcome: Outcome
  /** The other side's words for a refusal, redacted. */
  detail?: string
}

/** The connection of the look, as both sides name it. */
export interface OwnEnd {
  id: string
  client: string
}

/** Ends an idle connection. What it could have begun since the reading just before is one round trip's worth. */
export function endConnection(line: Line, mark: string, own: OwnEnd, victim: BoltConnection): Promise<BoltEnding> {
  if (victim.id === own.id || victim.connector !== 'bolt' || victim.user === '' || isNightshift(victim))
    return Promise.resolve({ outcome: 'protected' })
  return onLineOfLook(line, mark, own, async (ask, transactions) => {
    if (transactions.some(({ connectionId }) => connectionId === victim.id)) return { outcome: 'woke' }
    const [killed] = await ask(KILL_CONNECTION, { ...victim, own: own.id })
    if (killed === undefined) return { outcome: 'gone' }
    // The words of the answer may change with the version; what is listed afterwards tells. It may take a moment.
    for (const start = Date.now(); Date.now() - start < ENDING_MS; await sleep(50)) {
      const left = (await ask(LIST_CONNECTIONS)).map(connectionOf)
      if (!left.some(({ id, connectedAt }) => id === victim.id && connectedAt === victim.connectedAt))
        return { outcome: 'ended' }
    }
    return { outcome: 'still-ending' }
  })
}

/**
 * Ends a transaction that is held open with locks, nothing running and nothing read or written since the look. A poll that
 * touches no data in between cannot be seen. Its connection lives on.
 */
export function endTransaction(line: Line, mark: string, own: OwnEnd, victim: SeenTransaction): Promise<BoltEnding> {
  if (victim.connectionId === own.id) return Promise.resolve({ outcome: 'protected' })
  const find = (rows: Row[]) =>
    rows
      .map(transactionOf)
      .find(
        ({ id, connectionId, startedAt, status }) =>
          id === victim.id &&
          connectionId === victim.connectionId &&
          startedAt === victim.startedAt &&
          status !== 'terminated' &&
          status !== 'closing',
      )
  return onLineOfLook(line, mark, own, async (ask, transactions) => {
    if (find(transactions) === undefined) return { outcome: 'gone' }
    const [told] = await ask(TERMINATE_TRANSACTION, { ...victim, own: own.id })
    const left = find(await ask(SHOW_TRANSACTIONS))
    if (told === undefined) return { outcome: left ? 'woke' : 'gone' }
    // To who may not end it, the server says that there is none; that it goes on says the rest.
    return left ? { outcome: 'refused', detail: errorMessage(told.message) } : { outcome: 'ended' }
  })
}

type Ask = (cypher: string, parameters?: Row) => Promise<Row[]>
type Ending = (ask: Ask, transactions: Row[]) => Promise<BoltEnding>

/** Ends within one transaction on the look's own connection: on another, ids may be those of another member. */
async function onLineOfLook(line: Line, mark: string, own: OwnEnd, end: Ending): Promise<BoltEnding> {
  let tried = false
  try {
    const { ask: askLine, end: leave } = await line.begin(mark)
    const ask: Ask = (cypher, parameters) => {
      tried ||= cypher === KILL_CONNECTION || cypher === TERMINATE_TRANSACTION
      return askLine(cypher, parameters)
    }
    try {
      const transactions = await ask(SHOW_TRANSACTIONS)
      const self = ownRow(transactions, mark)
      if (self?.connectionId === own.id && self.clientAddress === own.client) return await end(ask, transactions)
      return { outcome: 'not-tried', detail: 'the connection that the look was made on is gone' }
    } finally {
      await leave()
    }
  } catch (error) {
    const outcome = !tried ? 'not-tried' : refusesEnding(error) ? 'refused' : 'lost'
    return { outcome, detail: errorMessage(error) }
  }
}
