import { setTimeout as delay } from 'node:timers/promises'
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { TargetState } from '../../functions/incidents/store.ts'
import { type AuraNight, startAuraNight } from '../world/aura-night.ts'
import { type Neo4j, startNeo4j } from '../world/neo4j.ts'
import { describeNeo4j } from '../world/neo4j-describe.ts'

/** As if what was seen so far had been seen for hours, in many looks: Bolt tells no idle time, so it takes that long. */
async function hoursPass({ aws }: AuraNight): Promise<void> {
  const table = new DynamoDBClient(aws.connect('dynamodb'))
  const [TableName, pk, sk] = [aws.env.NIGHTSHIFT_TABLE as string, { S: 'TARGET#graph' }, { S: 'CHECK#aura' }]
  const { Item } = await table.send(new GetItemCommand({ TableName, Key: { pk, sk } }))
  const state = JSON.parse(Item?.state?.S ?? '{}') as TargetState
  for (const member of Object.values(state.aura?.idle?.members ?? {})) {
    member.at -= 3_600_000
    for (const idle of member.idle) {
      idle[4] -= 7_200_000
      idle[5] = 20
    }
  }
  for (const held of state.aura?.held ?? []) held.since -= 7_200_000
  await table.send(new PutItemCommand({ TableName, Item: { ...Item, pk, sk, state: { S: JSON.stringify(state) } } }))
  table.destroy()
}

const OPTED_IN = {
  connectionLimit: 10,
  connectionLifetime: '1s',
  staleSessions: { end: true, idleFor: '1m', above: 0, only: { roles: ['shop'] } },
}

describeNeo4j('what is abandoned on an Aura instance is ended', () => {
  let neo4j: Neo4j
  beforeAll(async () => {
    neo4j = await startNeo4j()
  })
  afterEach(() => neo4j.reset())
  afterAll(() => neo4j?.stop())

  it('exactly the connections that no driver will use again, and no one who works, is not selected, or is us', async () => {
    await using night = await startAuraNight(neo4j, OPTED_IN)
    await neo4j.createUser('shop')
    await neo4j.createUser('billing')
    const abandoned = [await neo4j.session({ user: 'shop' }), await neo4j.session({ user: 'shop' })]
    const worked = await neo4j.session({ user: 'shop' })
    const inTransaction = await neo4j.session({ user: 'shop' })
    const other = await neo4j.session({ user: 'billing' })
    const open = await worked.begin('CREATE (:Order)')
    await inTransaction.begin('CREATE (:Order)')
    // `worked` has a transaction in the first look, so it starts anew; the others are seen idle from here on.
    await night.look()
    await open.rollback()
    await hoursPass(night)
    await delay(1_000)
    const target = await night.look()
    expect(target?.staleConnections?.ended.map(({ id, outcome }) => `${id} ${outcome}`).sort()).toEqual(
      abandoned.map(({ connectionId }) => `${connectionId} ended`).sort(),
    )
    for (const session of [worked, other]) await session.query('RETURN 1')
    const mail = await night.aws.sns.nextMail(({ text }) => text.includes('connections.stale'))
    expect(mail.text).toContain('Nightshift has done:')
  })

  it('a transaction that is held open and does nothing, and not one that works between looks; its connection lives on', async () => {
    await using night = await startAuraNight(neo4j, OPTED_IN)
    await neo4j.createUser('shop')
    const forgetful = await neo4j.session({ user: 'shop' })
    const busy = await neo4j.session({ user: 'shop' })
    await forgetful.begin('CREATE (:Order)')
    const working = await busy.begin('CREATE (:Order)')
    await night.look()
    await hoursPass(night)
    await working.run('CREATE (:Order)')
    await night.look()
    const left = await neo4j.query<{ connectionId: string; status: string }>(
      'SHOW TRANSACTIONS YIELD connectionId, status',
    )
    const running = left.filter(({ status }) => status === 'Running').map(({ connectionId }) => connectionId)
    expect(running).toContain(busy.connectionId)
    expect(running).not.toContain(forgetful.connectionId)
    await working.run('CREATE (:Order)')
    await working.rollback()
    const ending = night.fn.logs.filter((line) => line.includes('"event":"ending"')).map((line) => JSON.parse(line))
    expect(ending).toMatchObject([{ rule: 'transactions.open', user: 'shop', outcome: 'ended' }])
  })
})
