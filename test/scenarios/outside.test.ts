import { expect, test } from 'vitest'
import { ERRORS } from '../world/aws.ts'
import { leak, type Night, startNight } from '../world/night.ts'
import { type LocalPing, startPing } from '../world/ping.ts'

/** A night whose function knows an address outside. */
async function watchedNight(options: Parameters<typeof startNight>[0] = {}) {
  const stack = new AsyncDisposableStack()
  const outside = stack.use(await startPing())
  const night = stack.use(await startNight(options))
  const fn = stack.use(await night.another(outside.env))
  tell(night, outside)
  return {
    night,
    outside,
    run: (event: unknown = {}) => fn.invoke(event),
    /** Nothing of the address may be where others can read it: whoever has it can say that all is well. */
    said: () => JSON.stringify([fn.logs, night.aws.sns.inbox]),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
const secretOf = ({ aws }: Night) => aws.env.NIGHTSHIFT_SECRET as string

const tell = (night: Night, { address }: LocalPing, neonApiKey = night.neon.apiKey) =>
  night.aws.secrets.put(secretOf(night), {
    neonApiKey,
    heartbeatUrl: address,
    passwords: { orders: night.secrets[0] as string },
  })

test('every complete run says outside how it went, whatever state the databases are in', async () => {
  await using watched = await watchedNight({ postgres: { maxConnections: 103, reserved: 3 } })
  expect((await watched.run()).ok).toBe(true)
  await leak(watched.night, 'sync-job', 90)
  expect((await watched.run()).ok).toBe(true)
  expect(watched.outside.pings).toEqual([
    { well: true, method: 'POST', body: 'connections: 1 target: 1 ok' },
    { well: true, method: 'POST', body: 'connections: 1 target: 1 critical' },
  ])
  expect(watched.said()).not.toContain(new URL(watched.outside.address).pathname.slice(1))
})

test('a dry run says nothing outside, nor does one of some targets: the schedule may be dead', async () => {
  await using watched = await watchedNight()
  await watched.run({ dryRun: true })
  await watched.run({ targets: ['orders'] })
  expect(watched.outside.requests).toBe(0)
})

test('a target that cannot be looked at is a failure once as many looks agree as are asked, and then no more', async () => {
  await using watched = await watchedNight()
  const lift = watched.night.neon.fail('api', { status: 503, body: {} })
  await watched.run()
  await watched.run()
  lift()
  for (let looks = 0; looks < 4; looks++) await watched.run()
  expect(watched.outside.pings.map(({ well }) => well)).toEqual([true, false, true, true, true, true])
  expect(watched.outside.pings[1]?.body).toBe('connections: 1 target: 1 unknown\norders could not be looked at')
})

test('news that SNS does not take is a failure', async () => {
  await using watched = await watchedNight({ postgres: { maxConnections: 103, reserved: 3 } })
  await leak(watched.night, 'sync-job', 90)
  watched.night.aws.fail('sns', ERRORS.snsInternal)
  expect((await watched.run()).ok).toBe(false)
  expect(watched.outside.pings).toEqual([
    { well: false, method: 'POST', body: expect.stringContaining('SNS did not take the message') },
  ])
  watched.night.aws.heal()
  await watched.run()
  expect(watched.outside.pings.at(-1)?.well).toBe(true)
})

test.for(['hang', 'reset', 404, 500] as const)('an address that answers %s disturbs no run', async (answers) => {
  await using watched = await watchedNight({ postgres: { maxConnections: 103, reserved: 3 } })
  watched.outside.answers = answers
  await leak(watched.night, 'sync-job', 90)
  const { ok, logs } = await watched.run()
  expect(ok).toBe(true)
  expect(watched.night.aws.sns.inbox.map(({ protocol }) => protocol)).toEqual(['email', 'sms'])
  expect(logs.join()).toContain('ping-failed')
  expect(logs.join()).toContain('RunSucceeded')
  expect(watched.outside.requests).toBe(2)
  expect(watched.said()).not.toContain(new URL(watched.outside.address).pathname.slice(1))
})
