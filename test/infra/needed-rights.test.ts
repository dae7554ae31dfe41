/** What each function asks of AWS, recorded while it does all that it can do, against what its role allows: nothing more, nothing less. */
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { NightshiftConfig } from '../../functions/config.ts'
import type { Check, Watched } from '../../functions/run.ts'
import { type Months, startMonths } from '../world/months.ts'
import { EMAIL, PHONE, PROJECT } from '../world/night.ts'
import { startPing } from '../world/ping.ts'
import { allowedIn } from './roles.ts'
import { templateFor } from './synth.ts'

const DAY = 24 * 60 * 60_000
const START = Date.UTC(2026, 7, 5, 8, 1)
const config = {
  tell: { emails: [EMAIL], phones: [PHONE] },
  targets: [
    { name: 'orders', neon: { project: PROJECT, role: 'nightshift' } },
    { name: 'graph', aura: { instance: 'a1b2c3d4', connectionLimit: 100 } },
  ],
} satisfies NightshiftConfig
const template = templateFor(config)

/** Done by Lambda itself, whatever the function does: its log, and the record of a run that failed. */
const BY_LAMBDA = /^(logs|sqs):/
/** SNS asks these in the name of who asked SNS. */
const BY_SNS: Record<string, string> = {
  'sns:CheckIfPhoneNumberIsOptedOut': 'sms-voice:DescribeOptedOutNumbers',
  'sns:GetSMSSandboxAccountStatus': 'sms-voice:DescribeAccountAttributes',
  'sns:ListSMSSandboxPhoneNumbers': 'sms-voice:DescribeVerifiedDestinationNumbers',
  'sns:GetSMSAttributes': 'sms-voice:DescribeSpendLimits',
}

const asked = new Map<string, Set<string>>()
let months: Months
let outside: Awaited<ReturnType<typeof startPing>>

/** What of AWS a function has asked for in `work`, as the template says it. */
async function record(name: string, work: () => Promise<unknown>) {
  const services = ['sns', 'dynamodb', 'secretsmanager'] as const
  const before = services.map((service) => months.aws.requests(service).length)
  await work()
  const found = asked.get(name) ?? new Set()
  asked.set(name, found)
  services.forEach((service, i) => {
    for (const { action, body } of months.aws.requests(service).slice(before[i])) {
      const right = `${service}:${action}`
      found.add(`${right} ${resourceOf(service, body)}`)
      const behind = BY_SNS[right]
      if (behind) found.add(`${behind} *`)
    }
  })
}

function resourceOf(service: string, body: string): string {
  if (service === 'sns') {
    const arn = new URLSearchParams(body).get('TopicArn')
    const { env } = months.aws
    const name = ['Alerts', 'Operations', 'Urgent'].find((one) => env[`NIGHTSHIFT_${one.toUpperCase()}_TOPIC`] === arn)
    return arn === null ? '*' : `Notifications${name}`
  }
  const { TableName, SecretId } = JSON.parse(body)
  const { NIGHTSHIFT_TABLE, NIGHTSHIFT_SECRET } = process.env
  if (TableName === NIGHTSHIFT_TABLE) return 'State'
  return SecretId === NIGHTSHIFT_SECRET ? 'the secret' : `unknown: ${body}`
}

/** Six minutes after the one before: what another has read of the secret counts no more. */
function run(check: Check<Watched>) {
  months.now += 6 * 60_000
  return record(check.name, () => months.run(check).catch(() => undefined))
}

beforeAll(async () => {
  outside = await startPing()
  months = await startMonths(config, {}, { heartbeatUrl: outside.address })
  for (const [name, value] of Object.entries(outside.env)) vi.stubEnv(name, value)
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  months.now = START
  const { neon, aura, aws } = months
  neon.addProject({ id: PROJECT, branches: [{ id: 'br-main-1234', endpoints: [] }] })
  aura.addInstance({ id: 'a1b2c3d4', type: 'professional-db', status: 'suspended' })

  // Trouble everywhere, so that all of it is told; and the record, which a person asks for.
  neon.fail('api', { status: 402, body: {} })
  const checks = { connections: months.connections, aura: await auraCheck() }
  for (const check of [checks.connections, checks.aura, months.storage, months.snapshots]) await run(check)
  aura.fail('api', { status: 403, body: {} })
  for (const check of [months.storage, months.snapshots]) await run(check)
  const { handlerOf } = await import('../../functions/handler.ts')
  const { listEndings } = await import('../../functions/record.ts')
  const { resolveConfig } = await import('../../functions/config.ts')
  const context = { awsRequestId: 'one', getRemainingTimeInMillis: () => 60_000 } as Parameters<
    ReturnType<typeof handlerOf>
  >[1]
  for (const check of Object.values(checks))
    await record(check.name, () => handlerOf(resolveConfig(config), check, { listEndings })({ endings: {} }, context))

  // The heartbeat: a letter, then its own news by each topic, then by none, which it leaves to the outside.
  await run(months.heartbeat)
  aws.sns.sms.sandbox = new Map()
  months.now = START + 7 * DAY
  await run(months.heartbeat)
  const topics = ['ALERTS', 'OPERATIONS', 'URGENT'].map((name) => aws.env[`NIGHTSHIFT_${name}_TOPIC`] as string)
  for (const [days, gone] of topics.map((_, i) => topics.slice(0, i + 1)).entries()) {
    months.now = START + (9 + days) * DAY
    for (const topic of gone)
      for (const address of [EMAIL, PHONE]) if (topic !== topics[2] || days === 2) aws.sns.forget(address, topic)
    await run(months.heartbeat)
  }
})
afterAll(async () => {
  vi.restoreAllMocks()
  await months[Symbol.asyncDispose]()
  await outside[Symbol.asyncDispose]()
})

async function auraCheck(): Promise<Check<Watched>> {
  const { checkAura } = await import('../../functions/check-aura.ts')
  const { auraRules } = await import('../../functions/checks/aura/rules.ts')
  const { resolveAuraTargets } = await import('../../functions/config-aura.ts')
  return {
    name: 'aura',
    rules: auraRules.map(({ name }) => name),
    targets: resolveAuraTargets(config),
    checkTarget: checkAura,
  } as unknown as Check<Watched>
}

test.for([
  ['connections', 'Connections'],
  ['aura', 'Aura'],
  ['storage', 'Storage'],
  ['snapshots', 'Snapshots'],
  ['heartbeat', 'Heartbeat'],
] as const)('the %s function may do what it does, and does what it may do', ([check, id]) => {
  const allowed = allowedIn(template, `${id}Role`)
    .map((one) => one.replace(/^Allow /, '').replace(/ arn:\S+:secret:nightshift-\?{6}$/, ' the secret'))
    .filter((one) => !BY_LAMBDA.test(one))
  expect([...(asked.get(check) ?? [])].sort()).toEqual(allowed.sort())
})
