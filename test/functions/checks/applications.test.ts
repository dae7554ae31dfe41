import { expect, test } from 'vitest'
import { applicationName, applicationTable, byApplication, familyOf } from '../../../functions/checks/applications.ts'
import { groupOf, HOUR, MINUTE, seen } from '../builders.ts'

test('groups are summed by application, most sessions first', () => {
  const applications = byApplication([
    groupOf({ application: 'shop', state: 'active', sessions: 2 }),
    groupOf({ sessions: 3, oldestMs: MINUTE }),
    groupOf({ sessions: 4, oldestMs: HOUR, database: 'other' }),
    groupOf({ state: 'idle in transaction', sessions: 1, oldestMs: 9 * HOUR }),
    groupOf({ state: 'idle in transaction (aborted)', sessions: 1 }),
  ])
  expect(applications).toEqual([
    { name: 'sync-job', sessions: 9, active: 0, atWork: 0, idle: 7, inTransaction: 2, oldestIdleMs: HOUR },
    { name: 'shop', sessions: 2, active: 2, atWork: 2, idle: 0, inTransaction: 0, oldestIdleMs: 0 },
  ])
})

test('where an application without a name comes from is shown where that is more than one place', () => {
  const unnamed = { application: '', role: 'shop' }
  const rowsOf = (...clients: string[][]) =>
    applicationTable(seen({ groups: clients.map((one) => groupOf({ ...unnamed, clients: one })) })).rows.map(
      ([name]) => name,
    )
  // Behind Neon's proxy it is the proxy's own address.
  expect(rowsOf(['10.0.0.3'], ['10.0.0.3'])).toEqual(['(no name) shop@neondb'])
  expect(rowsOf(['10.0.0.3', '10.0.0.9'])).toEqual(['(no name) shop@neondb from 10.0.0.3, 10.0.0.9'])
  expect(rowsOf(['10.0.0.3'], ['10.0.0.4'])).toEqual(['(no name) shop@neondb from 10.0.0.3, 10.0.0.4'])
  // It is one application all the same: what is remembered of it is remembered by its name.
  expect(byApplication([groupOf({ ...unnamed, clients: ['10.0.0.3', '10.0.0.9'] })])[0]?.name).toBe(
    '(no name) shop@neondb',
  )
})

test("Neon's own sessions and ours are called so, and an application without a name by its role", () => {
  const names = byApplication([
    groupOf({ application: 'compute_ctl:compute_monitor', role: 'cloud_admin', protection: 'neon', sessions: 4 }),
    groupOf({ application: '', role: 'cloud_admin', protection: 'neon', sessions: 1 }),
    groupOf({ application: '', role: 'shop', protection: 'neon-http-pool', sessions: 3 }),
    groupOf({ application: '', role: 'nightshift', protection: 'own-role', sessions: 2 }),
    groupOf({ application: 'shop', role: 'nightshift', protection: 'own-role', sessions: 1 }),
  ]).map(({ name, sessions }) => `${name}: ${sessions}`)
  expect(names).toEqual(["Neon's own: 5", "Neon's HTTP pool: 3", 'Nightshift: 2', 'shop: 1'])
  expect(applicationName({ application: '', role: 'app', database: 'neondb' })).toBe('(no name) app@neondb')
})

test('a table shows the largest, and sums the rest', () => {
  const groups = Array.from({ length: 11 }, (_, i) => groupOf({ application: `app-${i}`, sessions: 20 - i }))
  const { rows, columns } = applicationTable(seen({ groups }))
  expect(columns).toEqual(['application', 'sessions', 'active', 'idle', 'in transaction', 'longest idle'])
  expect(rows).toHaveLength(9)
  expect(rows[0]).toEqual(['app-0', '20', '0', '20', '0', '1 min'])
  expect(rows.at(-1)).toEqual(['others', '33', '', '', '', ''])
  expect(new Set(rows.map((row) => row.length))).toEqual(new Set([columns.length]))
})

test('sessions beyond the groups that the server named are among the others, and never lost', () => {
  const few = [groupOf({ sessions: 3 })]
  expect(applicationTable(seen({ groups: few, otherSessions: 40 })).rows).toEqual([
    ['sync-job', '3', '0', '3', '0', '1 min'],
    ['others', '40', '', '', '', ''],
  ])
  expect(applicationTable(seen({ groups: few })).rows).toHaveLength(1)
  const many = Array.from({ length: 10 }, (_, i) => groupOf({ application: `app-${i}`, sessions: 2 }))
  expect(
    applicationTable(seen({ groups: many, otherSessions: 40 }))
      .rows.at(-1)
      ?.slice(0, 2),
  ).toEqual(['others', '44'])
  expect(applicationTable(seen({ groups: many }), 3).rows.map((row) => Number(row[1]))).toEqual([2, 2, 2, 14])
})

test('who is blind sees how many, and claims nothing of what they do', () => {
  const groups = [groupOf({ state: '', sessions: 5 }), groupOf({ application: 'shop', state: '', sessions: 2 })]
  expect(applicationTable(seen({ groups, otherSessions: 1, sighted: false }))).toEqual({
    columns: ['application', 'sessions'],
    rows: [
      ['sync-job', '5'],
      ['shop', '2'],
      ['others', '1'],
    ],
  })
})

test.each([
  ['worker-12', 'worker-#'],
  ['puma: cluster worker 0: 27 [app]', 'puma: cluster worker #: # [app]'],
  ['shop-7d9f8b6c5-x2x4z', 'shop-#'],
  ['shop-5c8f9bd6b4-kpbvt: web', 'shop-#: web'],
  ['report-28391040-x2x4z', 'report-#'],
  ['shop 0b9f7a52-1c3d-4e5f-8a9b-0c1d2e3f4a5b', 'shop #'],
  ['shop 0B9F7A52-1C3D-4E5F-8A9B-0C1D2E3F4A5B', 'shop #'],
  ['shop@333f996', 'shop@#'],
  ['shop_9fceb02d0ae598e95dc970b74767f19372d61af8_web', 'shop_#_web'],
  ['(no name) shop@neondb', '(no name) shop@neondb'],
  ['PostgreSQL JDBC Driver', 'PostgreSQL JDBC Driver'],
  ['api-gateway-https', 'api-gateway-https'],
  ['facade', 'facade'],
  ['', ''],
])('%s is of the family %s', (name, family) => {
  expect(familyOf(name)).toBe(family)
})

test('the family of a family is itself, whatever the name', () => {
  for (const name of [
    'abcdefa1xyz',
    'abcdefa1',
    '1abcdefa-',
    'a-123456-bcdfg7',
    '#bcdfgh-bcdfg',
    'x-bcdfgh-bcdfg-bcdfgh-bcdfg',
  ])
    expect(familyOf(familyOf(name))).toBe(familyOf(name))
})
