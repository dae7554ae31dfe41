import { randomBytes } from 'node:crypto'
import { type LocalDynamoDb, startDynamoDb } from './aws-dynamodb.ts'
import type { Fault, FaultOptions } from './aws-faults.ts'
import { type LocalSecrets, startSecrets } from './aws-secrets.ts'
import { type LocalSns, startSns } from './aws-sns.ts'
import type { Identity, ServiceName, WireRequest } from './aws-wire.ts'

export { ERRORS, type Fault } from './aws-faults.ts'
export type { Delivery, Subscription } from './aws-sns-delivery.ts'

const TABLE = 'nightshift'
const SECRET = 'nightshift'

export interface LocalAws extends AsyncDisposable {
  sns: LocalSns
  dynamodb: LocalDynamoDb
  secrets: LocalSecrets
  /** What Lambda and the template would put into a function's environment. */
  env: Record<string, string>
  /** The secret half of `env`: nothing that a function writes may hold any of these. */
  sensitive: string[]
  /** Options for an SDK client of the test's own: `new SNSClient(aws.connect('sns'))`. */
  connect(service: ServiceName): { region: string; endpoint: string; credentials: Identity['credentials'] }
  /** Spoils requests to a service, until healed or for a number of times. */
  fail(service: ServiceName, fault: Fault, options?: FaultOptions): void
  /** Ends the faults of one service, or of all. A request that hangs already goes on hanging. */
  heal(service?: ServiceName): void
  /** Requests that a service received so far, whatever became of them. */
  requests(service: ServiceName, action?: string): WireRequest[]
  /** Resolves when the next such request arrives, before it is answered. */
  nextRequest(service: ServiceName, action?: string): Promise<WireRequest>
}

/** DynamoDB, SNS and Secrets Manager on local ports, with the table and the topic there and no secret yet. */
export async function startAws(): Promise<LocalAws> {
  // Not the shape of real keys, so that a scanner never takes them for such.
  const random = (kind: string) => `local-${kind}-${randomBytes(16).toString('hex')}`
  const credentials = { accessKeyId: random('key'), secretAccessKey: random('secret'), sessionToken: random('session') }
  const identity: Identity = { region: 'eu-central-1', account: '123456789012', credentials }

  await using starting = new AsyncDisposableStack()
  const dynamodb = starting.use(await startDynamoDb(identity))
  const sns = await startSns(identity)
  starting.use(sns.service)
  const secrets = await startSecrets(identity)
  starting.use(secrets.service)
  await dynamodb.createTable(TABLE)
  const started = starting.move()

  const services = { sns: sns.service, dynamodb: dynamodb.service, secretsmanager: secrets.service }
  return {
    sns,
    dynamodb,
    secrets,
    env: {
      AWS_ENDPOINT_URL_SNS: sns.service.url,
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.service.url,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.service.url,
      AWS_REGION: identity.region,
      AWS_ACCESS_KEY_ID: credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
      AWS_SESSION_TOKEN: credentials.sessionToken,
      NIGHTSHIFT_TABLE: TABLE,
      NIGHTSHIFT_ALERTS_TOPIC: sns.alertsTopic,
      NIGHTSHIFT_OPERATIONS_TOPIC: sns.createTopic('nightshift-operations', { displayName: 'Nightshift operations' }),
      NIGHTSHIFT_URGENT_TOPIC: sns.createTopic('nightshift-urgent'),
      NIGHTSHIFT_SECRET: SECRET,
    },
    sensitive: [credentials.secretAccessKey, credentials.sessionToken],
    connect: (service) => ({ region: identity.region, endpoint: services[service].url, credentials }),
    fail: (service, fault, options) => services[service].faults.add(fault, options),
    heal(service) {
      for (const each of service ? [services[service]] : Object.values(services)) each.faults.clear()
    },
    requests: (service, action) =>
      services[service].requests.filter((request) => action === undefined || request.action === action),
    nextRequest: (service, action) => services[service].nextRequest(action),
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
}
