import { describe, expect, test } from 'vitest'
import { doneAbout, stale } from '../../../functions/checks/stale.ts'
import type { TrustFacts } from '../../../functions/checks/trust/facts.ts'
import type { Held, Outcome } from '../../../functions/checks/victims.ts'
import {
  asleep,
  candidateOf,
  DAY,
  endingOf,
  failedWith,
  HOUR,
  judge,
  judged,
  NOW,
  planOf,
  seen,
  staleGroupOf,
} from '../builders.ts'

const withStale = (sessions: number, more: Parameters<typeof seen>[0] = {}) =>
  seen({ used: 80, stale: [staleGroupOf({ sessions })], staleSessions: sessions, ...more })

test('warns by the share of the limit that is abandoned, and never turns critical by default', () => {
  // Of 97: 50 % is 48.5, 40 % is 38.8.
  const severities = [38, 39, 48, 49, 97].map((n) => judged(stale, { reading: withStale(n) }))
  expect(severities.map(({ severity }) => severity)).toEqual(['ok', 'ok', 'ok', 'warning', 'warning'])
  expect(severities.map(({ recovered }) => recovered)).toEqual([true, false, false, false, false])
})

test('says how many, whose, and for how long', () => {
  const reading = seen({
    used: 80,
    staleSessions: 60,
    stale: [
      staleGroupOf({ application: 'shop', sessions: 10 }),
      staleGroupOf({ sessions: 50, oldestMs: 2 * DAY }),
      staleGroupOf({ application: '', role: 'web', sessions: 90, protection: 'neon-http-pool' }),
    ],
  })
  const finding = judged(stale, { reading })
  expect(finding.headline).toBe('60 stale sessions (61% of all connections)')
  expect(finding.summary).toBe(
    '60 sessions are idle past the limit. sync-job has the most: 50, the longest idle for 2 d.',
  )
  expect(finding.evidence?.columns.at(-1)).toBe('protected by')
  expect(finding.evidence?.rows.at(-1)).toEqual([
    '(no name) web@neondb',
    'web',
    'neondb',
    '90',
    '1 h',
    'neon-http-pool',
  ])
})

test('protected sessions are no leak, and are not said to be none', () => {
  const reading = seen({ used: 80, stale: [staleGroupOf({ sessions: 80, protection: 'protected' })] })
  const finding = judged(stale, { reading })
  expect(finding).toMatchObject({ severity: 'ok', recovered: true })
  expect(finding.summary).toBe('Only protected sessions are idle past the limit.')
  expect(judged(stale, { reading: seen() }).summary).toBe('No session is idle past the limit.')
})

describe('how many is what the server counted', () => {
  test('even where it named fewer groups than there are', () => {
    const finding = judged(stale, { reading: withStale(50, { staleSessions: 70 }) })
    expect(finding).toMatchObject({ severity: 'warning', headline: '70 stale sessions (72% of all connections)' })
    expect(finding.summary).toMatch(/^70 sessions are idle past the limit. sync-job has the most: 50,/)
  })

  test('and the warning rests on it alone', () => {
    expect(judged(stale, { reading: withStale(90, { staleSessions: 0 }) })).toMatchObject({
      severity: 'ok',
      recovered: true,
      headline: '0 stale sessions (0% of all connections)',
    })
  })

  test('and who was not selected for ending is one of them, and may have the most', () => {
    const reading = seen({
      used: 80,
      staleSessions: 60,
      stale: [
        staleGroupOf({ application: 'web', sessions: 10 }),
        staleGroupOf({ application: 'report', sessions: 50, protection: 'not-selected' }),
        staleGroupOf({ application: 'etl', sessions: 90, protection: 'protected' }),
      ],
    })
    const finding = judged(stale, { reading })
    expect(finding.severity).toBe('warning')
    expect(finding.summary).toContain('report has the most: 50')
    expect(finding.advice?.join()).not.toContain('etl')
  })
})

test('an incident ends only after an hour of quiet: a leak that is contained is one incident, not one for each drop', () => {
  for (const [reading, endings] of [
    [seen(), []],
    [withStale(90), []],
    [withStale(1), [endingOf('ended')]],
  ] as const)
    expect(judged(stale, { reading, plan: planOf(), endings: [...endings] })).toMatchObject({
      closes: 'confirmed',
      closesAfterMs: HOUR,
    })
})

describe('says why nothing was ended', () => {
  const victims = [candidateOf({ pid: 7, idleMs: 3 * HOUR }), candidateOf({ pid: 8 })]
  const summaryHeld = (held: Held, who = victims) =>
    judged(stale, { reading: withStale(50), plan: planOf({ held, victims: who }) }).summary

  test.for<[Held, string]>([
    ['not-opted-in', 'This target has not opted in (staleSessions.end)'],
    ['dry-run', 'Dry run: nothing was ended.'],
    ['maintenance', 'The target is in maintenance, so nothing was ended.'],
    ['below', 'Too few connections are taken to end any (staleSessions.above).'],
    ['load', 'This is load, which ending idle sessions does not help'],
  ])('%s', ([held, says]) => {
    expect(summaryHeld(held, [])).toContain(says)
    expect(summaryHeld(held, [])).not.toContain('would have ended')
  })

  test('and who would have been', () => {
    expect(summaryHeld('not-opted-in')).toContain(
      'It would have ended 2, oldest first: the first is pid 7 of sync-job, idle for 3 h.',
    )
  })

  test('and how to have it done, but only where that is what is missing', () => {
    const advice = (held: Held | null) =>
      judged(stale, { reading: withStale(50), plan: planOf({ held, victims }) }).advice?.join(' ')
    expect(advice('not-opted-in')).toContain('set staleSessions: { end: true }')
    expect(advice('dry-run')).not.toContain('end: true')
    expect(advice(null)).not.toContain('end: true')
  })
})

describe('what is said so that the ending can be trusted', () => {
  const trust: TrustFacts = { learningSince: NOW - 7 * DAY, limits: [], unproven: [] }
  const summary = (changes: Partial<TrustFacts>) =>
    judged(stale, { reading: withStale(50), plan: planOf({ held: 'not-opted-in' }), trust: { ...trust, ...changes } })
      .summary

  test('before anybody opts in, what the policy would have done', () => {
    const rehearsed = { sessions: 14, cameBack: 0, days: 7, since: NOW - 7 * DAY }
    expect(summary({ rehearsed })).toMatch(
      /In the last 7 days this policy would have ended 14 sessions; 0 of them came back\.$/,
    )
    expect(summary({})).not.toContain('would have')
  })

  test('who is past the limit and may only be waiting', () => {
    const limits = [
      {
        application: 'shop',
        policyMs: HOUR / 6,
        longestGap: { ms: (40 * HOUR) / 60, day: '2026-11-20' },
        limitMs: (80 * HOUR) / 60,
      },
    ]
    const unproven = [candidateOf({ application: 'shop' }), candidateOf({ application: 'shop', pid: 2 })]
    expect(summary({ limits, unproven })).toContain(
      '2 of them may only be waiting: shop has worked again after 40 min, and is given 1 h 20 min.',
    )
  })
})

describe('what became of each victim', () => {
  const plan = planOf({ victims: [candidateOf()] })
  test.for<[Outcome, boolean]>([
    ['ended', true],
    ['still-ending', true],
    ['refused', true],
    ['lost', true],
    ['gone', false],
    ['woke', false],
    ['protected', false],
  ])('%s is news: %s', ([outcome, news]) => {
    const finding = judged(stale, { reading: withStale(1), plan, endings: [endingOf(outcome)] })
    expect(finding).toMatchObject(
      news
        ? { severity: 'warning', opens: 'at-once', acute: true, recovered: false }
        : { severity: 'ok', recovered: true },
    )
    expect(finding.headline).toBe(
      news ? `${outcome === 'ended' ? 1 : 0} of 1 stale session ended` : '1 stale session (1% of all connections)',
    )
    expect(finding.done).toHaveLength(1)
  })

  test('is said in one sentence for each application and outcome', () => {
    expect(
      doneAbout([
        endingOf('ended', { idleMs: 2 * DAY + 3 * HOUR }),
        endingOf('ended', { idleMs: DAY }),
        endingOf('ended', { application: '', idleMs: HOUR }),
        endingOf('protected', {}, 'holds-locks'),
        endingOf('refused', {}, 'permission denied'),
      ]),
    ).toEqual([
      'sync-job: 2 ended, idle for 1 d to 2 d 3 h.',
      '(no name) app@neondb: 1 ended, idle for 1 h.',
      'sync-job: 1 became protected since the look and was left (holds-locks), idle for 1 h.',
      'sync-job: 1 could not be ended: the database refused (permission denied), idle for 1 h.',
    ])
    expect(doneAbout([])).toEqual([])
  })

  test('never makes a critical of the number into a warning', () => {
    const finding = judged(stale, { reading: withStale(90), plan, endings: [endingOf('ended')] }, { critical: 80 })
    expect(finding.severity).toBe('critical')
  })
})

describe('the grant it lacks', () => {
  const reading = withStale(50, {
    stale: [staleGroupOf({ sessions: 40, role: 'shop' }), staleGroupOf({ sessions: 2, role: 'Etl "x"' })],
  })
  const grants = (advice: string[] = []) => advice.filter((one) => one.includes('GRANT'))

  test('is for the role that was refused, not for the largest', () => {
    const endings = [endingOf('refused', { role: 'Etl "x"' }), endingOf('refused', { role: 'Etl "x"' })]
    expect(grants(judged(stale, { reading, plan: planOf(), endings }).advice)).toEqual([
      "Let Nightshift end them: GRANT pg_signal_backend TO nightshift; or, as the role's creator, for its sessions only but" +
        ' with its rights on data: GRANT "Etl ""x""" TO nightshift;',
    ])
  })

  test('is asked of nobody who was not refused: who ends nothing needs none', () => {
    const plan = planOf({ victims: [candidateOf({ role: 'shop' })], notPermitted: [candidateOf({ role: 'shop' })] })
    for (const held of ['not-opted-in', 'dry-run'] as const)
      expect(grants(judged(stale, { reading, plan: { ...plan, held } }).advice)).toEqual([])
    expect(grants(judged(stale, { reading, plan, endings: [endingOf('ended', { role: 'shop' })] }).advice)).toEqual([])
  })
})

test('applications that share our role are pointed out', () => {
  const shared = staleGroupOf({ role: 'nightshift', protection: 'own-role' })
  expect(judged(stale, { reading: seen({ stale: [shared] }) }).advice?.join()).toContain(
    'give Nightshift a role of its own',
  )
  const ours = { ...shared, application: '' }
  expect(judged(stale, { reading: seen({ stale: [ours] }) }).advice).toEqual([])
})

test('nobody connected means nobody abandoned; nothing seen means nothing known', () => {
  for (const why of ['suspended', 'not-started'] as const)
    expect(judged(stale, { reading: asleep(why) })).toMatchObject({
      severity: 'ok',
      recovered: true,
      closes: 'confirmed',
      closesAfterMs: HOUR,
    })
  expect(judge(stale, { reading: asleep('let-sleep') })).toBeNull()
  expect(judge(stale, { reading: failedWith('timeout') })).toBeNull()
})

test('while a leak stands there will be more to end: the incident stays open for a day, not for an hour', () => {
  const [calm, leaking] = [[], [{ name: 'sync-job' } as never]].map(
    (leaks) => judged(stale, { reading: seen(), leaks }).closesAfterMs ?? 0,
  )
  expect(calm).toBe(HOUR)
  expect(leaking).toBe(24 * HOUR)
})
