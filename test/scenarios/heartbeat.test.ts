import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { expect, test, vi } from 'vitest'
import type { Listed } from '../../functions/checks/heartbeat/reading.ts'
import type { Report } from '../../functions/report.ts'
import { ERRORS, type Fault, type Subscription, startAws } from '../world/aws.ts'
import { startFunction } from '../world/lambda.ts'
import { type Months, startMonths } from '../world/months.ts'
import { bundleFor, EMAIL, PHONE, PROJECT } from '../world/night.ts'
import { startPing } from '../world/ping.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const MB = 1024 ** 2
/** A Sunday; the heartbeat runs a minute past eight. */
const START = Date.UTC(2026, 7, 2)
const EIGHT = 8 * HOUR + MINUTE

const ORDERS = { name: 'orders', neon: { project: PROJECT, role: 'nightshift' } }
const SECOND = 'second@example.com'
const OPERATIONS = 'ops@example.com'

/** A branch whose compute sleeps, with backups. */
function addProject({ neon }: Months) {
  const project = neon.addProject({
    id: PROJECT,
    owner: { subscription_type: 'launch_v3' },
    created_at: iso(START - 100 * DAY),
    history_retention_seconds: 86_400,
    branch_logical_size_limit: 1_000,
    branch_logical_size_limit_bytes: 1_000 * MB,
    branches: [
      {
        id: 'br-main-1234',
        logical_size: 100 * MB,
        created_at: iso(START - 100 * DAY),
        endpoints: [{ id: 'ep-cool-1234', postgres: { host: '127.0.0.1', port: 1 }, current_state: 'idle' }],
      },
    ],
  })
  const [main] = project.branches
  if (main === undefined) throw new Error('no branch')
  main.schedule = [{ frequency: 'daily', hour: 1, retention_seconds: 14 * 86_400 }]
  return { project, main }
}
const iso = (at: number) => new Date(at).toISOString()

/** The day's looks, four hours apart, and the heartbeat's; the snapshot of the night. */
async function day(months: Months, at: number, { project, main }: ReturnType<typeof addProject>, skip: string[] = []) {
  project.addSnapshot({ source_branch_id: 'br-main-1234', created_at: iso(at + HOUR) })
  for (let hours = 2; hours < 24; hours += 3) {
    // Before and after the heartbeat's own look.
    months.now = at + hours * HOUR + 55 * MINUTE
    main.api.logical_size = Number(main.api.logical_size) + MB
    for (const check of [months.connections, months.storage, months.snapshots])
      if (!skip.includes(check.name)) await months.run(check)
    if (hours === 5) {
      months.now = at + 7 * HOUR + 58 * MINUTE
      if (!skip.includes('connections')) await months.run(months.connections)
      if (!skip.includes('storage')) await months.run(months.storage)
      months.now = at + EIGHT
      await months.run(months.heartbeat)
    }
  }
}

const mails = ({ aws }: Months, endpoint = EMAIL) =>
  aws.sns.inbox.filter((one) => one.protocol === 'email' && one.endpoint === endpoint)
const texts = ({ aws }: Months) => aws.sns.inbox.filter(({ protocol }) => protocol === 'sms')
const lettersOf = (months: Months, endpoint = EMAIL) =>
  mails(months, endpoint).filter(({ attributes }) => attributes.severity === 'letter')
const topic = ({ aws }: Months, name: 'OPERATIONS' | 'URGENT' | 'ALERTS') =>
  aws.env[`NIGHTSHIFT_${name}_TOPIC`] as string

/** Subscribes another one to both topics that e-mail hears of; what comes back may be changed. */
const subscribe = (months: Months, endpoint: string): Subscription[] =>
  (['ALERTS', 'OPERATIONS'] as const).map((name) =>
    months.aws.sns.subscribe({ protocol: 'email', endpoint, topicArn: topic(months, name) }),
  )

test('three weeks: a letter each Monday by the way of every alert, and nothing else where all is well', async () => {
  await using months = await startMonths({ targets: [ORDERS] })
  const world = addProject(months)
  for (let days = 0; days < 23; days++) await day(months, START + days * DAY, world)

  const letters = lettersOf(months)
  // The first heartbeat is on a Sunday: what was before it is not told of. The next Monday has one day to tell.
  expect(letters.map(({ subject }) => subject)).toEqual(
    Array(4).fill('[WEEKLY] 1 target watched, 0 incidents, nothing open'),
  )
  expect(mails(months)).toHaveLength(4)
  expect(texts(months)).toEqual([])
  expect(letters.every(({ topicArn }) => topicArn === topic(months, 'ALERTS'))).toBe(true)

  const last = letters.at(-1)?.text ?? ''
  expect(last).toContain('What Nightshift did from 2026-08-17 08:01 UTC to 2026-08-24 08:01 UTC.')
  // Eight looks a day and one before the heartbeat.
  expect(last).toContain('Runs that did all they had to: connections 63, storage 63, snapshots 56.')
  expect(last).toContain('Sessions ended: 0.')
  expect(last).toMatch(
    /Fullest storage: orders, 2\d\d MB of 1000 MB \(2\d%\); at 8 MB a day it is full about 2026-1\d-\d\d/,
  )
  expect(last).toContain('Oldest snapshot: orders, whose newest good one is 7 h 1 min old.')
  expect(last).toContain('Could not be looked at: nothing.')
  expect(last).toMatch(/Cost: about \d\.\d\d USD a month/)
}, 240_000)

test('incidents are counted, those that still stand are named, and what could not be looked at too', async () => {
  await using months = await startMonths({ targets: [ORDERS] })
  const world = addProject(months)
  await day(months, START, world)
  await day(months, START + DAY, world)
  world.main.api.logical_size = 950 * MB
  await day(months, START + 2 * DAY, world)
  world.main.api.logical_size = 100 * MB
  await day(months, START + 3 * DAY, world)
  months.neon.fail('api', { status: 401, body: { message: 'no such key' } })
  for (let days = 4; days <= 8; days++) await day(months, START + days * DAY, world)
  const [, letter] = lettersOf(months)
  expect(letter?.text).toMatch(/Incidents: \d+ began, \d+ ended\./)
  expect(letter?.text).toContain('  - orders storage.level: 1 began, 1 ended')
  expect(letter?.text).toMatch(
    /Could not be looked at:\n {2}- CRITICAL orders: not looked at: Neon's API refused the key \(connections\.reachable, storage\.blind, snapshots\.blind, /,
  )
  expect(letter?.text?.split('refused the key')).toHaveLength(2)
}, 120_000)

test('what the table did not give on the day of a letter is in the next one, without all that was told before', async () => {
  await using months = await startMonths({ targets: [ORDERS] })
  const world = addProject(months)
  const full = async (days: number) => {
    world.main.api.logical_size = 950 * MB
    await day(months, START + days * DAY, world)
    world.main.api.logical_size = 100 * MB
    await day(months, START + (days + 1) * DAY, world)
  }
  for (const days of [0, 1]) await day(months, START + days * DAY, world)
  await full(2)
  for (const days of [4, 5, 6, 7, 8]) await day(months, START + days * DAY, world)
  expect(lettersOf(months).at(-1)?.text).toContain('  - orders storage.level: 1 began, 1 ended')
  await full(9)
  for (const days of [11, 12, 13, 14]) await day(months, START + days * DAY, world)
  months.now = START + 15 * DAY + EIGHT
  for (const check of [months.connections, months.storage, months.snapshots]) await months.run(check)
  months.aws.fail('dynamodb', ERRORS.dynamodbInternal, { action: 'GetItem', about: 'CHECK#storage' })
  await months.run(months.heartbeat)
  months.aws.heal()
  expect(lettersOf(months).at(-1)?.text).not.toContain('storage.level')
  expect(lettersOf(months).at(-1)?.text).toMatch(/Could not be looked at:\n {2}- .*orders \(storage\): /)
  for (let days = 16; days <= 22; days++) await day(months, START + days * DAY, world)
  const last = lettersOf(months).at(-1)?.text
  // And not the one of the first week again.
  expect(last).toContain('  - orders storage.level: 1 began, 1 ended')
  expect(last).toContain('Counted since the letter before the last one, which could not read it: orders, storage.')
}, 120_000)

test('a letter that SNS did not take is sent by the next run, once', async () => {
  await using months = await startMonths({ targets: [ORDERS] })
  const world = addProject(months)
  for (let days = 0; days < 8; days++) await day(months, START + days * DAY, world)
  expect(lettersOf(months)).toHaveLength(1)

  months.now = START + 8 * DAY + EIGHT
  months.aws.fail('sns', ERRORS.snsInternal, { action: 'Publish' })
  await expect(months.run(months.heartbeat)).rejects.toThrow(
    /the weekly letter could not be sent: .*the next run sends it/,
  )
  expect(lettersOf(months)).toHaveLength(1)
  months.aws.heal()
  for (const later of [DAY, DAY + HOUR, 2 * DAY]) {
    months.now = START + 8 * DAY + EIGHT + later
    await months.run(months.connections)
    await months.run(months.storage)
    await months.run(months.snapshots)
    await months.run(months.heartbeat)
  }
  expect(lettersOf(months)).toHaveLength(2)
  expect(lettersOf(months)[1]?.text).toContain('from 2026-08-03 08:01 UTC to 2026-08-11 08:01 UTC')
}, 120_000)

test('five heartbeats at the same time send one letter, and tell once what is broken', async () => {
  await using months = await startMonths({ targets: [ORDERS] })
  const world = addProject(months)
  await day(months, START, world)
  months.aws.sns.subscribe({ protocol: 'email', endpoint: 'spy@example.net' })
  months.now = START + DAY + EIGHT
  for (const check of [months.connections, months.storage, months.snapshots]) await months.run(check)
  await Promise.all(Array.from({ length: 5 }, () => months.run(months.heartbeat)))
  expect(lettersOf(months)).toHaveLength(1)
  expect(mails(months).filter(({ subject }) => subject?.includes('spy@example.net'))).toHaveLength(1)
})

test('a run that died while it sent the letter holds up the next one only as long as its claim lasts', async () => {
  await using months = await startMonths({ targets: [ORDERS] })
  const world = addProject(months)
  await day(months, START, world)
  months.now = START + DAY + EIGHT
  await claimedBy(months, 'a run that is dead', months.now + 90_000)
  await months.run(months.heartbeat)
  expect(lettersOf(months)).toEqual([])
  months.now += 2 * MINUTE
  await months.run(months.heartbeat)
  expect(lettersOf(months)).toHaveLength(1)
})

/** As if a process had been killed after its claim on the letter. */
async function claimedBy({ aws }: Months, run: string, until: number): Promise<void> {
  const table = new DynamoDBClient(aws.connect('dynamodb'))
  const [TableName, Key] = [aws.env.NIGHTSHIFT_TABLE as string, { pk: { S: 'NIGHTSHIFT' }, sk: { S: 'LETTER' } }]
  const { Item } = await table.send(new GetItemCommand({ TableName, Key }))
  const state = { ...JSON.parse(Item?.state?.S ?? ''), claim: { run, until } }
  await table.send(new PutItemCommand({ TableName, Item: { ...Item, ...Key, state: { S: JSON.stringify(state) } } }))
  table.destroy()
}

test('no letter is sent where none is wanted, and a dry run shows it and sends nothing', async () => {
  await using months = await startMonths({ targets: [ORDERS], letter: false })
  const world = addProject(months)
  for (let days = 0; days < 9; days++) await day(months, START + days * DAY, world)
  expect(mails(months)).toEqual([])

  await using others = await startMonths({ targets: [ORDERS] })
  others.now = START + EIGHT
  const { targets } = await others.run(others.heartbeat, { dryRun: true })
  expect(targets[0]?.letter).toContain('What Nightshift did from')
  expect(await others.aws.dynamodb.items(others.aws.env.NIGHTSHIFT_TABLE as string)).toEqual([])
  expect(mails(others)).toEqual([])
}, 120_000)

test('who is unsubscribed is told to whoever still hears, nobody gets it twice, and it is over once he is back', async () => {
  await using months = await startMonths({ tell: { emails: [EMAIL, SECOND], phones: [PHONE] }, targets: [ORDERS] })
  const world = addProject(months)
  const [alerts, operations] = subscribe(months, SECOND)
  await day(months, START, world)
  expect(mails(months)).toEqual([])
  if (alerts) alerts.unsubscribed = true
  await day(months, START + DAY, world)
  const told = mails(months).filter(({ attributes }) => attributes.severity !== 'letter')
  expect(told.map(({ subject, topicArn }) => [subject, topicArn])).toEqual([
    [`[WARNING] Nightshift: ${SECOND} (alerts): unsubscribed`, topic(months, 'OPERATIONS')],
  ])
  expect(told[0]?.text).toContain('Create subscription')
  // He himself hears of it, by the other topic.
  expect(mails(months, SECOND)).toHaveLength(1)

  // Gone from the list altogether it is the same incident, and now by the one topic that both are on.
  months.aws.sns.forget(SECOND)
  if (operations) operations.unsubscribed = true
  for (let days = 2; days < 8; days++) await day(months, START + days * DAY, world)
  expect(mails(months).filter(({ attributes }) => attributes.severity !== 'letter')).toHaveLength(1)
  await day(months, START + 8 * DAY, world)
  const reminded = mails(months).filter(({ attributes }) => attributes.severity === 'warning')
  expect(reminded.map(({ subject }) => subject?.slice(0, 30))).toEqual([
    `[WARNING] Nightshift: ${SECOND}`.slice(0, 30),
    `[STILL WARNING] Nightshift: ${SECOND}`.slice(0, 30),
  ])

  subscribe(months, SECOND)
  await day(months, START + 9 * DAY, world)
  expect(mails(months).at(-1)?.subject).toMatch(/^\[RESOLVED\] Nightshift: everybody/)
  expect(mails(months, SECOND).at(-1)?.subject).toMatch(/^\[RESOLVED\]/)
}, 120_000)

test.for<[what: string, status: Listed['status'] | undefined]>([
  ['never confirmed', 'pending'],
  ['unsubscribed', 'deleted'],
  ['gone', undefined],
])('with the mailbox of operations %s, alerts tells it', async ([, status]) => {
  await using months = await startMonths({ tell: { emails: [EMAIL], operations: [OPERATIONS] }, targets: [ORDERS] })
  const world = addProject(months)
  months.aws.sns.forget(EMAIL, topic(months, 'OPERATIONS'))
  months.aws.sns.forget(PHONE)
  months.aws.sns.forget(PHONE, topic(months, 'URGENT'))
  const subscription = months.aws.sns.subscribe({
    protocol: 'email',
    endpoint: OPERATIONS,
    topicArn: topic(months, 'OPERATIONS'),
  })
  if (status === 'pending') subscription.confirmed = false
  if (status === 'deleted') subscription.unsubscribed = true
  if (status === undefined) months.aws.sns.forget(OPERATIONS, topic(months, 'OPERATIONS'))
  await day(months, START, world)
  expect(mails(months).map(({ subject, topicArn }) => [subject, topicArn])).toEqual([
    ['[WARNING] Nightshift: nobody gets the e-mails of operations', topic(months, 'ALERTS')],
  ])
})

test('with every mailbox gone a phone rings, and then whoever waits outside hears', async () => {
  await using outside = await startPing()
  for (const [name, value] of Object.entries(outside.env)) vi.stubEnv(name, value)
  await using months = await startMonths({ targets: [ORDERS] }, {}, { heartbeatUrl: outside.address })
  for (const [name, value] of Object.entries(outside.env)) vi.stubEnv(name, value)
  const world = addProject(months)
  for (const name of ['ALERTS', 'OPERATIONS'] as const) months.aws.sns.forget(EMAIL, topic(months, name))
  await day(months, START, world)
  expect(texts(months).map(({ text, topicArn }) => [text.slice(0, 62), topicArn])).toEqual([
    ['CRITICAL Nightshift: nobody gets the e-mails of alerts and ope', topic(months, 'URGENT')],
  ])
  expect(texts(months)[0]).toMatchObject({ encoding: 'GSM-7', parts: 1 })
  expect(outside.pings.every(({ well }) => well)).toBe(true)

  for (const name of ['ALERTS', 'URGENT'] as const) months.aws.sns.forget(PHONE, topic(months, name))
  months.now = START + DAY + EIGHT
  for (const check of [months.connections, months.storage, months.snapshots]) await months.run(check)
  await expect(months.run(months.heartbeat)).rejects.toThrow(/nobody is subscribed to any topic/)
  // Not once, or the next run would take it back: until the heartbeat can tell.
  for (let looks = 0; looks < 3; looks++) {
    await months.run(months.connections)
    expect(outside.pings.at(-1)).toMatchObject({ well: false, body: expect.stringContaining('nobody could be told') })
  }
  months.aws.sns.subscribe({ protocol: 'email', endpoint: EMAIL })
  await months.run(months.heartbeat)
  await months.run(months.connections)
  expect(outside.pings.at(-1)?.well).toBe(true)
})

test('a topic that is gone, or refuses, is told by the other', async () => {
  await using months = await startMonths({ targets: [ORDERS] })
  const world = addProject(months)
  await day(months, START, world)
  months.aws.sns.deleteTopic(topic(months, 'OPERATIONS'))
  await day(months, START + DAY, world)
  const told = mails(months).filter(({ attributes }) => attributes.severity !== 'letter')
  expect(told.map(({ subject }) => subject)).toEqual(['[WARNING] Nightshift: nobody gets the e-mails of operations'])
  expect(told[0]?.text).toContain('the topic is gone')
})

test('phones that have opted out, or were never verified, are told by e-mail', async () => {
  await using months = await startMonths({ targets: [ORDERS] })
  const world = addProject(months)
  const { sms } = months.aws.sns
  sms.optedOut.add(PHONE)
  await day(months, START, world)
  sms.optedOut.clear()
  sms.sandbox = new Map([[PHONE, 'Pending']])
  await day(months, START + DAY, world)
  sms.sandbox.set(PHONE, 'Verified')
  sms.monthlySpendLimit = '1'
  await day(months, START + 2 * DAY, world)
  await day(months, START + 3 * DAY, world)
  const told = mails(months).filter(({ attributes }) => attributes.severity !== 'letter')
  expect(told.map(({ subject }) => subject)).toEqual([
    `[CRITICAL] Nightshift: phone ${PHONE} has opted out of SMS`,
    `[STILL CRITICAL] Nightshift: phone ${PHONE} is not verified`,
  ])
  expect(texts(months)).toEqual([])
})

test('a check that no longer succeeds is told within a day, and that it does again', async () => {
  await using months = await startMonths({ targets: [ORDERS] })
  const world = addProject(months)
  await day(months, START, world)
  await day(months, START + DAY, world)
  await day(months, START + 2 * DAY, world, ['connections'])
  await day(months, START + 3 * DAY, world)
  const told = mails(months).filter(({ attributes }) => attributes.severity !== 'letter')
  expect(told.map(({ subject }) => subject)).toEqual([
    '[CRITICAL] Nightshift: connections has not succeeded for 8 h 6 min',
    '[RESOLVED] Nightshift: every check succeeds',
  ])
})

test('a check that was never made since the stack was is not told at once, but the next day', async () => {
  await using months = await startMonths({ targets: [ORDERS] })
  const world = addProject(months)
  await day(months, START, world, ['snapshots'])
  expect(mails(months)).toEqual([])
  await day(months, START + DAY, world, ['snapshots'])
  const told = mails(months).filter(({ attributes }) => attributes.severity !== 'letter')
  expect(told.map(({ subject }) => subject)).toEqual([
    '[WARNING] Nightshift: snapshots has not succeeded since it is waited for (1 d)',
  ])
})

test('a key that nobody has mended for a day is said once more, to operations', async () => {
  await using months = await startMonths({ tell: { emails: [EMAIL], operations: [OPERATIONS] }, targets: [ORDERS] })
  const world = addProject(months)
  months.aws.sns.subscribe({ protocol: 'email', endpoint: OPERATIONS, topicArn: topic(months, 'OPERATIONS') })
  months.aws.sns.forget(EMAIL, topic(months, 'OPERATIONS'))
  months.aws.sns.forget(PHONE)
  months.aws.sns.forget(PHONE, topic(months, 'URGENT'))
  await day(months, START, world)
  const lift = months.neon.fail('api', { status: 401, body: { message: 'no such key' } })
  await day(months, START + DAY, world)
  expect(mails(months, OPERATIONS)).toEqual([])
  await day(months, START + 2 * DAY, world)
  expect(mails(months, OPERATIONS).map(({ subject }) => subject)).toEqual([
    expect.stringMatching(/^\[WARNING\] Nightshift: orders: .*Neon's API refused the key, and 2 more$/),
  ])
  lift()
  await day(months, START + 3 * DAY, world)
  await day(months, START + 4 * DAY, world)
  expect(mails(months, OPERATIONS).at(-1)?.subject).toBe('[RESOLVED] Nightshift: all targets can be looked at')
}, 120_000)

test.for<[what: string, action: string, fault: Fault, unknown: string]>([
  ['refuses the list of subscriptions', 'ListSubscriptionsByTopic', ERRORS.snsDenied, 'who is subscribed to alerts'],
  ['refuses what it knows of SMS', 'GetSMSAttributes', ERRORS.snsDenied, 'how much may be spent on SMS'],
  ['is too slow', 'CheckIfPhoneNumberIsOptedOut', ERRORS.snsThrottled, `whether ${PHONE} has opted out of SMS`],
])('where SNS %s, what is not known is told as that, once', async ([, action, fault, unknown]) => {
  await using months = await startMonths({ targets: [ORDERS] })
  const world = addProject(months)
  await day(months, START, world)
  months.aws.fail('sns', fault, { action })
  months.now = START + DAY + EIGHT
  for (const check of [months.connections, months.storage, months.snapshots]) await months.run(check)
  const report = await months.run(months.heartbeat)
  expect(report.severity).toBe('unknown')
  const told = mails(months).filter(({ attributes }) => attributes.severity === 'unknown')
  expect(told.map(({ subject }) => subject)).toContainEqual(expect.stringContaining(`not known: ${unknown}`))
  await months.run(months.heartbeat)
  expect(mails(months).filter(({ attributes }) => attributes.severity === 'unknown')).toHaveLength(told.length)
})

test('with the table down the run fails, after what is critical was told', async () => {
  await using months = await startMonths({ targets: [ORDERS] })
  addProject(months)
  months.now = START + EIGHT
  months.aws.sns.forget(EMAIL)
  months.aws.fail('dynamodb', ERRORS.dynamodbInternal)
  await expect(months.run(months.heartbeat)).rejects.toThrow(/incident table did not answer for Nightshift/)
  expect(mails(months).map(({ subject }) => subject)).toEqual([
    '[CRITICAL] Nightshift: nobody gets the e-mails of alerts',
  ])
})

test('the very function that is deployed does it, far from any database, and takes no event that it does not know', async () => {
  await using aws = await startAws()
  for (const name of ['ALERTS', 'OPERATIONS'] as const)
    aws.sns.subscribe({
      protocol: 'email',
      endpoint: EMAIL,
      topicArn: aws.env[`NIGHTSHIFT_${name}_TOPIC`] as string,
      confirmed: name === 'OPERATIONS',
    })
  await using built = await bundleFor('functions/heartbeat.ts', { tell: { emails: [EMAIL] }, targets: [ORDERS] })
  await using fn = await startFunction({
    directory: built.directory,
    name: 'nightshift-heartbeat',
    timeoutSeconds: 120,
    memoryMb: 256,
    env: { ...aws.env, NIGHTSHIFT_STACK: 'Staging' },
  })
  const { ok, payload, logs } = await fn.invoke<Report>({})
  expect(ok).toBe(true)
  expect(payload?.targets[0]).toMatchObject({
    target: 'Staging',
    severity: 'critical',
    heartbeat: { subscribed: { alerts: [], operations: [EMAIL], urgent: [] }, toldBy: ['operations'] },
  })
  expect(aws.sns.inbox.map(({ subject }) => subject)).toEqual(['[CRITICAL] Staging: nobody gets the e-mails of alerts'])
  expect(logs.join()).toContain('"Check":"heartbeat"')
  // It asks nothing of SMS where no phone is configured, and needs no key to look.
  expect([...new Set(aws.requests('sns').map(({ action }) => action))].sort()).toEqual([
    'GetSubscriptionAttributes',
    'GetTopicAttributes',
    'ListSubscriptionsByTopic',
    'Publish',
  ])
  expect(aws.requests('secretsmanager')).toEqual([])
  expect((await fn.invoke({ targets: ['orders'] })).error?.errorMessage).toContain(
    'no target is called "orders"; there are: Staging',
  )
})
