/**
 * A night on Aura in one object: a local Aura before a real Neo4j, a local AWS, and the Aura function that CDK would
 * deploy. The Neo4j is the caller's: it takes seconds to start, and nights can share it.
 *
 *     await using night = await startAuraNight(neo4j, { connectionLimit: 10 })
 *     await neo4j.createUser('shop')
 *     await neo4j.session({ user: 'shop', userAgent: 'checkout/1.0' })
 *     const target = await night.look()
 */
import type { AuraConfig, NightshiftConfig, TargetConfig } from '../../functions/config.ts'
import type { Report } from '../../functions/report.ts'
import { type Instance, type LocalAura, startAura } from './aura.ts'
import { type LocalAws, startAws } from './aws.ts'
import { type LocalFunction, startFunction } from './lambda.ts'
import type { Neo4j } from './neo4j.ts'
import { assertNoSecrets, bundleFor } from './night.ts'

/** Changes to the one target there is, `graph`, and to who is told, each of whom has subscribed. */
export interface AuraNightOptions
  extends Partial<AuraConfig>,
    Pick<TargetConfig, 'note' | 'thresholds' | 'staleSessions'> {
  /** Default: one e-mail address, told at the first look. */
  tell?: NightshiftConfig['tell']
}

export interface AuraNight extends AsyncDisposable {
  aura: LocalAura
  instance: Instance
  aws: LocalAws
  fn: LocalFunction
  /** One run of the function: what it reports of `graph`. */
  look(): Promise<Report['targets'][number] | undefined>
  /** What must never be seen in a log, a message or the table: the end of each night looks. */
  secrets: string[]
}

export async function startAuraNight(
  neo4j: Neo4j,
  {
    tell = { emails: ['oncall@corp.test'], confirm: { looks: 1, of: 1 } },
    note,
    thresholds,
    staleSessions,
    ...changes
  }: AuraNightOptions = {},
): Promise<AuraNight> {
  const stack = new AsyncDisposableStack()
  try {
    const aura = stack.use(await startAura())
    const instance = aura.addInstance({ id: 'a1b2c3d4', type: 'professional-db', neo4j })
    const aws = stack.use(await startAws())
    for (const endpoint of tell.emails ?? []) aws.sns.subscribe({ protocol: 'email', endpoint })
    for (const endpoint of tell.phones ?? [])
      aws.sns.subscribe({ protocol: 'sms', endpoint, filterPolicy: { severity: ['critical', 'resolved-critical'] } })
    const password = await neo4j.createUser('nightshift')
    const { id: clientId, secret: clientSecret } = aura.client
    aws.secrets.put(aws.env.NIGHTSHIFT_SECRET as string, {
      aura: { clientId, clientSecret },
      passwords: { graph: password },
    })
    const aurasOwn: AuraConfig = { instance: instance.api.id, user: 'nightshift', ...changes }
    const built = stack.use(
      await bundleFor('functions/aura.ts', {
        tell,
        targets: [{ name: 'graph', aura: aurasOwn, note, thresholds, staleSessions }],
      }),
    )
    const env = { ...aws.env, ...aura.env }
    const fn = stack.use(
      await startFunction({ directory: built.directory, name: 'nightshift-aura', timeoutSeconds: 120, env }),
    )
    const secrets = [password, clientSecret, ...aws.sensitive]
    stack.defer(async () =>
      assertNoSecrets(secrets, {
        logs: fn.logs,
        published: aws.sns.published,
        items: await aws.dynamodb.items(aws.env.NIGHTSHIFT_TABLE as string),
      }),
    )
    const disposables = stack.move()
    return {
      aura,
      instance,
      aws,
      fn,
      secrets,
      look: async () => {
        const { payload, error } = await fn.invoke<Report>({})
        if (error) throw new Error(`the run failed: ${error.errorMessage}`)
        return payload?.targets[0]
      },
      [Symbol.asyncDispose]: () => disposables.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}
