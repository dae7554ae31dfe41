import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { evidenceFor, isProvenAbandoned, limitFor, sayEvidence } from '../../../../functions/checks/trust/abandoned.ts'
import { trustFacts } from '../../../../functions/checks/trust/facts.ts'
import { learnGap, lostGaps, noGaps } from '../../../../functions/checks/trust/gaps.ts'
import { noTrust } from '../../../../functions/checks/trust/memory.ts'
import { processList } from '../../../../functions/checks/trust/process-list.ts'
import { planEndings } from '../../../../functions/checks/victims.ts'
import { candidateOf, DAY, HOUR, MINUTE, NOW, policyOf, seen } from '../../builders.ts'

const policy = policyOf({ idleMs: 10 * MINUTE })
const gaps = learnGap(noGaps(NOW), 'shop', 40 * MINUTE, NOW)

describe('a session is proven abandoned', () => {
  test('past the limit of the policy, where its application was never seen to come back', () => {
    const idle = (idleMs: number) => isProvenAbandoned(candidateOf({ idleMs }), gaps, policy, NOW)
    expect([9, 10, 11].map((minutes) => idle(minutes * MINUTE))).toEqual([false, true, true])
  })

  test('past twice the longest gap of its application, where that is longer', () => {
    const idle = (idleMs: number) => isProvenAbandoned(candidateOf({ application: 'shop', idleMs }), gaps, policy, NOW)
    expect([11, 41, 79, 80].map((minutes) => idle(minutes * MINUTE))).toEqual([false, false, false, true])
    expect(limitFor('shop', gaps, policyOf({ idleMs: 2 * HOUR }), NOW)).toBe(2 * HOUR)
  })

  test('by what any of its processes did, under whatever name', () => {
    const known = learnGap(noGaps(NOW), 'puma: cluster worker 0: 27 [app]', 40 * MINUTE, NOW)
    const idle = (application: string) =>
      isProvenAbandoned(candidateOf({ application, idleMs: HOUR }), known, policy, NOW)
    expect(idle('puma: cluster worker 1: 31 [app]')).toBe(false)
    expect(idle('sidekiq 7.2 app [0 of 5 busy]')).toBe(true)
  })

  test('never in the week after what had been learned was lost', () => {
    const idle = (at: number) => isProvenAbandoned(candidateOf({ idleMs: 9 * DAY }), lostGaps(NOW), policy, at)
    expect([NOW, NOW + 6.9 * DAY, NOW + 7 * DAY].map(idle)).toEqual([false, false, true])
  })

  test('by what was seen in the last 30 days', () => {
    const victim = candidateOf({ application: 'shop', idleMs: HOUR })
    expect([0, 29, 30].map((days) => isProvenAbandoned(victim, gaps, policy, NOW + days * DAY))).toEqual([
      false,
      false,
      true,
    ])
  })

  test('whatever was learned: never sooner than the policy says, never when its application came back after as long', () => {
    const idle = fc.array(
      fc.record({
        application: fc.constantFrom('shop', 'etl', 'web', ''),
        idleMs: fc.nat(5 * HOUR),
        permitted: fc.boolean(),
      }),
      { maxLength: 40 },
    )
    const lessons = fc.array(fc.tuple(fc.constantFrom('shop', 'etl', '(no name) app@neondb'), fc.nat(2 * HOUR)), {
      maxLength: 6,
    })
    const readings = fc.record({ used: fc.nat(120), active: fc.nat(120), atMost: fc.integer({ min: 1, max: 12 }) })
    fc.assert(
      fc.property(idle, lessons, readings, (drawn, learned, { used, active, atMost }) => {
        const known = learned.reduce((so, [application, ms]) => learnGap(so, application, ms, NOW), noGaps(NOW))
        const candidates = drawn.map((one, pid) => candidateOf({ pid, ...one }))
        const proven = candidates.filter((one) => isProvenAbandoned(one, known, policy, NOW))
        const { victims } = planEndings(seen({ used, active, candidates: proven }), { ...policy, atMost }, false)
        expect(victims.length).toBeLessThanOrEqual(atMost)
        for (const victim of victims) {
          const { idleMs, limitMs, longestGapMs = 0 } = evidenceFor(victim, known, policy, NOW)
          expect(idleMs).toBeGreaterThanOrEqual(limitMs)
          expect(limitMs).toBeGreaterThanOrEqual(policy.idleMs)
          expect(idleMs).toBeGreaterThanOrEqual(2 * longestGapMs)
          const name = victim.application === '' ? '(no name) app@neondb' : victim.application
          for (const [application, ms] of learned) if (application === name) expect(idleMs).toBeGreaterThan(ms)
        }
        if (active > used / 2) expect(victims).toEqual([])
      }),
    )
  })
})

test('the evidence is a sentence with both numbers', () => {
  const evidence = evidenceFor(candidateOf({ application: 'shop', idleMs: 2 * HOUR }), gaps, policy, NOW)
  expect(sayEvidence(evidence)).toBe(
    'Idle for 2 h and unprotected, and asked once more in the statement that ends it. Limit of the policy: 10 min. ' +
      'Longest gap of its application that was followed by work: 40 min.',
  )
  expect(sayEvidence(evidenceFor(candidateOf(), gaps, policy, NOW))).toContain('followed by work: none seen.')
})

const idleSession = {
  pid: 1,
  application: 'shop',
  role: 'app',
  database: 'neondb',
  backendStartMs: 1,
  stateChangeMs: 2,
  idleMs: 15 * MINUTE,
  protection: null,
}

test('the facts name every application with idle sessions, and who is spared', () => {
  const shop = candidateOf({ application: 'shop', pid: 1, idleMs: 15 * MINUTE })
  const reading = seen({ candidates: [candidateOf({ pid: 2 }), shop], idleSessions: [idleSession] })
  expect(trustFacts({ ...noTrust(NOW - DAY), gaps: { ...gaps, since: NOW - DAY } }, reading, policy)).toEqual({
    learningSince: NOW - DAY,
    limits: [
      {
        application: 'shop',
        policyMs: 10 * MINUTE,
        longestGap: { ms: 40 * MINUTE, day: '2026-11-21' },
        limitMs: 80 * MINUTE,
      },
      { application: 'sync-job', policyMs: 10 * MINUTE, limitMs: 10 * MINUTE },
    ],
    unproven: [shop],
  })
})

test('the exported list has each idle session once, longest idle first, with what was learned', () => {
  const candidate = candidateOf({ pid: 1, application: 'shop', idleMs: 15 * MINUTE + 3 })
  const listener = { ...idleSession, pid: 2, application: 'worker', idleMs: HOUR, protection: 'listener' as const }
  const reading = seen({ used: 80, active: 3, candidates: [candidate], idleSessions: [listener, idleSession] })
  const who = { role: 'app', database: 'neondb' }
  expect(processList('orders', reading, gaps, false)).toEqual([
    { look: 'orders', at: '2026-11-21T03:15:00.000Z', used: 80, usable: 97, active: 3 },
    { pid: 2, application: 'worker', ...who, idleMs: HOUR, protection: 'listener' },
    {
      pid: 1,
      application: 'shop',
      ...who,
      idleMs: 15 * MINUTE + 3,
      protection: null,
      permitted: true,
      longestGapMs: 40 * MINUTE,
    },
  ])
  expect(processList('orders', reading, gaps, true)[0]).toMatchObject({ look: 'orders', surge: true })
})
