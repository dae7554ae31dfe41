/**
 * A whole night in one object: a real PostgreSQL behind a local Neon, a local AWS, and the function that CDK would deploy,
 * bundled for a configuration of the test's own.
 *
 *     await using night = await startNight({ staleSessions: { end: true, idleFor: '2s' } })
 *     await night.postgres.session({ application: 'sync-job', user: 'app' })
 *     const { payload } = await night.run()
 *     const mail = await night.aws.sns.nextMail()
 */
import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { NightshiftConfig, TargetConfig } from '../../functions/config.ts'
import type { TargetState } from '../../functions/incidents/store.ts'
import type { Report } from '../../functions/report.ts'
import { type LocalAws, startAws } from './aws.ts'
import { bundleFor } from './bundle-for.ts'
import { type Invocation, type InvokeOptions, type LocalFunction, startFunction } from './lambda.ts'
import { type LocalNeon, type Project, startNeon } from './neon.ts'
import { type Postgres, type PostgresOptions, type Session, startPostgres } from './postgres.ts'

export { bundleFor } from './bundle-for.ts'

export interface NightOptions extends Partial<NightshiftConfig> {
  postgres?: PostgresOptions
  /** Changes to the one target there is, `orders`. */
  target?: Partial<TargetConfig>
  /** What Nightshift's own role is a member of. Default: may see all, may end the sessions of `app`. */
  grants?: string[]
  /** Address that the SQL front connects from. */
  proxyAddress?: string
}

export interface Night extends AsyncDisposable {
  postgres: Postgres
  neon: LocalNeon
  project: Project
  aws: LocalAws
  fn: LocalFunction
  config: NightshiftConfig
  /** What must never be seen in a log, an error, a message, a report or the table: the end of each night looks. */
  secrets: string[]
  /** As if the time had passed that a dead run's claim on a notice lasts. */
  expireClaims(): Promise<void>
  /** The same function in another environment; to be disposed by who asks. */
  another(env: Record<string, string>): Promise<LocalFunction>
  /** Invokes the function as the schedule, or a person in the console, would. */
  run(event?: unknown, options?: InvokeOptions): Promise<Invocation<Report>>
}

export const TARGET = 'orders'
export const PROJECT = 'cool-darkness-123456'
export const EMAIL = 'oncall@example.com'
export const PHONE = '+14155550100'

export async function startNight({
  postgres: postgresOptions,
  target,
  grants,
  proxyAddress,
  ...general
}: NightOptions = {}): Promise<Night> {
  const stack = new AsyncDisposableStack()
  try {
    const postgres = stack.use(await startPostgres(postgresOptions))
    const appPassword = await postgres.createRole('app')
    const password = await postgres.createRole('nightshift', { grants: grants ?? ['pg_monitor', 'app'] })
    const neon = stack.use(await startNeon(proxyAddress ? { proxyAddress } : {}))
    const project = neon.addProject({
      id: PROJECT,
      roles: { neondb_owner: postgres.password('neondb_owner') },
      branches: [{ id: 'br-main-1234', endpoints: [{ id: 'ep-cool-1234', postgres }] }],
    })
    const aws = stack.use(await startAws())
    aws.sns.subscribe({ protocol: 'email', endpoint: EMAIL })
    aws.sns.subscribe({
      protocol: 'sms',
      endpoint: PHONE,
      filterPolicy: { severity: ['critical', 'resolved-critical'] },
    })
    aws.secrets.put(aws.env.NIGHTSHIFT_SECRET as string, { neonApiKey: neon.apiKey, passwords: { [TARGET]: password } })

    const config: NightshiftConfig = {
      tell: { emails: [EMAIL], phones: [PHONE] },
      targets: [
        { name: TARGET, neon: { project: PROJECT, role: 'nightshift' }, note: 'Owner: the shop team.', ...target },
      ],
      ...general,
    }
    const built = stack.use(await bundleFor('functions/connections.ts', config))
    const start = (env: Record<string, string> = {}) =>
      startFunction({
        directory: built.directory,
        name: 'nightshift-connections',
        timeoutSeconds: 120,
        memoryMb: 256,
        env: { ...aws.env, ...neon.env, ...env },
      })
    const fn = stack.use(await start())
    const secrets = [password, appPassword, neon.apiKey, postgres.password('neondb_owner'), ...aws.sensitive]
    // Whatever a test puts into the secret later is looked for too.
    const put = aws.secrets.put
    aws.secrets.put = (name, value) => {
      const texts =
        typeof value === 'string'
          ? [value]
          : Object.values(value).flatMap((one) =>
              Object.values(Object(one)).length > 0 && typeof one === 'object' ? Object.values(one as object) : [one],
            )
      secrets.push(...texts.filter((text): text is string => typeof text === 'string' && text.length > 0))
      return put(name, value)
    }
    // At the end of every test: nothing that left the function holds a password or a key.
    stack.defer(async () =>
      assertNoSecrets(secrets, {
        logs: fn.logs,
        said,
        published: aws.sns.published,
        inbox: aws.sns.inbox,
        items: await aws.dynamodb.items(aws.env.NIGHTSHIFT_TABLE as string),
      }),
    )
    const said: unknown[] = []
    const disposables = stack.move()
    return {
      postgres,
      neon,
      project,
      aws,
      fn,
      config,
      secrets,
      another: start,
      expireClaims: () => expireClaims(aws),
      run: async (event = {}, options) => {
        const answer = await fn.invoke<Report>(event, options)
        said.push(answer)
        return answer
      },
      [Symbol.asyncDispose]: () => disposables.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

async function expireClaims(aws: LocalAws): Promise<void> {
  const table = new DynamoDBClient(aws.connect('dynamodb'))
  const [TableName, pk, sk] = [
    aws.env.NIGHTSHIFT_TABLE as string,
    { S: `TARGET#${TARGET}` },
    { S: 'CHECK#connections' },
  ]
  const { Item } = await table.send(new GetItemCommand({ TableName, Key: { pk, sk } }))
  const state = JSON.parse(Item?.state?.S ?? '{}') as TargetState
  for (const { claim } of Object.values(state.incidents)) if (claim) claim.until = 0
  await table.send(new PutItemCommand({ TableName, Item: { ...Item, pk, sk, state: { S: JSON.stringify(state) } } }))
  table.destroy()
}

export function assertNoSecrets(secrets: string[], places: Record<string, unknown>): void {
  for (const [place, content] of Object.entries(places)) {
    const text = JSON.stringify(content)
    const found = secrets.find((secret) => text.includes(secret) || text.includes(encodeURIComponent(secret)))
    if (found !== undefined)
      throw new Error(
        `A secret is in the ${place}: ${text.slice(Math.max(0, text.indexOf(found) - 200), text.indexOf(found))}`,
      )
  }
}

/** Resolves once every session of these roles has been idle for so long: the server itself waits, on its own clock. */
export async function idleFor({ postgres }: Night, ms: number, roles = ['app']): Promise<void> {
  await postgres.query(
    `SELECT pg_sleep(greatest(0, $1::float8 / 1000 - extract(epoch FROM clock_timestamp() - max(state_change)))::float8)
     FROM pg_stat_activity WHERE usename = ANY ($2) AND state = 'idle'`,
    [ms + 20, roles],
  )
}

/** Opens `sessions` sessions of an application and leaves them idle. */
export async function leak(
  { postgres }: Night,
  application: string,
  sessions: number,
  user = 'app',
): Promise<Session[]> {
  const opened: Session[] = []
  // One after the other, so that their order of age is known.
  for (let i = 0; i < sessions; i++) opened.push(await postgres.session({ application, user }))
  return opened
}
