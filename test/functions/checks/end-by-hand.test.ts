import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endByHand, endingStatement, quoteText } from '../../../functions/checks/end-by-hand.ts'
import type { Protection, SessionGroup } from '../../../functions/checks/reading.ts'
import { oneLine } from '../../../functions/incidents/clean.ts'
import { type Postgres, startPostgres } from '../../world/postgres.ts'
import { DAY, groupOf, MINUTE, seen } from '../builders.ts'

const steps = (...groups: SessionGroup[]) => endByHand(seen({ groups }))
const statementOf = (...groups: SessionGroup[]) => steps(...groups)[1]
const idle = ({ sessions = 60, ...changes }: Partial<SessionGroup> = {}) =>
  groupOf({ sessions, oldestMs: 2 * DAY, idleOverHour: sessions, ...changes })

test('the statement names the application that has the most idle, and how long they must be idle', () => {
  const shop = groupOf({ application: 'shop', state: 'active', sessions: 80 })
  expect(steps(shop, idle({ application: 'reports', sessions: 20 }), idle())).toEqual([
    'To end the idle sessions of sync-job by hand, run the statement of the next step as a role with' +
      ' pg_signal_backend. One that works again in that very moment is ended too.',
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'sync-job'" +
      " AND backend_type = 'client backend' AND state = 'idle' AND state_change < now() - interval '1 hour'" +
      " AND query !~* 'listen' AND pid NOT IN (SELECT pid FROM pg_locks WHERE pid > 0);",
  ])
})

test('the runbook has the same one for a leak', () => {
  const runbook = readFileSync(new URL('../../../docs/runbook.md', import.meta.url), 'utf8').replaceAll(/\s+/g, ' ')
  expect(runbook).toContain(endingStatement("application_name = '<application>'", '1 hour'))
})

test('what a healthy pool has idle is left alone: an hour, where many are older, and never less than ten minutes', () => {
  expect(statementOf(idle({ idleOverHour: 15 }))).toContain("interval '1 hour'")
  expect(statementOf(idle({ idleOverHour: 14 }))).toContain("interval '10 minutes'")
  expect(statementOf(idle({ idleOverHour: 0, oldestMs: 10 * MINUTE }))).toContain("interval '10 minutes'")
  expect(steps(idle({ idleOverHour: 0, oldestMs: 9 * MINUTE }))).toEqual([])
})

test('one without a name is named by its role and database', () => {
  expect(statementOf(idle({ application: '' }))).toContain(
    "WHERE application_name = '' AND usename = 'app' AND datname = 'neondb' AND backend_type",
  )
})

describe('there is none', () => {
  test('where sessions are at work, or nobody knows', () => {
    expect(steps(idle({ state: 'active' }))).toEqual([])
    expect(steps(idle({ sessions: 10 }), idle({ state: 'active', sessions: 50 }))).toEqual([])
    expect(endByHand(seen({ groups: [idle()], sighted: false }))).toEqual([])
    expect(steps()).toEqual([])
  })

  const PROTECTED: Protection[] = ['own-role', 'superuser', 'neon', 'neon-http-pool', 'pooler', 'protected']
  test.for(PROTECTED)('that would end one that is %s', (protection) => {
    expect(steps(idle(), idle({ sessions: 1, protection }))).toEqual([])
    // Those of another application are not in its way.
    expect(statementOf(idle(), idle({ application: 'other', sessions: 1, protection }))).toContain("= 'sync-job'")
  })

  test.for(['listener', 'holds-locks'] as const)('for such as are all %s, which it leaves out', (protection) => {
    expect(steps(idle({ protection }))).toEqual([])
    expect(statementOf(idle(), idle({ sessions: 20, protection }))).toContain("= 'sync-job'")
  })

  test('that a mail would cut', () => {
    const [role, database] = ["'".repeat(63), "'".repeat(63)]
    expect(steps(idle({ application: '', role, database }))).toEqual([])
    for (const application of ['x'.repeat(63), "'".repeat(63)])
      expect(statementOf(idle({ application }))?.length).toBeLessThanOrEqual(400)
  })
})

describe('whatever an application calls itself', () => {
  let postgres: Postgres
  beforeAll(async () => {
    postgres = await startPostgres({ flags: { max_prepared_transactions: 1 } })
  })
  afterAll(() => postgres.stop())

  const printable = fc.string({ maxLength: 63, unit: fc.constantFrom(...String.raw`'"\;- $aA%?E`) })
  test('Postgres reads that very name, also where backslashes mean something, and nothing behind it', async () => {
    await using session = await postgres.session({ application: 'quoting' })
    for (const setting of ['on', 'off']) {
      await session.query(`SET standard_conforming_strings = ${setting}`)
      for (const name of fc.sample(printable, 200)) {
        const quoted = quoteText(name)
        if (quoted === undefined) continue
        expect(await session.query(`SELECT ${quoted} AS name`)).toMatchObject([{ name }])
      }
    }
  })

  test('a mail shows the statement letter for letter', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 63, unit: 'binary' }), (application) => {
        for (const step of steps(idle({ application }))) expect(oneLine(step, 400)).toBe(step)
      }),
    )
  })

  /** The very statement, but for the time. */
  const run = async (application: string) => {
    await using person = await postgres.session({ application: 'a person' })
    const statement = statementOf(idle({ application }))?.replace("interval '1 hour'", "interval '0'")
    return (await person.query(statement ?? '')).length
  }

  test('the statement ends its idle sessions and no other', async () => {
    const name = String.raw`it's \"mine\"; --`
    await postgres.session({ application: name })
    await using _shop = await postgres.session({ application: 'shop' })
    expect(await run(name)).toBe(1)
    expect(await run(name)).toBe(0)
  })

  test('nor those that listen, hold a lock, or are at work', async () => {
    const application = 'sync-job'
    const open = () => postgres.session({ application })
    await using listener = await open()
    await listener.query('LISTEN orders')
    await using holder = await open()
    await holder.query('SELECT pg_advisory_lock(1)')
    await using between = await open()
    await between.query('BEGIN')
    await using running = await open()
    const work = running.query('SELECT pg_sleep(60)').catch(() => undefined)
    await postgres.query(
      `DO $$ BEGIN WHILE NOT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep')
       LOOP PERFORM pg_stat_clear_snapshot(), pg_sleep(0.005); END LOOP; END $$`,
    )
    expect(await run(application)).toBe(0)
    // Also while a prepared transaction holds locks, which have no pid.
    await postgres.query('BEGIN')
    await postgres.query('CREATE TABLE left_behind ()')
    await postgres.query(`PREPARE TRANSACTION 'left'`)
    await open()
    expect(await run(application)).toBe(1)
    await postgres.query(`ROLLBACK PREPARED 'left'`)
    await postgres.query(`SELECT pg_cancel_backend(${running.pid})`)
    await work
  })
})
