import { describe, expect, test } from 'vitest'
import type { Blocker, SeenReading } from '../../../../functions/checks/reading.ts'
import { surge } from '../../../../functions/checks/surge/surge.ts'
import { judged, MINUTE } from '../../builders.ts'
import { readingOf } from './looks.ts'

const reports: Blocker = {
  pid: 4711,
  application: 'reports',
  role: 'app',
  database: 'neondb',
  state: 'idle in transaction',
  waits: false,
  protection: 'holds-locks',
  transactionMs: 4 * MINUTE,
  statement: 'UPDATE carts SET total = ?',
}
/** 100 of 200 at work, and so many of them behind one. */
const behind = (pid: number, waiters: number) =>
  Array.from({ length: waiters }, (_, i) => ({ pid: 1_000 + i, blockedBy: [pid] }))
function said(changes: Partial<SeenReading>) {
  const reading = readingOf({ api: [70, 45], checkout: [60, 10] }, { atWork: 100, ...changes })
  const waitingSessions = changes.waitingSessions ?? reading.waiting.length
  const { advice = [], brief, summary } = judged(surge, { reading: { ...reading, waitingSessions } })
  return { first: advice[0], brief, summary, advice: advice.join(' ') }
}
/** What is said where one blocks half of those at work. */
const ofBlocker = (changes: Partial<Blocker>) => {
  const blocker = { ...reports, ...changes }
  return said({ waiting: behind(blocker.pid, 50), blockers: [blocker] })
}

describe('whoever blocks the others leads', () => {
  test('with what to do about it first, however long the queue', () => {
    // As Postgres shows waiters for a row: the first waits for the holder, the others for the first.
    const waiting = [
      { pid: 1, blockedBy: [4711] },
      ...behind(1, 48),
      // Of the next one in the queue it was not asked for whom it waits.
      { pid: 5, blockedBy: [6] },
    ]
    const next = { ...reports, pid: 6, state: 'active', waits: true }
    const { first, brief, summary, advice } = said({ waiting, blockers: [reports, next] })
    expect(summary).toContain('50 statements wait for a lock, in the end for pid 4711 of reports.')
    expect(brief).toBe('pid 4711 of reports blocks 49: end it')
    expect(first).toBe(
      'pid 4711 of reports blocks 49: SELECT pg_terminate_backend(4711); ends it, which rolls its transaction back.' +
        ' Its transaction has been open for 4 min, and it runs nothing. It last ran: UPDATE carts SET total = ?',
    )
    expect(advice).not.toContain('pid 6')
  })

  test('from a fifth of those at work on', () => {
    const young = { ...reports, transactionMs: 900 }
    expect(said({ waiting: behind(4711, 20), blockers: [young] }).brief).toMatch(/^pid 4711 of reports blocks 20/)
    expect(said({ waiting: behind(4711, 19), blockers: [young] }).brief).toMatch(/^2 applications at work/)
  })

  test('or once its transaction has been open for ten seconds, if it blocks more than a few', () => {
    const open = (transactionMs: number, waiters: number) =>
      said({ waiting: behind(4711, waiters), blockers: [{ ...reports, transactionMs }] }).brief
    expect(open(10_000, 4)).toMatch(/^pid 4711/)
    expect(open(9_999, 4)).toMatch(/^2 applications at work/)
    expect(open(60 * MINUTE, 3)).toMatch(/^2 applications at work/)
  })

  test('and not who blocks one for a moment, of which nothing is advised', () => {
    const blockers = [{ ...reports, application: 'api', state: 'active', transactionMs: 40 }]
    const { brief, advice, summary } = said({ waiting: behind(4711, 1), blockers })
    expect(brief).toBe('2 applications at work, api most (70): see what is slow, end nothing')
    expect(advice).not.toContain('4711')
    expect(summary).toContain('1 statement waits for a lock, in the end for pid 4711 of api.')
  })

  test('by all who wait, of whom the look asked about fifty', () => {
    // 30 of 50 are 60 of 100, and that is a fifth of 300.
    const reading = {
      atWork: 300,
      waiting: [...behind(4711, 30), ...behind(9, 20)].map((one, i) => ({ ...one, pid: 100 + i })),
    }
    const young = { ...reports, transactionMs: 0 }
    expect(said({ ...reading, waitingSessions: 100, blockers: [young] }).brief).toBe(
      'pid 4711 of reports blocks 30 or more: end it',
    )
    expect(said({ ...reading, blockers: [young] }).brief).toMatch(/^2 applications at work/)
  })
})

describe('what to do depends on what it is', () => {
  test('a statement that runs is cancelled', () => {
    const statement = 'ALTER TABLE carts ADD note text'
    const { brief, first } = ofBlocker({ application: 'migration', state: 'active', statement })
    expect(brief).toBe('pid 4711 of migration blocks 50: cancel its statement')
    expect(first).toMatch(/^pid 4711 of migration blocks 50: SELECT pg_cancel_backend\(4711\); .* It runs: ALTER TABLE/)
    expect(first).not.toContain('terminate')
  })

  test('a session without a transaction keeps an advisory lock', () => {
    const { brief, first } = ofBlocker({ state: 'idle', transactionMs: null })
    expect(brief).toBe('pid 4711 of reports blocks 50: end it')
    expect(first).toContain('by an advisory lock that it keeps: SELECT pg_terminate_backend(4711); ends it')
    expect(first).not.toContain('rolls')
  })

  test('a prepared transaction is rolled back', () => {
    const { brief, first } = said({ waiting: behind(0, 50) })
    expect(brief).toBe('a prepared transaction blocks 50: ROLLBACK PREPARED it')
    expect(first).toMatch(/^50 wait for a prepared transaction: SELECT \* FROM pg_prepared_xacts; then COMMIT PREPARED/)
  })

  test('what is no client is looked at', () => {
    const { brief, first } = said({ waiting: behind(812, 50) })
    expect(brief).toBe('pid 812 blocks 50: see what it is')
    expect(first).toContain('50 wait for pid 812, which is no client')
  })

  test.for(['neon', 'superuser'] as const)('so is what nobody here may end: %s', (protection) => {
    const { brief, first } = ofBlocker({ application: '', role: 'cloud_admin', protection, state: 'active' })
    expect(brief).toBe('pid 4711 of (no name) cloud_admin@neondb blocks 50: see what it does')
    expect(first).toContain('as role cloud_admin, whose sessions only a superuser ends: SELECT * FROM pg_stat_activity')
    expect(first).not.toMatch(/terminate|cancel/)
  })
})
