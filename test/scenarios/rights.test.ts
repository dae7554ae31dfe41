/** The role that the README says to make, by its very statements, on a real server: the least that works. */
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { idleFor, leak, type Night, startNight } from '../world/night.ts'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const [, block = ''] = /```sql\n(CREATE ROLE nightshift[\s\S]*?)```/.exec(readme) ?? []
const statements = block
  .split('\n')
  .map((line) => line.replace(/--.*/, '').trim())
  .filter((line) => line !== '')

const SEES = 'GRANT pg_monitor TO nightshift;'
const ENDS = 'GRANT pg_signal_backend TO nightshift;'

/** A night whose role was made by the README's statements but these, by whom the README says. */
async function nightWithout(...left: string[]): Promise<Night> {
  const night = await startNight({
    grants: [],
    staleSessions: { end: true, idleFor: '1s', above: 0, atMost: 2 },
  })
  await night.postgres.query('DROP ROLE nightshift')
  const owner = await night.postgres.session({ user: 'neondb_owner' })
  for (const statement of statements.filter((one) => !left.includes(one)))
    await owner.query(statement.replace('a long random one', night.secrets[0] as string))
  await owner.close()
  return night
}

/** Three sessions of an application whose role is not Nightshift's, and what a look says of them. */
async function look(night: Night) {
  const sessions = await leak(night, 'sync-job', 3)
  await idleFor(night, 1_000)
  const { payload, ok } = await night.run()
  expect(ok).toBe(true)
  return { sessions, report: payload?.targets[0] }
}

test('the README makes a role, lets it see, and lets it end', () => {
  expect(statements).toEqual(["CREATE ROLE nightshift LOGIN PASSWORD 'a long random one';", SEES, ENDS])
})

test('with all of them Nightshift sees everything and ends what it may', async () => {
  await using night = await nightWithout()
  const { report } = await look(night)
  expect(report?.connections?.byApplication[0]).toMatchObject({ name: 'sync-job', sessions: 3, idle: 3 })
  expect(report?.findings.map(({ rule }) => rule)).not.toContain('connections.blind')
  expect(report?.stale?.ended.map(({ outcome }) => outcome)).toEqual(['ended', 'ended'])
})

test('and sees no data, nor ends a superuser’s', async () => {
  await using night = await nightWithout()
  await night.postgres.query('CREATE TABLE customers (name text)')
  await using session = await night.postgres.session({ user: 'nightshift', password: night.secrets[0] as string })
  await expect(session.query('SELECT * FROM customers')).rejects.toMatchObject({ code: '42501' })
  await expect(session.query('CREATE TABLE mine (x int)')).rejects.toMatchObject({ code: '42501' })
  const [superuser] = await night.postgres.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')
  await expect(session.query('SELECT pg_terminate_backend($1)', [superuser?.pid])).rejects.toMatchObject({
    code: '42501',
  })
})

test('without the right to end, that is told, and nothing is ended', async () => {
  await using night = await nightWithout(ENDS)
  const { sessions, report } = await look(night)
  expect(report?.stale?.ended.map(({ outcome }) => outcome)).toEqual(['refused', 'refused'])
  expect((await night.aws.sns.nextMail()).text).toContain(ENDS)
  await Promise.all(sessions.map((session) => session.query('SELECT 1')))
})

test('without the right to see, it is blind and says so, and ends nothing although it might', async () => {
  await using night = await nightWithout(SEES)
  const { sessions, report } = await look(night)
  expect(report?.says).toEqual(['unknown: connections.blind: blind: role nightshift cannot see the sessions of others'])
  expect((await night.aws.sns.nextMail()).text).toContain(SEES)
  await Promise.all(sessions.map((session) => session.query('SELECT 1')))
})

test('less than pg_monitor would do, and an owner on Neon cannot grant it', async () => {
  await using night = await nightWithout(SEES, ENDS)
  await using owner = await night.postgres.session({ user: 'neondb_owner' })
  await expect(owner.query('GRANT pg_read_all_stats TO nightshift')).rejects.toMatchObject({ code: '42501' })
  await night.postgres.query('GRANT pg_read_all_stats TO nightshift')
  const { report } = await look(night)
  expect(report?.connections?.byApplication[0]).toMatchObject({ name: 'sync-job', idle: 3 })
})
