import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { AuraConfig, NightshiftConfig } from '../../functions/config.ts'
import type { Report } from '../../functions/report.ts'
import { type Instance as AuraInstance, type LocalAura, startAura } from '../world/aura.ts'
import { type LocalAws, startAws } from '../world/aws.ts'
import { bundle, type LocalFunction, startFunction } from '../world/lambda.ts'
import { type Neo4j, startNeo4j } from '../world/neo4j.ts'
import { describeNeo4j } from '../world/neo4j-describe.ts'

interface AuraNight extends AsyncDisposable {
  aura: LocalAura
  instance: AuraInstance
  aws: LocalAws
  fn: LocalFunction
  look(): Promise<Report['targets'][number] | undefined>
  secrets: string[]
}

/** The Aura function that CDK would deploy, before a real Neo4j. */
async function startAuraNight(neo4j: Neo4j, changes: Partial<AuraConfig> = {}): Promise<AuraNight> {
  const stack = new AsyncDisposableStack()
  const aura = stack.use(await startAura())
  const instance = aura.addInstance({ id: 'a1b2c3d4', type: 'professional-db', neo4j })
  const aws = stack.use(await startAws())
  aws.sns.subscribe({ protocol: 'email', endpoint: 'oncall@corp.test' })
  const password = await neo4j.createUser('nightshift')
  const { id: clientId, secret: clientSecret } = aura.client
  aws.secrets.put(aws.env.NIGHTSHIFT_SECRET as string, {
    aura: { clientId, clientSecret },
    passwords: { graph: password },
  })
  const config: NightshiftConfig = {
    tell: { emails: ['oncall@corp.test'], confirm: { looks: 1, of: 1 } },
    targets: [{ name: 'graph', aura: { instance: 'a1b2c3d4', user: 'nightshift', ...changes } }],
  }
  const folder = await mkdtemp(join(tmpdir(), 'nightshift-config-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  await writeFile(join(folder, 'config.ts'), `export default ${JSON.stringify(config)}`)
  const built = stack.use(await bundle({ entry: 'functions/aura.ts', config: join(folder, 'config.ts') }))
  const env = { ...aws.env, ...aura.env }
  const fn = stack.use(
    await startFunction({ directory: built.directory, name: 'nightshift-aura', timeoutSeconds: 120, env }),
  )
  const secrets = [password, clientSecret, ...aws.sensitive]
  // At the end of every night: nothing that left the function holds a password or a key.
  stack.defer(() => {
    const said = JSON.stringify([fn.logs, aws.sns.published])
    for (const secret of secrets) expect(said.includes(secret)).toBe(false)
  })
  const look = async () => {
    const { payload, error } = await fn.invoke<Report>({})
    expect(error).toBeUndefined()
    return payload?.targets[0]
  }
  return { aura, instance, aws, fn, look, secrets, [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

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
