import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import neo4jDriver from 'neo4j-driver'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { type Neo4j, OWN_AGENT, startNeo4j } from './neo4j.ts'
import { describeNeo4j } from './neo4j-describe.ts'

describeNeo4j('the local Neo4j', () => {
  let neo4j: Neo4j
  beforeAll(async () => {
    neo4j = await startNeo4j()
  })
  afterEach(() => neo4j.reset())
  afterAll(() => neo4j?.stop())

  it('lists each client with its user, agent and address', async () => {
    await neo4j.createUser('shop')
    await neo4j.createUser('reports')
    const checkout = await neo4j.session({ user: 'shop', userAgent: 'checkout/1.0', localAddress: '127.0.0.2' })
    await neo4j.session({ user: 'reports', userAgent: 'nightly/2.1' })
    const listed = await neo4j.connections()
    expect(listed).toHaveLength(2)
    expect(listed).toContainEqual({
      connectionId: checkout.connectionId,
      connectTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[.\d]*Z$/),
      connector: 'bolt',
      username: 'shop',
      userAgent: 'checkout/1.0',
      serverAddress: `127.0.0.1:${neo4j.port}`,
      clientAddress: expect.stringMatching(/^127\.0\.0\.2:\d+$/),
    })
    expect(await neo4j.query('CALL dbms.listConnections() YIELD userAgent')).toContainEqual({ userAgent: OWN_AGENT })
    await checkout.close()
    expect(await neo4j.connections()).toMatchObject([{ userAgent: 'nightly/2.1' }])
  })

  it('shows a transaction that no query runs in as running, with an empty query and locks', async () => {
    await neo4j.createUser('shop')
    const forgetful = await neo4j.session({ user: 'shop' })
    await forgetful.begin('CREATE (:Order)')
    const [transaction] = await neo4j.query<Record<string, unknown>>(
      'SHOW TRANSACTIONS YIELD * WHERE connectionId = $id',
      { id: forgetful.connectionId },
    )
    expect(transaction).toMatchObject({
      database: 'neo4j',
      transactionId: expect.stringMatching(/^neo4j-transaction-\d+$/),
      username: 'shop',
      status: 'Running',
      currentQueryId: '',
      currentQuery: '',
      idleTime: null,
      activeLockCount: expect.any(Number),
      elapsedTime: { months: 0, days: 0, seconds: expect.anything(), nanoseconds: expect.anything() },
    })
  })

  it('ends a transaction and spares its connection', async () => {
    const forgetful = await neo4j.session()
    const transaction = await forgetful.begin('CREATE (:Order)')
    const ended = await neo4j.query(
      `SHOW TRANSACTIONS YIELD transactionId AS id, connectionId WHERE connectionId = $connection
       TERMINATE TRANSACTIONS id YIELD transactionId, username, message RETURN username, message`,
      { connection: forgetful.connectionId },
    )
    expect(ended).toEqual([{ username: 'neo4j', message: 'Transaction terminated.' }])
    await expect(transaction.run('RETURN 1')).rejects.toMatchObject({ code: 'Neo.ClientError.Transaction.Terminated' })
    expect(await forgetful.query('MATCH (n) RETURN count(n) AS orders')).toEqual([{ orders: 0 }])
    expect(await neo4j.connections()).toMatchObject([{ connectionId: forgetful.connectionId }])
  })

  it('shows who waits for a lock as blocked', async () => {
    await neo4j.query('CREATE (:Stock {left: 1})')
    const first = await neo4j.session()
    const second = await neo4j.session()
    const holder = await first.begin('MATCH (s:Stock) SET s.left = 0')
    const waiting = second.query('MATCH (s:Stock) SET s.left = 2')
    await expect
      .poll(() => neo4j.query("SHOW TRANSACTIONS YIELD connectionId, status WHERE status STARTS WITH 'Blocked'"))
      .toEqual([
        { connectionId: second.connectionId, status: expect.stringMatching(/^Blocked by: \[neo4j-transaction-\d+\]$/) },
      ])
    await holder.commit()
    await waiting
  })

  it('kills an idle connection of a pool, which goes on working on another', async () => {
    await neo4j.createUser('shop')
    const driver = neo4j.driver('shop', { userAgent: 'shop/1.0' })
    await driver.executeQuery('RETURN 1')
    const [idle] = await neo4j.connections()
    const killed = await neo4j.query(
      `CALL dbms.listConnections() YIELD connectionId, connectTime
       WHERE connectionId = $connectionId AND connectTime = $connectTime WITH connectionId
       CALL dbms.killConnection(connectionId) YIELD username, message RETURN username, message`,
      idle,
    )
    expect(killed).toEqual([{ username: 'shop', message: 'Connection found' }])
    await expect.poll(() => neo4j.connections()).toEqual([])
    await driver.executeQuery('RETURN 1')
    const [successor] = await neo4j.connections()
    expect(successor).toMatchObject({ userAgent: 'shop/1.0' })
    expect(successor?.connectionId).not.toBe(idle?.connectionId)
    expect(
      await neo4j.query('CALL dbms.killConnection($id) YIELD username, message', { id: idle?.connectionId }),
    ).toEqual([{ username: 'n/a', message: 'No connection found with this id' }])
  })

  it('ends the transaction of a killed connection', async () => {
    const forgetful = await neo4j.session()
    const transaction = await forgetful.begin('CREATE (:Order)')
    await neo4j.query('CALL dbms.killConnection($id)', { id: forgetful.connectionId })
    // Which error is a matter of luck; one of the driver's ways to say it is a TypeError.
    await expect(transaction.run('RETURN 1')).rejects.toThrow()
    expect(await neo4j.query('MATCH (n) RETURN n')).toEqual([])
    expect(await forgetful.query('RETURN 1 AS one')).toEqual([{ one: 1 }])
  })

  it('refuses a wrong password', async () => {
    await expect(neo4j.session({ password: 'wrong' })).rejects.toMatchObject({
      code: 'Neo.ClientError.Security.Unauthorized',
    })
  })

  it('is as new after a reset, whatever went on', async () => {
    await neo4j.createUser('shop')
    const busy = await neo4j.session({ user: 'shop' })
    const query = expect(busy.query('UNWIND range(1, 100000000) AS x RETURN sum(sqrt(x))')).rejects.toThrow()
    const forgetful = await neo4j.session({ user: 'shop' })
    await forgetful.begin('CREATE (:Order)')
    const stranger = neo4jDriver.driver(neo4j.url, neo4jDriver.auth.basic('shop', neo4j.password('shop')))
    await stranger.executeQuery('CREATE (:Order)')

    await neo4j.reset()
    await query
    expect(await neo4j.connections()).toEqual([])
    expect(await neo4j.query('SHOW TRANSACTIONS YIELD transactionId')).toHaveLength(1)
    expect(await neo4j.query('MATCH (n) RETURN n')).toEqual([])
    expect(await neo4j.query('SHOW USERS YIELD user', {}, 'system')).toEqual([{ user: 'neo4j' }])
    await stranger.close()
  })

  it('is gone, folder and all, when the process that started it is killed', async () => {
    const script = `
      import { startNeo4j } from '${new URL('./neo4j.ts', import.meta.url)}'
      const { url, directory } = await startNeo4j()
      console.log(JSON.stringify({ url, directory }))
      process.stdin.resume()`
    const starter = spawn(process.execPath, ['--input-type=module', '--eval', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    })
    const [line] = await once(starter.stdout, 'data')
    const { url, directory } = JSON.parse(String(line))
    expect(existsSync(directory)).toBe(true)

    starter.kill('SIGKILL')
    await expect.poll(() => existsSync(directory), { timeout: 20_000 }).toBe(false)
    await using driver = neo4jDriver.driver(url)
    await expect(driver.verifyConnectivity()).rejects.toMatchObject({ code: 'ServiceUnavailable' })
  })
})
