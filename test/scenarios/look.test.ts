import { describe, expect, test } from 'vitest'
import { FAULTS, incident } from '../world/neon.ts'
import { sqlError } from '../world/neon-sql-errors.ts'
import { EMAIL, idleFor, leak, type Night, PROJECT, startNight, TARGET } from '../world/night.ts'

const saysOf = async (night: Night) => (await night.run()).payload?.targets[0]?.says

test('with 97 of 100 taken the monitor cannot get in either: critical "full", at the first look, with who was there before', async () => {
  await using night = await startNight({ postgres: { maxConnections: 100, reserved: 3 }, grants: ['pg_monitor'] })
  const before = await leak(night, 'sync-job', 30)
  expect((await night.run()).payload?.severity).toBe('ok')
  // The proxy's own kept session would let us in: on Neon it is gone after five minutes.
  await night.postgres.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'nightshift'`,
  )
  await leak(night, 'sync-job', 97 - before.length - 1)
  await expect(night.postgres.session({ user: 'nightshift' })).rejects.toMatchObject({ code: '53300' })

  const { payload } = await night.run()
  expect(payload?.targets[0]?.says).toEqual(['critical: connections.saturation: full, 97 of 97 connections (100%)'])
  const mail = await night.aws.sns.nextMail(({ protocol }) => protocol === 'email')
  expect(mail.subject).toBe('[CRITICAL] orders: full, 97 of 97 connections (100%)')
  expect(mail.text).toContain('30 of them by sync-job')
  const text = await night.aws.sns.nextMail(({ protocol }) => protocol === 'sms')
  expect(text.text).toContain('CRITICAL orders: full, 97 of 97')
})

test('a role that may not see the others is blind, not looking at zero', async () => {
  await using night = await startNight({ grants: [], staleSessions: { end: true, idleFor: '1s', above: 0 } })
  await leak(night, 'sync-job', 5)
  await idleFor(night, 1_000)
  const { payload } = await night.run()
  expect(payload?.targets[0]?.says).toEqual([
    'unknown: connections.blind: blind: role nightshift cannot see the sessions of others',
  ])
  // What it can count it counts: the five, and the test's own superuser session.
  expect(payload?.targets[0]?.connections?.used).toBe(6)
  expect(payload?.targets[0]?.connections?.byApplication[0]).toEqual({ name: 'sync-job', sessions: 5 })
  expect(payload?.targets[0]?.stale).toBeUndefined()
  const mail = await night.aws.sns.nextMail()
  expect(mail.subject).toMatch(/^\[UNKNOWN\] orders: blind/)
  expect(mail.text).toContain('GRANT pg_monitor TO nightshift;')
})

test('a role that may see but not end is told what to grant, and nothing is ended', async () => {
  await using night = await startNight({
    grants: ['pg_monitor'],
    staleSessions: { end: true, idleFor: '1s', above: 0, atMost: 2 },
  })
  const sessions = await leak(night, 'sync-job', 3)
  await idleFor(night, 1_000)
  const { payload } = await night.run()
  expect(payload?.targets[0]?.stale?.ended.map(({ outcome }) => outcome)).toEqual(['refused', 'refused'])
  expect((await night.aws.sns.nextMail()).text).toContain('GRANT pg_signal_backend TO nightshift;')
  await Promise.all(sessions.map((session) => session.query('SELECT 1')))
})

test('a suspended compute is left asleep, and is no trouble', async () => {
  await using night = await startNight()
  const endpoint = night.project.branches[0]?.endpoints[0]
  if (endpoint) endpoint.api.current_state = 'idle'
  expect(await saysOf(night)).toEqual(['ok: the compute is asleep and was left asleep'])
  expect(night.neon.sqlTraffic().roundTrips).toBe(0)
  expect(endpoint?.wakeUps).toBe(0)
})

test('one look is one round trip and one row, however many sessions there are', async () => {
  await using night = await startNight({ postgres: { maxConnections: 200, reserved: 3 } })
  for (let i = 0; i < 150; i++) await leak(night, `app-${i}`, 1)
  const { payload } = await night.run()
  expect(payload?.targets[0]?.connections?.used).toBe(151)
  expect(payload?.targets[0]?.connections?.otherSessions).toBe(121)
  expect(night.neon.sqlTraffic()).toMatchObject({ roundTrips: 1 })
  // One for the time limits, one for the reading.
  expect(night.neon.sqlTraffic().rows).toBe(2)
})

describe('each way to fail has its own sentence', () => {
  const cases: { what: string; says: string; opens: 'at once' | 'confirmed'; arrange: (night: Night) => void }[] = [
    {
      what: 'a wrong password',
      says: 'unknown: connections.reachable: not looked at: role or password refused',
      opens: 'at once',
      arrange: ({ aws, neon }) =>
        aws.secrets.put(aws.env.NIGHTSHIFT_SECRET as string, {
          neonApiKey: neon.apiKey,
          passwords: { [TARGET]: 'not-the-one-it-is' },
        }),
    },
    {
      what: 'no password anywhere for a role made by SQL',
      says: 'unknown: connections.reachable: not looked at: no password for the role',
      opens: 'at once',
      arrange: ({ aws, neon }) => aws.secrets.put(aws.env.NIGHTSHIFT_SECRET as string, { neonApiKey: neon.apiKey }),
    },
    {
      what: 'a revoked API key',
      says: "unknown: connections.reachable: not looked at: Neon's API refused the key",
      opens: 'at once',
      arrange: ({ aws }) =>
        aws.secrets.put(aws.env.NIGHTSHIFT_SECRET as string, { neonApiKey: 'a-key-that-was-revoked' }),
    },
    {
      what: 'a secret that is not there',
      says: 'unknown: connections.reachable: not looked at: the secret cannot be used',
      opens: 'at once',
      arrange: ({ aws }) => aws.secrets.remove(aws.env.NIGHTSHIFT_SECRET as string),
    },
    {
      what: 'a project that is gone',
      says: 'unknown: connections.reachable: not looked at: no such project or branch',
      opens: 'at once',
      arrange: ({ neon }) => void neon.projects.delete(PROJECT),
    },
    {
      what: 'a used-up transfer quota (402)',
      says: "critical: connections.reachable: Neon's quota is used up: the database is cut off",
      opens: 'at once',
      arrange: ({ neon }) => void neon.fail('sql', FAULTS.transferQuota),
    },
    {
      what: 'a used-up compute quota (500)',
      says: "critical: connections.reachable: Neon's quota is used up: the database is cut off",
      opens: 'at once',
      arrange: ({ neon }) => void neon.fail('sql', FAULTS.computeQuota),
    },
    {
      what: 'a compute that cannot be reached',
      says: "critical: connections.reachable: down: Neon's proxy cannot reach Postgres",
      opens: 'confirmed',
      arrange: ({ neon }) => void neon.fail('sql', { status: 500, body: sqlError("Couldn't connect to compute node") }),
    },
    {
      what: 'a connection that is reset',
      says: 'critical: connections.reachable: unreachable: connection broken off',
      opens: 'confirmed',
      arrange: ({ neon }) => void neon.fail('sql', 'reset'),
    },
    {
      what: "Neon's API out of reach, which says nothing of the database",
      says: "unknown: connections.reachable: not looked at: Neon's API: connection broken off",
      opens: 'confirmed',
      arrange: ({ neon }) => void neon.fail('api', 'reset'),
    },
    {
      what: 'an answer that is not JSON',
      says: 'unknown: connections.reachable: not looked at: answer not understood',
      opens: 'confirmed',
      arrange: ({ neon }) => void neon.fail('sql', FAULTS.notJson),
    },
    {
      what: 'JSON of another shape',
      says: 'unknown: connections.reachable: not looked at: answer not understood',
      opens: 'confirmed',
      arrange: ({ neon }) => void neon.fail('api', FAULTS.otherShape),
    },
    {
      what: 'an API that is down',
      says: 'unknown: connections.reachable: not looked at: Neon answered with an error',
      opens: 'confirmed',
      arrange: ({ neon }) => void neon.fail('api', FAULTS.unavailable),
    },
  ]
  test.for(cases)('$what', async ({ says, opens, arrange }) => {
    await using night = await startNight()
    arrange(night)
    const { payload, error } = await night.run()
    expect(error).toBeUndefined()
    expect(payload?.targets[0]?.says).toEqual([says])
    // What cannot come out otherwise by itself is told at once; what may have been a blip, when the second look agrees.
    expect(payload?.notices.map(({ kind }) => kind)).toEqual(opens === 'at once' ? ['opened'] : [])
    if (opens === 'confirmed') expect((await night.run()).payload?.notices.map(({ kind }) => kind)).toEqual(['opened'])
  })

  test('a host whose name is not resolved', async () => {
    await using night = await startNight()
    // Without the setting the driver goes to the endpoint's own host, which does not exist here.
    await using lost = await night.another({ NIGHTSHIFT_NEON_SQL_URL: '' })
    const { payload } = await lost.invoke<{ targets: { says: string[] }[] }>({})
    expect(payload?.targets[0]?.says).toEqual(['critical: connections.reachable: unreachable: host name not resolved'])
  })
})

test('what a moment mends is asked again within the same look', async () => {
  await using night = await startNight()
  night.neon.fail('api', FAULTS.locked, { times: 1 })
  night.neon.fail('api', FAULTS.rateLimited, { times: 1, match: /branches/ })
  night.neon.fail('sql', FAULTS.controlPlaneDown, { times: 1 })
  expect(await saysOf(night)).toEqual(['ok: 1 of 93 connections'])
})

test('a rotated password and a rotated key are picked up by a warm function, in the run that finds the old ones refused', async () => {
  await using night = await startNight()
  expect(await saysOf(night)).toEqual(['ok: 1 of 93 connections'])
  await night.postgres.query(`ALTER ROLE nightshift PASSWORD 'rotated-by-the-test'`)
  await night.postgres.query(
    `SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE usename = 'nightshift'`,
  )
  night.aws.secrets.put(night.aws.env.NIGHTSHIFT_SECRET as string, {
    neonApiKey: night.neon.apiKey,
    passwords: { [TARGET]: 'rotated-by-the-test' },
  })
  expect(await saysOf(night)).toEqual(['ok: 1 of 93 connections'])
  expect(night.fn.coldStarts).toBe(1)
})

test("Neon's own incident is named where it may be the reason", async () => {
  await using night = await startNight()
  night.neon.status['aws-us-east-ohio']?.ongoing_incidents.push(incident('Elevated connection errors'))
  night.neon.fail('sql', 'reset')
  await night.run()
  await night.run()
  const mail = await night.aws.sns.nextMail()
  expect(mail.subject).toContain('Neon reports: Elevated connection errors')
})

test('a compute that only our own looks keep awake is let alone for long enough to fall asleep', async () => {
  await using night = await startNight()
  const endpoint = night.project.branches[0]?.endpoints[0]
  if (endpoint) endpoint.api.suspend_timeout_seconds = 1
  const sessions = await leak(night, 'shop', 3)
  await idleFor(night, 1_100)
  expect(await saysOf(night)).toEqual(['ok: 4 of 93 connections'])
  const asked = night.neon.sqlTraffic().roundTrips
  if (endpoint) endpoint.api.last_active = '2020-01-01T00:00:00Z'
  expect(await saysOf(night)).toEqual([
    'ok: nobody has done anything for a while; not looked at, so that the compute can suspend',
  ])
  expect(night.neon.sqlTraffic().roundTrips).toBe(asked)
  // Neon says that somebody has come since: it is looked at again.
  if (endpoint) endpoint.api.last_active = new Date(Date.now() + 120_000).toISOString()
  await Promise.all(sessions.map((session) => session.query('SELECT 1')))
  expect(await saysOf(night)).toEqual(['ok: 4 of 93 connections'])
})

test('one API key is enough to begin with: the connection string of a role made in the console comes from Neon', async () => {
  await using night = await startNight({
    target: { neon: { project: PROJECT, branch: 'main', database: 'neondb', role: 'neondb_owner' } },
    staleSessions: { end: true, idleFor: '1s', above: 0 },
  })
  night.aws.secrets.put(night.aws.env.NIGHTSHIFT_SECRET as string, { neonApiKey: night.neon.apiKey })
  await leak(night, 'shop', 60, 'neondb_owner')
  await idleFor(night, 1_000, ['neondb_owner'])
  await night.run()
  const { payload } = await night.run()
  // Sessions of the role that Nightshift itself uses are never ended; a person is told what to do about that.
  expect(payload?.targets[0]?.stale).toMatchObject({ sessions: 60, ended: [] })
  expect((await night.aws.sns.nextMail()).text).toContain('give Nightshift a role of its own')
})

test('a compute that sleeps says nothing of its quota: the incident stays open until a look gets in', async () => {
  await using night = await startNight()
  const lift = night.neon.fail('sql', FAULTS.computeQuota)
  expect((await night.run()).payload?.notices).toMatchObject([{ kind: 'opened', severity: 'critical' }])
  const endpoint = night.project.branches[0]?.endpoints[0]
  if (endpoint) endpoint.api.current_state = 'idle'
  for (let runs = 0; runs < 3; runs++) expect((await night.run()).payload?.notices).toEqual([])
  lift()
  if (endpoint) endpoint.api.current_state = 'active'
  const notices = [await night.run(), await night.run(), await night.run()].flatMap(({ payload }) => payload?.notices)
  expect(notices).toMatchObject([{ kind: 'resolved', rule: 'connections.reachable' }])
})

test('what is stale is counted in full, however many applications there are', async () => {
  await using night = await startNight({
    postgres: { maxConnections: 200, reserved: 3 },
    tell: { emails: [EMAIL], confirm: { looks: 1, of: 1 } },
    staleSessions: { idleFor: '1s' },
  })
  for (let pod = 0; pod < 120; pod++) await leak(night, `pod-${pod}`, 1)
  await idleFor(night, 1_000)
  const { payload } = await night.run()
  expect(payload?.targets[0]?.stale?.sessions).toBe(120)
  expect(payload?.targets[0]?.says).toContain('warning: connections.stale: 120 stale sessions (60% of all connections)')
})

test('sessions that may not be ended do not keep those that may from being ended', async () => {
  await using night = await startNight({
    postgres: { maxConnections: 30, reserved: 3 },
    staleSessions: { end: true, idleFor: '1s', above: 0, atMost: 3 },
  })
  await night.postgres.createRole('legacy')
  await leak(night, 'legacy', 4, 'legacy')
  const leaked = await leak(night, 'sync-job', 4)
  await idleFor(night, 1_000, ['app', 'legacy'])
  const { payload } = await night.run()
  const ended = payload?.targets[0]?.stale?.ended ?? []
  expect(ended.filter(({ outcome }) => outcome === 'ended').map(({ pid }) => pid)).toEqual(
    leaked.slice(0, 3).map(({ pid }) => pid),
  )
  expect(ended.filter(({ outcome }) => outcome === 'refused').map(({ application }) => application)).toEqual([
    'legacy',
    'legacy',
    'legacy',
  ])
})

test('a transaction that is hours old though its statements are short is in the report', async () => {
  await using night = await startNight()
  const [session] = await leak(night, 'importer', 1)
  await session?.query('BEGIN')
  await session?.query('SELECT 1')
  const { payload } = await night.run()
  expect(payload?.targets[0]?.connections?.oldestTransactions).toMatchObject([
    { application: 'importer', statement: 'SELECT ?' },
  ])
})

test('one password too many in the secret keeps nobody from being looked at', async () => {
  await using night = await startNight()
  night.aws.secrets.put(night.aws.env.NIGHTSHIFT_SECRET as string, {
    neonApiKey: night.neon.apiKey,
    passwords: { [TARGET]: night.postgres.password('nightshift'), 'a-target-of-another-stack': 'its-password-there' },
  })
  expect(await saysOf(night)).toEqual(['ok: 1 of 93 connections'])
})
