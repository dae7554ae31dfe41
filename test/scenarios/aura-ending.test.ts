import { setTimeout as delay } from 'node:timers/promises'
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { AGENT } from '../../functions/aura/bolt-line.ts'
import type { TargetState } from '../../functions/incidents/store.ts'
import type { Report } from '../../functions/report.ts'
import { type AuraNight, type AuraNightOptions, startAuraNight } from '../world/aura-night.ts'
import { type Neo4j, startNeo4j } from '../world/neo4j.ts'
import { describeNeo4j } from '../world/neo4j-describe.ts'

const MINUTE = 60_000

/** As if so many minutes had passed since the last look: Bolt tells no idle time, so it takes looks over an hour. */
async function minutesPass({ aws }: AuraNight, minutes: number): Promise<void> {
  const table = new DynamoDBClient(aws.connect('dynamodb'))
  const [TableName, pk, sk] = [aws.env.NIGHTSHIFT_TABLE as string, { S: 'TARGET#graph' }, { S: 'CHECK#aura' }]
  const { Item } = await table.send(new GetItemCommand({ TableName, Key: { pk, sk } }))
  const state = JSON.parse(Item?.state?.S ?? '{}') as TargetState
  const { idle, held = [] } = state.aura ?? {}
  for (const member of idle?.members ?? []) {
    member.at -= minutes * MINUTE
    for (const one of member.idle) one[4] -= minutes * MINUTE
  }
  for (const one of idle?.workAt ?? []) one[1] -= minutes * MINUTE
  if (state.aura?.lookedAt) state.aura.lookedAt -= minutes * MINUTE
  for (const one of held) {
    one.since -= minutes * MINUTE
    one.seenAt -= minutes * MINUTE
  }
  await table.send(new PutItemCommand({ TableName, Item: { ...Item, pk, sk, state: { S: JSON.stringify(state) } } }))
  table.destroy()
}

/** Everybody who has a user may be ended, Nightshift's own included: it is not for want of selection that anybody is left. */
const OPTED_IN: AuraNightOptions = {
  connectionLimit: 40,
  connectionLifetime: '1s',
  staleSessions: {
    end: true,
    idleFor: '1h',
    above: 0,
    atMost: 40,
    only: { roles: ['shop', 'billing', 'search', 'nightshift'] },
  },
}

describeNeo4j('what is abandoned on an Aura instance', () => {
  let neo4j: Neo4j
  beforeAll(async () => {
    neo4j = await startNeo4j()
  })
  afterEach(() => neo4j.reset())
  afterAll(() => neo4j?.stop())

  const many = <One>(n: number, open: () => Promise<One>) => Promise.all(Array.from({ length: n }, open))
  const listed = async () => (await neo4j.connections()).map(({ connectionId }) => connectionId)

  it("30 sessions of three users and agents; one user's sessions abandoned; over simulated looks exactly those are ended, a session that ran a query in between is not, one inside a transaction is not, ours is not.", async () => {
    await using night = await startAuraNight(neo4j, OPTED_IN)
    for (const user of ['shop', 'billing', 'search']) await neo4j.createUser(user)
    const abandoned = await many(10, () => neo4j.session({ user: 'shop', userAgent: 'checkout/1.0' }))
    // As any driver with this lifetime: when it has passed, the next query is asked on a new connection.
    const billing = { userAgent: 'invoices/2.3', maxConnectionPoolSize: 1, maxConnectionLifetime: 1_000 }
    const querying = Array.from({ length: 10 }, () => neo4j.driver('billing', billing))
    const inTransaction = await many(5, () => neo4j.session({ user: 'search', userAgent: 'search/4.2' }))
    const metAtWork = await many(5, () => neo4j.session({ user: 'search', userAgent: 'search/4.2' }))
    const ours = await neo4j.session({ user: 'nightshift', userAgent: AGENT })
    const open = await Promise.all(inTransaction.map((session) => session.begin('CREATE (:Order)')))

    // Somebody of theirs must have been seen at work: else their work may be hidden.
    const atWork = await neo4j.session({ user: 'shop', userAgent: 'checkout/1.0' })
    const order = await atWork.begin('RETURN 1')

    let before: string[] = []
    for (let look = 1; look <= 7; look++) {
      if (look === 7) await delay(1_000)
      await Promise.all(querying.map((driver) => driver.executeQuery('RETURN 1')))
      // Met between two queries in every look: that it does nothing would be no reason to leave it.
      await Promise.all(open.map((transaction) => transaction.run('CREATE (:Order)')))
      const working = await Promise.all((look === 4 ? metAtWork : []).map((session) => session.begin('RETURN 1')))
      before = await listed()
      const target = await night.look()
      expect(target?.staleConnections?.ended.map(({ id, outcome }) => `${id} ${outcome}`).sort()).toEqual(
        (look === 7 ? abandoned : []).map(({ connectionId }) => `${connectionId} ended`).sort(),
      )
      for (const transaction of working) await transaction.rollback()
      await minutesPass(night, 10)
    }

    const after = await listed()
    expect(before.filter((id) => !after.includes(id)).sort()).toEqual(
      abandoned.map(({ connectionId }) => connectionId).sort(),
    )
    for (const transaction of [...open, order]) await transaction.commit()
    for (const session of [...inTransaction, ...metAtWork, atWork, ours])
      expect(await session.query('RETURN 1 AS one')).toEqual([{ one: 1 }])
    await Promise.all(querying.map((driver) => driver.executeQuery('RETURN 1')))
    expect(await neo4j.query('MATCH (o:Order) RETURN count(o) AS orders')).toEqual([{ orders: 40 }])
    const mail = await night.aws.sns.nextMail(({ text }) => text.includes('connections.stale'))
    expect(mail.text).toContain('Nightshift has done:')
    expect(mail.text).toMatch(/shop \(checkout\/1\.0\): 10 ended/)
  })

  it('A transaction left open with no query is named and, when opted in, terminated; its connection still works.', async () => {
    const forget = async () => {
      await neo4j.createUser('shop')
      const session = await neo4j.session({ user: 'shop', userAgent: 'checkout/1.0' })
      return { session, transaction: await session.begin('CREATE (:Order)') }
    }
    {
      await using night = await startAuraNight(neo4j)
      const { transaction } = await forget()
      expect((await night.look())?.says.join()).toMatch(/^ok/)
      await minutesPass(night, 20)
      expect((await night.look())?.says).toEqual([
        'critical: transactions.open: a transaction of shop (checkout/1.0) held open for 20 min',
      ])
      const mail = await night.aws.sns.nextMail()
      expect(mail.text).toContain('TERMINATE TRANSACTIONS')
      await transaction.commit()
    }
    await neo4j.reset()

    await using night = await startAuraNight(neo4j, OPTED_IN)
    const { session, transaction } = await forget()
    const busy = await neo4j.session({ user: 'shop', userAgent: 'import/1.0' })
    const working = await busy.begin('CREATE (:Order)')
    await night.look()
    await minutesPass(night, 70)
    // Met between two queries in each look, and yet not abandoned.
    await working.run('CREATE (:Order)')
    await night.look()
    await expect(transaction.run('RETURN 1')).rejects.toMatchObject({ code: 'Neo.ClientError.Transaction.Terminated' })
    expect(await session.query('RETURN 1 AS one')).toEqual([{ one: 1 }])
    expect(await listed()).toContain(session.connectionId)
    await working.commit()
    expect(await neo4j.query('MATCH (o:Order) RETURN count(o) AS orders')).toEqual([{ orders: 2 }])
    const endings = night.fn.logs.filter((line) => line.includes('"event":"ending"')).map((line) => JSON.parse(line))
    expect(endings).toMatchObject([
      { rule: 'transactions.open', user: 'shop', agent: 'checkout/1.0', outcome: 'ended' },
    ])
  })

  it('a dry run ends nobody and says whom it would; a run ends no more than the cap, and none who is protected', async () => {
    const staleSessions = { ...OPTED_IN.staleSessions, atMost: 2, protect: { applications: ['import/*'] } }
    await using night = await startAuraNight(neo4j, { ...OPTED_IN, staleSessions })
    await neo4j.createUser('shop')
    const begin = async (userAgent: string, cypher = 'CREATE (:Order)') =>
      (await neo4j.session({ user: 'shop', userAgent })).begin(cypher)
    const held = await many(3, () => begin('checkout/1.0'))
    const kept = [await begin('import/1.0'), await begin('checkout/1.0', 'MATCH (n) RETURN n')]
    await night.look()
    await minutesPass(night, 70)
    const { payload } = await night.fn.invoke<Report>({ dryRun: true })
    const [preview] = payload?.targets ?? []
    expect(preview?.abandonedTransactions).toMatchObject({
      held: 'dry-run',
      ended: [],
      wouldEnd: [{ agent: 'checkout/1.0' }, { agent: 'checkout/1.0' }],
      leftWithoutLocks: [{ agent: 'checkout/1.0', locks: 0 }],
    })
    const target = await night.look()
    expect(target?.abandonedTransactions?.ended.map(({ outcome }) => outcome)).toEqual(['ended', 'ended'])
    const became = await Promise.all(
      held.map((one) =>
        one.run('RETURN 1').then(
          () => 'lives',
          () => 'ended',
        ),
      ),
    )
    expect(became.sort()).toEqual(['ended', 'ended', 'lives'])
    for (const transaction of kept) await transaction.commit()
  })

  it('A driver pool whose idle connections were ended goes on working.', async () => {
    await using night = await startAuraNight(neo4j, OPTED_IN)
    await neo4j.createUser('shop')
    const pool = neo4j.driver('shop', { userAgent: 'checkout/1.0' })
    const theirs = async () =>
      (await neo4j.connections())
        .filter(({ userAgent }) => userAgent.startsWith('checkout/1.0'))
        .map(({ connectionId }) => connectionId)
    const burst = async () => {
      const sessions = Array.from({ length: 5 }, () => pool.session())
      const transactions = await Promise.all(sessions.map((session) => session.beginTransaction()))
      await Promise.all(transactions.map((transaction) => transaction.run('CREATE (:Order)')))
      await Promise.all(transactions.map((transaction) => transaction.commit()))
      await Promise.all(sessions.map((session) => session.close()))
    }
    await burst()
    const idle = await theirs()
    expect(idle).toHaveLength(5)
    // That the work of its user is visible is a condition.
    const other = await neo4j.session({ user: 'shop', userAgent: 'search/4.2' })
    const open = await other.begin('RETURN 1')
    for (let look = 1; look <= 6; look++) {
      await night.look()
      await minutesPass(night, 10)
    }
    await delay(1_000)
    const target = await night.look()
    expect(target?.staleConnections?.ended.map(({ id, outcome }) => `${id} ${outcome}`).sort()).toEqual(
      idle.map((id) => `${id} ended`).sort(),
    )
    await burst()
    await pool.executeQuery('CREATE (:Order)')
    expect(await neo4j.query('MATCH (o:Order) RETURN count(o) AS orders')).toEqual([{ orders: 11 }])
    for (const id of await theirs()) expect(idle).not.toContain(id)
    await open.rollback()
  })
})
