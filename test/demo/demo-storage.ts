/** Storage that fills and snapshots that stopped, of Neon and of Aura: what the two hourly functions make of them. */
import { DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb'
import type { SeriesName } from '../../functions/checks/storage/reading.ts'
import { addPoint, type Series } from '../../functions/checks/storage/series.ts'
import type { NightshiftConfig } from '../../functions/config.ts'
import type { Report } from '../../functions/report.ts'
import { startAura } from '../world/aura.ts'
import { type LocalAws, startAws } from '../world/aws.ts'
import { startFunction } from '../world/lambda.ts'
import { startNeon } from '../world/neon.ts'
import { bundleFor, EMAIL, PHONE, PROJECT } from '../world/night.ts'
import { deliveries, quiet, title, verdicts } from './show.ts'
import { stoppedInAnyCase } from './stop.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const MB = 1024 ** 2
const GB = 1024 * MB

export async function storageDemo(): Promise<void> {
  title('A month later: storage that fills, and snapshots that stopped')
  quiet('Starting a local Neon, a local Aura and a local AWS; each hour of the last 14 days is in the history ...')
  await using stack = new AsyncDisposableStack()
  const started = await stoppedInAnyCase(startAll())
  stack.use(started)
  const { neon, aura, aws } = started
  const now = Date.now()

  const project = neon.addProject({
    id: PROJECT,
    owner: PAID,
    branches: [{ id: 'br-main-1234', logical_size: 437 * MB }],
  })
  const [main] = project.branches
  if (main) main.schedule = [{ frequency: 'daily', hour: 23 }]
  for (const days of [9, 10, 11, 12])
    project.addSnapshot({ source_branch_id: 'br-main-1234', created_at: new Date(now - days * DAY).toISOString() })

  const graph = aura.addInstance({ id: 'a1b2c3d4', name: 'graph', type: 'business-critical', storage: '16GB' })
  graph.metrics = {
    neo4j_database_store_size_database: Math.round(13.4 * GB),
    neo4j_aura_storage_limit: 16 * GB,
  }
  graph.addSnapshot({ timestamp: new Date(now - 31 * HOUR).toISOString() })
  graph.addSnapshot({ timestamp: new Date(now - 30 * 60_000).toISOString(), status: 'Failed', exportable: false })

  await remember(aws, 'orders', 'size', now, (days) => (437 - 9.5 * days + 4 * Math.sin(5 * days)) * MB)
  await remember(
    aws,
    'graph',
    'size',
    now,
    (days) => (13.4 - 0.35 * days + 0.08 * Math.sin(2 * Math.PI * days) + 0.05 * Math.sin(9 * days)) * GB,
  )

  let told = 0
  for (const check of ['storage', 'snapshots']) {
    title(check === 'storage' ? 'The storage check, once an hour' : 'The snapshots check, once an hour')
    await using built = await bundleFor(`functions/${check}.ts`, CONFIG)
    const env = { ...aws.env, ...neon.env, ...aura.env }
    await using fn = await startFunction({ directory: built.directory, name: `nightshift-${check}`, env })
    const { payload, error } = await fn.invoke<Report>({})
    if (payload === undefined) throw new Error(`the run failed: ${error?.errorMessage}`)
    for (const { target, says } of payload.targets) {
      quiet(`  ${target}`)
      verdicts(says)
    }
    told = deliveries(aws.sns.inbox, told)
  }
}

const PAID = { subscription_type: 'launch_v3' }

const CONFIG: NightshiftConfig = {
  tell: { emails: [EMAIL], phones: [PHONE] },
  targets: [
    { name: 'orders', neon: { project: PROJECT, role: 'nightshift' }, note: 'Owner: the shop team.' },
    { name: 'graph', aura: { instance: 'a1b2c3d4' }, note: 'Owner: the data team.' },
  ],
}

async function startAll() {
  await using starting = new AsyncDisposableStack()
  const neon = starting.use(await startNeon())
  const aura = starting.use(await startAura())
  const aws = starting.use(await startAws())
  const { id: clientId, secret: clientSecret } = aura.client
  aws.secrets.put(aws.env.NIGHTSHIFT_SECRET as string, { neonApiKey: neon.apiKey, aura: { clientId, clientSecret } })
  aws.sns.subscribe({ protocol: 'email', endpoint: EMAIL })
  aws.sns.subscribe({
    protocol: 'sms',
    endpoint: PHONE,
    filterPolicy: { severity: ['critical', 'resolved-critical'] },
  })
  const started = starting.move()
  return { neon, aura, aws, [Symbol.asyncDispose]: () => started.disposeAsync() }
}

/** Puts a history into the table, as 14 days of hourly runs would have left it. */
async function remember(
  aws: LocalAws,
  target: string,
  name: SeriesName,
  now: number,
  sizeBefore: (days: number) => number,
): Promise<void> {
  let series: Series | undefined
  for (let hours = 14 * 24; hours > 0; hours--)
    series = addPoint(series, now - hours * HOUR, Math.round(sizeBefore(hours / 24)))
  const table = new DynamoDBClient(aws.connect('dynamodb'))
  await table.send(
    new PutItemCommand({
      TableName: aws.env.NIGHTSHIFT_TABLE as string,
      Item: {
        pk: { S: `TARGET#${target}` },
        sk: { S: `SERIES#${name}` },
        version: { N: '1' },
        state: { S: JSON.stringify(series) },
      },
    }),
  )
  table.destroy()
}
