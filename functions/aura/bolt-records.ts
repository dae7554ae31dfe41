/** From the driver's records to facts: pure, and generous with types, as servers of different versions are. */
import type { BoltConnection, BoltFacts, BoltPart, BoltTransaction, DatabaseState } from '../checks/aura-reading.ts'
import { LookFailed } from '../failure.ts'
import type { Row } from './bolt-line.ts'
import { normaliseCypher } from './cypher.ts'

/** A transaction as the look saw it, with what tells whether it has touched data since. */
export interface SeenTransaction extends BoltTransaction {
  /**
   * Pages touched and locks held so far. Reading or writing a node adds to it; counting all of them, `db.labels()` or
   * `RETURN 1` does not (measured): where two looks find the same, polls may have run in between.
   */
  work: string
}
export interface BoltLook extends BoltFacts {
  transactions: BoltPart<SeenTransaction[]>
  databases: BoltPart<DatabaseState[]>
  /** Our own end of the connection: the port makes it unique. */
  ownClient?: string
}

export interface BoltRecords {
  /** SHOW TRANSACTIONS before and after the connections were listed. */
  before: BoltPart<Row[]>
  connections: BoltPart<Row[]>
  after: BoltPart<Row[]>
  databases: BoltPart<Row[]>
}

/**
 * @param mark what the metadata of our own transaction says
 * @param us the user and the address that we connected with
 */
export function readRecords(records: BoltRecords, mark: string, us: { user: string; address: string }): BoltLook {
  const listed = mapPart(records.connections, connectionOf)
  const own = ownRow([...rowsOf(records.before), ...rowsOf(records.after)], mark)
  const ownId = own && text(own.connectionId)
  const me = rowsOf(listed).find(({ id }) => id === ownId)
  const ourUser = me?.user ?? us.user
  return {
    member: me?.server ?? rowsOf(listed)[0]?.server ?? us.address,
    ...(own && { ownConnectionId: text(own.connectionId), ownClient: text(own.clientAddress) }),
    // Who is no administrator gets, without a word, none but its own user's: then nobody can tell "alone" from "blind".
    sighted: rowsOf(listed).some(({ user }) => user !== ourUser),
    connections: mapPart(listed, (one) => (one.id === ownId ? undefined : one)),
    transactions: bothTimes(records.before, records.after, mark),
    databases: mapPart(records.databases, databaseOf),
  }
}

/** Our own line among SHOW TRANSACTIONS. */
export const ownRow = (rows: Row[], mark: string): Row | undefined =>
  rows.find(({ metaData }) => (metaData as { nonce?: unknown } | null)?.nonce === mark)

/** Whoever was there at one of the two times: who has no transaction in either had none while the connections were listed. */
function bothTimes(before: BoltPart<Row[]>, after: BoltPart<Row[]>, mark: string): BoltPart<SeenTransaction[]> {
  if ('missing' in before) return before
  if ('missing' in after) return after
  const others = (rows: Row[]) => rows.filter((row) => row !== ownRow(rows, mark)).map(transactionOf)
  const seen = new Map(others(before.rows).map((one) => [one.id, one]))
  for (const now of others(after.rows)) {
    const then = seen.get(now.id)
    // At work at one of the two times is at work.
    seen.set(now.id, now.query === '' && then !== undefined ? { ...now, query: then.query } : now)
  }
  return { rows: [...seen.values()] }
}

export function transactionOf(row: Row): SeenTransaction {
  const status = text(row.status)
  const [, waitsFor = ''] = /^Blocked by: \[(.*)\]/.exec(status) ?? []
  const counters = [row.pageHits, row.pageFaults, row.activeLockCount]
  const waits = status.startsWith('Blocked')
    ? [row.currentQueryWaitTime, row.waitTime, row.currentQueryElapsedTime]
    : []
  const waited = waits.find((one) => one !== null && one !== undefined)
  const running = text(row.currentQuery) !== '' || text(row.currentQueryId) !== ''
  return {
    id: required(row, 'transactionId'),
    database: text(row.database),
    connectionId: text(row.connectionId),
    user: text(row.username),
    client: text(row.clientAddress),
    query: running ? normaliseCypher(text(row.currentQuery)) || '(not shown)' : '',
    status: STATUS.find(([start]) => status.startsWith(start))?.[1] ?? 'other',
    startedAt: epochMs(row.startTime),
    elapsedMs: durationMs(row.elapsedTime),
    blockedBy: waitsFor.split(/,\s*/).filter((id) => id !== ''),
    work: counters.map(text).join(' '),
    // To end one, nothing that could have moved may be unknown.
    ...(counters.every((counter) => text(counter) !== '') && { locks: Number(row.activeLockCount) }),
    ...(waited !== undefined && { waitMs: durationMs(waited) }),
  }
}

const STATUS: [string, BoltTransaction['status']][] = [
  ['Running', 'running'],
  ['Blocked', 'blocked'],
  ['Terminated', 'terminated'],
  ['Closing', 'closing'],
]

export const connectionOf = (row: Row): BoltConnection => ({
  id: required(row, 'connectionId'),
  server: text(row.serverAddress),
  client: text(row.clientAddress),
  // Empty: not logged in (yet).
  user: text(row.username),
  agent: text(row.userAgent),
  connector: text(row.connector),
  connectedAt: epochMs(row.connectTime),
})

const databaseOf = (row: Row): DatabaseState => ({
  name: required(row, 'name'),
  address: text(row.address),
  role: text(row.role),
  currentStatus: text(row.currentStatus),
  requestedStatus: text(row.requestedStatus),
  statusMessage: text(row.statusMessage),
})

const rowsOf = <One>(part: BoltPart<One[]>): One[] => ('rows' in part ? part.rows : [])

function mapPart<From, To>(part: BoltPart<From[]>, one: (from: From) => To | undefined): BoltPart<To[]> {
  return 'rows' in part ? { rows: part.rows.map(one).filter((to): to is To & {} => to !== undefined) } : part
}

function required(row: Row, column: string): string {
  const value = text(row[column])
  if (value !== '') return value
  const message = `a record has no ${column}; it has ${Object.keys(row).join(', ') || 'nothing'}`
  throw new LookFailed({ cause: 'bad-answer', at: 'bolt', message })
}

/** Of a text, a number, the driver's Integer or DateTime; empty for null. */
const text = (value: unknown): string => (value === null || value === undefined ? '' : String(value))

/** Of `2026-11-21T09:21:44.569Z`, or a DateTime: to the nanosecond, and perhaps with `[Europe/Berlin]` behind it. NaN if none. */
const epochMs = (value: unknown): number => Date.parse(text(value).replace(/\[.*\]$/, ''))

/** Of the driver's Duration; 0 for null. Transactions that last for months are given 30 days for each. */
function durationMs(value: unknown): number {
  const { months, days, seconds, nanoseconds } = (value ?? {}) as Record<string, unknown>
  const number = (part: unknown) => Number(text(part) || 0)
  return (
    ((number(months) * 30 + number(days)) * 86_400 + number(seconds)) * 1000 + Math.floor(number(nanoseconds) / 1e6)
  )
}
