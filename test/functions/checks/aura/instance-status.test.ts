import { describe, expect, test } from 'vitest'
import { instanceStatus } from '../../../../functions/checks/aura/instance-status.ts'
import type { AuraReading } from '../../../../functions/checks/aura-reading.ts'
import { DAY, HOUR, MINUTE, NOW } from '../../builders.ts'
import { auraFailed, instanceOf, judge, judged, notRunning, seenBolt } from './builders.ts'

const lasting = (reading: AuraReading, ms: number) =>
  judged(instanceStatus, {
    reading,
    standing: { status: reading.instance?.status ?? 'running', since: NOW - ms },
  })

test('one that runs is well, for as long as it likes, and by the word of the newer API too', () => {
  expect(lasting({ ...seenBolt(), instance: instanceOf({ status: 'available' }) }, DAY)).toMatchObject({
    severity: 'ok',
    recovered: true,
    closes: 'confirmed',
  })
  expect(lasting(seenBolt(), 400 * DAY)).toMatchObject({ severity: 'ok', recovered: true, headline: 'running' })
})

describe('a state that passes by itself', () => {
  const passing = [
    'creating',
    'updating',
    'resizing',
    'restoring',
    'loading',
    'overwriting',
    'upgrading',
    'resuming',
    'pausing',
    'suspending',
  ]
  test.for(passing)('%s is a warning once it has lasted two hours, and never critical', (status) => {
    const severities = [0, 2 * HOUR - 1, 2 * HOUR, 9 * DAY].map((ms) => lasting(notRunning(status), ms).severity)
    expect(severities).toEqual(['ok', 'ok', 'warning', 'warning'])
    expect(lasting(notRunning(status), 3 * HOUR).headline).toBe(`${status} for 3 h`)
  })

  test('ends no incident before it has passed', () => {
    expect(lasting(notRunning('resuming'), MINUTE)).toMatchObject({ severity: 'ok', recovered: false })
  })

  test('seen for the first time has lasted for nothing, and so has one from the future', () => {
    expect(judged(instanceStatus, { reading: notRunning('updating') }).headline).toBe('updating for 0 s')
    expect(lasting(notRunning('updating'), -HOUR).headline).toBe('updating for 0 s')
  })
})

describe('a Free instance that is paused', () => {
  const paused = (ms: number) => lasting(notRunning('paused', { type: 'free-db' }), ms)
  test('counts the days until Aura deletes it: a warning at 20, critical at 27', () => {
    const days = [0, 19.9, 20, 26.9, 27, 31].map((n) => paused(n * DAY))
    expect(days.map(({ severity }) => severity)).toEqual(['ok', 'ok', 'warning', 'warning', 'critical', 'critical'])
    expect(days.map(({ headline }) => headline)).toEqual([
      'paused: Aura deletes it within 30 days',
      'paused: Aura deletes it within 11 days',
      'paused: Aura deletes it within 10 days',
      'paused: Aura deletes it within 4 days',
      'paused: Aura deletes it within 3 days',
      'paused: Aura may delete it at any moment',
    ])
  })

  test('says that it may be less, since only what was seen is known', () => {
    expect(paused(21 * DAY).summary).toContain('Seen paused since 2026-10-31 03:15 UTC (21 d)')
    expect(paused(21 * DAY).summary).toContain('less time may be left')
  })
})

describe('a paid instance that is paused', () => {
  const paused = (ms: number) => lasting(notRunning('paused'), ms)
  test('for a night or a weekend was paused by somebody who knows it', () => {
    expect(paused(2.9 * DAY)).toMatchObject({ severity: 'ok', recovered: true, headline: 'paused' })
  })

  test('for longer may have been forgotten: that is told once, and stands until it runs again', () => {
    const finding = paused(3 * DAY)
    expect(finding).toMatchObject({
      severity: 'warning',
      once: true,
      recovered: false,
      headline: 'paused for 3 d: nobody can connect',
    })
    expect(finding).not.toHaveProperty('opens')
    expect(finding.summary).toContain('This is told once.')
    expect(paused(29 * DAY).severity).toBe('warning')
    expect(lasting(seenBolt(), 0)).toMatchObject({ severity: 'ok', recovered: true })
  })

  test('says when Aura resumes it, and it costs again', () => {
    expect(paused(28.5 * DAY).summary).toContain('resumes it by itself, and it costs again, in 2 days at the latest')
    expect(paused(3 * DAY).advice?.[1]).toContain('2026-12-18 at the latest')
    expect(paused(31 * DAY).summary).toContain('which is due')
  })
})

test.for([
  ['suspended', /^suspended: nobody can connect$/],
  ['stopped', /^stopped: nobody can connect$/],
  ['loading failed', /^loading failed: /],
  ['encryption key deleted', /^encryption key deleted: the data cannot be read$/],
  ['encryption key error', /^encryption key error: /],
  ['encryption key not found', /^encryption key not found: /],
  ['destroying', /^destroying: /],
  ['destroyed', /^destroyed: /],
] as const)('%s is critical at once', ([status, headline]) => {
  const finding = lasting(notRunning(status), 0)
  expect(finding).toMatchObject({ severity: 'critical', opens: 'at-once', recovered: false })
  expect(finding.headline).toMatch(headline)
  expect(finding.advice?.length).toBeGreaterThan(0)
})

test.for(['running well', '<b>', ''])('a status nobody knows is a warning that names it: %j', (status) => {
  const finding = lasting(notRunning(status), 0)
  expect(finding).toMatchObject({ severity: 'warning', recovered: false })
  expect(finding.headline).toBe(`unknown status: ${status || '(empty)'}`)
})

describe('an instance that Aura does not know', () => {
  const notFound = auraFailed('not-found', { at: 'api', message: 'DB not found: abcd1234' })
  test('is gone where it was there before', () => {
    const finding = judged(instanceStatus, { reading: notFound, standing: { status: 'paused', since: NOW - DAY } })
    expect(finding).toMatchObject({
      severity: 'critical',
      opens: 'at-once',
      headline: 'gone: Aura knows no such instance',
    })
    expect(finding.summary).toContain('paused when it was last seen')
    expect(finding.summary).toContain('or the API client no longer sees it')
    expect(finding.summary).toContain('DB not found: abcd1234')
  })
  test('was never there is not its question', () => {
    expect(judge(instanceStatus, { reading: notFound })).toBeNull()
  })
})

test('when the look failed behind the API, what the API said still counts; without it nothing is known', () => {
  const failed = auraFailed('timeout')
  expect(judged(instanceStatus, { reading: { ...failed, instance: instanceOf() } as AuraReading }).severity).toBe('ok')
  expect(judge(instanceStatus, { reading: failed, standing: { status: 'running', since: 0 } })).toBeNull()
})
