import { expect, test } from 'vitest'
import { EMAIL, idleFor, leak, startNight } from '../world/night.ts'

test('a leak is warned of, escalated, ended oldest first within the cap, and told to be over once', async () => {
  await using night = await startNight({
    postgres: { maxConnections: 100, reserved: 3 },
    staleSessions: { end: true, idleFor: '4s' },
  })
  const { postgres, aws } = night
  await postgres.createRole('shop')
  const shop = await leak(night, 'shop', 20, 'shop')
  const everyoneWorks = () => Promise.all(shop.map((session) => session.query('SELECT 1')))
  const leaked = await leak(night, 'sync-job', 56)
  const endedPids: number[] = []
  const look = async () => {
    // Longer than a loaded machine takes from shop's work to the look.
    await idleFor(night, 4_000)
    await everyoneWorks()
    const { payload, error } = await night.run()
    expect(error).toBeUndefined()
    const ended = payload?.targets[0]?.stale?.ended ?? []
    expect(ended.length).toBeLessThanOrEqual(10)
    expect(ended.every(({ application, outcome }) => application === 'sync-job' && outcome === 'ended')).toBe(true)
    endedPids.push(...ended.map(({ pid }) => pid))
    return payload
  }

  // 77 of 97 (the superuser's session of the test is one): a warning, but only once two looks agree.
  const first = await look()
  expect(first?.notices.map(({ rule, kind }) => `${kind} ${rule}`)).toEqual(['opened connections.stale'])
  leaked.push(...(await leak(night, 'sync-job', 10)))
  const second = await look()
  expect(second?.notices.map(({ rule, kind, severity }) => `${severity} ${kind} ${rule}`)).toEqual([
    'warning opened connections.saturation',
  ])
  // The leak outruns the cap: critical at the first look that sees it.
  leaked.push(...(await leak(night, 'sync-job', 25)))
  const third = await look()
  expect(third?.notices.map(({ rule, kind, severity }) => `${severity} ${kind} ${rule}`)).toEqual([
    'critical escalated connections.saturation',
  ])
  // The job opens no more; what it left is ended run by run until there is room.
  for (let runs = 0; runs < 3; runs++) await look()
  // Then it is restarted, and the rest is gone too.
  await Promise.all(leaked.slice(endedPids.length).map((session) => session.close()))
  for (let runs = 0; runs < 3; runs++) await look()
  expect((await look())?.severity).toBe('ok')

  // Oldest first: those that were ended are the first that were opened.
  expect(endedPids).toEqual(leaked.slice(0, endedPids.length).map(({ pid }) => pid))
  await everyoneWorks()

  const mails = aws.sns.inbox.filter(({ protocol }) => protocol === 'email')
  const subjects = mails.map(({ subject }) => subject)
  expect(subjects.filter((subject) => /^\[WARNING\] orders: \d\d of 97 connections/.test(subject ?? ''))).toHaveLength(
    1,
  )
  expect(subjects.filter((subject) => /^\[CRITICAL\] orders: 9\d of 97 connections/.test(subject ?? ''))).toHaveLength(
    1,
  )
  const resolved = subjects.filter((subject) => subject?.startsWith('[RESOLVED]'))
  expect(resolved).toEqual([expect.stringMatching(/^\[RESOLVED\] orders: \d\d of 97 connections/)])
  // That sessions were ended is one incident, which stays open for an hour after the last of them.
  expect(subjects.filter((subject) => subject?.includes('stale sessions'))).toHaveLength(1)
  // Phones hear of the critical and of its end, and of nothing else.
  const texts = aws.sns.inbox.filter(({ protocol }) => protocol === 'sms')
  expect(texts.map(({ text }) => text.split(' ')[0])).toEqual(['CRITICAL', 'RESOLVED'])
  expect(texts.every(({ parts, encoding }) => parts === 1 && encoding === 'GSM-7')).toBe(true)
  const critical = mails.find(({ subject }) => subject?.startsWith('[CRITICAL]'))?.text
  expect(critical).toContain('sync-job')
  expect(critical).toContain('Note: Owner: the shop team.')
  expect(critical).toMatch(/Nightshift has done:\n {2}- sync-job: 10 ended/)
  expect(critical).toMatch(/Still open:\n {2}- WARNING: 10 of \d+ stale sessions ended/)
})

test('without opt-in nothing is ended, and the report lists who would have been', async () => {
  await using night = await startNight({
    postgres: { maxConnections: 30, reserved: 3 },
    staleSessions: { idleFor: '1s' },
  })
  const leaked = await leak(night, 'sync-job', 24)
  await idleFor(night, 1_000)
  const { payload } = await night.run()
  const [orders] = payload?.targets ?? []
  expect(orders?.stale).toMatchObject({ sessions: 24, held: 'not-opted-in', ended: [] })
  expect(orders?.stale?.wouldEnd.map(({ pid }) => pid)).toEqual(leaked.slice(0, 10).map(({ pid }) => pid))
  await Promise.all(leaked.map((session) => session.query('SELECT 1')))
})

test('a dry run ends, tells and remembers nothing, and says what it would', async () => {
  await using night = await startNight({
    postgres: { maxConnections: 30, reserved: 3 },
    staleSessions: { end: true, idleFor: '1s' },
  })
  const leaked = await leak(night, 'sync-job', 25)
  await idleFor(night, 1_000)
  const { payload, logs } = await night.run({ targets: ['orders'], dryRun: true })
  expect(payload?.notices).toMatchObject([{ rule: 'connections.saturation', kind: 'opened', severity: 'critical' }])
  expect(payload?.targets[0]?.stale).toMatchObject({ held: 'dry-run', ended: [] })
  expect(payload?.targets[0]?.stale?.wouldEnd).toHaveLength(10)
  expect(night.aws.sns.published).toEqual([])
  expect(await night.aws.dynamodb.items(night.aws.env.NIGHTSHIFT_TABLE as string)).toEqual([])
  expect(logs.join()).not.toContain('RunSucceeded')
  await Promise.all(leaked.map((session) => session.query('SELECT 1')))
})

test('load is not answered with ending sessions', async () => {
  await using night = await startNight({
    postgres: { maxConnections: 40, reserved: 3 },
    staleSessions: { end: true, idleFor: '1s' },
  })
  const idle = await leak(night, 'sync-job', 12)
  await idleFor(night, 1_000)
  const busy = await leak(night, 'shop', 22)
  const work = busy.map((session) => session.query('SELECT pg_sleep(60)').catch(() => undefined))
  await night.postgres.query(
    `DO $$ BEGIN WHILE (SELECT count(*) FROM pg_stat_activity WHERE application_name = 'shop' AND state = 'active') < 22
     LOOP PERFORM pg_stat_clear_snapshot(), pg_sleep(0.01); END LOOP; END $$`,
  )
  const { payload } = await night.run()
  expect(payload?.severity).toBe('critical')
  expect(payload?.targets[0]?.stale).toMatchObject({ sessions: 12, held: 'load', ended: [], wouldEnd: [] })
  await Promise.all(idle.map((session) => session.query('SELECT 1')))
  await night.postgres.query(`SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE application_name = 'shop'`)
  await Promise.all(work)
})

test('that sessions are ended is told at once, though that so many are stale is told already', async () => {
  await using night = await startNight({
    postgres: { maxConnections: 60, reserved: 3 },
    staleSessions: { end: true, idleFor: '1s', above: 70 },
    tell: { emails: [EMAIL], confirm: { looks: 1, of: 1 } },
  })
  const look = async () => {
    await idleFor(night, 1_000)
    const { payload } = await night.run()
    return payload?.notices.map(({ rule, kind, severity }) => `${severity} ${kind} ${rule}`)
  }
  await leak(night, 'sync-job', 30)
  expect(await look()).toEqual(['warning opened connections.stale'])
  await leak(night, 'sync-job', 11)
  expect(await look()).toEqual(['warning escalated connections.stale'])
  const [, mail] = night.aws.sns.inbox
  expect(mail?.subject).toMatch(/^\[WARNING\] orders: 10 of 41 stale sessions ended/)
  // Once: it goes on, and is reminded of daily.
  await leak(night, 'sync-job', 10)
  expect(await look()).toEqual([])
})
