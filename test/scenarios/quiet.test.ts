import { expect, test } from 'vitest'
import type { NightshiftConfig } from '../../functions/config.ts'
import type { WindowConfig } from '../../functions/config-quiet.ts'
import type { QuietReport } from '../../functions/quiet/asked.ts'
import type { Report } from '../../functions/report.ts'
import { type LocalFunction, startFunction } from '../world/lambda.ts'
import { bundleFor, idleFor, leak, type Night, startNight, TARGET } from '../world/night.ts'

const HOUR = 60 * 60_000
/** From an hour ago to in an hour, by a clock that shows UTC. */
const aroundNow = (): WindowConfig => {
  const time = (at: number) => new Date(at).toISOString().slice(11, 16)
  return { from: time(Date.now() - HOUR), to: time(Date.now() + HOUR), timeZone: 'UTC' }
}
/** Another function on the same table, which watches the same by another configuration. */
async function functionFor(
  { config, aws, neon }: Night,
  stack: AsyncDisposableStack,
  changes: Partial<NightshiftConfig>,
): Promise<LocalFunction> {
  const { directory } = stack.use(await bundleFor('functions/connections.ts', { ...config, ...changes }))
  return stack.use(await startFunction({ directory, timeoutSeconds: 120, env: { ...aws.env, ...neon.env } }))
}
const looks = async (fn: LocalFunction): Promise<Report> => {
  const { payload, error } = await fn.invoke<Report>({})
  expect(error).toBeUndefined()
  return payload as Report
}
const asks = async ({ fn }: Night, event: object): Promise<QuietReport> => {
  const { payload, error } = await fn.invoke<QuietReport>(event)
  expect(error).toBeUndefined()
  return payload as QuietReport
}
const newsOf = (notices: Report['notices'] = []) => notices.map(({ rule, kind }) => `${kind} ${rule}`)
/** Of the mails since the last time it was asked. */
const subjectsOf = ({ aws }: Night) => {
  let seen = 0
  return () => {
    const mails = aws.sns.inbox.filter(({ protocol }) => protocol === 'email')
    const fresh = mails.slice(seen)
    seen = mails.length
    return fresh.map(({ subject }) => subject)
  }
}
const recovers = ({ postgres }: Night) =>
  postgres.query(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'app'`)
const sessions = async ({ postgres }: Night): Promise<number> => {
  const [row] = await postgres.query<{ n: string }>(
    `SELECT count(*) AS n FROM pg_stat_activity WHERE usename = 'app' AND application_name = 'sync-job'`,
  )
  return Number(row?.n)
}

test('maintenance, a snooze, an acknowledgement and quiet hours, on one database in one night', async () => {
  await using night = await startNight({
    postgres: { maxConnections: 103, reserved: 3 },
    staleSessions: { idleFor: '1s' },
    thresholds: { 'connections.idle-in-transaction': { warning: '0.01s', critical: 'off' } },
    // What is critical is told again by each look.
    tell: { emails: ['oncall@example.com'], remind: { critical: '0s' } },
  })
  await using others = new AsyncDisposableStack()
  const subjects = subjectsOf(night)
  const { targets } = night.config

  // In maintenance it is looked at and judged, but nobody is told and nobody ended.
  const maintained = await functionFor(night, others, {
    targets: targets.map((target) => ({ ...target, maintenance: [aroundNow()], staleSessions: { end: true } })),
  })
  await leak(night, 'sync-job', 92)
  await idleFor(night, 1_000)
  const during = await looks(maintained)
  expect(during).toMatchObject({ severity: 'critical', notices: [] })
  expect(during.held).toContainEqual({
    target: TARGET,
    rule: 'connections.saturation',
    kind: 'opened',
    severity: 'critical',
    why: expect.stringMatching(/^in maintenance until \d\d:\d\d \(UTC\)$/),
  })
  expect(during.targets[0]?.quiet).toEqual([expect.stringMatching(/^in maintenance until .* nothing told/)])
  expect(during.targets[0]?.stale).toMatchObject({ held: 'maintenance', ended: [], wouldEnd: { length: 10 } })
  expect(await sessions(night)).toBe(92)
  expect(subjects()).toEqual([])

  // Afterwards what is still true is told at the next look.
  const after = await looks(night.fn)
  expect(newsOf(after.notices)).toContain('opened connections.saturation')
  expect(after.targets[0]?.quiet).toBeUndefined()
  expect(subjects()).toEqual([expect.stringMatching(/^\[CRITICAL\] orders: 9\d of 100 connections/)])
  expect(night.aws.sns.inbox[0]?.text).toMatch(/Held back by maintenance from .* UTC to .* UTC\./)
  await looks(night.fn)
  expect(subjects()).toEqual([expect.stringMatching(/^\[STILL CRITICAL\]/)])

  // Snoozed: no reminder and no new warning, but what newly becomes critical.
  const { says } = await asks(night, { snooze: { target: TARGET, for: '2h' } })
  expect(says).toEqual([expect.stringContaining('No reminders of orders and no new warnings until')])
  const snoozed = await looks(night.fn)
  expect(newsOf(snoozed.held)).toContain('reminder connections.saturation')
  expect(snoozed.targets[0]?.quiet).toEqual([expect.stringMatching(/^snoozed until .* UTC$/)])
  night.neon.fail('api', { status: 401, body: { message: 'no such key' } })
  expect(newsOf((await looks(night.fn)).held)).toContain('opened connections.reachable')
  expect(subjects()).toEqual([])
  night.neon.heal()
  night.neon.fail('api', { status: 402, body: { message: 'exceeded the compute time quota' } })
  await looks(night.fn)
  expect(subjects()).toEqual([expect.stringMatching(/^\[CRITICAL\] orders/)])
  night.neon.heal()
  for (let looked = 0; looked < 3; looked++) await looks(night.fn)
  expect(subjects()).toEqual([expect.stringMatching(/^\[RESOLVED\] orders/)])
  expect((await asks(night, { snooze: { target: TARGET, for: '0s' } })).says).toEqual([
    'orders is not snoozed any more.',
  ])
  await looks(night.fn)
  expect(subjects()).toEqual([expect.stringMatching(/^\[STILL CRITICAL\]/)])

  // Acknowledged: no reminder, but that it is over.
  const { incidents } = await asks(night, { acknowledge: { target: TARGET, rule: 'connections.saturation' } })
  expect(incidents.filter(({ acknowledgedUntil }) => acknowledgedUntil).map(({ rule }) => rule)).toEqual([
    'connections.saturation',
  ])
  const known = await looks(night.fn)
  expect(known.held).toMatchObject([{ rule: 'connections.saturation', kind: 'reminder' }])
  expect(known.targets[0]?.quiet).toEqual([expect.stringMatching(/^connections\.saturation acknowledged until/)])
  expect(subjects()).toEqual([])
  await recovers(night)
  for (let looked = 0; looked < 3; looked++) await looks(night.fn)
  expect(subjects().filter((subject) => subject?.startsWith('[RESOLVED] orders'))).not.toEqual([])
  expect((await looks(night.fn)).targets[0]).not.toHaveProperty('quiet')

  // In quiet hours warnings are held back; afterwards they go out as one message.
  const quiet = await functionFor(night, others, { tell: { ...night.config.tell, quietHours: [aroundNow()] } })
  await leak(night, 'sync-job', 80)
  const inTransaction = await night.postgres.session({ application: 'report', user: 'app' })
  await inTransaction.query('BEGIN')
  for (let looked = 0; looked < 3; looked++) expect((await looks(quiet)).notices).toEqual([])
  subjects()
  const due = ['opened connections.saturation', 'opened connections.idle-in-transaction']
  const last = await looks(quiet)
  expect(newsOf(last.held)).toEqual(expect.arrayContaining(due))
  expect(last.targets[0]?.quiet).toEqual([
    expect.stringMatching(/^quiet hours until .* only what is critical is told$/),
  ])
  const morning = await looks(night.fn)
  expect(newsOf(morning.notices)).toEqual(expect.arrayContaining(due))
  expect(subjects()).toHaveLength(1)
  expect(night.aws.sns.inbox.at(-1)?.text.match(/Held back by quiet hours/g)?.length).toBeGreaterThanOrEqual(2)
})
