import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { matchesAny } from '../../functions/checks/aura/pattern.ts'
import { limitBeyond } from '../../functions/checks/trust/abandoned.ts'
import type { SessionLine } from '../../functions/checks/trust/process-list.ts'
import { BACKUP_TOOLS, PROTECTION } from '../../functions/neon/sessions-sql.ts'
import { judge, TOOLS } from '../../replay/judge.ts'
import type { RecordedLook } from '../../replay/read-list.ts'
import { HOUR, MINUTE, policyOf } from '../functions/builders.ts'

const lineOf = (changes: Partial<SessionLine> = {}): SessionLine => ({
  pid: 1,
  application: 'sync-job',
  role: 'app',
  database: 'neondb',
  idleMs: HOUR,
  protection: null,
  ...changes,
})
const lookOf = (sessions: SessionLine[], changes: Partial<RecordedLook> = {}): RecordedLook => ({
  target: 'orders',
  used: 90,
  active: 0,
  limit: { max: 100, reserved: 0, usable: 100 },
  surge: false,
  bare: false,
  sessions,
  ...changes,
})
const whyOf = (line: Partial<SessionLine>, policy = policyOf(), look: Partial<RecordedLook> = {}) =>
  judge(lookOf([lineOf(line)], look), policy).left.map(({ why }) => why)

test('the oldest are ended first, within the cap, opted in or not', () => {
  const sessions = [1, 3, 2].map((hours) => lineOf({ pid: hours, idleMs: hours * HOUR }))
  const { wouldEnd, left } = judge(lookOf(sessions), policyOf({ end: false, atMost: 2 }))
  expect(wouldEnd.map(({ pid }) => pid)).toEqual([3, 2])
  expect(left).toMatchObject([{ pid: 1, why: 'a run ends at most 2, the oldest: its turn comes later' }])
})

describe('why a session is left alone', () => {
  test.for<[string, Partial<SessionLine>, string]>([
    ['too young', { idleMs: 9 * MINUTE }, 'not idle for 10 min yet'],
    [
      'its application came back after as long',
      { idleMs: HOUR, longestGapMs: 40 * MINUTE },
      'sync-job has worked again after 40 min: not clearly longer before 1 h 20 min',
    ],
    ['a listener', { protection: 'listener' }, 'it listens (LISTEN)'],
    ['may not be ended', { permitted: false }, "Nightshift's role may not end it"],
    [
      'a backup tool',
      { protection: 'protected', application: 'pg_dump' },
      'staleSessions.protect names it, or it is a backup',
    ],
  ])('%s', ([, line, why]) => expect(whyOf(line)).toEqual([expect.stringContaining(why)]))

  test('too few connections are taken, or most are at work', () => {
    const policy = policyOf({ abovePercent: 70 })
    expect(whyOf({}, policy, { used: 60 })).toEqual([expect.stringContaining('Too few connections are taken')])
    expect(whyOf({}, policy, { active: 60 })).toEqual([expect.stringMatching(/this is load/i)])
    expect(whyOf({}, policy, { surge: true })).toEqual([expect.stringMatching(/this is load/i)])
    // Where the list says nothing of that, it is not held against anybody.
    const bare = judge(lookOf([lineOf()], { bare: true, used: 0, limit: { max: 0, reserved: 0, usable: 0 } }), policy)
    expect(bare.wouldEnd).toHaveLength(1)
  })
})

describe('the lists of the policy', () => {
  test('are applied anew: what another list protected is not protected by this one', () => {
    for (const protection of ['protected', 'not-selected'] as const)
      expect(judge(lookOf([lineOf({ protection })]), policyOf()).wouldEnd).toHaveLength(1)
    expect(whyOf({}, policyOf({ protect: { applications: ['sync-*'], roles: [] } }))).toHaveLength(1)
    expect(whyOf({}, policyOf({ only: { applications: [], roles: ['etl'] } }))).toEqual([
      'staleSessions.only does not name it',
    ])
  })

  test('do not touch what only the server can know', () => {
    const all = policyOf({ only: { applications: ['*'], roles: ['*'] } })
    for (const protection of ['superuser', 'pooler', 'listener', 'holds-locks', 'neon', 'own-role'] as const)
      expect(whyOf({ protection }, all)).toHaveLength(1)
  })

  test('leave the tools protected that Nightshift itself protects', () => {
    const inSql = [...BACKUP_TOOLS.matchAll(/'([^']+)'/g)].map(([, tool]) => tool)
    expect(TOOLS.toSorted()).toEqual([...inSql, 'postgres_fdw'].toSorted())
    expect(PROTECTION).toContain("a.application_name = 'postgres_fdw'")
    for (const application of TOOLS) expect(whyOf({ application, protection: 'protected' })).toHaveLength(1)
  })
})

test('whatever the list and the policy', () => {
  const names = fc.constantFrom('sync-job', 'shop', 'billing-1', 'billing-2', '')
  const patterns = fc.array(fc.constantFrom('*', 'sync-*', 'shop', 'billing-*', 'x'), { maxLength: 2 })
  const selection = fc.record({
    applications: patterns,
    roles: fc.array(fc.constantFrom('app', 'etl*'), { maxLength: 1 }),
  })
  const lines = fc.array(
    fc.record({
      application: names,
      role: fc.constantFrom('app', 'etl-1'),
      idleMs: fc.nat(5 * HOUR),
      protection: fc.constantFrom(null, null, null, 'listener', 'superuser', 'protected', 'not-selected'),
      permitted: fc.boolean(),
      longestGapMs: fc.option(fc.nat(2 * HOUR), { nil: undefined }),
    }),
    { maxLength: 60 },
  )
  fc.assert(
    fc.property(
      lines,
      fc.record({
        only: selection,
        protect: selection,
        atMost: fc.integer({ min: 1, max: 12 }),
        abovePercent: fc.nat(100),
      }),
      fc.record({ used: fc.nat(120), active: fc.nat(120), surge: fc.boolean() }),
      (drawn, changes, counts) => {
        const sessions = drawn.map((one, pid) => lineOf({ pid, ...one } as Partial<SessionLine>))
        const policy = policyOf(changes)
        const { wouldEnd, left, held } = judge(lookOf(sessions, counts), policy)
        // Everybody is judged once, and never more are ended than the cap lets.
        expect([...wouldEnd, ...left].map(({ pid }) => pid).sort((a, b) => a - b)).toEqual(
          sessions.map(({ pid }) => pid),
        )
        expect(wouldEnd.length).toBeLessThanOrEqual(policy.atMost)
        for (const { application, role, protection, idleMs, longestGapMs, permitted } of wouldEnd) {
          // Who is protected is never ended, by whatever list or fact.
          expect(matchesAny(policy.protect.applications, application)).toBe(false)
          expect(matchesAny(policy.protect.roles, role)).toBe(false)
          expect(protection).toBeNull()
          expect(permitted).toBe(true)
          // Nor anybody whose application has come back after as long.
          expect(idleMs).toBeGreaterThanOrEqual(limitBeyond(policy.idleMs, longestGapMs))
          expect(idleMs).toBeGreaterThan(longestGapMs ?? 0)
        }
        // The oldest first.
        const ages = wouldEnd.map(({ idleMs }) => idleMs)
        expect(ages).toEqual(ages.toSorted((a, b) => b - a))
        // Nobody in a surge, nor while there is room.
        if (counts.surge || counts.active > counts.used / 2 || counts.used < policy.abovePercent)
          expect(wouldEnd).toEqual([])
        if (held !== null) expect(wouldEnd).toEqual([])
        for (const { why } of left) expect(why).not.toBe('')
      },
    ),
  )
})
