/** What the cases play on: one local Neon, Aura and AWS, a Postgres, somebody to ping, and the faulty servers. */
import { vi } from 'vitest'
import { RINGS } from '../../functions/incidents/rings.ts'
import { startAura } from '../world/aura.ts'
import { startAws } from '../world/aws.ts'
import { startNeon } from '../world/neon.ts'
import { EMAIL, PHONE } from '../world/night.ts'
import { startPing } from '../world/ping.ts'
import { startPostgres } from '../world/postgres.ts'
import { type Call, openGate } from './crossing.ts'
import { startFaultyBolt } from './faulty-bolt.ts'
import { startFaultyServer } from './faulty-server.ts'

export type Stage = Awaited<ReturnType<typeof startStage>>

const TABLE_CALLS: Record<string, Call> = {
  'DynamoDB_20120810.GetItem': 'table: get',
  'DynamoDB_20120810.PutItem': 'table: first write',
}

/** Who hears of Nightshift itself. */
export const OPERATIONS = 'ops@example.com'

/** Room for the sessions that the SQL front keeps for each endpoint of each lane. */
const MOST_CONNECTIONS = 200

export async function startStage() {
  await using starting = new AsyncDisposableStack()
  const postgres = starting.use(await startPostgres({ maxConnections: MOST_CONNECTIONS, reserved: 3 }))
  const password = await postgres.createRole('nightshift', { grants: ['pg_monitor'] })
  const [neon, aura, aws, ping, faulty, bolt] = [
    starting.use(await startNeon()),
    starting.use(await startAura()),
    starting.use(await startAws()),
    starting.use(await startPing()),
    starting.use(await startFaultyServer()),
    starting.use(await startFaultyBolt()),
  ]
  aws.sns.subscribe({ protocol: 'email', endpoint: EMAIL })
  aws.sns.subscribe({
    protocol: 'email',
    endpoint: OPERATIONS,
    topicArn: aws.env.NIGHTSHIFT_OPERATIONS_TOPIC as string,
  })
  aws.sns.subscribe({ protocol: 'sms', endpoint: PHONE, filterPolicy: { severity: RINGS } })
  starting.defer(() => void vi.unstubAllEnvs())
  for (const [name, value] of Object.entries({ ...aws.env, ...neon.env, ...aura.env, ...ping.env }))
    vi.stubEnv(name, value)

  const dynamodb = new URL(aws.env.AWS_ENDPOINT_URL_DYNAMODB as string).host
  const sns = new URL(aws.env.AWS_ENDPOINT_URL_SNS as string).host
  const secrets = new URL(aws.env.AWS_ENDPOINT_URL_SECRETS_MANAGER as string).host
  const pings = new URL(ping.env.NIGHTSHIFT_PING_URL as string).host
  openGate(faulty, ({ host, href }, action) => {
    if (href.startsWith(neon.apiUrl)) return 'Neon API'
    if (href.startsWith(neon.sqlUrl)) return 'SQL over HTTP'
    if (href.startsWith(neon.statusUrl)) return 'Neon status page'
    if (href.startsWith(`${aura.url}/oauth`)) return 'Aura token'
    if (href.startsWith(`${aura.url}/v1`)) return 'Aura API'
    if (href.startsWith(aura.url)) return 'Aura metrics'
    if (host === pings) return 'ping'
    if (host === sns) return action === 'PublishCommand' ? 'SNS publish' : 'SNS question'
    if (host === secrets) return 'secret'
    return host === dynamodb ? TABLE_CALLS[action] : undefined
  })

  const mails = new Map<string, { text: string; endpoint: string | undefined }[]>()
  let read = 0
  const stage = starting.move()
  return {
    postgres,
    neon,
    aura,
    aws,
    ping,
    bolt,
    /** Of the role that looks. */
    password,
    /** What must never be seen anywhere. */
    secrets: [
      password,
      postgres.password('neondb_owner'),
      neon.apiKey,
      aura.client.secret,
      Buffer.from(`${aura.client.id}:${aura.client.secret}`).toString('base64'),
      new URL(ping.address).pathname,
      ...aws.sensitive,
    ],
    /** The mails of a case so far: whose targets they name. */
    mailsOf(id: number): string[] {
      for (; read < aws.sns.inbox.length; read++) {
        const { text, protocol, endpoint } = aws.sns.inbox[read] ?? { text: '' }
        if (protocol !== 'email') continue
        const owner = /-case(\d+):/.exec(text)?.[1] ?? ''
        const before = mails.get(owner) ?? []
        // Where it is not known who hears of what, two mailboxes get the same; nobody gets it twice.
        if (before.some((mail) => mail.text === text && mail.endpoint !== endpoint)) continue
        mails.set(owner, [...before, { text, endpoint }])
      }
      return (mails.get(String(id)) ?? []).map(({ text }) => text)
    },
    [Symbol.asyncDispose]: () => stage.disposeAsync(),
  }
}
