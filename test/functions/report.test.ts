import { describe, expect, test } from 'vitest'
import type { ConnectionsReading } from '../../functions/checks/reading.ts'
import type { TrustFacts } from '../../functions/checks/trust/facts.ts'
import type { Ending, EndingPlan } from '../../functions/checks/victims.ts'
import { reportTarget, summarise } from '../../functions/report.ts'
import {
  asleep,
  candidateOf,
  DAY,
  endingOf,
  failedWith,
  findingOf,
  groupOf,
  HOUR,
  longOne,
  MINUTE,
  NOW,
  planOf,
  seen,
} from './builders.ts'

const reportOf = (reading: ConnectionsReading, plan?: EndingPlan, endings: Ending[] = []) =>
  reportTarget('orders', reading, [findingOf({ severity: 'ok' })], plan, endings, 42)

test('a look says how many, whose, what they do, and for how long the server has been there', () => {
  const groups = [groupOf({ sessions: 50, oldestMs: HOUR }), groupOf({ application: 'shop', state: 'active' })]
  const report = reportOf(seen({ used: 51, groups }), planOf())
  expect(report).toEqual({
    target: 'orders',
    severity: 'ok',
    says: ['ok: 51 of 97 connections'],
    findings: [],
    connections: {
      used: 51,
      usable: 97,
      maxConnections: 104,
      byApplication: [
        { name: 'sync-job', sessions: 50, active: 0, atWork: 0, idle: 50, inTransaction: 0, longestIdle: '1 h' },
        { name: 'shop', sessions: 1, active: 1, atWork: 1, idle: 0, inTransaction: 0 },
      ],
      otherSessions: 0,
      serverStarted: '2026-11-20 03:15 UTC',
      oldestTransactions: [],
      longestStatements: [],
    },
    stale: { sessions: 0, held: null, ended: [], wouldEnd: [] },
    tookMs: 42,
  })
})

describe('of a blind look', () => {
  const groups = [groupOf({ state: '', sessions: 5, oldestMs: 0 }), groupOf({ application: 'shop', state: '' })]
  const report = reportOf(seen({ used: 8, groups, otherSessions: 2, sighted: false }))

  test('the number of sessions is known, and nothing of what they do', () => {
    expect(report.connections).toMatchObject({ used: 8, usable: 97, otherSessions: 2 })
    expect(report.connections?.byApplication).toEqual([
      { name: 'sync-job', sessions: 5 },
      { name: 'shop', sessions: 1 },
    ])
    expect(JSON.stringify(report)).not.toMatch(/idle/i)
  })

  test('nothing is said of stale sessions: none would be a lie', () => {
    expect(report).not.toHaveProperty('stale')
  })
})

test('every session is in it once: in an application, or among the others', () => {
  const groups = Array.from({ length: 35 }, (_, i) => groupOf({ application: `app-${i}`, sessions: 35 - i }))
  const inGroups = groups.reduce((sum, { sessions }) => sum + sessions, 0)
  const { connections } = reportOf(seen({ used: inGroups + 7, groups, otherSessions: 7 }), planOf())
  expect(connections?.byApplication).toHaveLength(30)
  // The five smallest applications, and what the server did not name.
  expect(connections?.otherSessions).toBe(5 + 4 + 3 + 2 + 1 + 7)
  const shown = connections?.byApplication.reduce((sum, { sessions }) => sum + sessions, 0) ?? 0
  expect(shown + (connections?.otherSessions ?? 0)).toBe(connections?.used)
})

test('the oldest transactions and the longest statements are as they were found, apart from each other', () => {
  const transactions = [longOne({ pid: 1, ageMs: 2 * HOUR }), longOne({ pid: 2, ageMs: MINUTE })]
  const longRunning = [longOne({ pid: 3 })]
  const { pid: _, ageMs: _age, statement, ...who } = longOne()
  const { connections } = reportOf(
    seen({ transactions, longRunning, idleInTransaction: [longOne({ pid: 4 })] }),
    planOf(),
  )
  expect(connections?.oldestTransactions?.map(({ pid, age }) => [pid, age])).toEqual([
    [1, '2 h'],
    [2, '1 min'],
  ])
  expect(connections?.longestStatements).toEqual([{ ...who, pid: 3, age: '1 h', statement }])
})

describe('of stale sessions', () => {
  const line = { pid: 4711, application: 'sync-job', role: 'app', database: 'neondb', idle: '1 h' }
  const victims = [candidateOf()]

  test('their number is what the server counted', () => {
    expect(reportOf(seen({ staleSessions: 70, stale: [] }), planOf()).stale?.sessions).toBe(70)
  })

  test('who was ended, and who was refused and why', () => {
    const endings = [endingOf('ended'), endingOf('refused', { pid: 7 }, 'permission denied'), endingOf('refused')]
    expect(reportOf(seen(), planOf({ victims }), endings).stale).toEqual({
      sessions: 0,
      held: null,
      ended: [
        { ...line, outcome: 'ended' },
        { ...line, pid: 7, outcome: 'refused', detail: 'permission denied' },
        { ...line, outcome: 'refused' },
      ],
      wouldEnd: [],
    })
  })

  test.for(['not-opted-in', 'dry-run'] as const)('who would have been ended, where %s held that up', (held) => {
    const plan = planOf({ held, victims, notPermitted: [candidateOf({ pid: 7, permitted: false })] })
    expect(reportOf(seen(), plan).stale).toEqual({ sessions: 0, held, ended: [], wouldEnd: [line] })
  })
})

test('both limits of each application, who is spared, and the rehearsal', () => {
  const trust: TrustFacts = {
    learningSince: NOW - DAY,
    limits: [
      {
        application: 'shop',
        policyMs: 10 * MINUTE,
        longestGap: { ms: 40 * MINUTE, day: '2026-11-20' },
        limitMs: 80 * MINUTE,
      },
      { application: 'sync-job', policyMs: 10 * MINUTE, limitMs: 10 * MINUTE },
    ],
    unproven: [candidateOf({ application: 'shop' })],
    rehearsed: { sessions: 14, cameBack: 1, days: 7, since: NOW - 9 * DAY },
  }
  expect(reportTarget('orders', seen(), [], planOf(), [], 1, trust).stale).toEqual({
    sessions: 0,
    held: null,
    ended: [],
    wouldEnd: [],
    rehearsal: 'In the last 7 days this policy would have ended 14 sessions; 1 of them came back.',
    learningSince: '2026-11-20 03:15 UTC',
    limits: [
      { application: 'shop', policy: '10 min', longestGap: '40 min', seen: '2026-11-20', limit: '1 h 20 min' },
      { application: 'sync-job', policy: '10 min', limit: '10 min' },
    ],
    unproven: [{ pid: 4711, application: 'shop', role: 'app', database: 'neondb', idle: '1 h' }],
  })
})

test.for<[string, ConnectionsReading, string]>([
  ['suspended', asleep(), 'ok: the compute is asleep and was left asleep'],
  ['let sleep', asleep('let-sleep'), 'ok: nobody has done anything for a while; not looked at,'],
  ['full', failedWith('full'), 'not looked at: the words of the other side'],
])('a look that saw nothing has no numbers: %s', ([, reading, says]) => {
  const report = reportOf(reading)
  expect(report.says).toEqual([expect.stringContaining(says)])
  expect(report).not.toHaveProperty('connections')
  expect(report).not.toHaveProperty('stale')
})

test('what is not ok has a line each, and the worst of them is the whole', () => {
  const findings = [
    findingOf({ severity: 'ok' }),
    findingOf({ severity: 'warning', rule: 'connections.stale', headline: '50 stale sessions' }),
    findingOf({ severity: 'critical' }),
  ]
  const report = reportTarget('orders', seen(), findings, planOf(), [], 1)
  expect(report.severity).toBe('critical')
  expect(report.says).toEqual([
    'warning: connections.stale: 50 stale sessions',
    'critical: connections.saturation: 97 of 97 connections (100%)',
  ])
  expect(report.findings).toHaveLength(2)
  expect(summarise([report, reportOf(seen(), planOf()), reportOf(asleep())])).toBe('3 targets: 1 critical, 2 ok')
})
