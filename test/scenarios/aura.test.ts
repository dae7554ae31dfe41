import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { AURA_FAULTS } from '../world/aura.ts'
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

  it('a transaction that is held open is named at the second look that finds it so', async () => {
    await using night = await startAuraNight(neo4j, { thresholds: { 'transactions.open': { warning: '1s' } } })
    await neo4j.createUser('shop')
    const session = await neo4j.session({ user: 'shop', userAgent: 'checkout/1.0' })
    await session.begin('CREATE (:Order)')
    const first = await night.look()
    expect(first?.bolt?.transactions).toMatchObject([{ user: 'shop', query: '' }])
    expect(first?.severity).toBe('ok')
    await delay(1_000)
    expect((await night.look())?.says).toEqual([
      expect.stringMatching(
        /^warning: transactions\.open: a transaction of shop \(checkout\/1\.0\) held open for \d s$/,
      ),
    ])
  })

  it('with 2 of 3 looks to agree, a warning is told at the second, and over at the third good one', async () => {
    const tell = { emails: ['oncall@corp.test'], confirm: { looks: 2, of: 3 } }
    await using night = await startAuraNight(neo4j, { connectionLimit: 10, tell })
    await neo4j.createUser('shop')
    const sessions = []
    for (let i = 0; i < 7; i++) sessions.push(await neo4j.session({ user: 'shop', userAgent: 'checkout/1.0' }))
    const warning = [expect.stringMatching(/^warning: connections\.saturation: 8 of 10/)]
    expect((await night.look())?.says).toEqual(warning)
    expect(night.aws.sns.published).toHaveLength(0)
    expect((await night.look())?.says).toEqual(warning)
    await night.aws.sns.nextMail(({ subject }) => subject?.includes('8 of 10') ?? false)
    await sessions.pop()?.close()
    await sessions.pop()?.close()
    for (let look = 1; look <= 2; look++) {
      expect((await night.look())?.severity).toBe('ok')
      expect(night.aws.sns.published).toHaveLength(1)
    }
    await night.look()
    expect((await night.aws.sns.nextMail()).subject).toMatch(/^\[RESOLVED\] graph/)
  })

  it('programs that connect as the user that Nightshift was given are told, with the user to make', async () => {
    await using night = await startAuraNight(neo4j, { user: 'neo4j' })
    const { id: clientId, secret: clientSecret } = night.aura.client
    const passwords = { graph: neo4j.password('neo4j') }
    night.aws.secrets.put(night.aws.env.NIGHTSHIFT_SECRET as string, { aura: { clientId, clientSecret }, passwords })
    await neo4j.session({ userAgent: 'checkout/1.0' })
    expect((await night.look())?.says).toEqual([
      "unknown: connections.blind: blind: other programs connect as Nightshift's own user",
    ])
    const mail = await night.aws.sns.nextMail()
    expect(mail.text).toContain('as neo4j, the user that Nightshift was given: 2 connections of')
    expect(mail.text).toContain('CREATE USER nightshift SET PASSWORD')
  })

  it('a paused instance is not connected to, and one that is gone is critical', async () => {
    await using night = await startAuraNight(neo4j)
    night.instance.api.status = 'paused'
    expect((await night.look())?.says).toEqual(['ok: the instance is paused and was not connected to'])
    night.aura.instances.delete('a1b2c3d4')
    const target = await night.look()
    expect(target?.severity).toBe('critical')
  })

  it('what its metrics tell is read beside Bolt; that they are refused is told once, and stops nothing', async () => {
    await using night = await startAuraNight(neo4j)
    const metered = night.aura.addInstance({ type: 'business-critical' })
    Object.assign(night.instance, { metrics: { ...metered.metrics, neo4j_dbms_bolt_connections_idle: 12 } })
    Object.assign(night.instance.api, {
      type: 'business-critical',
      metrics_integration_url: `https://customer-metrics-api.neo4j.io/api/v1/${night.instance.api.tenant_id}/a1b2c3d4/metrics`,
    })
    expect(await night.look()).toMatchObject({ severity: 'ok', metrics: { connections: { open: 12, balance: 0 } } })
    night.aura.fail('metrics', AURA_FAULTS.noMetricsReader)
    const refused = await night.look()
    expect(refused?.says).toEqual([expect.stringMatching(/^unknown: connections\.metrics: .* role Metrics Reader/)])
    expect(refused?.bolt?.connections).toBeDefined()
    const mail = await night.aws.sns.nextMail()
    expect(mail.text).toContain("User doesn't have access to Metrics resources")
    night.aura.heal()
    night.aura.fail('metrics', AURA_FAULTS.unavailable)
    expect(await night.look()).toMatchObject({ severity: 'ok', metrics: { missing: 'failed' } })
  })
})
