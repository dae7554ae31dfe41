import {
  ConditionalCheckFailedException,
  DynamoDBClient,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb'
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import {
  GetTopicAttributesCommand,
  ListSubscriptionsByTopicCommand,
  PublishCommand,
  type PublishCommandInput,
  SNSClient,
} from '@aws-sdk/client-sns'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ERRORS, type LocalAws, startAws } from './aws.ts'
import { measureSms } from './aws-sms.ts'

let aws: LocalAws
beforeAll(async () => {
  aws = await startAws()
})
afterAll(() => aws[Symbol.asyncDispose]())
afterEach(() => aws.heal())

/** One attempt, so that a fault is seen and not retried away. */
const once = { maxAttempts: 1 }

describe('SNS', () => {
  let sns: SNSClient
  let topic: string
  let topics = 0
  beforeEach(() => {
    sns = new SNSClient({ ...aws.connect('sns'), ...once })
    topics += 1
    topic = aws.sns.createTopic(`topic-${topics}`)
  })
  afterEach(() => sns.destroy())

  const publish = (input: Partial<PublishCommandInput>) =>
    sns.send(new PublishCommand({ TopicArn: topic, Message: 'Something is wrong', ...input }))
  const subscribe = (subscription: Omit<Parameters<typeof aws.sns.subscribe>[0], 'topicArn'>) =>
    aws.sns.subscribe({ ...subscription, topicArn: topic })
  const received = () => aws.sns.inbox.filter(({ topicArn }) => topicArn === topic)
  const text = (value: string) => ({ DataType: 'String', StringValue: value })

  test('takes a message and delivers it to every subscriber', async () => {
    subscribe({ protocol: 'email', endpoint: 'ops@example.com' })
    subscribe({ protocol: 'sms', endpoint: '+15550100' })
    const { MessageId } = await publish({ Subject: 'Orders & <co>', Message: 'Full <now> & "here": é\n' })
    expect(received()).toEqual([
      expect.objectContaining({
        protocol: 'email',
        endpoint: 'ops@example.com',
        subject: 'Orders & <co>',
        text: 'Full <now> & "here": é\n',
        messageId: MessageId,
      }),
      expect.objectContaining({ protocol: 'sms', endpoint: '+15550100', encoding: 'GSM-7', parts: 1 }),
    ])
    expect(aws.sns.published.at(-1)).toMatchObject({ Action: 'Publish', TopicArn: topic, Subject: 'Orders & <co>' })
  })

  test.each([
    ['of 100 characters', 'x'.repeat(100)],
    ['with a line break', 'Orders\nBcc: someone@example.com'],
    ['with a control character', 'Orders\u0007'],
    ['that is not ASCII', 'Größe'],
    ['that begins with a blank', ' Orders'],
    ['that is empty', ''],
  ])('refuses a subject %s', async (_what, Subject) => {
    const refused = publish({ Subject })
    await expect(refused).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'Invalid parameter: Subject',
      $metadata: { httpStatusCode: 400 },
    })
    expect(received()).toEqual([])
  })

  test('takes a subject of 99 characters', async () => {
    await expect(publish({ Subject: 'x'.repeat(99) })).resolves.toHaveProperty('MessageId')
  })

  test('gives each protocol its own text when the message is structured, and ignores what is not text', async () => {
    subscribe({ protocol: 'email', endpoint: 'ops@example.com' })
    subscribe({ protocol: 'sms', endpoint: '+15550100' })
    await publish({
      MessageStructure: 'json',
      Message: JSON.stringify({ default: 'for all', email: { not: 'text' }, sms: 'short', carrier: 'pigeon' }),
    })
    expect(received().map((each) => each.text)).toEqual(['for all', 'short'])
  })

  test.each([
    ['without a default', '{"sms":"short"}', 'No default entry in JSON message body'],
    ['whose default is not text', '{"default":1}', 'No default entry in JSON message body'],
    ['that is not JSON', 'Full', 'JSON message body failed to parse'],
    ['that is not an object', '["default"]', 'JSON message body failed to parse'],
  ])('refuses a structured message %s', async (_what, Message, sentence) => {
    await expect(publish({ MessageStructure: 'json', Message })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: `Invalid parameter: Message Structure - ${sentence}`,
    })
  })

  test('counts the size of a message in bytes and with its attributes', async () => {
    const MessageAttributes = { severity: text('critical') } // 8 + 6 + 8 bytes
    const Message = 'é'.repeat((262_144 - 22) / 2)
    await expect(publish({ Message, MessageAttributes })).resolves.toHaveProperty('MessageId')
    await expect(publish({ Message: `${Message}!`, MessageAttributes })).rejects.toMatchObject({
      name: 'InvalidParameterException',
      message: 'Invalid parameter: Message too long',
    })
    await expect(publish({ Message: '' })).rejects.toThrow('Empty message')
  })

  test.each([
    ['an empty value', { severity: text('') }],
    ['an unknown type', { severity: { DataType: 'Colour', StringValue: 'red' } }],
    ['a number that is none', { open: { DataType: 'Number', StringValue: 'many' } }],
    ['a name with a blank', { 'the severity': text('critical') }],
    ['a name that ends with a dot', { 'severity.': text('critical') }],
  ])('refuses an attribute with %s', async (_what, MessageAttributes) => {
    await expect(publish({ MessageAttributes })).rejects.toMatchObject({ name: 'InvalidParameterValueException' })
  })

  test('delivers only what passes the filter policy, and nothing without the attribute', async () => {
    const filterPolicy = { severity: ['critical', 'resolved'] }
    subscribe({ protocol: 'sms', endpoint: '+15550100', filterPolicy })
    await publish({ Message: 'none' })
    await publish({ Message: 'warning', MessageAttributes: { severity: text('warning') } })
    await publish({ Message: 'critical', MessageAttributes: { severity: text('critical') } })
    await publish({
      Message: 'both',
      MessageAttributes: { severity: { DataType: 'String.Array', StringValue: '["warning","critical"]' } },
    })
    expect(received().map((each) => each.text)).toEqual(['critical', 'both'])
    expect(received()[0]?.attributes).toEqual({ severity: 'critical' })
    expect(aws.sns.undelivered.slice(-2).map(({ reason }) => reason)).toEqual(['filtered out', 'filtered out'])
  })

  test('delivers no e-mail before the subscription is confirmed, and says so when asked', async () => {
    subscribe({ protocol: 'email', endpoint: 'new@example.com', confirmed: false })
    subscribe({ protocol: 'sms', endpoint: '+15550100' })
    await publish({})
    expect(received().map(({ protocol }) => protocol)).toEqual(['sms'])
    const { Subscriptions } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topic }))
    expect(Subscriptions).toEqual([
      expect.objectContaining({ Endpoint: 'new@example.com', SubscriptionArn: 'PendingConfirmation' }),
      expect.objectContaining({ Endpoint: '+15550100', SubscriptionArn: expect.stringContaining(topic) }),
    ])
    const { Attributes } = await sns.send(new GetTopicAttributesCommand({ TopicArn: topic }))
    expect(Attributes).toMatchObject({ SubscriptionsConfirmed: '1', SubscriptionsPending: '1' })
  })

  test('puts the display name of a topic before an SMS', async () => {
    topic = aws.sns.createTopic('named', { displayName: 'Night' })
    subscribe({ protocol: 'sms', endpoint: '+15550100' })
    await publish({ Message: 'x'.repeat(154) })
    expect(received()[0]).toMatchObject({ text: expect.stringMatching(/^NIGHT> x/), parts: 2 })
  })

  test('accepts a text that is too long for an SMS, and never delivers it', async () => {
    subscribe({ protocol: 'sms', endpoint: '+15550100' })
    await publish({ Message: 'x'.repeat(1_601) })
    expect(received()).toEqual([])
    expect(aws.sns.undelivered.at(-1)?.reason).toBe('longer than 1,600 characters')
  })

  test('does not know a topic that is not there, and refuses those of others', async () => {
    const elsewhere = (from: string, to: string) => publish({ TopicArn: topic.replace(from, to) })
    await expect(elsewhere('topic-', 'no-topic-')).rejects.toMatchObject({ name: 'NotFoundException' })
    await expect(elsewhere('eu-central-1', 'us-east-1')).rejects.toMatchObject({ name: 'InvalidParameterException' })
    await expect(elsewhere('123456789012', '210987654321')).rejects.toMatchObject({
      name: 'AuthorizationErrorException',
    })
  })

  test('wants every request signed, by its own key and for its own region', async () => {
    const body = new URLSearchParams({ Action: 'Publish', TopicArn: topic, Message: 'x' })
    const unsigned = await fetch(aws.connect('sns').endpoint, { method: 'POST', body })
    expect(unsigned.status).toBe(403)
    expect(await unsigned.text()).toContain('<Code>MissingAuthenticationToken</Code>')
    const attempt = async (changed: object) => {
      const stranger = new SNSClient({ ...aws.connect('sns'), ...once, ...changed })
      return stranger.send(new PublishCommand({ TopicArn: topic, Message: 'x' })).catch((error: Error) => error.name)
    }
    expect(await attempt({ credentials: { accessKeyId: 'someone', secretAccessKey: 'else' } })).toBe(
      'InvalidClientTokenId',
    )
    expect(await attempt({ region: 'us-east-1' })).toBe('SignatureDoesNotMatch')
  })

  test.each([
    ['snsInternal', 'InternalErrorException', 500],
    ['snsThrottled', 'ThrottledException', 429],
    ['snsDenied', 'AuthorizationErrorException', 403],
  ] as const)('can fail with %s', async (error, name, httpStatusCode) => {
    aws.fail('sns', ERRORS[error], { times: 1 })
    await expect(publish({})).rejects.toMatchObject({ name, $metadata: { httpStatusCode } })
    await expect(publish({})).resolves.toHaveProperty('MessageId')
  })

  test('can drop the connection before it has taken the message, or after', async () => {
    subscribe({ protocol: 'email', endpoint: 'ops@example.com' })
    aws.fail('sns', 'refuse', { times: 1 })
    await expect(publish({ Message: 'lost' })).rejects.toThrow(/hang up|ECONNRESET/)
    for (const fault of ['drop-after', 'cut'] as const) {
      aws.fail('sns', fault, { times: 1 })
      await expect(publish({ Message: fault })).rejects.toThrow(/hang up|ECONNRESET|aborted/)
    }
    expect(received().map((each) => each.text)).toEqual(['drop-after', 'cut'])
  })

  test('can hang until the caller gives up', async () => {
    subscribe({ protocol: 'email', endpoint: 'ops@example.com' })
    aws.fail('sns', 'hang', { action: 'Publish' })
    const arrived = aws.nextRequest('sns', 'Publish')
    const given = new AbortController()
    const hung = sns.send(new PublishCommand({ TopicArn: topic, Message: 'x' }), { abortSignal: given.signal })
    expect((await arrived).body).toContain('Action=Publish')
    given.abort()
    await expect(hung).rejects.toMatchObject({ name: 'AbortError' })
    expect(received()).toEqual([])
    await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topic }))
  })

  test('is retried by the SDK as the real one is, which the requests show', async () => {
    const patient = new SNSClient(aws.connect('sns'))
    aws.fail('sns', ERRORS.snsInternal, { times: 2 })
    const before = aws.requests('sns', 'Publish').length
    await patient.send(new PublishCommand({ TopicArn: topic, Message: 'third time lucky' }))
    expect(aws.requests('sns', 'Publish').length - before).toBe(3)
    patient.destroy()
  })

  test('lets a test wait for a message, and take it once', async () => {
    subscribe({ protocol: 'email', endpoint: 'ops@example.com' })
    const mine = ({ topicArn }: { topicArn: string }) => topicArn === topic
    const waiting = aws.sns.nextMail(mine)
    await publish({ Message: 'first' })
    await publish({ Message: 'second' })
    expect((await waiting).text).toBe('first')
    expect((await aws.sns.nextMail(mine)).text).toBe('second')
    await expect(aws.sns.nextMail(mine, { timeoutMs: 1 })).rejects.toThrow('email ops@example.com')
  })
})

describe('the length of an SMS', () => {
  test.each([
    ['160 GSM characters are one part', 'x'.repeat(160), 'GSM-7', 1],
    ['161 are two', 'x'.repeat(161), 'GSM-7', 2],
    ['brackets count twice', '[]'.repeat(40), 'GSM-7', 1],
    ['so 81 of them are two parts', '['.repeat(81), 'GSM-7', 2],
    ['a back quote makes it UCS-2', `\`${'x'.repeat(69)}`, 'UCS-2', 1],
    ['where 71 characters are two parts', `\`${'x'.repeat(70)}`, 'UCS-2', 2],
    ['an emoji counts twice', '🔥'.repeat(36), 'UCS-2', 2],
    ['a cut falls between words', `${'x'.repeat(100)} ${'y'.repeat(100)} ${'z'.repeat(100)}`, 'GSM-7', 3],
    ['a blank at the end of a part is free', `${'x'.repeat(160)} y`, 'GSM-7', 2],
  ])('%s', (_what, text, encoding, parts) => {
    expect(measureSms(text)).toEqual({ encoding, parts })
  })
})

describe('Secrets Manager', () => {
  let client: SecretsManagerClient
  beforeEach(() => {
    client = new SecretsManagerClient({ ...aws.connect('secretsmanager'), ...once })
  })
  afterEach(() => client.destroy())
  const read = (SecretId: string, more: { VersionStage?: string } = {}) =>
    client.send(new GetSecretValueCommand({ SecretId, ...more }))

  test('gives the secret by name and by ARN, and counts', async () => {
    const before = aws.secrets.requestCount
    aws.secrets.put('mine', { neonApiKey: 'k' })
    const { SecretString, ARN, Name } = await read('mine')
    expect(JSON.parse(SecretString ?? '')).toEqual({ neonApiKey: 'k' })
    expect(Name).toBe('mine')
    expect((await read(ARN ?? '')).SecretString).toBe(SecretString)
    expect(aws.secrets.requestCount - before).toBe(2)
  })

  test('keeps the version before a rotation as the previous one', async () => {
    const first = aws.secrets.put('rotated', 'old')
    const second = aws.secrets.put('rotated', 'new')
    expect(await read('rotated')).toMatchObject({
      SecretString: 'new',
      VersionId: second,
      VersionStages: ['AWSCURRENT'],
    })
    expect(await read('rotated', { VersionStage: 'AWSPREVIOUS' })).toMatchObject({
      SecretString: 'old',
      VersionId: first,
    })
  })

  test('does not find what is not there', async () => {
    await expect(read('nothing')).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: "Secrets Manager can't find the specified secret.",
    })
  })

  test.each([
    ['secretDenied', 'AccessDeniedException'],
    ['secretDecryption', 'DecryptionFailure'],
    ['secretInternal', 'InternalServiceError'],
  ] as const)('can fail with %s', async (error, name) => {
    aws.secrets.put('mine', 'x')
    aws.fail('secretsmanager', ERRORS[error])
    await expect(read('mine')).rejects.toMatchObject({ name })
    aws.heal('secretsmanager')
    await expect(read('mine')).resolves.toMatchObject({ SecretString: 'x' })
  })
})

describe('DynamoDB', () => {
  const TableName = 'nightshift'
  let client: DynamoDBClient
  beforeEach(() => {
    client = new DynamoDBClient({ ...aws.connect('dynamodb'), ...once })
  })
  afterEach(() => client.destroy())
  const put = (pk: string) =>
    new PutItemCommand({ TableName, Item: { pk: { S: pk }, sk: { S: 'state' }, open: { N: '1' } } })
  const claim = (pk: string) =>
    client.send(
      new UpdateItemCommand({
        TableName,
        Key: { pk: { S: pk }, sk: { S: 'state' } },
        UpdateExpression: 'SET version = :one',
        ConditionExpression: 'attribute_not_exists(pk)',
        ExpressionAttributeValues: { ':one': { N: '1' } },
      }),
    )

  test('lets one of many conditional writes through', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 10 }, () => claim('race')))
    const lost = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : []))
    expect(lost).toHaveLength(9)
    for (const error of lost) expect(error).toBeInstanceOf(ConditionalCheckFailedException)
    expect(await aws.dynamodb.items(TableName)).toContainEqual({ pk: 'race', sk: 'state', version: 1 })
  })

  test('can make more tables', async () => {
    await aws.dynamodb.createTable('another')
    expect(await aws.dynamodb.items('another')).toEqual([])
  })

  test('can fail by operation, before or after the write', async () => {
    aws.fail('dynamodb', ERRORS.dynamodbThrottled, { action: 'UpdateItem' })
    await expect(claim('throttled')).rejects.toMatchObject({ name: 'ProvisionedThroughputExceededException' })
    await client.send(put('other-operation'))
    aws.heal()
    aws.fail('dynamodb', ERRORS.dynamodbInternal, { times: 1 })
    await expect(client.send(put('internal'))).rejects.toMatchObject({ name: 'InternalServerError' })
    aws.fail('dynamodb', 'drop-after', { times: 1 })
    await expect(client.send(put('unknown'))).rejects.toThrow(/hang up|ECONNRESET/)
    const keys = (await aws.dynamodb.items(TableName)).map(({ pk }) => pk)
    expect(keys).toContain('unknown')
    expect(keys).not.toContain('internal')
    expect(keys).not.toContain('throttled')
  })

  test('can be slow', async () => {
    aws.fail('dynamodb', { slowMs: 50 }, { times: 1 })
    const started = performance.now()
    await client.send(put('slow'))
    expect(performance.now() - started).toBeGreaterThan(45)
  })
})

test('the environment names the services, the topic and the keys', async () => {
  const { AWS_ENDPOINT_URL_SNS, AWS_REGION, NIGHTSHIFT_ALERTS_TOPIC } = aws.env
  expect(aws.connect('sns')).toMatchObject({ endpoint: AWS_ENDPOINT_URL_SNS, region: AWS_REGION })
  expect(NIGHTSHIFT_ALERTS_TOPIC).toMatch(/^arn:aws:sns:.*:nightshift-alerts$/)
  for (const value of aws.sensitive) expect(Object.values(aws.env)).toContain(value)
})

test('everything is stopped at the end, hung requests and writes in hand too', async () => {
  const other = await startAws()
  const client = new DynamoDBClient({ ...other.connect('dynamodb'), ...once })
  const written = other.nextRequest('dynamodb')
  const writes = Array.from({ length: 50 }, (_none, index) =>
    client.send(new PutItemCommand({ TableName: 'nightshift', Item: { pk: { S: `${index}` }, sk: { S: 'x' } } })),
  )
  const settled = Promise.allSettled(writes)
  await written
  other.fail('sns', 'hang')
  const arrived = other.nextRequest('sns')
  const hung = expect(
    fetch(other.connect('sns').endpoint, { method: 'POST', body: 'Action=Publish' }),
  ).rejects.toThrow()
  await arrived
  await other[Symbol.asyncDispose]()
  await settled
  client.destroy()
  await hung
  await expect(fetch(other.connect('dynamodb').endpoint)).rejects.toThrow()
})
