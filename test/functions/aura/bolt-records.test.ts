import neo4j from 'neo4j-driver'
import { expect, test } from 'vitest'
import { type BoltRecords, readRecords } from '../../../functions/aura/bolt-records.ts'

const AT = '2026-11-21T09:21:44.569Z'
const US = { user: 'monitor', address: 'abc.databases.neo4j.io' }
const connection = (given: Record<string, unknown> = {}) => ({
  connectionId: 'bolt-3',
  connectTime: AT,
  connector: 'bolt',
  username: 'shop',
  userAgent: 'checkout/1.0',
  serverAddress: '10.0.0.1:7687',
  clientAddress: '10.1.1.1:55814',
  ...given,
})
const transaction = (given: Record<string, unknown> = {}) => ({
  transactionId: 'neo4j-transaction-6',
  database: 'neo4j',
  connectionId: 'bolt-3',
  clientAddress: '10.1.1.1:55814',
  username: 'shop',
  currentQuery: '',
  currentQueryId: '',
  startTime: AT,
  elapsedTime: new neo4j.types.Duration(0, 0, 3, 534_000_000),
  status: 'Running',
  metaData: {},
  pageHits: 4,
  pageFaults: 0,
  activeLockCount: 2,
  ...given,
})
const ours = {
  connection: connection({
    connectionId: 'bolt-5',
    username: 'monitor',
    userAgent: 'nightshift/0.1.0',
    clientAddress: '10.2.2.2:1',
  }),
  transaction: transaction({
    transactionId: 'neo4j-transaction-9',
    connectionId: 'bolt-5',
    username: 'monitor',
    clientAddress: '10.2.2.2:1',
    metaData: { app: 'nightshift', nonce: 'mark' },
    currentQuery: 'SHOW TRANSACTIONS',
  }),
}
const refused = { missing: 'refused', message: 'not allowed' } as const

const read = (
  { connections = [], before = [], after = before }: Record<string, Record<string, unknown>[]> = {},
  parts: Partial<BoltRecords> = {},
) =>
  readRecords(
    {
      connections: { rows: [...connections, ours.connection] },
      before: { rows: [ours.transaction, ...before] },
      after: { rows: [...after, ours.transaction] },
      databases: { rows: [] },
      ...parts,
    },
    'mark',
    US,
  )
const one = (before: Record<string, unknown>, after = before) => {
  const { transactions } = read({ before: [transaction(before)], after: [transaction(after)] })
  return 'rows' in transactions ? transactions.rows[0] : undefined
}

test('a connection and a transaction, as facts', () => {
  expect(read({ connections: [connection()], before: [transaction()] })).toEqual({
    member: '10.0.0.1:7687',
    ownConnectionId: 'bolt-5',
    ownClient: '10.2.2.2:1',
    sighted: true,
    connections: {
      rows: [
        {
          id: 'bolt-3',
          server: '10.0.0.1:7687',
          client: '10.1.1.1:55814',
          user: 'shop',
          agent: 'checkout/1.0',
          connector: 'bolt',
          connectedAt: Date.parse(AT),
        },
      ],
    },
    transactions: {
      rows: [
        {
          id: 'neo4j-transaction-6',
          database: 'neo4j',
          connectionId: 'bolt-3',
          user: 'shop',
          client: '10.1.1.1:55814',
          query: '',
          status: 'running',
          startedAt: Date.parse(AT),
          elapsedMs: 3_534,
          blockedBy: [],
          work: '4 0 2',
          locks: 2,
        },
      ],
    },
    databases: { rows: [] },
  })
})

test('how many locks it holds is known only where the server tells everything that work is made of', () => {
  for (const column of ['pageHits', 'pageFaults', 'activeLockCount'])
    expect(one({ [column]: null })?.locks).toBeUndefined()
  expect(one({ activeLockCount: 0 })?.locks).toBe(0)
})

test('for how long one waits is that of its query, or of the transaction, or no longer than the query runs', () => {
  const seconds = (n: number) => new neo4j.types.Duration(0, 0, n, 0)
  const waits = (columns: object) => one({ status: 'Blocked by: [t-1]', currentQuery: 'x', ...columns })?.waitMs
  const all = { currentQueryWaitTime: seconds(1), waitTime: seconds(2), currentQueryElapsedTime: seconds(3) }
  expect(waits(all)).toBe(1_000)
  expect(waits({ ...all, currentQueryWaitTime: null })).toBe(2_000)
  expect(waits({ ...all, currentQueryWaitTime: null, waitTime: null })).toBe(3_000)
  expect(waits({})).toBeUndefined()
  expect(one(all)?.waitMs).toBeUndefined()
})

test('blind is who sees nobody, or nobody but its own user, however many', () => {
  expect(read().sighted).toBe(false)
  const another = (id: number) => connection({ connectionId: `bolt-${id}`, username: 'monitor' })
  expect(read({ connections: [1, 2, 3].map(another) }).sighted).toBe(false)
  expect(read({}, { connections: refused }).sighted).toBe(false)
  expect(read({}, { connections: { rows: [] } }).sighted).toBe(false)
})

test('who sees somebody else is not blind, nor who sees somebody that has not logged in', () => {
  expect(read({ connections: [connection()] }).sighted).toBe(true)
  expect(read({ connections: [connection({ username: null })] }).sighted).toBe(true)
})

test('where we are not found among the transactions, our user is the one that we logged in with', () => {
  const alone = read({ connections: [connection({ username: 'monitor' })] }, { before: refused, after: refused })
  expect(alone).toMatchObject({ sighted: false, transactions: refused, member: '10.0.0.1:7687' })
  expect(alone).not.toHaveProperty('ownConnectionId')
  expect(alone.connections).toMatchObject({ rows: [{ id: 'bolt-3' }, { id: 'bolt-5' }] })
})

test('what is missing is missing, and never nobody', () => {
  const unavailable = { missing: 'unavailable', message: 'no such procedure' } as const
  const parts = { before: refused, after: refused, connections: unavailable, databases: refused }
  expect(read({}, parts)).toEqual({
    member: 'abc.databases.neo4j.io',
    sighted: false,
    connections: unavailable,
    transactions: refused,
    databases: refused,
  })
  expect(read({}, { after: refused }).transactions).toEqual(refused)
})

test('a transaction that was seen at one of the two times was there', () => {
  const other = transaction({ transactionId: 'neo4j-transaction-7' })
  const { transactions } = read({ before: [transaction()], after: [other] })
  expect(transactions).toMatchObject({ rows: [{ id: 'neo4j-transaction-6' }, { id: 'neo4j-transaction-7' }] })
})

test('at work at one of the two times is at work', () => {
  const busy = { currentQuery: 'MATCH (n) RETURN n', currentQueryId: 'query-8' }
  expect(one(busy, {})).toMatchObject({ query: 'MATCH (n) RETURN n' })
  expect(one({}, busy)).toMatchObject({ query: 'MATCH (n) RETURN n' })
  expect(one({ currentQuery: null, currentQueryId: null })).toMatchObject({ query: '' })
  expect(one({ currentQuery: null, currentQueryId: 'query-8' })).toMatchObject({ query: '(not shown)' })
})

test.for([
  ['Running', 'running', []],
  ['Blocked by: [neo4j-transaction-4, neo4j-transaction-5]', 'blocked', ['neo4j-transaction-4', 'neo4j-transaction-5']],
  ['Blocked by: []', 'blocked', []],
  ['Terminated with reason: Status.Code[Neo.ClientError.Transaction.Terminated]', 'terminated', []],
  ['Closing', 'closing', []],
  ['Resting', 'other', []],
  [null, 'other', []],
] as const)('status %s is %s', ([said, status, blockedBy]) => {
  expect(one({ status: said })).toMatchObject({ status, blockedBy })
})

test.for([
  AT,
  '2026-11-21T10:21:44.569000000+01:00[Europe/Berlin]',
  new neo4j.types.DateTime(2026, 11, 21, 10, 21, 44, 569_000_000, 3_600),
  new neo4j.types.DateTime(2026, 11, 21, 10, 21, 44, 569_000_000, 3_600, 'Europe/Berlin'),
])('a start is read from %s', (startTime) => {
  expect(one({ startTime })?.startedAt).toBe(Date.parse(AT))
})

test.for([
  [new neo4j.types.Duration(0, 2, 5, 999_999_999), 172_805_999],
  [new neo4j.types.Duration(neo4j.int(0), neo4j.int(0), neo4j.int(61), neo4j.int(7_000_000)), 61_007],
  [null, 0],
] as const)('%s is a time of %d ms', ([elapsedTime, ms]) => {
  expect(one({ elapsedTime })?.elapsedMs).toBe(ms)
})

test('integers of either kind are the same work', () => {
  expect(one({ pageHits: neo4j.int(7), pageFaults: null, activeLockCount: 1n })?.work).toBe('7  1')
})

test('a database has a line for each member that holds it', () => {
  const row = {
    name: 'neo4j',
    role: 'secondary',
    address: 'a:7687',
    currentStatus: 'offline',
    requestedStatus: 'online',
  }
  const rows = [row, { ...row, role: 'primary', address: 'b:7687', statusMessage: 'why' }]
  expect(read({}, { databases: { rows } }).databases).toEqual({
    rows: [
      { ...row, statusMessage: '' },
      { ...row, role: 'primary', address: 'b:7687', statusMessage: 'why' },
    ],
  })
})

test('a record of another kind is an answer not understood', () => {
  const strange = () => read({}, { connections: { rows: [{ id: 1, name: 'x' }] } })
  expect(strange).toThrow('a record has no connectionId; it has id, name')
})
