import { afterEach, describe, expect, it } from 'vitest'
import { AURA_FAULTS, type AuraOptions, type LocalAura, startAura } from './aura.ts'

let aura: LocalAura

const start = async (options?: AuraOptions) => {
  aura = await startAura(options)
  return aura
}
afterEach(() => aura?.stop())

async function answer(response: Response) {
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    requestId: response.headers.get('x-request-id'),
    body: JSON.parse((await response.text()) || 'null'),
  }
}

async function askForToken({ id, secret } = aura.client, body: string | undefined = 'grant_type=client_credentials') {
  const headers = {
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
  }
  return answer(await fetch(`${aura.url}/oauth/token`, { method: 'POST', headers, body }))
}

async function get(path: string, token?: string) {
  const { body } = token === undefined ? await askForToken() : { body: { access_token: token } }
  return answer(await fetch(`${aura.url}/v1${path}`, { headers: { authorization: `Bearer ${body.access_token}` } }))
}

describe('the token endpoint', () => {
  it('gives a token for an hour, which is recorded nowhere', async () => {
    await start()
    const { status, body } = await askForToken()
    expect({ status, body }).toEqual({
      status: 200,
      body: { access_token: expect.any(String), expires_in: 3600, token_type: 'bearer' },
    })
    expect(aura.tokensIssued).toBe(1)
    await get('/instances/a1b2c3d4', body.access_token)
    expect(aura.requests).toMatchObject([
      { service: 'token', method: 'POST', path: '/oauth/token', status: 200 },
      { service: 'api', method: 'GET', path: '/v1/instances/a1b2c3d4', status: 404 },
    ])
    for (const secret of [body.access_token, aura.client.secret]) {
      expect(JSON.stringify(aura.requests)).not.toContain(secret)
    }
  })

  it('refuses what it does not like, each with its code', async () => {
    await start()
    expect(await askForToken({ ...aura.client, secret: 'wrong' })).toMatchObject({ status: 401 })
    expect(await askForToken(aura.client, '{"grant_type":"client_credentials"}')).toMatchObject({ status: 403 })
    expect(await askForToken(aura.client, '')).toMatchObject({ status: 404 })
    expect(await answer(await fetch(`${aura.url}/oauth/token`, { method: 'POST' }))).toMatchObject({ status: 400 })
    expect(aura.tokensIssued).toBe(0)
  })

  it('gives none to a client that was revoked, whose last token lasts for its hour', async () => {
    await start()
    const { body } = await askForToken()
    aura.revokeClient()
    expect(await askForToken()).toMatchObject({ status: 401 })
    expect(await get('/instances/a1b2c3d4', body.access_token)).toMatchObject({ status: 404 })
    aura.restoreClient()
    expect(await askForToken()).toMatchObject({ status: 200 })
  })
})

describe('the API', () => {
  it('answers an expired token with 403, an unknown one with 401', async () => {
    await start()
    const { body } = await askForToken()
    aura.expireTokens()
    expect(await get('/instances/a1b2c3d4', body.access_token)).toMatchObject({
      status: 403,
      body: { error: 'Forbidden' },
    })
    expect(await get('/instances/a1b2c3d4', 'made-up')).toMatchObject({
      status: 401,
      body: { errors: [{ message: 'Unauthorized' }] },
    })
    aura.addInstance({ id: 'a1b2c3d4' })
    expect(await get('/instances/a1b2c3d4')).toMatchObject({ status: 200 })
  })

  it('gives what the tier has, as the test last put it', async () => {
    await start()
    const instance = aura.addInstance({ id: 'a1b2c3d4', neo4j: { url: 'neo4j://127.0.0.1:7687' } })
    const look = async () => (await get('/instances/a1b2c3d4')).body.data
    expect(await look()).toEqual({
      id: 'a1b2c3d4',
      name: 'a1b2c3d4',
      status: 'running',
      tenant_id: aura.tenant,
      cloud_provider: 'aws',
      connection_url: 'neo4j://127.0.0.1:7687',
      region: 'us-east-1',
      type: 'professional-db',
      memory: '2GB',
      storage: '4GB',
      created_at: expect.any(String),
    })
    for (const status of ['loading failed', 'something new']) {
      instance.api.status = status
      expect(await look()).toMatchObject({ status })
    }
    aura.addInstance({ id: 'free0001', type: 'free-db', graph_nodes: 150_000 })
    const free = (await get('/instances/free0001')).body.data
    expect(free).toMatchObject({ graph_nodes: 150_000, graph_relationships: 0 })
    expect(free).not.toHaveProperty('storage')
    aura.addInstance({ id: 'vdc00001', type: 'enterprise-db' })
    expect((await get('/instances/vdc00001')).body.data).toMatchObject({
      secondaries_count: 0,
      cdc_enrichment_mode: 'OFF',
      metrics_integration_url: `https://customer-metrics-api.neo4j.io/api/v1/${aura.tenant}/vdc00001/metrics`,
    })
    aura.instances.delete('a1b2c3d4')
    expect(await get('/instances/a1b2c3d4')).toMatchObject({
      status: 404,
      body: { errors: [{ message: 'DB not found: a1b2c3d4', reason: 'db-not-found' }] },
    })
  })

  it("lists today's snapshots unless asked for another day", async () => {
    await start({ now: () => new Date('2026-08-02T00:10:00Z') })
    const instance = aura.addInstance({ id: 'a1b2c3d4' })
    const yesterday = instance.addSnapshot({ timestamp: '2026-08-01T23:50:00Z', exportable: false })
    const list = async (query = '') => (await get(`/instances/a1b2c3d4/snapshots${query}`)).body
    expect(await list()).toEqual({ data: [] })
    expect(await list('?date=2026-08-01')).toEqual({ data: [yesterday] })
    const today = instance.addSnapshot({ timestamp: '2026-08-02T00:05:00Z', profile: 'AdHoc', status: 'InProgress' })
    expect(await list()).toEqual({ data: [today] })
    expect(await list('?date=yesterday')).toMatchObject({ errors: [{ field: 'date' }] })
    const one = (id: string) => get(`/instances/a1b2c3d4/snapshots/${id}`)
    expect((await one(yesterday.snapshot_id)).body).toEqual({ data: yesterday })
    expect(await one('none')).toMatchObject({ status: 404 })
  })

  it('gives the metrics of an instance as text, to who has a token', async () => {
    await start()
    const instance = aura.addInstance({ id: 'bc000001', type: 'business-critical' })
    const { body } = await askForToken()
    const scrape = (path = instance.api.metrics_integration_url ?? '', token = body.access_token) =>
      fetch(`${aura.url}${new URL(path, aura.url).pathname}`, { headers: { authorization: `Bearer ${token}` } })
    const quiet = await scrape()
    expect(quiet.headers.get('content-type')).toMatch(/^text\/plain/)
    expect((await quiet.text()).split('\n')).toEqual(
      expect.arrayContaining([
        '# TYPE neo4j_dbms_bolt_connections_opened_total counter',
        '# TYPE neo4j_dbms_bolt_connections_idle gauge',
        expect.stringMatching(
          /^neo4j_dbms_bolt_connections_idle\{aggregation="MAX",instance_id="bc000001"\} 0\.000000 \d{13}$/,
        ),
        expect.stringMatching(/^neo4j_database_store_size_database\{aggregation="MAX",database="neo4j",/),
      ]),
    )
    instance.metrics = {
      neo4j_database_store_size_database: [
        { value: Number.NaN, labels: { database: 'a"b\\c\nd', aggregation: undefined }, at: null },
      ],
    }
    expect((await (await scrape()).text()).split('\n')[2]).toBe(
      'neo4j_database_store_size_database{database="a\\"b\\\\c\\nd",instance_id="bc000001"} NaN',
    )
    expect((await scrape(undefined, 'made-up')).status).toBe(401)
    const lift = aura.fail('metrics', AURA_FAULTS.noMetricsReader)
    expect(await (await scrape()).text()).toBe("User doesn't have access to Metrics resources.")
    lift()
    expect((await scrape(`/api/v1/another-project/bc000001/metrics`)).status).toBe(404)
    expect((await scrape(`/api/v1/${aura.tenant}/metrics`)).status).toBe(404)
    aura.addInstance({ id: 'pro00001' })
    expect((await scrape(`/api/v1/${aura.tenant}/pro00001/metrics`)).status).toBe(404)
    instance.api.status = 'paused'
    expect(await (await scrape()).text()).toBe('')
    expect(aura.env.NIGHTSHIFT_AURA_METRICS_URL).toBe(aura.url)
  })

  it('puts an id of its own on every response, faults and refusals included', async () => {
    await start()
    const token = (await askForToken()).body.access_token
    aura.fail('api', AURA_FAULTS.unavailable, { times: 1 })
    const ids = [
      (await askForToken()).requestId,
      (await get('/instances/a1b2c3d4', token)).requestId,
      (await get('/instances/a1b2c3d4', token)).requestId,
      (await get('/instances/none', token)).requestId,
      (await answer(await fetch(`${aura.url}/v2`))).requestId,
    ]
    expect(ids).not.toContain(null)
    expect(new Set(ids).size).toBe(5)
  })

  it.each([
    ['rateLimited', 429, '1'],
    ['rateLimitedWithoutRetryAfter', 429, null],
    ['unauthorized', 401, null],
    ['forbidden', 403, null],
    ['unavailable', 503, null],
  ] as const)('can be %s, as often as a test says', async (fault, status, retryAfter) => {
    await start()
    aura.addInstance({ id: 'a1b2c3d4' })
    aura.fail('api', AURA_FAULTS[fault], { times: 1, match: /snapshots/ })
    expect(await get('/instances/a1b2c3d4')).toMatchObject({ status: 200 })
    expect(await get('/instances/a1b2c3d4/snapshots')).toMatchObject({ status, retryAfter })
    expect(await get('/instances/a1b2c3d4/snapshots')).toMatchObject({ status: 200 })
  })

  it('keeps the limit of requests that a test sets, tokens not counted', async () => {
    await start({ requestsPerMinute: 2 })
    aura.addInstance({ id: 'a1b2c3d4' })
    expect(await get('/instances/a1b2c3d4')).toMatchObject({ status: 200 })
    aura.addInstance({ id: 'a1b2c3d4' })
    expect(await get('/instances/a1b2c3d4')).toMatchObject({ status: 200 })
    const refused = await get('/instances')
    expect(refused).toMatchObject({ status: 429 })
    expect(Number(refused.retryAfter)).toBeGreaterThan(50)
  })

  it('changes nothing', async () => {
    await start()
    aura.addInstance({ id: 'a1b2c3d4' })
    const headers = { authorization: `Bearer ${(await askForToken()).body.access_token}` }
    const pause = await fetch(`${aura.url}/v1/instances/a1b2c3d4/pause`, { method: 'POST', headers })
    expect(pause.status).toBe(405)
  })
})
