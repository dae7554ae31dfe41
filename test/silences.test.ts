/** Every row of docs/silences.md is true. */
import { readFileSync } from 'node:fs'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { heartbeatRules } from '../functions/checks/heartbeat/rules.ts'
import { type NightshiftConfig, resolveConfig } from '../functions/config.ts'
import { configFaults } from '../functions/config-faults.ts'
import type { Report } from '../functions/report.ts'
import { actionsOf, alarmsOf, publishersOf } from './infra/alarms.ts'
import { type Json, propertiesOf, target, templateFor, withAura } from './infra/synth.ts'
import { ERRORS, startAws } from './world/aws.ts'
import { startFunction } from './world/lambda.ts'
import { type Months, startMonths } from './world/months.ts'
import { bundleFor, EMAIL, PHONE, PROJECT } from './world/night.ts'
import { type LocalPing, startPing } from './world/ping.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const START = Date.UTC(2026, 7, 5, 8, 1)
const ORDERS = { name: 'orders', neon: { project: PROJECT, role: 'nightshift' } }
const GRAPH = { name: 'graph', aura: { instance: 'a1b2c3d4', connectionLimit: 100 } }

const text = readFileSync(new URL('../docs/silences.md', import.meta.url), 'utf8')
const rows = [...text.matchAll(/^\| (.+) \|$/gm)]
  .map(([, row = '']) => row.split(' | ') as [silence: string, tells: string, after: string])
  .filter(([silence]) => silence !== 'silence' && !silence.startsWith('---'))

const template = templateFor(withAura)
const alarms = alarmsOf(template)
afterEach(() => void vi.restoreAllMocks())

/** What CloudWatch must be asked for a row to be true; `seconds` is how long it takes at most, on the default schedules. */
function expectAlarm(
  name: string,
  metric: string,
  { dimension, seconds, missing = 'notBreaching', threshold = 1 }: Alarm,
) {
  const alarm = alarms[name] ?? expect.fail(`no alarm ${name}`)
  expect(`${alarm.Namespace} ${alarm.MetricName}`).toBe(metric)
  expect(alarm.Dimensions.map(({ Name, Value }: Json) => `${Name} ${String(target(Value) ?? Value)}`)).toEqual(
    dimension.map((one) => expect.stringMatching(new RegExp(`^${one}`))),
  )
  expect(alarm).toMatchObject({ Threshold: threshold, TreatMissingData: missing })
  expect(alarm.ComparisonOperator).toBe(missing === 'breaching' ? 'LessThanThreshold' : 'GreaterThanOrEqualToThreshold')
  expect(alarm.Period * (alarm.DatapointsToAlarm ?? alarm.EvaluationPeriods)).toBe(seconds)
}
interface Alarm {
  dimension: string[]
  seconds: number
  missing?: 'breaching' | 'notBreaching'
  threshold?: number
}

const FUNCTIONS = {
  connections: 'Connections',
  aura: 'Aura',
  storage: 'Storage',
  snapshots: 'Snapshots',
  heartbeat: 'Heartbeat',
}
type CheckName = keyof typeof FUNCTIONS

function expectNoSuccessAlarm(check: CheckName, seconds: number) {
  const dimension = [`Check ${check}`, `FunctionName ${FUNCTIONS[check]}Function`]
  expectAlarm(`${check}/no-success`, 'Nightshift RunSucceeded', { dimension, seconds, missing: 'breaching' })
}
function expectErrorAlarms() {
  for (const check of Object.keys(FUNCTIONS) as CheckName[]) {
    const dimension = [`FunctionName ${FUNCTIONS[check]}Function`]
    expectAlarm(`${check}/errors`, 'AWS/Lambda Errors', { dimension, seconds: check === 'heartbeat' ? 3_600 : 300 })
  }
  // Every function's failures are kept to be read, without a second attempt.
  const configs = Object.values(propertiesOf(template, 'AWS::Lambda::EventInvokeConfig'))
  expect(configs).toHaveLength(5)
  for (const { MaximumRetryAttempts, DestinationConfig } of configs) {
    expect(MaximumRetryAttempts).toBe(0)
    expect(target(DestinationConfig.OnFailure.Destination)).toMatch(/^Failed/)
  }
}
function expectTopicAlarms() {
  for (const topic of ['alerts', 'operations', 'urgent'])
    expectAlarm(`${topic}/not-delivered`, 'AWS/SNS NumberOfNotificationsFailed', {
      dimension: [`TopicName Notifications${topic[0]?.toUpperCase()}${topic.slice(1)}`],
      seconds: 300,
    })
}
interface World extends AsyncDisposable {
  months: Months
  outside: LocalPing
  /** Looks, as the schedule would; whether the run failed. What it printed is in `printed`. */
  run(check: Parameters<Months['run']>[0], at: number): Promise<{ failed: boolean }>
  printed: string[]
  /** Subjects of the mails, and texts of the SMS, so far. */
  told(): string[]
}

/**
 * All is well: a database that sleeps, everybody subscribed, somebody outside.
 * @param passwords with one the database is awake, and down
 */
async function startWorld(
  also: Record<string, string> = {},
  targets: object[] = [ORDERS],
  changes: Partial<NightshiftConfig> = {},
  passwords: Record<string, string> = {},
): Promise<World> {
  const stack = new AsyncDisposableStack()
  const outside = stack.use(await startPing())
  const config = { targets, ...changes } as Parameters<typeof startMonths>[0]
  const months = stack.use(await startMonths(config, passwords, { heartbeatUrl: outside.address, ...also }))
  for (const [name, value] of Object.entries(outside.env)) vi.stubEnv(name, value)
  months.now = START
  const current_state = 'orders' in passwords ? ('active' as const) : ('idle' as const)
  const endpoint = { id: 'ep-cool-1234', postgres: { host: '127.0.0.1', port: 1 }, current_state }
  months.neon.addProject({ id: PROJECT, branches: [{ id: 'br-main-1234', endpoints: [endpoint] }] })
  const printed: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((line) => printed.push(String(line)) > 0)
  return {
    months,
    outside,
    printed,
    run: async (check, at) => {
      months.now = at
      return months.run(check).then(
        () => ({ failed: false }),
        () => ({ failed: true }),
      )
    },
    told: () => months.aws.sns.inbox.map(({ subject, text }) => subject ?? text),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
const topic = ({ aws }: Months, name: 'OPERATIONS' | 'URGENT' | 'ALERTS') =>
  aws.env[`NIGHTSHIFT_${name}_TOPIC`] as string

function putSecret({ aws, neon }: Months, also: Record<string, string> = {}) {
  aws.secrets.put(process.env.NIGHTSHIFT_SECRET as string, { neonApiKey: neon.apiKey, ...also })
}

/** The heartbeat a day later. */
const heartbeat = ({ run, months }: World) => run(months.heartbeat, START + DAY)

/** Whatever the database's trouble, the run fails, says so outside, and tells what is critical if it can. */
async function expectFailedRuns({ run, months, outside, printed }: World) {
  expect(await run(months.connections, START)).toEqual({ failed: true })
  expect(printed.join()).not.toContain('RunSucceeded')
  expect(outside.pings.map(({ well }) => well)).toEqual([false])
}

/** Refused at once: it is no use to ask again. */
const DENIED = { status: 400, code: 'AccessDeniedException', message: 'not authorized' }
const CUT_OFF = { status: 402, body: { message: 'exceeded the compute time quota' } }

const proofs: Record<string, () => void | Promise<void>> = {
  'Not scheduled: a schedule is disabled': () => {
    for (const check of ['connections', 'aura'] as const) expectNoSuccessAlarm(check, 15 * 60)
  },
  'Not scheduled: storage and snapshots': async () => {
    for (const check of ['storage', 'snapshots'] as const) expectNoSuccessAlarm(check, 3 * 3_600)
    await using world = await startWorld()
    const { months, run, told } = world
    await run(months.storage, START)
    await run(months.connections, START + DAY - MINUTE)
    await heartbeat(world)
    expect(told()).toEqual([expect.stringContaining('storage has not succeeded for 1 d')])
  },
  'Not scheduled: the heartbeat itself': () => expectNoSuccessAlarm('heartbeat', 3 * 86_400),
  'Scheduled, but not invoked': () => {
    expectAlarm('schedules/undelivered', 'AWS/SQS NumberOfMessagesSent', {
      dimension: ['QueueName Undelivered'],
      seconds: 300,
    })
    const schedules = Object.entries(propertiesOf(template, 'AWS::Scheduler::Schedule'))
    expect(schedules).toHaveLength(5)
    for (const [id, { Target, State }] of schedules) {
      expect(target(Target.DeadLetterConfig.Arn)).toMatch(/^Undelivered/)
      expect(State ?? 'ENABLED').toBe('ENABLED')
      if (/^(Connections|Aura)/.test(id)) expect(Target.RetryPolicy.MaximumEventAgeInSeconds).toBe(300)
    }
  },
  Throttled: () => {
    for (const check of ['connections', 'aura'] as const) {
      const dimension = [`FunctionName ${FUNCTIONS[check]}Function`]
      expectAlarm(`${check}/throttled`, 'AWS/Lambda Throttles', { dimension, seconds: 300 })
    }
    for (const check of ['storage', 'snapshots'] as const) expectNoSuccessAlarm(check, 3 * 3_600)
    expectNoSuccessAlarm('heartbeat', 3 * 86_400)
  },
  'The region is down': async () => {
    // Who waits outside hears of every complete run: when none is made, none is heard of.
    await using world = await startWorld()
    const { months, run, outside } = world
    for (let looks = 0; looks < 3; looks++) await run(months.connections, START + looks * 5 * MINUTE)
    expect(outside.pings.map(({ well }) => well)).toEqual([true, true, true])
    const [every] = Object.entries(propertiesOf(template, 'AWS::Scheduler::Schedule')).filter(([id]) =>
      id.startsWith('Connections'),
    )
    expect(every?.[1].ScheduleExpression).toBe('rate(5 minutes)')

    // Where Aura alone is watched, by the same address.
    await using other = await startWorld({}, [GRAPH])
    other.months.aura.addInstance({ id: 'a1b2c3d4', type: 'professional-db', status: 'paused' })
    await other.run(await auraCheck(), START)
    expect(other.outside.pings).toEqual([expect.objectContaining({ well: true, body: 'aura: 1 target: 1 ok' })])
  },
  'Crashed at import': async () => {
    expectErrorAlarms()
    await using aws = await startAws()
    await using built = await bundleFor('functions/heartbeat.ts', {} as Parameters<typeof bundleFor>[1])
    await using fn = await startFunction({ directory: built.directory, env: aws.env })
    const { ok, logs } = await fn.invoke()
    expect(ok).toBe(false)
    expect(logs.join()).not.toContain('RunSucceeded')
  },
  'Timed out': async () => {
    expectErrorAlarms()
    for (const check of ['connections', 'aura'] as const)
      expectAlarm(`${check}/slow`, 'AWS/Lambda Duration', {
        dimension: [`FunctionName ${FUNCTIONS[check]}Function`],
        seconds: 300,
        threshold: 0.8 * 120_000,
      })
    await using aws = await startAws()
    aws.fail('dynamodb', 'hang')
    await using built = await bundleFor('functions/heartbeat.ts', { tell: { emails: [EMAIL] }, targets: [ORDERS] })
    await using fn = await startFunction({ directory: built.directory, env: aws.env, timeoutSeconds: 1 })
    const { ok, error, logs } = await fn.invoke<Report>()
    expect([ok, error?.errorType]).toEqual([false, 'Sandbox.Timedout'])
    expect(logs.join()).not.toContain('RunSucceeded')
  },
  'Failed each run': async () => {
    expectErrorAlarms()
    for (const check of ['connections', 'aura'] as const) expectNoSuccessAlarm(check, 15 * 60)
    await using world = await startWorld()
    world.months.aws.fail('dynamodb', ERRORS.dynamodbInternal)
    await expectFailedRuns(world)
  },
  'Ran well, but could not say so': async () => {
    for (const check of ['connections', 'aura'] as const) expectNoSuccessAlarm(check, 15 * 60)
    // There is no other way to the metric than the log.
    await using world = await startWorld()
    await world.run(world.months.connections, START)
    const line = world.printed.find((one) => one.includes('RunSucceeded'))
    expect(JSON.parse(line ?? '{}')).toMatchObject({
      _aws: { CloudWatchMetrics: [{ Namespace: 'Nightshift', Dimensions: [['Check', 'FunctionName']] }] },
      Check: 'connections',
      RunSucceeded: 1,
    })
    for (const { PolicyDocument } of Object.values(propertiesOf(template, 'AWS::IAM::Policy')))
      expect(JSON.stringify(PolicyDocument)).not.toContain('cloudwatch:PutMetricData')
  },
  'Ran but saw nothing': async () => {
    await using world = await startWorld()
    const { months, run, told, outside } = world
    months.neon.fail('api', { status: 401, body: { message: 'no such key' } })
    await run(months.connections, START)
    expect(told()).toEqual([expect.stringMatching(/^\[UNKNOWN\] orders: .*refused the key/)])
    expect(outside.pings.map(({ well }) => well)).toEqual([false])
    for (let looks = 1; looks < 8; looks++) await run(months.connections, START + looks * 5 * MINUTE)
    expect(told().slice(1)).toEqual([expect.stringMatching(/^\[CRITICAL\] orders/), expect.stringMatching(/^CRITICAL/)])
    await run(months.connections, START + DAY)
    await run(months.heartbeat, START + DAY + MINUTE)
    expect(told().at(-1)).toMatch(/^\[WARNING\] Nightshift: orders: .*refused the key/)

    // What may pass by itself wants two looks.
    await using other = await startWorld()
    other.months.neon.fail('api', { status: 503, body: {} })
    await other.run(other.months.connections, START)
    expect([other.told(), other.outside.pings.at(-1)?.well]).toEqual([[], true])
    await other.run(other.months.connections, START + 5 * MINUTE)
    expect(other.told()).toEqual([expect.stringMatching(/^\[UNKNOWN\] orders/)])
    expect(other.outside.pings.at(-1)?.well).toBe(false)
  },
  'The secret is gone': async () => {
    await using world = await startWorld()
    const { months, run, told, outside } = world
    months.aws.fail('secretsmanager', { status: 400, code: 'ResourceNotFoundException', message: 'no such secret' })
    await run(months.connections, START)
    expect(told()).toEqual([expect.stringMatching(/^\[UNKNOWN\] orders/)])
    for (let looks = 1; looks < 8; looks++) await run(months.connections, START + looks * 5 * MINUTE)
    expect(told()).toContainEqual(expect.stringMatching(/^CRITICAL orders/))
    expect(outside.requests).toBe(0)

    // Whoever has read it goes on with what was read, for an hour.
    await using warm = await startWorld()
    await warm.run(warm.months.connections, START)
    warm.months.aws.fail('secretsmanager', {
      status: 400,
      code: 'ResourceNotFoundException',
      message: 'no such secret',
    })
    for (const later of [30, 59, 61]) await warm.run(warm.months.connections, START + later * MINUTE)
    expect(warm.outside.pings.map(({ well }) => well)).toEqual([true, true, true])
    expect(warm.told()).toEqual([expect.stringMatching(/^\[UNKNOWN\] orders/)])
  },
  'Neon suspends the account': async () => {
    await using world = await startWorld()
    world.months.neon.fail('api', CUT_OFF)
    await world.run(world.months.connections, START)
    expect(world.told()).toEqual([
      expect.stringMatching(/^\[CRITICAL\] orders/),
      expect.stringMatching(/^CRITICAL orders/),
    ])
  },
  'Aura suspends the instance': async () => {
    await using world = await startWorld({}, [ORDERS, GRAPH])
    const { months, run, told } = world
    const { api } = months.aura.addInstance({ id: 'a1b2c3d4', type: 'professional-db', status: 'suspended' })
    const aura = await auraCheck()
    await run(aura, START)
    expect(told()).toEqual([expect.stringMatching(/^\[CRITICAL\] graph/), expect.stringMatching(/^CRITICAL graph/)])
    api.status = 'paused'
    for (let looks = 1; looks < 5; looks++) await run(aura, START + looks * 5 * MINUTE)
    const before = told().length
    for (const service of ['token', 'api'] as const) months.aura.fail(service, { status: 401, body: {} })
    await run(aura, START + 2 * HOUR)
    expect(told().slice(before)).toEqual([expect.stringMatching(/^\[UNKNOWN\] graph/)])
  },
  'A database that is in no configuration': async () => {
    await using world = await startWorld()
    const { months } = world
    months.neon.addProject({ id: 'forgotten-12345678', branches: [{ id: 'br-x-1234', endpoints: [] }] })
    expect((await months.run(months.connections)).targets.map(({ target }) => target)).toEqual(['orders'])
    expect(world.told()).toEqual([])
  },
  'Saw but could not write': async () => {
    expectErrorAlarms()
    await using world = await startWorld()
    world.months.neon.fail('api', CUT_OFF)
    world.months.aws.fail('dynamodb', ERRORS.dynamodbInternal, { action: 'PutItem' })
    await expectFailedRuns(world)
    await world.run(world.months.connections, START + 5 * MINUTE)
    expect(world.told().filter((one) => one.startsWith('[CRITICAL] orders'))).toHaveLength(2)

    // A database that is down may be up again at the next look: two must agree, and no table counts them.
    for (const action of ['PutItem', undefined]) {
      await using down = await startWorld({}, [ORDERS], {}, { orders: 'a-password-of-no-use' })
      down.months.aws.fail('dynamodb', DENIED, { ...(action && { action }) })
      const mails = () => down.told().filter((one) => one.startsWith('['))
      await expectFailedRuns(down)
      expect(mails()).toEqual([])
      for (let looks = 1; looks < 4; looks++) {
        await down.run(down.months.connections, START + looks * 5 * MINUTE)
        expect(mails()).toEqual(Array(looks).fill("[CRITICAL] orders: down: Neon's proxy cannot reach Postgres"))
      }
    }
    // Nor does anybody hear of one whom nobody can look at, for half an hour.
    await using unseen = await startWorld()
    unseen.months.neon.fail('api', { status: 503, body: {} })
    unseen.months.aws.fail('dynamodb', DENIED, { action: 'PutItem' })
    for (let looks = 0; looks < 6; looks++) await unseen.run(unseen.months.connections, START + looks * 5 * MINUTE)
    expect(unseen.told()).toEqual([])
    await unseen.run(unseen.months.connections, START + 30 * MINUTE)
    expect(unseen.told()[0]).toMatch(/^\[CRITICAL\] orders: not looked at/)
  },
  'The table is throttled': async () => {
    expectErrorAlarms()
    await using world = await startWorld()
    world.months.aws.fail('dynamodb', ERRORS.dynamodbThrottled)
    await expectFailedRuns(world)
    const bodies = world.months.aws.requests('dynamodb', 'GetItem').map(({ body }) => body)
    for (const body of new Set(bodies)) expect(bodies.filter((one) => one === body)).toHaveLength(4)
  },
  'Wrote but could not send': async () => {
    expectErrorAlarms()
    await using world = await startWorld()
    world.months.neon.fail('api', CUT_OFF)
    world.months.aws.fail('sns', ERRORS.snsDenied)
    await expectFailedRuns(world)
    world.months.aws.heal()
    expect(await world.run(world.months.connections, START + 5 * MINUTE)).toEqual({ failed: false })
    expect(world.told()).toContainEqual(expect.stringMatching(/^\[CRITICAL\] orders/))
  },
  'Sent but filtered out': async () => {
    await using world = await startWorld()
    const { months } = world
    months.aws.sns.forget(PHONE)
    months.aws.sns.subscribe({ protocol: 'sms', endpoint: PHONE, filterPolicy: { severity: ['emergency'] } })
    await heartbeatOfWell(world)
    expect(world.told()).toEqual([`[WARNING] Nightshift: ${PHONE} (alerts): filtered out`])
  },
  'Subscription pending': async () => {
    await using world = await startWorld()
    const { sns } = world.months.aws
    sns.forget(EMAIL)
    sns.subscribe({ protocol: 'email', endpoint: EMAIL, confirmed: false })
    await heartbeatOfWell(world)
    expect(world.told()).toEqual(['[CRITICAL] Nightshift: nobody gets the e-mails of alerts'])
  },
  'Subscription gone': async () => {
    await using world = await startWorld()
    const { months, told, outside } = world
    for (const name of ['ALERTS', 'OPERATIONS'] as const) months.aws.sns.forget(EMAIL, topic(months, name))
    await heartbeatOfWell(world)
    expect(told()).toEqual([expect.stringMatching(/^CRITICAL Nightshift: nobody gets the e-mails of alerts/)])
    for (const name of ['ALERTS', 'URGENT'] as const) months.aws.sns.deleteTopic(topic(months, name))
    months.aws.sns.deleteTopic(topic(months, 'OPERATIONS'))
    expect(await world.run(months.heartbeat, START + 2 * DAY)).toEqual({ failed: true })
    // A rehearsal tells nobody, and takes nothing back.
    await months.run(months.heartbeat, { dryRun: true })
    for (const later of [1, 6, 11]) {
      await world.run(months.connections, START + 2 * DAY + later * MINUTE)
      expect(outside.pings.at(-1)).toMatchObject({ well: false, body: expect.stringContaining('nobody could be told') })
    }
  },
  'Phone opted out': async () => {
    expectTopicAlarms()
    for (const change of [
      ({ sms }: Months['aws']['sns']) => void sms.optedOut.add(PHONE),
      ({ sms }: Months['aws']['sns']) => void Object.assign(sms, { sandbox: new Map() }),
    ]) {
      await using world = await startWorld()
      change(world.months.aws.sns)
      await heartbeatOfWell(world)
      expect(world.told()).toEqual([
        expect.stringMatching(/^\[CRITICAL\] Nightshift: phone \S+ (has opted out|is not)/),
      ])
    }
  },
  'The month’s limit for SMS is used up': async () => {
    expectTopicAlarms()
    await using world = await startWorld()
    world.months.aws.sns.sms.monthlySpendLimit = '1'
    await heartbeatOfWell(world)
    expect(world.told()).toEqual([
      expect.stringMatching(/^\[WARNING\] Nightshift: phones fall silent after about 10 SMS/),
    ])
  },
  'SMS is delivered and nobody reads it': async () => {
    await using world = await startWorld()
    world.months.neon.fail('api', CUT_OFF)
    await world.run(world.months.connections, START)
    expect(world.months.aws.sns.inbox.map(({ protocol }) => protocol)).toEqual(['email', 'sms'])
    const { tell } = resolveConfig({ tell: { emails: [EMAIL] }, targets: [ORDERS] })
    expect(tell.remindMs.critical).toBe(HOUR)
    // Reminders of this check ring, as by default.
    expect(tell.remindersRing).not.toBe(false)
  },
  'Mail is delivered and nobody reads it': async () => {
    // The letter goes to the very addresses, by the very topic.
    await using world = await startWorld()
    await heartbeatOfWell(world)
    await world.run(world.months.heartbeat, START + 7 * DAY)
    const letter = world.months.aws.sns.inbox.find(({ attributes }) => attributes.severity === 'letter')
    expect([letter?.endpoint, letter?.topicArn]).toEqual([EMAIL, topic(world.months, 'ALERTS')])
  },
  'There is no weekly letter': async () => {
    await using world = await startWorld({}, [ORDERS], { letter: false })
    for (const days of [0, 7, 14]) await world.run(world.months.heartbeat, START + days * DAY)
    const { inbox } = world.months.aws.sns
    expect(inbox.filter(({ attributes }) => attributes.severity === 'letter')).toEqual([])
  },
  'Snoozed and forgotten': async () => {
    await using world = await startWorld()
    const { months, run, told } = world
    months.neon.fail('api', { status: 401, body: { message: 'no such key' } })
    await run(months.connections, START)
    const asked = await import('../functions/quiet/asked.ts')
    const lasting = new AbortController().signal
    await asked.snooze({ snooze: { target: 'orders', forMs: 7 * DAY } }, ['connections'], START, lasting)
    // What newly becomes critical: nobody has looked for half an hour.
    await run(months.connections, START + HOUR)
    const before = told()
    expect(before.at(-1)).toMatch(/^CRITICAL orders/)
    for (const days of [2, 6]) {
      months.now = START + days * DAY
      const { targets, notices, held } = await months.run(months.connections)
      expect(targets[0]?.quiet).toEqual(['snoozed until 2026-08-12 08:01 UTC'])
      expect([notices, held?.map(({ kind }) => kind)]).toEqual([[], ['reminder']])
    }
    const { targets } = await months.run(months.heartbeat, { dryRun: true })
    expect(targets[0]?.letter).toContain('Kept quiet:\n  - orders: snoozed until 2026-08-12 08:01 UTC')
    expect(told()).toEqual(before)
    await run(months.connections, START + 7 * DAY)
    expect(told().slice(before.length)).toContainEqual(expect.stringMatching(/^\[STILL CRITICAL\] orders/))
    expect((await months.run(months.heartbeat, { dryRun: true })).targets[0]?.letter).not.toContain('Kept quiet')
  },
  'A maintenance window that is set too wide': async () => {
    // In Berlin START is a minute past ten.
    const maintenance = [{ from: '10:00', to: '12:00', timeZone: 'Europe/Berlin' }]
    await using world = await startWorld({}, [{ ...ORDERS, maintenance }])
    const { months, run, told, outside } = world
    months.neon.fail('api', { status: 401, body: { message: 'no such key' } })
    for (const check of [months.connections, months.storage, months.snapshots]) {
      const { targets, notices } = await months.run(check)
      expect(targets[0]?.quiet).toEqual([expect.stringMatching(/^in maintenance until 12:00 \(Europe\/Berlin\)/)])
      expect(notices).toEqual([])
    }
    expect(outside.pings.map(({ well }) => well)).toEqual([true])
    const { targets, notices } = await months.run(months.heartbeat, { dryRun: true })
    // Nor does the heartbeat tell what is held back.
    expect(notices.map(({ rule }) => rule)).not.toContain('heartbeat.keys')
    expect(targets[0]?.letter).toContain('Kept quiet:\n  - orders: in maintenance for 14 hours of a week')
    expect(told()).toEqual([])
    await run(months.connections, START + 2 * HOUR)
    expect(told()).toContainEqual(expect.stringMatching(/^\[CRITICAL\] orders/))
    expect(outside.pings.at(-1)?.well).toBe(false)

    const wide = [{ from: '00:00', to: '20:00', timeZone: 'Europe/Berlin' }]
    expect(configFaults({ tell: { emails: [EMAIL] }, targets: [{ ...ORDERS, maintenance: wide }] })).toEqual([
      expect.stringContaining('140 of the 168 hours of a week'),
    ])
  },
  'Quiet hours, into which a check would always fall': async () => {
    const quietHours = [{ from: '10:00', to: '04:00', timeZone: 'Europe/Berlin' }]
    const config = { tell: { emails: [EMAIL], quietHours }, targets: [ORDERS], schedules: { snapshots: '8h' } }
    expect(configFaults(config)).toEqual([expect.stringContaining('tell.quietHours: leaves 6 h between at most')])

    await using world = await startWorld({}, [ORDERS], { tell: config.tell as NightshiftConfig['tell'] })
    const { months, run, told } = world
    months.neon.fail('api', { status: 401, body: { message: 'no such key' } })
    await run(months.connections, START)
    expect(told()).toEqual([])
    months.neon.heal()
    months.neon.fail('api', CUT_OFF)
    await run(months.connections, START + 5 * MINUTE)
    expect(told()).toContainEqual(expect.stringMatching(/^\[CRITICAL\] orders/))
  },
  'Quiet hours that are set too wide': async () => {
    // All but office hours.
    const nights = { days: ['monday', 'tuesday', 'wednesday', 'thursday'], from: '17:00', to: '09:00' }
    const weekend = [
      { days: ['friday'], from: '17:00', to: '24:00' },
      { days: ['saturday', 'sunday'], from: '00:00', to: '24:00' },
      { days: ['monday'], from: '00:00', to: '09:00' },
    ]
    const inBerlin = (windows: object[]) => windows.map((window) => ({ ...window, timeZone: 'Europe/Berlin' }))
    const tellBy = (windows: object[]) => ({ emails: [EMAIL], quietHours: inBerlin(windows) as never })
    const faultsOf = (windows: object[]) => configFaults({ tell: tellBy(windows), targets: [ORDERS] })
    expect(faultsOf([nights, ...weekend])).toEqual([])
    expect(faultsOf([{ from: '10:00', to: '09:00' }])).toEqual([expect.stringContaining('161 of the 168 hours')])
    expect(
      faultsOf([
        { days: ['thursday'], from: '16:00', to: '24:00' },
        ...weekend,
        { days: ['friday'], from: '00:00', to: '17:00' },
      ]),
    ).toEqual([expect.stringContaining('89 hours without a break')])

    // At START it is Wednesday morning, and loud.
    await using world = await startWorld({}, [ORDERS], { tell: tellBy([nights, ...weekend]) })
    const { months, run, told } = world
    const { targets } = await months.run(months.heartbeat, { dryRun: true })
    expect(targets[0]?.letter).toContain(
      'Kept quiet:\n  - every target: only what is critical is told for 128 hours of a week (tell.quietHours)',
    )
    months.neon.fail('api', { status: 401, body: { message: 'no such key' } })
    await run(months.connections, START)
    expect(told()).toEqual([expect.stringMatching(/^\[UNKNOWN\] orders/)])
  },
  'Operations topic itself refused': async () => {
    await using world = await startWorld()
    const { months } = world
    months.aws.sns.setPolicy(topic(months, 'OPERATIONS'), '{"Statement":[]}')
    await heartbeatOfWell(world)
    expect(world.told()).toEqual(['[WARNING] Nightshift: CloudWatch may not publish to operations'])
    for (const check of ['connections', 'aura'])
      expect(alarms[`${check}/no-success`].AlarmActions.map(target)).toContainEqual(
        expect.stringMatching(/^NotificationsUrgent/),
      )
  },
  'Operations topic takes messages and delivers none': async () => {
    expectTopicAlarms()
    await using world = await startWorld()
    world.months.aws.sns.forget(EMAIL, topic(world.months, 'OPERATIONS'))
    await heartbeatOfWell(world)
    expect(world.told()).toEqual(['[WARNING] Nightshift: nobody gets the e-mails of operations'])
  },
  'Alarms were deleted': async () => {
    // Nobody asks CloudWatch about its alarms: should that change, so must the row.
    for (const { PolicyDocument } of Object.values(propertiesOf(template, 'AWS::IAM::Policy')))
      expect(JSON.stringify(PolicyDocument)).not.toContain('cloudwatch:')
    await using world = await startWorld()
    await world.run(world.months.connections, START)
    await world.run(world.months.storage, START + DAY - MINUTE)
    await heartbeat(world)
    expect(world.told()).toEqual([expect.stringContaining('connections has not succeeded for 1 d')])
  },
  'Nobody takes the pings': async () => {
    await using world = await startWorld({ heartbeatUrl: 'https://ping.example.com/of-somebody-who-is-gone' })
    const { months, run, told, outside } = world
    expect(await run(months.connections, START)).toEqual({ failed: false })
    expect(world.printed.join()).toContain('ping-failed')
    await run(months.heartbeat, START + MINUTE)
    expect(told()).toEqual([])
    await heartbeatOfWell(world)
    const silent = '[WARNING] Nightshift: nobody outside has taken a ping of connections for'
    expect(told()).toEqual([expect.stringContaining(silent)])
    const mail = months.aws.sns.inbox[0]?.text
    expect(mail).toContain('HTTP 404')
    expect(mail).not.toContain('of-somebody-who-is-gone')
    putSecret(months, { heartbeatUrl: outside.address })
    await heartbeatReady(world, START + DAY + HOUR)
    await run(months.heartbeat, START + DAY + HOUR + MINUTE)
    expect(told().slice(1)).toEqual(['[RESOLVED] Nightshift: no ping is refused outside'])
  },
  'Nobody waits outside': async () => {
    await using world = await startWorld()
    putSecret(world.months)
    await heartbeatOfWell(world)
    expect(world.outside.requests).toBe(0)
    expect(world.told()).toEqual([])
  },
}

/** The heartbeat a day later, where every check has just succeeded. */
async function heartbeatOfWell(world: World) {
  const { months, run } = world
  months.neon.projects.get(PROJECT)?.addSnapshot({ source_branch_id: 'br-main-1234' })
  await heartbeatReady(world)
  await run(months.heartbeat, START + DAY)
}
async function heartbeatReady({ months, run }: World, at = START + DAY - MINUTE) {
  for (const check of [months.connections, months.storage, months.snapshots]) await run(check, at)
}

/** In the world that was started last. */
async function auraCheck(): Promise<Parameters<Months['run']>[0]> {
  const { checkAura } = await import('../functions/check-aura.ts')
  const { auraRules } = await import('../functions/checks/aura/rules.ts')
  const { resolveAuraTargets } = await import('../functions/config-aura.ts')
  return {
    name: 'aura',
    rules: auraRules.map(({ name }) => name),
    targets: resolveAuraTargets({ tell: { emails: [EMAIL] }, targets: [GRAPH] }),
    checkTarget: checkAura as Parameters<Months['run']>[0]['checkTarget'],
    pings: 'aura',
  }
}

describe('each way to fall silent is told as docs/silences.md says', () => {
  test.for(rows)('%s: %s', async ([silence]) => {
    const proof = Object.entries(proofs).find(([begin]) => silence.startsWith(begin))?.[1]
    await (proof ?? expect.fail(`no test for the row "${silence}"`))()
  })

  test('and no test is left over of a row that is gone', () => {
    expect(rows.length).toBeGreaterThan(25)
    for (const begin of Object.keys(proofs))
      expect(rows.filter(([silence]) => silence.startsWith(begin))).toHaveLength(1)
  })
})

describe('what the document names', () => {
  const names = [...new Set([...text.matchAll(/`([a-z]+)([/.])([\w-]+)`/g)].map(([, a, mark, b]) => `${a}${mark}${b}`))]

  test.for(names.filter((name) => name.includes('/')))('the alarm %s is there, and may tell whom it tells', (name) => {
    const alarm = alarms[name] ?? expect.fail(`no alarm ${name}`)
    const topics = actionsOf(alarm).map(target)
    expect(topics).toContainEqual(expect.stringMatching(/^NotificationsOperations/))
    for (const one of topics) expect(publishersOf(template, one)).toContain('cloudwatch.amazonaws.com')
  })

  test('is every alarm there is, and every rule of the heartbeat but the one that says what is not known', () => {
    expect(names.filter((name) => name.includes('/')).sort()).toEqual(Object.keys(alarms).sort())
    expect(names.filter((name) => name.startsWith('heartbeat.')).sort()).toEqual(
      heartbeatRules
        .map(({ name }) => name)
        .filter((name) => name !== 'heartbeat.blind')
        .sort(),
    )
  })
})
