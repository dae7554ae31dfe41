import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, it, test } from 'vitest'
import { type Bolt, openBolt } from '../../../functions/aura/bolt.ts'
import { boltFailure } from '../../../functions/aura/bolt-failure.ts'
import { AGENT, type BoltAccess, openLine } from '../../../functions/aura/bolt-line.ts'
import { lookOverBolt } from '../../../functions/aura/bolt-look.ts'
import type { BoltLook } from '../../../functions/aura/bolt-records.ts'
import type { BoltPart } from '../../../functions/checks/aura-reading.ts'
import packageJson from '../../../package.json' with { type: 'json' }
import { type Neo4j, OWN_AGENT, type Session, startNeo4j } from '../../world/neo4j.ts'
import { describeNeo4j } from '../../world/neo4j-describe.ts'

const BUSY = 'UNWIND range(1, 1000000000) AS x RETURN sum(sqrt(x)) AS sum'
const never = new AbortController().signal
const opened: Bolt[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((bolt) => bolt.close()))
})

const rows = <One>(part: BoltPart<One[]>): One[] =>
  'rows' in part ? part.rows : expect.fail(`missing: ${part.message}`)
const failed = (asked: Promise<unknown>) => asked.then(() => expect.fail('it was answered'), boltFailure)

describeNeo4j('a look over Bolt', () => {
  let neo4j: Neo4j
  beforeAll(async () => {
    neo4j = await startNeo4j()
  })
  afterEach(() => neo4j.reset())
  afterAll(() => neo4j?.stop())

  function open(access: Partial<BoltAccess> = {}): Bolt {
    const { user = 'neo4j', password = neo4j.password(user) } = access
    const bolt = openBolt({
      url: neo4j.url,
      user,
      password,
      signal: never,
      allowUnencrypted: true,
      ...access,
    })
    opened.push(bolt)
    return bolt
  }
  const login = () => ({ user: 'neo4j', password: neo4j.password('neo4j') })
  const connectionIn = (look: BoltLook, { connectionId }: Session) =>
    rows(look.connections).find(({ id }) => id === connectionId) ?? expect.fail(`${connectionId} is not listed`)
  const transactionIn = (look: BoltLook, { connectionId }: Session) =>
    rows(look.transactions).find((one) => one.connectionId === connectionId) ??
    expect.fail(`${connectionId} has no transaction`)

  it('lists thirty sessions of three users with who they are', async () => {
    const users = ['shop', 'reports', 'search']
    for (const user of users) await neo4j.createUser(user)
    const sessions = await Promise.all(
      Array.from({ length: 30 }, (_, i) => {
        const user = users[i % 3] ?? ''
        return neo4j.session({ user, userAgent: `${user}-service/1.${i % 3}` })
      }),
    )
    const look = await open().look()

    expect(look.sighted).toBe(true)
    expect(look.member).toBe(`127.0.0.1:${neo4j.port}`)
    const listed = rows(look.connections).filter(({ agent }) => agent !== OWN_AGENT)
    expect(listed.map(({ id }) => id).sort()).toEqual(sessions.map(({ connectionId }) => connectionId).sort())
    for (const user of users) {
      const theirs = listed.filter((one) => one.user === user)
      expect(theirs).toHaveLength(10)
      for (const one of theirs) {
        expect(one).toMatchObject({ agent: expect.stringContaining(`${user}-service/1.`), connector: 'bolt' })
        expect(one).toMatchObject({ server: look.member, client: expect.stringMatching(/^127\.0\.0\.1:\d+$/) })
        expect(Math.abs(Date.now() - one.connectedAt)).toBeLessThan(60_000)
      }
    }
    expect(rows(look.transactions)).toEqual([])
  })

  it('knows its own connection and leaves it out, but no other of its user', async () => {
    const bolt = open()
    const { ownConnectionId, connections } = await bolt.look()
    const [ours] = (await neo4j.connections()).filter(({ userAgent }) => userAgent === AGENT)
    expect(ownConnectionId).toBe(ours?.connectionId)
    expect(rows(connections).map(({ agent }) => agent)).toEqual([OWN_AGENT])
    expect((await bolt.look()).ownConnectionId).toBe(ownConnectionId)
  })

  it('is blind where it sees nobody but its own user', async () => {
    await neo4j.session({ userAgent: 'checkout/1.0' })
    expect((await open().look()).sighted).toBe(false)
    await neo4j.createUser('shop')
    expect((await open({ user: 'shop' }).look()).sighted).toBe(true)
  })

  it('looks once more, on a new line, where the first breaks off in the middle', async () => {
    let lines = 0
    await using relay = await listen((socket) => {
      const breaks = ++lines === 1
      const server = connect(neo4j.port, neo4j.host).on('error', () => undefined)
      socket.on('data', (data) => {
        if (breaks && data.includes('listConnections')) socket.destroy()
        else server.write(data)
      })
      server.on('data', (data) => socket.write(data)).on('close', () => socket.destroy())
      socket.on('close', () => server.destroy())
    })
    const { look } = await lookOverBolt(() => open({ url: `bolt://${relay.address}` }), never)
    expect(lines).toBe(2)
    expect(rows(look.connections).map(({ agent }) => agent)).toContain(OWN_AGENT)
  })

  it('lists databases with their states, by the address of whoever holds them', async () => {
    const { databases, member } = await open().look()
    const online = { address: member, role: 'primary', currentStatus: 'online', requestedStatus: 'online' }
    expect(rows(databases)).toEqual([
      { name: 'neo4j', ...online, statusMessage: '' },
      { name: 'system', ...online, statusMessage: '' },
    ])
  })

  it('looks from any database', async () => {
    const session = await neo4j.session()
    await session.begin('CREATE (:Order)')
    const look = await open({ database: 'system' }).look()
    expect(transactionIn(look, session)).toMatchObject({ database: 'neo4j', query: '' })
    expect(await failed(open({ database: 'nope' }).look())).toMatchObject({ cause: 'no-database', at: 'bolt' })
  })

  it('sees everything by way of system where its own database is not there', async () => {
    await neo4j.createUser('shop')
    const session = await neo4j.session({ user: 'shop' })
    await session.begin('CREATE (:Order)')
    const { look } = await lookOverBolt((database = 'nope') => open({ database }), never)
    expect(look).toMatchObject({ sighted: true, bySystem: { cause: 'no-database', at: 'bolt' } })
    expect(connectionIn(look, session)).toMatchObject({ user: 'shop' })
    expect(transactionIn(look, session)).toMatchObject({ database: 'neo4j', query: '' })
    expect(rows(look.databases).map(({ name }) => name)).toEqual(['neo4j', 'system'])
    expect(look.ownConnectionId).toMatch(/^bolt-/)
  })

  it('tells a transaction that is held open from one that is at work', async () => {
    await neo4j.createUser('shop')
    const forgetful = await neo4j.session({ user: 'shop' })
    await forgetful.begin('CREATE (:Order)')
    const working = await neo4j.session({ user: 'shop' })
    const query = working.query(`WITH "jane@example.com" AS who ${BUSY}`).catch(() => undefined)
    // Listed before its query is: both must have begun.
    await expect
      .poll(() => neo4j.query("SHOW TRANSACTIONS YIELD currentQuery WHERE currentQuery STARTS WITH 'WITH \"jane'"))
      .toHaveLength(1)

    const look = await open().look()
    expect(rows(look.transactions)).toHaveLength(2)
    const open_ = transactionIn(look, forgetful)
    expect(open_).toMatchObject({ user: 'shop', database: 'neo4j', query: '', status: 'running', blockedBy: [] })
    expect(open_.elapsedMs).toBeLessThan(60_000)
    expect(Math.abs(Date.now() - open_.startedAt)).toBeLessThan(60_000)
    expect(transactionIn(look, working)).toMatchObject({
      query: 'WITH ? AS who UNWIND range(?, ?) AS x RETURN sum(sqrt(x)) AS sum',
      status: 'running',
    })
    await neo4j.query('CALL dbms.killConnection($id)', { id: working.connectionId })
    await query
  })

  it('names for whom a transaction waits', async () => {
    await neo4j.query('CREATE (:Stock {left: 1})')
    const first = await neo4j.session()
    const second = await neo4j.session()
    const holder = await first.begin('MATCH (s:Stock) SET s.left = 0')
    const waiting = second.query('MATCH (s:Stock) SET s.left = 2')
    const bolt = open()
    await expect
      .poll(async () => transactionIn(await bolt.look(), second))
      .toMatchObject({ status: 'blocked', query: 'MATCH (s:Stock) SET s.left = ?', waitMs: expect.any(Number) })
    const look = await bolt.look()
    expect(transactionIn(look, second).blockedBy).toEqual([transactionIn(look, first).id])
    await holder.commit()
    await waiting
  })

  it('ends an idle connection, and its pool goes on working', async () => {
    await neo4j.createUser('shop')
    const pool = neo4j.driver('shop', { userAgent: 'shop/1.0' })
    await pool.executeQuery('RETURN 1')
    const bolt = open()
    const [idle] = rows((await bolt.look()).connections).filter(({ user }) => user === 'shop')
    if (idle === undefined) return expect.fail('the pool is not listed')

    expect(await bolt.endConnection(idle)).toEqual({ outcome: 'ended' })
    expect(await bolt.endConnection(idle)).toEqual({ outcome: 'gone' })
    expect(rows((await bolt.look()).connections).map(({ agent }) => agent)).toEqual([OWN_AGENT])
    await pool.executeQuery('RETURN 1')
    expect(rows((await bolt.look()).connections).filter(({ user }) => user === 'shop')).toMatchObject([
      { agent: 'shop/1.0' },
    ])
  })

  it('spares a connection that has opened a transaction since', async () => {
    const session = await neo4j.session({ userAgent: 'checkout/1.0' })
    const bolt = open()
    const victim = connectionIn(await bolt.look(), session)
    const transaction = await session.begin('CREATE (:Order)')
    expect(await bolt.endConnection(victim)).toEqual({ outcome: 'woke' })
    await transaction.commit()
    expect(await bolt.endConnection(victim)).toEqual({ outcome: 'ended' })
  })

  it('spares a connection that is not the one of the look in anything', async () => {
    await neo4j.createUser('shop')
    const session = await neo4j.session({ user: 'shop', userAgent: 'checkout/1.0' })
    const bolt = open()
    const victim = connectionIn(await bolt.look(), session)
    const others = [
      { server: '127.0.0.9:7687' },
      { client: '127.0.0.1:1' },
      { user: 'neo4j' },
      { agent: 'checkout/1.1' },
      { connectedAt: victim.connectedAt - 1 },
      { id: 'bolt-9999' },
    ]
    for (const other of others)
      expect(await bolt.endConnection({ ...victim, ...other }), JSON.stringify(other)).toEqual({ outcome: 'gone' })
    expect(await session.query('RETURN 1 AS one')).toEqual([{ one: 1 }])
  })

  it("never ends its own connection, another look's, or one that nobody has logged in on", async () => {
    const other = open()
    await other.look()
    const bolt = open()
    const look = await bolt.look()
    const [theirs] = rows(look.connections).filter(({ agent }) => agent === AGENT)
    if (theirs === undefined) return expect.fail('the other look is not listed')
    const harmless = { ...theirs, agent: 'checkout/1.0' }
    const protections = [
      theirs,
      { ...harmless, id: look.ownConnectionId ?? '' },
      { ...harmless, user: '' },
      { ...harmless, connector: 'http' },
    ]
    for (const victim of protections) expect(await bolt.endConnection(victim)).toEqual({ outcome: 'protected' })
    expect(await neo4j.connections()).toHaveLength(2)
  })

  it('ends a transaction that is held open, and its connection goes on working', async () => {
    const session = await neo4j.session()
    const transaction = await session.begin('CREATE (:Order)')
    const bolt = open()
    const victim = transactionIn(await bolt.look(), session)
    expect(await bolt.endTransaction(victim)).toEqual({ outcome: 'ended' })
    expect(await bolt.endTransaction(victim)).toEqual({ outcome: 'gone' })
    await expect(transaction.run('RETURN 1')).rejects.toMatchObject({ code: 'Neo.ClientError.Transaction.Terminated' })
    expect(await session.query('MATCH (n) RETURN count(n) AS orders')).toEqual([{ orders: 0 }])
    expect(connectionIn(await bolt.look(), session)).toMatchObject({ id: session.connectionId })
  })

  it('spares a transaction without locks, as a poll of one that is busy changes nothing that the server tells', async () => {
    const session = await neo4j.session()
    const transaction = await session.begin('RETURN 1')
    const bolt = open()
    const victim = transactionIn(await bolt.look(), session)
    expect(victim).toMatchObject({ locks: 0 })
    for (const poll of ['MATCH (n) RETURN count(n)', 'CALL db.labels()', 'CALL db.ping()', 'RETURN sqrt(2)'])
      await transaction.run(poll)
    expect(transactionIn(await bolt.look(), session).work).toBe(victim.work)
    expect(await bolt.endTransaction(victim)).toEqual({ outcome: 'woke' })
    await transaction.commit()
  })

  it('spares a transaction that has read or written since, that runs something now, or that is another', async () => {
    const session = await neo4j.session()
    const transaction = await session.begin('CREATE (:Order)')
    const bolt = open()
    const before = transactionIn(await bolt.look(), session)
    await transaction.run('MATCH (o:Order) RETURN o')
    expect(await bolt.endTransaction(before)).toEqual({ outcome: 'woke' })
    const victim = transactionIn(await bolt.look(), session)
    for (const other of [
      { id: 'neo4j-transaction-1' },
      { startedAt: victim.startedAt - 1 },
      { connectionId: 'bolt-9' },
    ])
      expect(await bolt.endTransaction({ ...victim, ...other }), JSON.stringify(other)).toEqual({ outcome: 'gone' })
    expect(await bolt.endTransaction({ ...victim, user: 'shop' })).toEqual({ outcome: 'woke' })

    const results = transaction.run('UNWIND range(1, 100000) AS x RETURN x')[Symbol.asyncIterator]()
    await results.next()
    expect(await bolt.endTransaction(victim)).toEqual({ outcome: 'woke' })
    await results.return?.()
    await transaction.commit()
    expect(await bolt.endTransaction(victim)).toEqual({ outcome: 'gone' })
  })

  it('ends nothing before a look, nor on another connection than that of the look', async () => {
    const session = await neo4j.session({ userAgent: 'checkout/1.0' })
    const victim = connectionIn(await open().look(), session)
    const bolt = open()
    expect(await bolt.endConnection(victim)).toMatchObject({ outcome: 'not-tried' })
    const { ownConnectionId } = await bolt.look()
    await neo4j.query('CALL dbms.killConnection($id)', { id: ownConnectionId })
    expect(await bolt.endConnection(victim)).toMatchObject({ outcome: 'not-tried' })
    expect(await session.query('RETURN 1 AS one')).toEqual([{ one: 1 }])
  })

  it('leaves nothing open', async () => {
    const bolt = open()
    await bolt.look()
    expect(await neo4j.connections()).toHaveLength(1)
    await bolt.close()
    await expect.poll(() => neo4j.connections()).toEqual([])
    await bolt.close()
    expect(await failed(bolt.look())).toMatchObject({ at: 'bolt' })
  })

  it('leaves no query running that it had no more time for', async () => {
    const { url } = neo4j
    const line = openLine({ ...login(), url, signal: AbortSignal.timeout(500), allowUnencrypted: true })
    const { ask, end } = await line.begin('mark')
    await expect(ask(BUSY)).rejects.toMatchObject({ name: 'TimeoutError' })
    await expect(line.ask('RETURN 1')).rejects.toMatchObject({ name: 'TimeoutError' })
    const start = performance.now()
    await end()
    await line.close()
    expect(performance.now() - start).toBeLessThan(1_500)
    await expect.poll(() => neo4j.connections()).toEqual([])
    await expect.poll(() => neo4j.query('SHOW TRANSACTIONS YIELD transactionId')).toHaveLength(1)
  })

  it('says that user or password are wrong, and in time that there were too many', async () => {
    await neo4j.createUser('shop')
    const causes = []
    for (let i = 0; i < 4; i++) causes.push((await failed(open({ user: 'shop', password: 'wrong-word' }).look())).cause)
    expect(causes).toEqual(['credentials', 'credentials', 'credentials', 'rate-limited'])
    expect(await neo4j.connections()).toEqual([])
  })

  it('says that a password has to be changed first', async () => {
    await neo4j.query("CREATE USER fresh SET PASSWORD 'first-word' CHANGE REQUIRED", {}, 'system')
    expect(await failed(open({ user: 'fresh', password: 'first-word' }).look())).toMatchObject({ cause: 'credentials' })
    await neo4j.query('DROP USER fresh', {}, 'system')
  })

  it('says that a server without TLS broke off, where TLS was asked for', async () => {
    const failure = await failed(open({ url: neo4j.url.replace('neo4j:', 'neo4j+s:') }).look())
    expect(failure).toMatchObject({ cause: 'reset', message: expect.stringContaining('before secure TLS connection') })
  })
})

const access = { user: 'neo4j', password: 'p@ss/w:rd', allowUnencrypted: true }

test.for([
  ['bolt://127.0.0.1:1', 'refused', /^connect ECONNREFUSED 127\.0\.0\.1:1$/],
  ['neo4j+s://127.0.0.1:1', 'refused', /ECONNREFUSED/],
  ['neo4j+s://no-such-host.invalid', 'unresolved', /^getaddrinfo (ENOTFOUND|EAI_AGAIN) no-such-host\.invalid$/],
] as const)('%s: %s', async ([url, cause, message]) => {
  await using bolt = openBolt({ ...access, url, signal: never })
  expect(await failed(bolt.look())).toEqual({ cause, at: 'bolt', message: expect.stringMatching(message) })
})

test.for(['bolt://h.example', 'neo4j://h.example', 'neo4j+ssc://h.example', 'bolt+ssc://h.example'])(
  'the password is not sent to %s',
  (url) => {
    const open = () => openBolt({ ...access, url, signal: never, allowUnencrypted: false })
    expect(open).toThrow(`${url} is not safely encrypted`)
  },
)

test.for(['', 'h.example', 'https://h.example', 'neo4j+s://', 'neo4j+s:h.example'])('"%s" is no address', (url) => {
  expect(() => openBolt({ ...access, url, signal: never })).toThrow(/is no address of Neo4j/)
})

test('a password in the address is neither used nor told', async () => {
  await using bolt = openBolt({ ...access, url: 'bolt://jane:s3cret-word@127.0.0.1:1', signal: never })
  expect((await failed(bolt.look())).message).toBe('connect ECONNREFUSED 127.0.0.1:1')
  expect(() => openBolt({ ...access, url: 'http://jane:s3cret-word@h.example', signal: never })).toThrow(
    /^"http:\/\/\[redacted\]@h\.example"/,
  )
})

test('our agent has the version of the package', () => {
  expect(AGENT).toBe(`${packageJson.name}/${packageJson.version}`)
})

/** A server that does the same with each connection; how many are open. */
async function listen(serve: (socket: Socket) => void) {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket.on('close', () => sockets.delete(socket)).on('error', () => undefined))
    serve(socket)
  }).listen(0, '127.0.0.1')
  await new Promise((resolve) => server.once('listening', resolve))
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    sockets,
    [Symbol.asyncDispose]: async () => {
      server.close()
      for (const socket of sockets) socket.destroy()
    },
  }
}

test.for(['neo4j', 'neo4j+s'])(
  'a server that is silent is waited for until the deadline and no longer, and nothing stays open: %s',
  async (scheme) => {
    await using server = await listen((socket) => socket.resume())
    await using bolt = openBolt({ ...access, url: `${scheme}://${server.address}`, signal: AbortSignal.timeout(300) })
    const start = performance.now()
    expect(await failed(bolt.look())).toMatchObject({ cause: 'timeout' })
    expect(performance.now() - start).toBeLessThan(2_000)
    expect(server.sockets.size).toBe(1)
    expect(await failed(bolt.look())).toMatchObject({ cause: 'timeout' })
    await bolt.close()
    await expect.poll(() => server.sockets.size).toBe(0)
    expect(performance.now() - start).toBeLessThan(4_000)
  },
)

test('a server that breaks off did just that', async () => {
  await using server = await listen((socket) => socket.once('data', () => socket.destroy()))
  await using bolt = openBolt({ ...access, url: `bolt://${server.address}`, signal: never })
  expect(await failed(bolt.look())).toMatchObject({ cause: 'reset' })
})

test('a web server is not what was expected', async () => {
  await using server = await listen((socket) =>
    socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  )
  await using bolt = openBolt({ ...access, url: `bolt://${server.address}`, signal: never })
  expect(await failed(bolt.look())).toMatchObject({ cause: 'bad-answer', message: expect.stringContaining('HTTP') })
})

test('what has not been answered when the line is closed keeps nobody waiting', async () => {
  await using server = await listen((socket) => socket.resume())
  const bolt = openBolt({ ...access, url: `bolt://${server.address}`, signal: AbortSignal.timeout(30_000) })
  const look = failed(bolt.look())
  await expect.poll(() => server.sockets.size).toBe(1)
  const start = performance.now()
  await bolt.close()
  await look
  expect(performance.now() - start).toBeLessThan(2_000)
  await sleep(50)
  expect(server.sockets.size).toBe(0)
})
