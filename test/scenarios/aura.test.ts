import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { startAuraNight } from '../world/aura-night.ts'
import { type Neo4j, startNeo4j } from '../world/neo4j.ts'
import { describeNeo4j } from '../world/neo4j-describe.ts'

describeNeo4j('an Aura instance is watched', () => {
  let neo4j: Neo4j
  beforeAll(async () => {
    neo4j = await startNeo4j()
  })
  afterEach(() => neo4j.reset())
  afterAll(() => neo4j?.stop())

  it('near its configured limit it is critical, with who holds the connections', async () => {
    await using night = await startAuraNight(neo4j, { connectionLimit: 10 })
    await neo4j.createUser('shop')
    for (let i = 0; i < 9; i++) await neo4j.session({ user: 'shop', userAgent: 'checkout/1.0' })
    const target = await night.look()
    expect(target?.says).toEqual([expect.stringMatching(/^critical: connections\.saturation: 10 of 10 connections/)])
    const mail = await night.aws.sns.nextMail()
    expect(mail.subject).toMatch(/^\[CRITICAL\] graph: 10 of 10 connections/)
    expect(mail.text).toContain('checkout/1.0')
  })

  it('a transaction that is held open is named', async () => {
    await using night = await startAuraNight(neo4j)
    await neo4j.createUser('shop')
    const session = await neo4j.session({ user: 'shop', userAgent: 'checkout/1.0' })
    await session.begin('CREATE (:Order)')
    const target = await night.look()
    expect(target?.bolt?.transactions).toMatchObject([{ user: 'shop', query: '' }])
  })

  it('a paused instance is not connected to, and one that is gone is critical', async () => {
    await using night = await startAuraNight(neo4j)
    night.instance.api.status = 'paused'
    expect((await night.look())?.says).toEqual(['ok: the instance is paused and was not connected to'])
    night.aura.instances.delete('a1b2c3d4')
    const target = await night.look()
    expect(target?.severity).toBe('critical')
  })

  it('a wrong password and a revoked client each have their own sentence', async () => {
    await using night = await startAuraNight(neo4j)
    const { id: clientId, secret: clientSecret } = night.aura.client
    const name = night.aws.env.NIGHTSHIFT_SECRET as string
    night.aws.secrets.put(name, { aura: { clientId, clientSecret }, passwords: { graph: 'not-the-one-it-is' } })
    expect((await night.look())?.says.join()).toContain('refused')
    night.aws.secrets.put(name, { aura: { clientId, clientSecret: 'revoked-long-ago' }, passwords: {} })
    await night.fn.kill()
    expect((await night.look())?.says.join()).toContain('API client')
  })
})
