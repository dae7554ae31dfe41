import { describe, expect, test } from 'vitest'
import type { LetterFacts } from '../../../functions/letter/facts.ts'
import { daysSince, wordLetter } from '../../../functions/letter/wording.ts'
import { DAY, HOUR, NOW } from '../builders.ts'
import { standingOf } from '../heartbeat/builders.ts'

const GB = 1024 ** 3
const storedOf = (target: string, used: number, limit?: number): LetterFacts['stored'][number] => ({
  target,
  at: NOW,
  measure: {
    series: 'size',
    what: 'branch main',
    unit: 'bytes',
    used,
    ...(limit !== undefined && { limit: { value: limit, what: 'the limit', kind: 'hard' as const } }),
  },
  forecast: { kind: 'none', why: 'no growth', reason: 'slow' },
})

const factsOf = (changes: Partial<LetterFacts> = {}): LetterFacts => ({
  at: NOW,
  targets: ['orders', 'graph'],
  before: { at: NOW - 7 * DAY, runs: { connections: 1_000 }, told: { 'orders connections.saturation': [1, 1] } },
  counted: { at: NOW, runs: { connections: 3_016 }, told: { 'orders connections.saturation': [1, 1] } },
  standing: [],
  dropped: [],
  ended: { byTarget: {}, more: false },
  rehearsed: [],
  stored: [],
  snapshots: [],
  quiet: [],
  cost: 3.316,
  faults: [],
  ...changes,
})
const letter = (changes: Partial<LetterFacts> = {}) => wordLetter(factsOf(changes))

test('of a quiet week it says that nothing happened, and still all that was watched', () => {
  expect(letter()).toEqual({
    subject: '[WEEKLY] 2 targets watched, 0 incidents, nothing open',
    severity: 'letter',
    email: `What Nightshift did from 2026-11-14 03:15 UTC to 2026-11-21 03:15 UTC.

Watched: 2 targets: orders, graph.
Runs that did all they had to: connections 2,016.

Incidents: none began, none ended.
Open now: nothing.

Sessions ended: 0.

Fullest storage: no limit is known to be near to.
Oldest snapshot: none is known.

Could not be looked at: nothing.

Cost: about 3.32 USD a month, by AWS's list prices of November 2026 in us-east-1, without SMS and taxes.

If this letter does not come one week, something is wrong: see whether the SNS subscription is still there.
`,
  })
})

test('of a bad week it says what, how often, what still stands, and since when', () => {
  const { subject, email } = letter({
    counted: { at: NOW, runs: {}, told: { 'orders connections.saturation': [4, 3], 'graph storage.level': [1, 0] } },
    standing: [
      standingOf({
        target: 'graph',
        rule: 'storage.level',
        severity: 'warning',
        headline: '76% of 50 GB',
        since: NOW - 30 * HOUR,
        unseen: false,
      }),
    ],
  })
  expect(subject).toBe('[WEEKLY] 2 targets watched, 4 incidents, 1 still open')
  expect(email).toContain(
    [
      'Incidents: 4 began, 2 ended.',
      '  - orders connections.saturation: 3 began, 2 ended',
      '  - graph storage.level: 1 began, 0 ended',
      'Open now:',
      '  - WARNING graph: 76% of 50 GB (storage.level, for 1 d 6 h)',
    ].join('\n'),
  )
})

test('what the last letter could not read is counted since the one before it, and that is said', () => {
  const told = { 'orders connections.saturation': [1, 1] as [number, number] }
  const before = { at: NOW - 7 * DAY, runs: {}, told, unread: { targets: ['orders'], checks: ['storage'] } }
  const counted = { at: NOW, runs: {}, told: { 'orders connections.saturation': [4, 4] as [number, number] } }
  expect(letter({ before, counted }).email).toContain(
    [
      '  - orders connections.saturation: 3 began, 3 ended',
      'Counted since the letter before the last one, which could not read it: orders, storage.',
      'Open now',
    ].join('\n'),
  )
})

test('what was counted anew meanwhile is never less than nothing', () => {
  const { email } = letter({ counted: { at: NOW, runs: { connections: 12 }, told: {} } })
  expect(email).toContain('connections 12.')
})

test('what was ended is counted by target, and what would have been is said', () => {
  const { email } = letter({
    ended: { byTarget: { graph: 2, orders: 1_010 }, more: true },
    rehearsed: [
      { target: 'users', says: 'In the last 7 days this policy would have ended 14 sessions; 0 of them came back.' },
    ],
  })
  expect(email).toContain('Sessions ended: more than 1,012 (orders 1,010, graph 2).')
  expect(email).toContain('Where none may be ended:\n  - users: In the last 7 days')
  expect(letter({ ended: undefined }).email).toContain('Sessions ended: not known.')
})

describe('the fullest storage', () => {
  const stored = [storedOf('small', 3 * GB, 100 * GB), storedOf('graph', 38 * GB, 50 * GB), storedOf('free', 70 * GB)]

  test('is that of the largest share, with the day when it is full', () => {
    const forecast = {
      kind: 'fills',
      perDay: 0.4 * GB,
      fullAt: NOW + 30 * DAY,
      earliestAt: NOW + 20 * DAY,
      latestAt: NOW + 50 * DAY,
      days: 14,
    } as const
    const facts = { stored: stored.map((one) => ({ ...one, forecast })) }
    expect(letter(facts).email).toContain(
      'Fullest storage: graph, 38 GB of 50 GB (76%); at 410 MB a day it is full about 2026-12-21, between 2026-12-11 and 2027-01-10.',
    )
  })

  test('has no day where there is none, or where its history could not be read', () => {
    expect(letter({ stored }).email).toContain('(76%); no date when it is full: no growth.')
    const unread = stored.map((one) => ({ ...one, forecast: undefined }))
    expect(letter({ stored: unread }).email).toContain('(76%); how it grows could not be read.')
  })
})

test('the oldest snapshot is of the target whose newest is the oldest', () => {
  const snapshots = [
    { target: 'orders', newestAt: NOW - 3 * HOUR },
    { target: 'graph', newestAt: NOW - 26 * HOUR },
  ]
  expect(letter({ snapshots }).email).toContain('Oldest snapshot: graph, whose newest good one is 1 d 2 h old.')
})

test('what could not be looked at is named, and so is what of the letter itself could not be read', () => {
  const { email } = letter({ standing: [standingOf()], faults: ['what was ended: the table did not answer'] })
  expect(email).toContain(
    [
      'Could not be looked at:',
      '  - CRITICAL orders: not looked at: role or password refused (connections.reachable, for 2 d)',
      '  - what was ended: the table did not answer',
    ].join('\n'),
  )
})

describe('a blind spot is told once,', () => {
  const refused = "Neon's API refused the key"
  const blind = [
    standingOf({ headline: `not looked at: ${refused}`, since: NOW - 2 * DAY }),
    standingOf({
      check: 'storage',
      rule: 'storage.blind',
      severity: 'unknown',
      headline: `storage not looked at: ${refused}`,
    }),
    standingOf({
      check: 'snapshots',
      rule: 'snapshots.blind',
      severity: 'unknown',
      headline: `snapshots not looked at: ${refused}`,
      since: NOW - DAY,
    }),
  ]
  const times = (email: string, words: string) => email.split(words).length - 1

  test('though three checks have it, with its worst severity and since it began', () => {
    const { email, subject } = letter({ standing: blind })
    expect(subject).toContain('3 still open')
    expect(email).toContain('Open now: nothing but what could not be looked at, below.')
    expect(email).toContain(
      `Could not be looked at:\n  - CRITICAL orders: not looked at: ${refused} (connections.reachable, storage.blind, snapshots.blind, for 2 d)\n\n`,
    )
    expect(times(email, refused)).toBe(1)
  })

  test('and is not told again as what nobody has mended', () => {
    const keys = standingOf({
      target: 'Nightshift',
      rule: 'heartbeat.keys',
      unseen: false,
      headline: `orders: not looked at: ${refused}, and 2 more`,
    })
    expect(times(letter({ standing: [...blind, keys] }).email, refused)).toBe(1)
    expect(times(letter({ standing: [keys] }).email, refused)).toBe(1)
  })

  test('and each other reason, and each other target, for itself', () => {
    const others = [standingOf({ target: 'users', headline: `not looked at: ${refused}` }), standingOf()]
    const { email } = letter({ standing: [...blind, ...others] })
    expect(times(email, refused)).toBe(2)
    expect(times(email, 'role or password refused')).toBe(1)
  })

  test('what Nightshift could not ask of itself by the reason that this look has', () => {
    const what = 'who is subscribed to alerts'
    const own = standingOf({
      target: 'Nightshift',
      rule: 'heartbeat.blind',
      headline: `not known: ${what}, and 1 more`,
    })
    const { email } = letter({ standing: [own], faults: [`${what}: may not List`] })
    expect(times(email, what)).toBe(1)
    expect(email).toContain(`  - ${what}: may not List`)
    expect(times(letter({ standing: [own] }).email, what)).toBe(1)
  })

  test('and what was seen stands among what is open', () => {
    const { email } = letter({
      standing: [...blind, standingOf({ unseen: false, headline: '97 of 97 connections (100%)' })],
    })
    expect(email).toContain(
      'Open now:\n  - CRITICAL orders: 97 of 97 connections (100%) (connections.reachable, for 2 d)\n\n',
    )
  })
})

test('what stood on targets that are watched no longer is told once more, as nobody tells when it is over', () => {
  const open = ['97 of 97 connections (100%) (connections.saturation)', 'storage full (storage.level)']
  const { email } = letter({
    dropped: [
      { target: 'archive', open: [] },
      { target: 'shop', open },
    ],
  })
  expect(email).toContain(
    [
      'No longer in the configuration, under this name at least: 2 targets of the last letter. Nobody looks at what was open there, and nobody tells when it is over.',
      `  - shop: 2 incidents open when last looked at: ${open.join('; ')}`,
      '  - archive: nothing was open',
    ].join('\n'),
  )
})

test('what is kept quiet is said, by whomever', () => {
  const { email } = letter({
    quiet: [
      { target: 'orders', says: 'snoozed until 2026-11-22 03:15 UTC' },
      { target: 'graph', says: 'in maintenance for 14 hours of a week (maintenance)' },
    ],
  })
  expect(email).toContain(
    'Kept quiet:\n  - orders: snoozed until 2026-11-22 03:15 UTC\n  - graph: in maintenance for 14 hours of a week (maintenance)\n\nCost',
  )
})

test('with a thousand targets in trouble it is still read in a minute', () => {
  const names = Array.from({ length: 1_000 }, (_, i) => `target-${i}`)
  const { subject, email } = letter({
    targets: names,
    counted: {
      at: NOW,
      runs: {},
      told: Object.fromEntries(names.map((name) => [`${name} connections.saturation`, [3, 2]])),
    },
    standing: names.map((target) => standingOf({ target })),
    ended: { byTarget: Object.fromEntries(names.map((name) => [name, 5])), more: false },
    rehearsed: names.map((target) => ({ target, says: 'Nothing.' })),
  })
  expect(subject).toBe('[WEEKLY] 1000 targets watched, 3000 incidents, 1000 still open')
  expect(email.split(/\s+/).length).toBeLessThan(600)
  expect(email).toContain('  - and 990 more')
})

test('names from outside cannot begin a line or a subject of their own', () => {
  const headline = 'x\nSubject: spoofed\u202E'
  const { email } = letter({ standing: [standingOf({ headline })], faults: [headline] })
  expect(email).not.toMatch(/^Subject/m)
  expect(email).not.toContain('\u202E')
})

test('what was ended is asked for as far back as the last letter, and no further than the record goes', () => {
  expect(daysSince(NOW - 7 * DAY + HOUR, NOW)).toBe(7)
  expect(daysSince(NOW, NOW)).toBe(1)
  expect(daysSince(0, NOW)).toBe(90)
})
