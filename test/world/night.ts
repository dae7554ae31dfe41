/**
 * A whole night in one object: a real PostgreSQL behind a local Neon, a local AWS, and the function that CDK would deploy,
 * bundled for a configuration of the test's own.
 *
 *     await using night = await startNight({ staleSessions: { end: true, idleFor: '2s' } })
 *     await night.postgres.session({ application: 'sync-job', user: 'app' })
 *     const { payload } = await night.run()
 *     const mail = await night.aws.sns.nextMail()
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { NightshiftConfig, TargetConfig } from '../../functions/config.ts'
import type { Report } from '../../functions/report.ts'
import { type LocalAws, startAws } from './aws.ts'
import { bundle, type Invocation, type LocalFunction, startFunction } from './lambda.ts'
import { type LocalNeon, type Project, startNeon } from './neon.ts'
import { type Postgres, type PostgresOptions, startPostgres } from './postgres.ts'

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
  /** Everything that must never be seen in a log, an error, a message or a report. */
  secrets: string[]
  run(event?: unknown): Promise<Invocation<Report>>
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
    const folder = await mkdtemp(join(tmpdir(), 'nightshift-config-'))
    stack.defer(() => rm(folder, { recursive: true, force: true }))
    const file = join(folder, 'config.ts')
    await writeFile(file, `export default ${JSON.stringify(config)}`)
    const built = stack.use(await bundle({ entry: 'functions/connections.ts', config: file }))
    const fn = stack.use(
      await startFunction({
        directory: built.directory,
        name: 'nightshift-connections',
        timeoutSeconds: 120,
        memoryMb: 256,
        env: { ...aws.env, ...neon.env },
      }),
    )
    const disposables = stack.move()
    return {
      postgres,
      neon,
      project,
      aws,
      fn,
      config,
      secrets: [password, appPassword, neon.apiKey, postgres.password('neondb_owner'), ...aws.sensitive],
      run: (event = {}) => fn.invoke<Report>(event),
      [Symbol.asyncDispose]: () => disposables.disposeAsync(),
    }
  } catch (error) {
    await stack.disposeAsync()
    throw error
  }
}

/** Opens `sessions` sessions of an application and leaves them idle. */
export const leak = ({ postgres }: Night, application: string, sessions: number, user = 'app') =>
  Promise.all(Array.from({ length: sessions }, () => postgres.session({ application, user })))
