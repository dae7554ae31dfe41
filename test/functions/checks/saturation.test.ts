import { describe, expect, test } from 'vitest'
import { saturation } from '../../../functions/checks/saturation.ts'
import { asleep, endingOf, failedWith, groupOf, HOUR, judge, judged, NOW, seen } from '../builders.ts'

const at = (used: number) => judged(saturation, { reading: seen({ used }) })

test('is ok, warns and turns critical by the share of what applications can have', () => {
  // Of 97: 75 % is 72.75, 90 % is 87.3, 70 % is 67.9.
  expect([10, 72, 73, 87, 88, 97].map((used) => at(used).severity)).toEqual([
    'ok',
    'ok',
    'warning',
    'warning',
    'critical',
    'critical',
  ])
  expect([67, 68, 72].map((used) => at(used).recovered)).toEqual([true, false, false])
})

test('says the number, the limit, what is reserved, and whose they mostly are', () => {
  const groups = [
    groupOf({ sessions: 50, oldestMs: 2 * HOUR }),
    groupOf({ application: 'shop', role: 'shop', state: 'active', sessions: 30 }),
  ]
  const finding = judged(saturation, { reading: seen({ used: 80, groups }) })
  expect(finding.headline).toBe('80 of 97 connections (82%)')
  expect(finding.summary).toBe(
    '80 of the 97 connections that applications can have are taken (max_connections 104, 7 of them reserved).' +
      ' sync-job has the most: 50, all of them idle, the longest for 2 h.',
  )
  expect(finding.evidence?.rows).toEqual([
    ['sync-job', '50', '0', '50', '0', '2 h'],
    ['shop', '30', '30', '0', '0', ''],
  ])
  expect(finding.advice?.[0]).toMatch(/^sync-job keeps most of its connections idle/)
})

test('says how to end what a leak holds by hand, but not amid a surge', () => {
  const reading = seen({ used: 90, groups: [groupOf({ sessions: 80, oldestMs: 2 * HOUR })] })
  const byHand = expect.stringMatching(/^SELECT pg_terminate_backend\(pid\) .* application_name = 'sync-job' /)
  expect(judged(saturation, { reading }).advice).toContainEqual(byHand)
  expect(judged(saturation, { reading, surging: true }).advice).not.toContainEqual(byHand)
})

test('advises to look at the work where most is at work', () => {
  const groups = [groupOf({ sessions: 90, state: 'active' })]
  const finding = judged(saturation, { reading: seen({ used: 90, groups }) })
  expect(finding.summary).toMatch(/sync-job has the most: 90\.$/)
  expect(finding.advice?.[0]).toMatch(/^Most connections are at work/)
})

test('leaves it to connections.surge to say what to do about load', () => {
  const reading = seen({ used: 90, groups: [groupOf({ sessions: 90, state: 'active' })] })
  expect(judged(saturation, { reading, surging: true }).advice?.[0]).toContain('connections.surge')
})

test('says what was done about it', () => {
  const endings = [endingOf('ended'), endingOf('ended', { pid: 2, idleMs: 2 * HOUR }), endingOf('woke', { pid: 3 })]
  expect(judged(saturation, { reading: seen({ used: 80 }), endings }).done).toEqual([
    'sync-job: 2 ended, idle for 1 h to 2 h.',
    'sync-job: 1 had worked again since the look and was left, idle for 1 h.',
  ])
})

test('a blind role counts, and says that it is blind instead of claiming that nothing is idle', () => {
  const groups = [groupOf({ state: '', sessions: 80, oldestMs: 0 })]
  const finding = judged(saturation, { reading: seen({ sighted: false, used: 90, groups, otherSessions: 10 }) })
  expect(finding.severity).toBe('critical')
  expect(finding.summary).toMatch(/sync-job has the most: 80. What they do is not known: the role is blind.$/)
  expect(finding.evidence).toEqual({
    columns: ['application', 'sessions'],
    rows: [
      ['sync-job', '80'],
      ['others', '10'],
    ],
  })
  expect(finding.advice).toEqual([expect.stringMatching(/^More room: /)])
})

test('says in a few words, for a phone, whose they are and what to do', () => {
  const brief = (changes: Parameters<typeof groupOf>[0], more: Parameters<typeof seen>[0] = {}) =>
    judged(saturation, { reading: seen({ used: 90, groups: [groupOf({ sessions: 80, ...changes })], ...more }) }).brief
  expect(brief({})).toBe('sync-job has 80, 80 idle: restart it')
  expect(brief({ state: 'active' })).toBe('sync-job has 80, at work: see what is slow')
  expect(brief({ state: '' }, { sighted: false })).toBeUndefined()
  expect(brief({}, { groups: [] })).toBeUndefined()
})

test('the role is not called blind where it sees', () => {
  expect(judged(saturation, { reading: seen({ used: 90, groups: [groupOf()] }) }).summary).not.toContain('blind')
})

test('gives no advice about applications where there is none', () => {
  const { summary, advice } = judged(saturation, { reading: seen({ used: 90 }) })
  expect(summary).not.toContain('has the most')
  expect(advice).toEqual([expect.stringMatching(/^More room: /)])
})

test('an incident waits to close until looks agree, awake or asleep', () => {
  for (const reading of [seen(), seen({ used: 97 }), asleep('suspended'), asleep('not-started')])
    expect(judged(saturation, { reading }).closes).toBe('confirmed')
})

test('is full, not divided by nothing, on a server without a usable connection', () => {
  expect(judged(saturation, { reading: seen({ used: 3, limit: { max: 7, reserved: 7, usable: 0 } }) }).severity).toBe(
    'critical',
  )
})

describe('full', () => {
  const reading = failedWith('full', { message: 'remaining connection slots are reserved' })
  const last = { at: NOW - HOUR, used: 60, usable: 97, quietMs: 0, top: [{ name: 'sync-job', sessions: 50 }] }

  test('is critical, and names who was there at the last look that got in', () => {
    const finding = judged(saturation, { reading, last })
    expect(finding).toMatchObject({
      severity: 'critical',
      recovered: false,
      acute: true,
      brief: 'Restart sync-job',
      headline: 'full, 97 of 97 connections (100%)',
      evidence: { columns: ['application', 'sessions at 2026-11-21 02:15 UTC'], rows: [['sync-job', '50']] },
    })
    expect(finding.opens).toBeUndefined()
    expect(finding.summary).toContain('It said: remaining connection slots are reserved.')
    expect(finding.summary).toContain(
      'At the last look that got in, 2026-11-21 02:15 UTC, 60 were taken, 50 of them by sync-job.',
    )
    expect(finding.advice?.[0]).toBe('Restart sync-job: that frees its connections at once.')
  })

  test('is critical without ever having got in, and then claims no numbers', () => {
    const finding = judged(saturation, { reading })
    expect(finding.headline).toBe('full, no connection left (100%)')
    expect(finding.evidence).toBeUndefined()
    expect(finding).toMatchObject({ acute: true })
    expect(finding.brief).toBeUndefined()
    expect(JSON.stringify(finding)).not.toMatch(/undefined|NaN/)
    expect(finding.advice?.[0]).toContain('the application that holds the most connections')
  })

  test('names nobody where nobody was connected at the last look', () => {
    const finding = judged(saturation, { reading, last: { ...last, used: 0, top: [] } })
    expect(JSON.stringify(finding)).not.toMatch(/undefined|NaN/)
  })
})

test('nearly full is not full', () => {
  for (const used of [88, 97, 104]) expect(at(used).acute).toBeUndefined()
})

test('a suspended compute has no connections, which ends what was before', () => {
  for (const why of ['suspended', 'not-started'] as const)
    expect(judged(saturation, { reading: asleep(why) })).toMatchObject({ severity: 'ok', recovered: true })
})

test('is not judged where nothing was seen: what was before stays', () => {
  expect(judge(saturation, { reading: asleep('let-sleep') })).toBeNull()
  for (const cause of ['timeout', 'credentials', 'role-full', 'quota'] as const)
    expect(judge(saturation, { reading: failedWith(cause) })).toBeNull()
})
