import { expect, test } from 'vitest'
import { leak } from '../../../../functions/checks/leak/leak.ts'
import type { Leak } from '../../../../functions/checks/leak/leaks.ts'
import { OTHERS } from '../../../../functions/checks/leak/sampling.ts'
import { asleep, failedWith, groupOf, HOUR, judge, judged, NOW, planOf, seen } from '../../builders.ts'

const leakOf = (changes: Partial<Leak> = {}): Leak => ({
  name: 'sync-job',
  count: 20,
  ended: 0,
  left: 17,
  endedPerHour: 0,
  most: 20,
  reference: 3,
  since: NOW - 10 * HOUR,
  sinceWindow: [NOW - 12 * HOUR, NOW - 10 * HOUR],
  perHour: 1.7,
  ...changes,
})

test('a leak is told with who, how many, since when, how fast, when full, and which deployment', () => {
  const finding = judged(leak, { reading: seen({ used: 46 }), leaks: [leakOf()] })
  expect(finding).toMatchObject({
    severity: 'warning',
    opens: 'at-once',
    recovered: false,
    headline: 'sync-job leaks 1.7 connections an hour, full in 1 d 6 h',
    summary:
      '20 connections of sync-job have been idle for over an hour; in the week before there were at most 3, ' +
      'and they have been growing since 2026-11-20 17:15 UTC, by about 1.7 an hour. ' +
      'At this rate, and with the load of the last day, the limit of 97 is reached in 1 d 6 h, at 2026-11-22 09:15 UTC.',
    brief: 'Restart sync-job',
    evidence: {
      rows: [['sync-job', '20', '3', '2026-11-20 17:15 UTC', '1.7', '2026-11-22 09:15 UTC']],
    },
  })
  expect(finding.advice?.[0]).toBe('Restart sync-job now to win time: that frees what has leaked.')
  expect(finding.advice?.[1]).toContain(
    'what was deployed between 2026-11-20 15:15 UTC and 2026-11-20 17:15 UTC, of sync-job above all',
  )
})

test('it is critical with less than six hours left, by the pace of all leaks together', () => {
  const room = (used: number, leaks: Leak[]) => judged(leak, { reading: seen({ used }), leaks }).severity
  expect(room(97 - 25, [leakOf({ perHour: 4 })])).toBe('warning')
  expect(room(97 - 24, [leakOf({ perHour: 4 })])).toBe('warning')
  expect(room(97 - 23, [leakOf({ perHour: 4 })])).toBe('critical')
  expect(room(97 - 23, [leakOf({ perHour: 2 }), leakOf({ name: 'mailer', perHour: 2 })])).toBe('critical')
  expect(room(97, [leakOf({ perHour: 0.1 })])).toBe('critical')
})

test('two leaks are one headline, and each has its sentence and its deployment', () => {
  const finding = judged(leak, {
    reading: seen({ used: 40 }),
    leaks: [leakOf(), leakOf({ name: 'mailer', perHour: 1 })],
  })
  expect(finding.headline).toBe('sync-job and 1 more leak 2.7 connections an hour, full in 21 h 6 min')
  expect(finding.summary).toContain('connections of mailer have been idle')
  expect(finding.brief).toBe('Restart sync-job, mailer')
  expect(finding.advice?.filter((one) => one.includes('was deployed'))).toHaveLength(2)
})

test('one that has stopped growing stands, without a time at which it is full', () => {
  const finding = judged(leak, { reading: seen({ used: 46 }), leaks: [leakOf({ perHour: 0, count: 12, most: 20 })] })
  expect(finding).toMatchObject({ severity: 'warning', headline: 'sync-job has leaked 12 connections' })
  expect(finding.summary).toContain('and there were up to 20')
  expect(finding.summary).toContain(
    'though not any more. Of the 97 connections that applications can have 51 are left in the busy hours of a day.',
  )
})

test('of many small applications summed nobody is told to restart "(all others)"', () => {
  const { advice, brief } = judged(leak, { leaks: [leakOf({ name: OTHERS })] })
  expect(brief).not.toContain(OTHERS)
  expect(advice?.[0]).toBe('See which of the many small applications leave sessions idle for hours, and restart those.')
})

test('no leak, or a compute that sleeps, is well; a look that failed, was blind or has no memory says nothing', () => {
  expect(judged(leak, { leaks: [] })).toMatchObject({ severity: 'ok', recovered: true, closes: 'confirmed' })
  expect(judged(leak, { reading: asleep() })).toMatchObject({ severity: 'ok', recovered: true })
  expect(judge(leak, {})).toBeNull()
  expect(judge(leak, { reading: failedWith('timeout'), leaks: [leakOf()] })).toBeNull()
  expect(judge(leak, { reading: seen({ sighted: false }), leaks: [leakOf()] })).toBeNull()
})

test("the room is that of the last day's busiest moment, not that of the night", () => {
  const finding = judged(leak, { reading: seen({ used: 40 }), busiest: 70, leaks: [leakOf({ left: 20 })] })
  expect(finding).toMatchObject({ severity: 'critical', headline: expect.stringMatching(/full in 4 h/) })
  expect(judged(leak, { reading: seen({ used: 40 }), busiest: 20, leaks: [leakOf({ left: 20 })] }).severity).toBe(
    'warning',
  )
})

test('what Nightshift ends as fast as it comes is told, but rings nobody', () => {
  const ending = leakOf({ perHour: 4, endedPerHour: 4, ended: 90, count: 96 })
  const finding = judged(leak, { reading: seen({ used: 70 }), leaks: [ending] })
  expect(finding).toMatchObject({
    severity: 'warning',
    headline: 'sync-job leaks 4.0 connections an hour, ended as they come',
  })
  expect(finding.summary).toContain(
    '96 connections of sync-job have been idle for over an hour, 90 that Nightshift has ended',
  )
  expect(finding.summary).toContain('Nightshift ends them as fast as they come.')
  const slower = judged(leak, {
    reading: seen({ used: 90 }),
    leaks: [leakOf({ perHour: 8, endedPerHour: 4, ended: 40 })],
  })
  expect(slower).toMatchObject({ severity: 'critical', headline: expect.stringMatching(/full in 1 h 45 min/) })
})

test('what has not grown for three days is over, and it is said that nobody has closed it', () => {
  const finding = judged(leak, { leaks: [], settled: [{ name: 'shop', count: 43 }] })
  expect(finding).toMatchObject({ severity: 'ok', headline: 'no new leak: shop keeps 43 idle' })
  expect(finding.summary).toContain('not grown for three days')
})

test('a surge beside it does not make it critical: that passes', () => {
  const facts = { reading: seen({ used: 95 }), busiest: 40, leaks: [leakOf()] }
  expect(judged(leak, facts).severity).toBe('critical')
  expect(judged(leak, { ...facts, surging: true }).severity).toBe('warning')
  expect(judged(leak, { ...facts, surgeStands: true }).severity).toBe('warning')
})

test('with the load of the last day it may be full at any time: that is no "0 s" while there is room', () => {
  const finding = judged(leak, { reading: seen({ used: 60 }), busiest: 85, leaks: [leakOf({ left: 20 })] })
  expect(finding).toMatchObject({
    severity: 'critical',
    headline: 'sync-job leaks 1.7 connections an hour, full in the next busy hour',
  })
  expect(finding.summary).toContain('the limit of 97 is reached at once: now 37 are left.')
})

test('its advice has the statement for who cannot restart it, of this application and no other', () => {
  const idle = { state: 'idle', sessions: 30, idleOverHour: 30, oldestMs: 20 * HOUR }
  const groups = [groupOf({ ...idle, application: 'warm-pool', sessions: 50 }), groupOf(idle)]
  const { advice = [] } = judged(leak, { reading: seen({ used: 80, groups }), leaks: [leakOf()] })
  expect(advice[1]).toMatch(/^To end the idle sessions of sync-job by hand/)
  expect(advice[2]).toContain("application_name = 'sync-job'")
  expect(advice.join()).not.toContain('warm-pool')
})

test('it says what Nightshift will do, or what would have it do so', () => {
  const facts = { reading: seen({ used: 46 }), leaks: [leakOf()], plan: planOf({ held: 'below' }) }
  const optedIn = { learningSince: 0, limits: [], unproven: [] }
  const rehearsed = { ...optedIn, rehearsed: { since: NOW, ended: 0, cameBack: 0, days: 7 } }
  expect(judged(leak, { ...facts, trust: optedIn as never }).summary).toMatch(/staleSessions\.above says\.$/)
  const asking = judged(leak, { ...facts, trust: rehearsed as never })
  expect(asking.summary).not.toContain('Nightshift ends')
  expect(asking.advice?.at(-1)).toContain('end: true')
  expect(judged(leak, facts).advice?.at(-1)).not.toContain('end: true')
})

test('an application without a name is told by how it logs in, and asked to set one', () => {
  const name = '(no name) app@neondb'
  const { brief, advice = [] } = judged(leak, { leaks: [leakOf({ name, names: [name] })] })
  expect(brief).toBe('Restart what logs in as app to neondb without an application_name')
  expect(advice.join()).toContain('Have it set an application_name')
})
