import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { longestGap, lostGaps } from '../../../../functions/checks/trust/gaps.ts'
import { noTrust, noteSessions, parseTrust, type TrustMemory } from '../../../../functions/checks/trust/memory.ts'
import { rehearsalOf, sayRehearsal } from '../../../../functions/checks/trust/rehearsal.ts'
import { sayUnlearned } from '../../../../functions/checks/trust/unlearned.ts'
import { unpack, watchList } from '../../../../functions/checks/trust/watched.ts'
import { DAY, HOUR, MINUTE, NOW, policyOf } from '../../builders.ts'
import { every, type Life, lookAt, watch } from './world.ts'

const optedIn = policyOf({ idleMs: 10 * MINUTE, abovePercent: 0 })
const rehearsed = policyOf({ ...optedIn, end: false })
const gapOf = ({ gaps, watched }: TrustMemory, application = 'shop') =>
  longestGap(gaps, application, watched.at)?.ms ?? 0
const numbers = ({ rehearsal, watched }: TrustMemory) => {
  const { sessions, cameBack } = rehearsalOf(rehearsal ?? expect.fail('no rehearsal'), watched.at)
  return { sessions, cameBack }
}

describe('the longest idle gap that was followed by work', () => {
  const shop = (works: number[], more: Partial<Life> = {}): Life => ({ pid: 1, application: 'shop', works, ...more })

  test('is learned from a session that works again, never too short and by no more than a look too long', () => {
    const lives = [shop([NOW, NOW + 40 * MINUTE])]
    const memory = watch(noTrust(NOW), lives, every(5 * MINUTE, NOW, NOW + HOUR), optedIn)
    expect(gapOf(memory)).toBe(40 * MINUTE)
  })

  test('is not learned from who is gone: its pool may have closed it', () => {
    const lives = [shop([NOW], { ends: NOW + 33 * MINUTE })]
    expect(gapOf(watch(noTrust(NOW), lives, every(5 * MINUTE, NOW, NOW + HOUR), optedIn))).toBe(0)
  })

  test('is not learned from another session with the same pid', () => {
    const lives = [shop([NOW], { ends: NOW + 33 * MINUTE }), shop([NOW + 34 * MINUTE, NOW + 36 * MINUTE])]
    expect(gapOf(watch(noTrust(NOW), lives, every(5 * MINUTE, NOW, NOW + HOUR), optedIn))).toBeLessThanOrEqual(
      5 * MINUTE,
    )
  })

  test('after hours in which nobody looked only what was seen counts', () => {
    const lives = [shop([NOW, NOW + 9 * HOUR])]
    const looks = [...every(5 * MINUTE, NOW, NOW + 20 * MINUTE), NOW + 9 * HOUR + MINUTE]
    expect(gapOf(watch(noTrust(NOW), lives, looks, optedIn))).toBe(20 * MINUTE)
  })

  test('after a look or two that did not come, the longer it may have been counts', () => {
    const lives = [shop([NOW, NOW + 42 * MINUTE])]
    const looks = [...every(5 * MINUTE, NOW, NOW + 20 * MINUTE), NOW + 50 * MINUTE]
    expect(gapOf(watch(noTrust(NOW), lives, looks, optedIn))).toBe(42 * MINUTE)
  })

  test.for(['pooler', 'neon-http-pool', 'own-role'] as const)('is not learned from a session of %s', (protection) => {
    const lives = [shop([NOW, NOW + 40 * MINUTE], { protection })]
    expect(gapOf(watch(noTrust(NOW), lives, every(5 * MINUTE, NOW, NOW + HOUR), optedIn))).toBe(0)
  })

  test.for(['listener', 'holds-locks'] as const)(
    'is not learned from a session that waits on purpose, as %s: it is never ended, and others are not like it',
    (protection) => {
      const lives = [shop([NOW, NOW + 5 * DAY], { protection })]
      expect(gapOf(watch(noTrust(NOW), lives, every(HOUR, NOW, NOW + 6 * DAY), optedIn))).toBe(0)
    },
  )

  test('is learned in the shadow of a leak of a thousand sessions of another application', () => {
    const leak = Array.from(
      { length: 250 },
      (_, i): Life => ({ pid: 100 + i, application: 'job', works: [NOW - HOUR] }),
    )
    const lives = [...leak, shop([NOW, NOW + 40 * MINUTE])]
    expect(gapOf(watch(noTrust(NOW), lives, every(5 * MINUTE, NOW, NOW + HOUR), optedIn))).toBe(40 * MINUTE)
  })

  test('is learned in the shadow of as many processes of another application, each with a name of its own', () => {
    const leak = Array.from(
      { length: 250 },
      (_, i): Life => ({ pid: 100 + i, application: `worker-${i}`, works: [NOW + 2 * MINUTE] }),
    )
    const lives = [...leak, shop([NOW, NOW + 40 * MINUTE])]
    expect(gapOf(watch(noTrust(NOW), lives, every(5 * MINUTE, NOW, NOW + HOUR), optedIn))).toBe(40 * MINUTE)
  })

  test('is learned again after a look by a clock that was ahead, once the clock is right', () => {
    const lives = [shop([NOW, NOW + 40 * MINUTE, NOW + 3 * HOUR])]
    const before = watch(noTrust(NOW), lives, every(5 * MINUTE, NOW, NOW + HOUR), rehearsed)
    for (const at of [NOW + 2 * DAY, 9e15]) {
      const ahead: TrustMemory = { ...before, watched: { ...before.watched, at } }
      const after = watch(ahead, lives, [NOW + 65 * MINUTE], rehearsed)
      expect(gapOf(after)).toBe(40 * MINUTE)
      expect(after.watched.at).toBe(NOW + 65 * MINUTE)
      const later = watch(ahead, lives, every(5 * MINUTE, NOW + 65 * MINUTE, NOW + 4 * HOUR), rehearsed)
      expect(gapOf(later)).toBe(140 * MINUTE)
    }
  })

  test('is not learned twice from overlapping runs, nor from an older look that comes late', () => {
    const lives = [shop([NOW, NOW + 22 * MINUTE])]
    const before = watch(noTrust(NOW), lives, every(5 * MINUTE, NOW, NOW + 20 * MINUTE), rehearsed)
    const asked = watchList(before.watched)
    const note = (memory: TrustMemory, at: number) =>
      noteSessions(memory, {
        reading: lookAt(lives, at, asked),
        asked,
        policy: rehearsed,
        plan: () => ({ victims: [], notPermitted: [], held: null }),
      })
    const once = note(before, NOW + 25 * MINUTE)
    expect(numbers(once)).toEqual({ sessions: 1, cameBack: 1 })
    expect(note(once, NOW + 24 * MINUTE)).toBe(once)
    expect(note(once, NOW + 25 * MINUTE)).toBe(once)
    // The other run looked a moment later, with the same question.
    const twice = note(once, NOW + 25 * MINUTE + 1)
    expect(numbers(twice)).toEqual({ sessions: 1, cameBack: 1 })
    expect(twice.gaps).toEqual(once.gaps)
  })

  test('a run that was not asked about a session does not take it for gone', () => {
    const lives = [shop([NOW, NOW + 22 * MINUTE])]
    const before = watch(noTrust(NOW), lives, every(5 * MINUTE, NOW, NOW + 20 * MINUTE), rehearsed)
    const at = NOW + 21 * MINUTE
    const reading = lookAt([], at)
    const noted = noteSessions(before, {
      reading,
      asked: [],
      policy: rehearsed,
      plan: () => ({ victims: [], notPermitted: [], held: null }),
    })
    expect(unpack(noted.watched)).toMatchObject([{ pid: 1, would: expect.any(Number) }])
  })

  test('a blind look changes nothing', () => {
    const before = noTrust(NOW)
    const reading = lookAt([], NOW + MINUTE, [], undefined, { sighted: false })
    expect(noteSessions(before, { reading, asked: [], policy: optedIn, plan: () => expect.fail('planned') })).toBe(
      before,
    )
  })

  test('whatever the sessions do, it is never shorter than what was seen and never longer than what was', () => {
    const lives = fc.array(
      fc.record({
        application: fc.constantFrom('shop', 'etl', 'web'),
        gaps: fc.array(fc.integer({ min: 1_000, max: 3 * HOUR }), { minLength: 1, maxLength: 12 }),
      }),
      { minLength: 1, maxLength: 12 },
    )
    fc.assert(
      fc.property(lives, fc.integer({ min: 2, max: 10 }), fc.boolean(), (drawn, minutes, end) => {
        const sessions = drawn.map(({ application, gaps }, pid): Life => {
          const works = [NOW]
          for (const gap of gaps) works.push((works.at(-1) as number) + gap)
          return { pid, application, works }
        })
        const looks = every(minutes * MINUTE, NOW, NOW + 12 * HOUR)
        const memory = watch(noTrust(NOW), sessions, looks, policyOf({ ...optedIn, end, atMost: 3 }))
        for (const application of ['shop', 'etl', 'web']) {
          let [seenFor, reallyFor] = [0, 0]
          for (const { works } of sessions.filter((one) => one.application === application))
            works.slice(1).forEach((work, i) => {
              const since = works[i] as number
              const last = looks.findLast((at) => at < work && at - since > MINUTE)
              // Watched at a look within the gap, and asked about at a later one.
              if (last === undefined || work > (looks.at(-1) as number)) return
              seenFor = Math.max(seenFor, last - since)
              // It may have worked more than once until the next look.
              const next = looks.find((at) => at >= work) as number
              reallyFor = Math.max(reallyFor, (works.findLast((one) => one <= next) as number) - since)
            })
          expect(gapOf(memory, application)).toBeGreaterThanOrEqual(seenFor)
          expect(gapOf(memory, application)).toBeLessThanOrEqual(reallyFor)
        }
        expect(memory.watched.sessions.length).toBeLessThanOrEqual(150)
        expect(parseTrust(JSON.parse(JSON.stringify(memory)), NOW)).toEqual({ memory, whole: true })
      }),
      { numRuns: 50 },
    )
  })
})

describe('the rehearsal', () => {
  const idle = (pid: number, more: Partial<Life> = {}): Life => ({
    pid,
    application: 'sync-job',
    works: [NOW],
    ...more,
  })

  test('counts each would-be victim once, however often it is seen', () => {
    const lives = [1, 2, 3].map((pid) => idle(pid))
    expect(numbers(watch(noTrust(NOW), lives, every(5 * MINUTE, NOW, NOW + 6 * HOUR), rehearsed))).toEqual({
      sessions: 3,
      cameBack: 0,
    })
  })

  test('goes on to the next ones as the policy would, when it is over the cap', () => {
    const lives = Array.from({ length: 25 }, (_, pid) => idle(pid))
    const after = (looks: number) =>
      numbers(
        watch(noTrust(NOW), lives, every(5 * MINUTE, NOW + HOUR, NOW + HOUR + (looks - 1) * 5 * MINUTE), rehearsed),
      )
    expect([1, 2, 3, 4].map((looks) => after(looks).sessions)).toEqual([10, 20, 25, 25])
  })

  test('stops where the policy would have made room', () => {
    const lives = [
      ...Array.from({ length: 40 }, (_, pid) => idle(pid)),
      ...Array.from({ length: 60 }, (_, i) =>
        idle(100 + i, { application: 'web', works: every(MINUTE / 2, NOW, NOW + 3 * HOUR) }),
      ),
    ]
    // 100 of 100 are taken: below 70 percent once 31 are gone, and a run ends ten at most.
    const policy = policyOf({ ...rehearsed, abovePercent: 70 })
    expect(numbers(watch(noTrust(NOW), lives, every(5 * MINUTE, NOW, NOW + 2 * HOUR), policy)).sessions).toBe(40)
    const roomy = policyOf({ ...rehearsed, abovePercent: 95 })
    expect(numbers(watch(noTrust(NOW), lives, every(5 * MINUTE, NOW, NOW + 2 * HOUR), roomy)).sessions).toBe(10)
  })

  test('counts who works again against the policy, and lengthens the limit of its application', () => {
    const lives = [idle(1, { works: [NOW, NOW + 30 * MINUTE] }), idle(2)]
    const memory = watch(noTrust(NOW), lives, every(5 * MINUTE, NOW, NOW + 35 * MINUTE), rehearsed)
    expect(numbers(memory)).toEqual({ sessions: 2, cameBack: 1 })
    expect(gapOf(memory, 'sync-job')).toBe(30 * MINUTE)
    // From then on only past an hour, so the next idle half hour makes no victim.
    const later = watch(memory, lives, every(5 * MINUTE, NOW + 40 * MINUTE, NOW + 70 * MINUTE), rehearsed)
    expect(numbers(later)).toEqual({ sessions: 2, cameBack: 1 })
  })

  test('who is gone did not come back', () => {
    const lives = [idle(1, { ends: NOW + 30 * MINUTE })]
    expect(numbers(watch(noTrust(NOW), lives, every(5 * MINUTE, NOW, NOW + HOUR), rehearsed))).toEqual({
      sessions: 1,
      cameBack: 0,
    })
  })

  test('who comes back after more than a week counts all the same', () => {
    const lives = [idle(1, { works: [NOW, NOW + 9 * DAY] })]
    const memory = watch(noTrust(NOW), lives, every(HOUR, NOW, NOW + 9 * DAY + HOUR), rehearsed)
    expect(numbers(memory)).toEqual({ sessions: 1, cameBack: 1 })
  })

  test('forgets what is older than a week', () => {
    const lives = [idle(1, { ends: NOW + HOUR })]
    const memory = watch(noTrust(NOW), lives, every(HOUR / 2, NOW, NOW + 8 * DAY), rehearsed)
    expect(numbers(memory)).toEqual({ sessions: 0, cameBack: 0 })
  })

  test('of another policy begins anew', () => {
    const lives = [idle(1, { works: [NOW, NOW + 50 * MINUTE] })]
    const memory = watch(noTrust(NOW), lives, every(5 * MINUTE, NOW, NOW + 20 * MINUTE), rehearsed)
    expect(numbers(memory).sessions).toBe(1)
    const stricter = policyOf({ ...rehearsed, idleMs: 30 * MINUTE })
    const other = watch(memory, lives, [NOW + 25 * MINUTE], stricter)
    expect(numbers(other)).toEqual({ sessions: 0, cameBack: 0 })
    expect(other.rehearsal?.since).toBe(NOW + 25 * MINUTE)
    // Whether it is allowed makes no other policy of it, but then it is no rehearsal.
    expect(watch(memory, lives, [NOW + 25 * MINUTE], optedIn).rehearsal).toBeUndefined()
  })

  test('reads as a sentence', () => {
    const say = (sessions: number, cameBack: number, days: number) =>
      sayRehearsal({ sessions, cameBack, days, since: NOW })
    expect(say(14, 0, 7)).toBe('In the last 7 days this policy would have ended 14 sessions; 0 of them came back.')
    expect(say(1, 1, 2)).toBe('Since 2026-11-21 03:15 UTC this policy would have ended 1 session; 1 of them came back.')
    expect(say(0, 0, 7)).toBe('In the last 7 days this policy would have ended no session.')
  })

  test('whatever the sessions do, nobody came back who was not to be ended, and the bytes are bounded', () => {
    const lives = fc.array(
      fc.record({
        application: fc.string({ maxLength: 63 }),
        gaps: fc.array(fc.integer({ min: MINUTE, max: 2 * DAY }), { maxLength: 5 }),
        lasts: fc.option(fc.integer({ min: MINUTE, max: 2 * DAY })),
      }),
      { maxLength: 200 },
    )
    fc.assert(
      fc.property(lives, fc.integer({ min: 1, max: 40 }), (drawn, atMost) => {
        const sessions = drawn.map(({ application, gaps, lasts }, pid): Life => {
          const works = [NOW]
          for (const gap of gaps) works.push((works.at(-1) as number) + gap)
          return { pid, application, works, ...(lasts && { ends: NOW + lasts }) }
        })
        let memory = noTrust(NOW)
        for (const at of every(HOUR, NOW + MINUTE, NOW + 2 * DAY)) {
          memory = watch(memory, sessions, [at], policyOf({ ...rehearsed, atMost }))
          const { sessions: ended, cameBack } = numbers(memory)
          expect(cameBack).toBeLessThanOrEqual(ended)
          expect(new Set(watchList(memory.watched).map(String)).size).toBe(memory.watched.sessions.length)
        }
        expect(JSON.stringify(memory).length).toBeLessThan(60_000)
      }),
      { numRuns: 30 },
    )
  })
})

describe('what was stored', () => {
  const memory = watch(noTrust(NOW), [{ pid: 1, application: 'shop', works: [NOW] }], [NOW + HOUR], rehearsed)

  test('is read as it was written', () =>
    expect(parseTrust(JSON.parse(JSON.stringify(memory)), NOW)).toEqual({ memory, whole: true }))

  test('and is damaged in a part: the rest is kept, and that something was lost is known', () => {
    const parsed = (changes: object) => parseTrust({ ...memory, ...changes }, NOW)
    expect(parsed({ gaps: 7 })).toEqual({ memory: { ...memory, gaps: lostGaps(NOW) }, whole: false })
    expect(parsed({ rehearsal: { policy: 1 } }).memory.rehearsal).toBeUndefined()
    expect(parsed({ rehearsal: { policy: 1 } }).whole).toBe(false)
    // Without its victims a rehearsal could only look good.
    expect(parsed({ watched: { at: 1, names: [], sessions: [[1, 2, 3, 0]] } }).memory).toEqual({
      ...noTrust(NOW),
      gaps: memory.gaps,
    })
  })

  test.for([undefined, null, 'x', 7, []])('and is nothing of ours, as %j: begun anew, and known to be lost', (stored) =>
    expect(parseTrust(stored, NOW)).toEqual({ memory: { ...noTrust(NOW), gaps: lostGaps(NOW) }, whole: false }),
  )

  test('and is damaged: nobody is proven abandoned, nor rehearsed, until it has been learned again', () => {
    const { memory: lost } = parseTrust('x', NOW)
    const lives: Life[] = [{ pid: 1, application: 'shop', works: [NOW - DAY] }]
    const sure = policyOf({ ...rehearsed, idleMs: HOUR })
    const watchedFor = (days: number) => watch(lost, lives, every(HOUR, NOW, NOW + days * DAY), sure)
    expect(numbers(watchedFor(6))).toEqual({ sessions: 0, cameBack: 0 })
    expect(sayUnlearned(watchedFor(6), NOW + 6 * DAY)).toBe(
      'How long applications lie idle is learned anew until 2026-11-28 03:15 UTC, since what had been learned was found damaged; nobody is ended before.',
    )
    expect(numbers(watchedFor(7))).toEqual({ sessions: 1, cameBack: 0 })
    expect(sayUnlearned(watchedFor(7), NOW + 7 * DAY)).toBeUndefined()
  })

  test('and is of a time to come: that is said, not relied on', () => {
    const ahead: TrustMemory = { ...memory, watched: { ...memory.watched, at: NOW + 2 * DAY } }
    expect(sayUnlearned(ahead, NOW)).toBe(
      'The last look is dated 2 d after this one, so a clock is wrong; where it is right again, the next look may end sessions.',
    )
    // Clocks differ a little.
    expect(sayUnlearned({ ...memory, watched: { ...memory.watched, at: NOW + MINUTE } }, NOW)).toBeUndefined()
  })
})
