import { expect, test } from 'vitest'
import { ERRORS } from '../world/aws.ts'
import { sqlError } from '../world/neon-sql-errors.ts'
import { leak, type Night, startNight } from '../world/night.ts'

/** A target that is critical at the first look, with room for the looks themselves: full is told anew. */
async function criticalNight(): Promise<Night> {
  const night = await startNight({ postgres: { maxConnections: 103, reserved: 3 } })
  await leak(night, 'sync-job', 90)
  return night
}
const mails = ({ aws }: Night) =>
  aws.sns.inbox.filter(({ protocol }) => protocol === 'email').map(({ subject }) => subject)
const texts = ({ aws }: Night) => aws.sns.inbox.filter(({ protocol }) => protocol === 'sms')
const recovers = ({ postgres }: Night) =>
  postgres.query(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'app'`)

test('a run repeated five times tells once', async () => {
  await using night = await criticalNight()
  for (let runs = 0; runs < 5; runs++) expect((await night.run()).ok).toBe(true)
  expect(mails(night)).toHaveLength(1)
  expect(texts(night)).toHaveLength(1)
})

test('five runs at the same time tell once, and so do five that find it over', async () => {
  await using night = await criticalNight()
  const five = () => Promise.all(Array.from({ length: 5 }, () => night.run()))
  expect((await five()).map(({ error }) => error)).toEqual(Array(5).fill(undefined))
  expect(mails(night)).toHaveLength(1)
  await recovers(night)
  await five()
  expect(mails(night)).toHaveLength(2)
  expect(mails(night)[1]).toMatch(/^\[RESOLVED\]/)
})

test('one event delivered twice at once, with one and the same request id, is told once', async () => {
  await using night = await criticalNight()
  const requestId = '6f1c9b1e-0000-4000-8000-000000000001'
  const both = await Promise.all([night.run({}, { requestId }), night.run({}, { requestId })])
  expect(both.map(({ ok }) => ok)).toEqual([true, true])
  expect(mails(night)).toHaveLength(1)
})

test('with SNS down for three runs each of them fails, and the notice arrives once when it is back', async () => {
  await using night = await criticalNight()
  night.aws.fail('sns', ERRORS.snsInternal)
  for (let runs = 0; runs < 3; runs++) {
    const { ok, error, logs } = await night.run()
    expect(ok).toBe(false)
    expect(error?.errorMessage).toMatch(
      /^SNS did not take the message "\[CRITICAL\] orders: .*; the next run sends it again/,
    )
    expect(logs.join()).not.toContain('RunSucceeded')
  }
  expect(mails(night)).toEqual([])
  night.aws.heal()
  expect((await night.run()).ok).toBe(true)
  expect((await night.run()).ok).toBe(true)
  expect(mails(night)).toHaveLength(1)
})

test('what came and went while SNS was down is told afterwards', async () => {
  await using night = await criticalNight()
  night.aws.fail('sns', ERRORS.snsThrottled)
  await night.run()
  await recovers(night)
  for (let runs = 0; runs < 3; runs++) await night.run()
  night.aws.heal()
  await night.run()
  await night.run()
  expect(mails(night)).toHaveLength(1)
  expect(mails(night)[0]).toMatch(/^\[RESOLVED\] orders/)
  expect(night.aws.sns.inbox[0]?.text).toContain('It could not be told while it lasted.')
  expect(texts(night)[0]?.text).toMatch(/^RESOLVED orders/)
})

test('a process killed while SNS has not answered: the notice is sent again once its claim has run out', async () => {
  await using night = await criticalNight()
  night.aws.fail('sns', 'hang', { action: 'Publish' })
  const kill = new AbortController()
  const arrived = night.aws.nextRequest('sns', 'Publish')
  const run = night.run({}, { kill: kill.signal })
  await arrived
  kill.abort()
  expect((await run).ok).toBe(false)
  night.aws.heal()
  // The claim still stands: for all that this run can know, the other one is alive and sending.
  await night.run()
  expect(mails(night)).toEqual([])
  await night.expireClaims()
  await night.run()
  expect(mails(night)).toHaveLength(1)
})

// To lose a message would be worse: so one that SNS has taken already comes twice.
test.for([
  ['a request that never gets to SNS', 'refuse', 1],
  ['an answer of SNS that is lost', 'drop-after', 2],
] as const)('%s is asked for again within the run', async ([, fault, times]) => {
  await using night = await criticalNight()
  night.aws.fail('sns', fault, { times: 1 })
  expect((await night.run()).ok).toBe(true)
  expect(mails(night)).toHaveLength(times)
  expect((await night.run()).ok).toBe(true)
  expect(mails(night)).toHaveLength(times)
})

test('with the table down what is critical is told all the same, and the run fails', async () => {
  await using night = await criticalNight()
  night.aws.fail('dynamodb', ERRORS.dynamodbInternal)
  const { ok, error } = await night.run()
  expect(ok).toBe(false)
  expect(error?.errorMessage).toContain('the incident table did not answer for orders')
  const mail = await night.aws.sns.nextMail()
  expect(mail.subject).toMatch(/^\[CRITICAL\] orders/)
  expect(mail.text).toContain("Nightshift's incident table could not be used just now")
})

test('with the table refusing what is written, a database that is down is told by the second run and each one after', async () => {
  await using night = await startNight()
  night.aws.fail('dynamodb', ERRORS.dynamodbInternal, { action: 'PutItem' })
  const blip = night.neon.fail('sql', DOWN)
  await night.run()
  blip()
  await night.run()
  night.neon.fail('sql', DOWN)
  await night.run()
  expect(mails(night)).toEqual([])
  await night.run()
  const { ok } = await night.run()
  expect([ok, mails(night)]).toEqual([
    false,
    Array(2).fill("[CRITICAL] orders: down: Neon's proxy cannot reach Postgres"),
  ])
})
const DOWN = { status: 500, body: sqlError("Couldn't connect to compute node") }

test('a wrong event is refused with what is allowed', async () => {
  await using night = await startNight()
  const { error } = await night.run({ key1: 'value1', targets: ['order'], dryRun: 'yes' })
  expect(error?.errorMessage).toBe(
    'the event is not understood: unknown key "key1"; dryRun "yes" is not true or false; no target is called "order"; there are: orders. ' +
      'Allowed: {} for everything, {"targets":["orders"]} for some, {"dryRun":true} to end, tell and remember nothing, ' +
      '{"processList":true} for a dry run with the list of sessions in its report, ' +
      '{"endings":{"target":"orders","days":7}} for the record of what was ended, ' +
      '{"snooze":{"target":"orders","for":"2h"}} for no reminders and no new warnings, ' +
      '{"acknowledge":{"target":"orders","for":"1d"}} for no reminders of what is open.',
  )
})

test('names from a database are harmless in SQL, log, mail and SMS', async () => {
  await using night = await startNight({ postgres: { maxConnections: 30, reserved: 3 } })
  const names = [
    '<script>alert(1)</script>',
    "'; DROP TABLE x; --",
    'line\nbreak\r\nSubject: spoofed',
    '😀'.repeat(15),
    '%s $x \u202Eevil',
  ]
  for (const name of names) await leak(night, name, 5)
  const { payload, logs } = await night.run()
  expect(payload?.severity).toBe('critical')
  const mail = await night.aws.sns.nextMail(({ protocol }) => protocol === 'email')
  expect(mail.subject).toMatch(/^[\x20-\x7e]{1,99}$/)
  expect(mail.text).not.toMatch(/^Subject:/m)
  expect(mail.text).not.toMatch(/[\u202E\r]/)
  expect(mail.text).toContain('<script>alert(1)</script>')
  const text = await night.aws.sns.nextMail(({ protocol }) => protocol === 'sms')
  expect(text).toMatchObject({ encoding: 'GSM-7', parts: 1 })
  // One event is one line.
  for (const line of logs) expect(() => JSON.parse(line)).not.toThrow()
})
