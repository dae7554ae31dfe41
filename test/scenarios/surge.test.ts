import { expect, test } from 'vitest'
import { EMAIL, idleFor, leak, startNight } from '../world/night.ts'

/** What each application opens when the cache fails: 75 sessions, all at the same row. */
const STORM = { api: 28, checkout: 20, search: 15, worker: 12 }

test('a surge is critical at the first look, called load with who blocks it, ends nobody, and is told to be over once', async () => {
  await using night = await startNight({
    postgres: { maxConnections: 100, reserved: 3 },
    tell: { emails: [EMAIL] },
    staleSessions: { end: true, idleFor: '1s', above: 0 },
  })
  const { postgres, aws } = night
  const look = async () => {
    const { payload, error } = await night.run()
    expect(error).toBeUndefined()
    const told = payload?.notices.map(({ kind, severity, rule }) => `${severity} ${kind} ${rule.split('.')[1]}`) ?? []
    return { told, stale: payload?.targets[0]?.stale, says: payload?.targets[0]?.says }
  }
  await postgres.query('CREATE TABLE carts AS SELECT 1 AS id, 0 AS total')
  await postgres.query('GRANT ALL ON carts TO app')
  expect(await look()).toMatchObject({ told: [], says: ['ok: 1 of 97 connections'] })

  // Before the storm a job had left sessions idle, which alone would be ended now.
  const abandoned = await leak(night, 'sync-job', 12)
  await idleFor(night, 1_000)
  const reports = await postgres.session({ application: 'reports', user: 'app' })
  await reports.query('BEGIN')
  await reports.query(`UPDATE carts SET total = 7 WHERE 'not to be told' <> ''`)
  const busy = (await Promise.all(Object.entries(STORM).map(([name, n]) => leak(night, name, n)))).flat()
  const work = busy.map((session, i) =>
    session.query(`UPDATE carts SET total = ${i} WHERE id = 1`).catch(() => undefined),
  )
  await postgres.query(
    `DO $$ BEGIN WHILE (SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock') < ${busy.length}
     LOOP PERFORM pg_stat_clear_snapshot(), pg_sleep(0.01); END LOOP; END $$`,
  )

  const first = await look()
  expect(first.told).toEqual(['critical opened surge', 'critical opened saturation'])
  expect(first.stale).toMatchObject({ sessions: 12, held: 'load', ended: [], wouldEnd: [] })
  const mail = await aws.sns.nextMail(({ protocol }) => protocol === 'email')
  expect(mail.subject).toBe('[CRITICAL] orders: load: 89 of 97 connections (91%), 76 at work (+1 more)')
  expect(mail.text).toContain(
    '76 of 89 sessions are at work, in 5 applications (api 28, checkout 20, search 15 and 2 more)',
  )
  expect(mail.text).toContain(`75 statements wait for a lock, in the end for pid ${reports.pid} of reports.`)
  expect(mail.text).toMatch(/75 +\d+ s +75 +api, checkout and 2 more +UPDATE carts SET total = \? WHERE id = \?/)
  expect(mail.text).toContain(
    `1. pid ${reports.pid} of reports blocks 50 or more: SELECT pg_terminate_backend(${reports.pid});`,
  )
  expect(mail.text).not.toContain('not to be told')

  // It lasts.
  for (let i = 0; i < 2; i++) expect(await look()).toMatchObject({ told: [], stale: { held: 'load', ended: [] } })

  // What blocked it is ended, the work is done, and the applications close what they had opened.
  await reports.close()
  await Promise.all(work)
  await Promise.all(busy.slice(0, 40).map((session) => session.close()))
  expect(await look()).toMatchObject({ told: [], stale: { held: 'load', ended: [] } })
  await Promise.all(busy.slice(40).map((session) => session.close()))
  expect(await look()).toMatchObject({ told: [], stale: { held: 'load', ended: [] } })
  const last = await look()
  expect(last.told).toEqual(['critical resolved surge', 'critical resolved saturation'])
  expect(aws.sns.inbox.filter(({ protocol }) => protocol === 'email').map(({ subject }) => subject)).toEqual([
    mail.subject,
    '[RESOLVED] orders: no load any more: 13 of 97 connections (13%), 0 at work (+1 more)',
  ])
  // Nobody was ended in all that time; now it may be.
  expect(
    await postgres.query(`SELECT count(*)::int AS sessions FROM pg_stat_activity WHERE application_name = 'sync-job'`),
  ).toEqual([{ sessions: abandoned.length }])
  expect((await look()).stale?.ended.map(({ application, outcome }) => `${application} ${outcome}`)).toEqual(
    Array.from({ length: 10 }, () => 'sync-job ended'),
  )
})
