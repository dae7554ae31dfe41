import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { AURA_FAULTS } from '../world/aura.ts'
import { type AuraNight, startAuraNight } from '../world/aura-night.ts'
import { type Neo4j, startNeo4j } from '../world/neo4j.ts'
import { describeNeo4j } from '../world/neo4j-describe.ts'

const WELL = [expect.stringMatching(/^ok: \d connections? on 127\.0\.0\.1:\d+$/)]
const unknown = (headline: string) => [`unknown: connections.reachable: not looked at: ${headline}`]
const AN_HOUR = { ...AURA_FAULTS.rateLimited, headers: { 'retry-after': '3600' } }

describeNeo4j('an Aura instance that cannot be looked at', () => {
  let neo4j: Neo4j
  beforeAll(async () => {
    neo4j = await startNeo4j()
  })
  afterEach(() => neo4j.reset())
  afterAll(() => neo4j?.stop())

  const says = async (night: AuraNight) => (await night.look())?.says

  it('for its password is told as that', async () => {
    await using night = await startAuraNight(neo4j)
    const { id: clientId, secret: clientSecret } = night.aura.client
    const passwords = { graph: 'not-the-one-it-is' }
    night.aws.secrets.put(night.aws.env.NIGHTSHIFT_SECRET as string, { aura: { clientId, clientSecret }, passwords })
    expect(await says(night)).toEqual(unknown('user or password refused'))
    const mail = await night.aws.sns.nextMail()
    expect(mail.subject).toMatch(/^\[UNKNOWN\] graph: not looked at: user or password refused/)
    expect(mail.text).toContain('passwords.')
  })

  it('for an expired token is looked at all the same, with another', async () => {
    await using night = await startAuraNight(neo4j)
    expect(await says(night)).toEqual(WELL)
    night.aura.expireTokens()
    expect(await says(night)).toEqual(WELL)
    expect(night.aura.tokensIssued).toBe(2)
  })

  it('for the rights of its client is told as that, and costs one token and no more', async () => {
    await using night = await startAuraNight(neo4j)
    night.aura.fail('api', AURA_FAULTS.forbidden)
    for (let look = 0; look < 3; look++)
      expect(await says(night)).toEqual(unknown('the Aura API client may not see it'))
    expect(night.aura.tokensIssued).toBe(2)
  })

  it('for a client that was revoked is told as that once its token has ended', async () => {
    await using night = await startAuraNight(neo4j)
    await night.look()
    night.aura.revokeClient()
    expect(await says(night)).toEqual(WELL)
    night.aura.expireTokens()
    expect(await says(night)).toEqual(unknown('Aura refused the API client'))
    const mail = await night.aws.sns.nextMail()
    expect(mail.text).toContain('Make a new API client in the Aura console')
  })

  it.for([
    ['told how long to wait', AURA_FAULTS.rateLimited],
    ['not told how long to wait', AURA_FAULTS.rateLimitedWithoutRetryAfter],
  ] as const)('for too many requests is looked at after waiting: %s', async ([, fault]) => {
    await using night = await startAuraNight(neo4j)
    night.aura.fail('api', fault, { times: 1 })
    expect(await says(night)).toEqual(WELL)
    expect(night.aura.requests.map(({ status }) => status)).toEqual([200, 429, 200])
  })

  it.for([
    ['told to come back in an hour', AN_HOUR, 1],
    ['three times not told how long to wait', AURA_FAULTS.rateLimitedWithoutRetryAfter, 3],
  ] as const)('for too many requests is told as that: %s', async ([, fault, asked]) => {
    await using night = await startAuraNight(neo4j)
    night.aura.fail('api', fault)
    expect(await says(night)).toEqual(unknown('Aura limits the number of requests'))
    expect(night.aura.requests.filter(({ service }) => service === 'api')).toHaveLength(asked)
    const mail = await night.aws.sns.nextMail()
    expect(mail.text).toContain('25 requests a minute on Free and 125 on paid projects')
  })

  it.for([
    ['paused', 'ok: the instance is paused and was not connected to'],
    ['resuming', 'ok: the instance is resuming and was not connected to'],
    ['suspended', 'critical: instance.status: suspended: nobody can connect'],
    ['loading failed', 'critical: instance.status: loading failed: the instance did not come up'],
  ] as const)('as it does not run is not connected to: %s', async ([status, said]) => {
    await using night = await startAuraNight(neo4j)
    night.instance.api.status = status
    night.instance.api.connection_url = null
    expect(await says(night)).toEqual([said])
    expect(await neo4j.connections()).toEqual([])
  })

  it('as it is gone is critical where it was seen before, and a wrong id where it never was', async () => {
    await using night = await startAuraNight(neo4j)
    night.aura.instances.clear()
    expect(await says(night)).toEqual(unknown('no such instance'))
    night.aura.instances.set('a1b2c3d4', night.instance)
    expect(await says(night)).toEqual(WELL)
    night.aura.instances.clear()
    expect(await says(night)).toEqual(['critical: instance.status: gone: Aura knows no such instance'])
    expect((await night.aws.sns.nextMail(({ subject }) => subject?.includes('CRITICAL') ?? false)).text).toContain(
      'DB not found',
    )
  })

  it('by its own database is seen all the same, and what is wrong there is told', async () => {
    await using night = await startAuraNight(neo4j, { database: 'ordres' })
    await neo4j.createUser('shop')
    await neo4j.session({ user: 'shop', userAgent: 'checkout/1.0' })
    const target = await night.look()
    expect(target?.says).toEqual([
      'unknown: connections.reachable: no such database: only the system database lets us in',
    ])
    expect(target?.bolt?.connections).toBe(2)
    // Nor would anybody be ended: who is idle may be waiting for the database.
    expect(target).not.toHaveProperty('staleConnections')
    const mail = await night.aws.sns.nextMail()
    expect(mail.text).toContain('ordres')
    expect(mail.text).toContain('aura.database')
  })
})
