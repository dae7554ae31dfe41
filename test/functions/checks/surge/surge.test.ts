import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Leak } from '../../../../functions/checks/leak/leaks.ts'
import { OTHERS } from '../../../../functions/checks/leak/sampling.ts'
import type { SeenReading } from '../../../../functions/checks/reading.ts'
import { isSurge, surge } from '../../../../functions/checks/surge/surge.ts'
import { asleep, DAY, failedWith, HOUR, judge, judged, MINUTE, NOW, seen } from '../../builders.ts'
import { type Applications, follow, readingOf } from './looks.ts'

const CALM: Applications = { api: [5, 15], checkout: [4, 10], search: [3, 8], worker: [2, 6], reports: [1, 3] }
/** 180 of 200, all of what has come at work. */
const STORM: Applications = { api: [60, 13], checkout: [38, 9], search: [24, 6], worker: [16, 4], reports: [8, 2] }
const times = <One>(n: number, one: One): One[] => Array.from({ length: n }, () => one)
/** `STORM`, with the work of each application scaled; the idle ones stay. */
const storm = (share: number): Applications =>
  Object.fromEntries(
    Object.entries(STORM).map(([name, [atWork, idle]]) => [
      name,
      [Math.round(atWork * share), idle] as [number, number],
    ]),
  )
const severities = (looks: Applications[], following?: Parameters<typeof follow>[1]) =>
  follow(looks, following).map(({ finding }) => finding.severity)
const told = (looks: Applications[], following?: Parameters<typeof follow>[1]) =>
  follow(looks, following).flatMap((one) => one.told)

describe('a cache that fails', () => {
  // Normal, three minutes to 90 %, high for an hour, then falling over half an hour.
  const night = [
    ...times(6, CALM),
    ...times(12, STORM),
    ...[0.9, 0.8, 0.75, 0.6, 0.4, 0.2].map(storm),
    ...times(4, CALM),
  ]

  test('is critical at the first look that sees it, with its numbers, and called load', () => {
    const { finding } = follow(night)[6] ?? expect.fail('no look')
    expect(finding).toMatchObject({
      severity: 'critical',
      headline: 'load: 180 of 200 connections (90%), 146 at work',
      summary:
        '146 of 180 sessions are at work, in 5 applications (api 60, checkout 38, search 24 and 2 more).' +
        ' 30 min before, 15 were; idle sessions went from 42 to 34. Nightshift ends no session while this stands.',
      brief: '5 applications at work, api most (60): see what is slow, end nothing',
      recovered: false,
      closes: 'confirmed',
    })
    expect(finding.opens).toBeUndefined()
  })

  test('is told once, and once to be over, together with the saturation it made', () => {
    expect(told(night)).toEqual([
      'critical opened surge',
      'critical opened saturation',
      'critical resolved surge',
      'critical resolved saturation',
    ])
    const over = follow(night).findIndex((one) => one.told.includes('critical resolved surge'))
    expect(follow(night)[over]?.told).toHaveLength(2)
    expect(follow(night)[over]?.finding.headline).toMatch(
      /^no load any more: \d+ of 200 connections \(\d+%\), \d+ at work$/,
    )
  })

  test('lets nobody be ended until it is told to be over', () => {
    const looks = follow(night.map((look) => ({ ...look, 'sync-job': [0, 0, 3] })))
    const opened = looks.findIndex((one) => one.told.includes('critical opened surge'))
    const closed = looks.findIndex((one) => one.told.includes('critical resolved surge'))
    expect(new Set(looks.slice(opened, closed + 1).map(({ held }) => held))).toEqual(new Set(['load']))
    expect([looks[opened - 1]?.held, looks[closed + 1]?.held]).toEqual([null, null])
  })

  test('does not flap while the load goes up and down around its limits', () => {
    const wobbling = [0.75, 1, 0.8, 1.02, 0.79, 0.75, 0.73, 0.76, 1, 0.72, 0.76, 0.74, 0.7, 0.76]
    expect(told([...times(6, CALM), STORM, ...wobbling.map(storm), ...times(6, CALM)])).toEqual([
      'critical opened surge',
      'critical opened saturation',
      'critical resolved surge',
      'critical resolved saturation',
    ])
  })

  test('closes once, however unsteadily the load falls', () => {
    const noise = fc.array(fc.double({ min: -0.05, max: 0.05, noNaN: true }), { minLength: 24, maxLength: 24 })
    fc.assert(
      fc.property(noise, (noises) => {
        const falling = noises.map((off, i) => storm(Math.max(0.1, 1 - i / 30 + off)))
        expect(told([...times(4, CALM), STORM, ...falling, ...times(4, CALM)]).toSorted()).toEqual([
          'critical opened saturation',
          'critical opened surge',
          'critical resolved saturation',
          'critical resolved surge',
        ])
      }),
    )
  })

  test('is known at the first look there ever is', () => {
    expect(follow([STORM])[0]?.finding).toMatchObject({
      severity: 'critical',
      summary: expect.stringMatching(
        /^146 of 180 sessions are at work, in 5 applications \([^)]*\)\. Nightshift ends no/,
      ),
    })
  })

  test('stands for as long as it lasts, though nothing rises any more', () => {
    expect(new Set(severities([...times(6, CALM), ...times(60, STORM)]).slice(6))).toEqual(new Set(['critical']))
  })

  test('is warned of below the critical limit while it rises, once looks agree', () => {
    const looks = [...times(4, CALM), storm(0.85), storm(0.85)]
    expect(severities(looks).slice(-2)).toEqual(['warning', 'warning'])
    expect(follow(looks).at(-1)?.told).toContain('warning opened surge')
    // Of what has come nothing is known at the first look, and it is not nearly full.
    expect(severities([storm(0.85)])).toEqual(['ok'])
  })

  test('takes a pool that was there before, all idle, for what it is: at work now', () => {
    const idle: Applications = { api: [2, 73], checkout: [1, 60], search: [0, 25] }
    const busy: Applications = { api: [75, 5], checkout: [61, 6], search: [25, 9] }
    expect(severities([...times(3, idle), busy])).toEqual(['ok', 'ok', 'ok', 'critical'])
  })
})

describe('with few applications', () => {
  const of = (before: Applications, after: Applications, at = 1) =>
    follow([before, after])[at] ?? expect.fail('no look')

  test('both of two at work are several, also where nothing is known of before', () => {
    const after: Applications = { api: [130, 20], worker: [22, 10] }
    expect(severities([{ api: [4, 20], worker: [2, 10] }, after])).toEqual(['ok', 'critical'])
    expect(severities([{ api: [140, 20], worker: [22, 10] }])).toEqual(['critical'])
  })

  test('one of two is enough, as the other may be a worker that waits', () => {
    const { finding, held } = of({ api: [5, 20], worker: [2, 28] }, { api: [150, 5], worker: [2, 28] })
    expect(finding).toMatchObject({ severity: 'critical', headline: expect.stringMatching(/^load: 185 of 200/) })
    expect(held).toBe('load')
  })

  test('even where most of what is taken is idle: it is the rise that counts', () => {
    const worker = [2, 40, 60] as const
    const { finding, held } = of({ api: [3, 10], worker: [...worker] }, { api: [80, 10], worker: [...worker] })
    expect(finding.severity).toBe('critical')
    expect(held).toBe('load')
  })

  test('one alone that was at work all along is a batch, whether another is beside it or not', () => {
    const nightly: Applications = { nightly: [184, 2] }
    for (const beside of [{}, { api: [2, 6] }] as Applications[])
      expect(severities(times(14, { ...beside, ...nightly }))).toEqual(times(14, 'ok'))
  })

  test('one of three is a batch, though nobody is ended while its work comes', () => {
    const before: Applications = { api: [5, 20], worker: [2, 28], mailer: [1, 9] }
    const looks = follow([before, { ...before, api: [130, 5] }])
    expect(looks.map(({ finding, held }) => [finding.severity, held])).toEqual([
      ['ok', null],
      ['ok', 'load'],
    ])
  })

  test('and one that came with its work, beside one that goes on as before', () => {
    const api: Applications = { api: [5, 20] }
    const looks = follow([...times(3, api), ...times(3, { ...api, nightly: [160, 1] } as Applications)])
    expect(looks.map(({ finding }) => finding.severity)).toEqual(times(6, 'ok'))
    expect(looks.at(-1)?.told).toEqual([])
    expect(looks.map(({ held }) => held)).toEqual([null, null, null, 'load', 'load', 'load'])
  })

  test('the only one there is is enough: no other could be told from it', () => {
    expect(severities([{ api: [5, 20] }, { api: [165, 20] }])).toEqual(['ok', 'critical'])
  })

  test('one whose name changes with each deployment is the same', () => {
    const before: Applications = { 'api-1': [5, 20], worker: [2, 10] }
    expect(severities([before, { 'api-2': [150, 5], worker: [2, 28] }])).toEqual(['ok', 'critical'])
  })

  test('a memory that does not tell who was there leaves it at the rise', () => {
    const recent = [{ at: NOW - 20 * MINUTE, used: 55, atWork: 7 }]
    expect(severities([{ api: [150, 5], worker: [2, 28] }], { recent })).toEqual(['critical'])
  })

  test('a leak, a deployment and more pods of one are none', () => {
    const before: Applications = { api: [5, 20], worker: [2, 10] }
    expect(severities([before, { api: [5, 20, 120], worker: [2, 20] }])).toEqual(['ok', 'ok'])
    expect(severities([before, { api: [12, 120], worker: [6, 24] }])).toEqual(['ok', 'ok'])
    expect(severities([before, { api: [50, 100], worker: [2, 10] }])).toEqual(['ok', 'ok'])
  })

  test('where every process has a name of its own, none of them has much of the work', () => {
    const pods = (atWork: number) =>
      Object.fromEntries(Array.from({ length: 180 }, (_, i) => [`pod-${i}`, [atWork, 1 - atWork]]))
    expect(severities([pods(0), pods(1)] as Applications[])).toEqual(['ok', 'critical'])
  })
})

describe('is not', () => {
  test('a leak, however near it brings the limit: what comes is idle', () => {
    const leaking = Array.from({ length: 30 }, (_, i): Applications => ({ ...CALM, 'sync-job': [1, 0, i * 5] }))
    expect(new Set(severities(leaking))).toEqual(new Set(['ok']))
    expect(follow(leaking).at(-1)?.held).toBeNull()
  })

  test('a slow leak that crosses the limit while a busy hour comes and goes', () => {
    const hour = (i: number) => Math.round(8 + 7 * Math.sin(i / 4))
    const looks = Array.from(
      { length: 60 },
      (_, i): Applications => ({
        api: [hour(i), 20],
        checkout: [Math.round(hour(i) / 2), 15],
        search: [3, 10],
        'sync-job': [1, 0, 90 + i],
      }),
    )
    expect(new Set(severities(looks))).toEqual(new Set(['ok']))
  })

  test('a deployment that starts every pool anew, beside those that have not ended yet', () => {
    const deployed: Applications = {
      api: [5, 70],
      checkout: [4, 45],
      search: [6, 30],
      worker: [2, 20],
      reports: [1, 7],
    }
    expect(severities([...times(3, CALM), deployed, deployed, CALM])).toEqual(times(6, 'ok'))
  })

  test('more pods, whose sessions at work and idle ones rise together', () => {
    const pods = (n: number): Applications => ({ api: [Math.round(n * 1.5), n * 3], worker: [3, 12], cron: [0, 4] })
    const scaled = [3, 8, 15, 22, 30, 30, 30, 20, 10, 3].map(pods)
    expect(severities(scaled)).toEqual(times(10, 'ok'))
    // The same within the limits, whatever it is made of.
    expect(severities([3, 15, 20, 3].map((n) => ({ api: [n * 4, 10], web: [n, 5], worker: [n, 5] })))).toEqual(
      times(4, 'ok'),
    )
  })

  test('a batch: one application alone at work, which saturation counts', () => {
    const batch = (n: number): Applications => ({ ...CALM, nightly: [n, 1] })
    expect(severities([...times(3, CALM), batch(30), batch(30), CALM])).toEqual(times(6, 'ok'))
    // Nor if it fills the database: that is told as what it is.
    const full = follow([...times(3, CALM), batch(130)]).at(-1)
    expect(full?.finding.severity).toBe('ok')
    expect(full?.told).toEqual(['critical opened saturation'])
    // It is work all the same, and nobody is ended for it.
    expect(full?.held).toBe('load')
  })

  test('a batch beside so much that is idle; yet nobody is ended while its work comes', () => {
    const idle: Applications = { ...CALM, 'sync-job': [0, 0, 60] }
    const looks = follow([...times(3, idle), { ...idle, nightly: [40, 1] }])
    expect(looks.map(({ finding, held }) => [finding.severity, held])).toEqual([
      ...times(3, ['ok', null]),
      ['ok', 'load'],
    ])
  })

  test('a batch, for the cron jobs that run beside it', () => {
    const crons = Object.fromEntries(['a', 'b', 'c'].map((name) => [name, [1, 0]])) as Applications
    expect(severities([CALM, { ...CALM, ...crons, nightly: [130, 1] }])).toEqual(['ok', 'ok'])
  })

  test('a database that is always as busy', () => {
    expect(severities(times(30, storm(0.9)))).toEqual(times(30, 'ok'))
  })

  test('transactions that were opened and forgotten', () => {
    // The server counts none of them as at work: they have run nothing for minutes.
    const forgotten = readingOf({ ...CALM, a: [0, 50], b: [0, 50], c: [0, 40] })
    const before = follow(times(3, CALM)).at(-1)
    expect(before?.finding.severity).toBe('ok')
    expect(judged(surge, { reading: forgotten }).severity).toBe('ok')
  })
})

describe('with a leak beneath it', () => {
  const leak: Applications = { 'sync-job': [0, 0, 60] }
  const before = { ...leak, api: [4, 10], checkout: [3, 8], search: [2, 8] } as Applications
  const both = { ...leak, api: [36, 10], checkout: [30, 8], search: [28, 8] } as Applications

  const leakOf = (changes: Partial<Leak> = {}): Leak => ({
    name: 'sync-job',
    count: 63,
    ended: 0,
    left: 60,
    most: 63,
    reference: 3,
    since: NOW - 2 * DAY,
    sinceWindow: [NOW - 2 * DAY, NOW - 2 * DAY + HOUR],
    perHour: 1.7,
    endedPerHour: 0,
    ...changes,
  })
  const said = (leaks: Leak[] | undefined) => {
    const finding = judged(surge, {
      reading: readingOf(both),
      recent: [{ at: NOW - HOUR, used: 95, atWork: 9 }],
      leaks,
    })
    return { ...finding, room: finding.advice?.at(-1), all: JSON.stringify({ ...finding, evidence: undefined }) }
  }

  test('says both, and what gives room', () => {
    const { headline, summary, brief, room, all } = said([leakOf()])
    expect(headline).toBe('load, and sync-job leaks: 180 of 200 connections (90%), 94 at work')
    expect(summary).toContain('1 h before, 9 were; idle sessions stayed at 86.')
    expect(summary).toContain('Besides, sync-job leaks: it has left 60 sessions idle.')
    expect(brief).toBe('3 applications at work, api most (36): see what is slow, restart sync-job only')
    expect(room).toBe(
      'For room at once restart sync-job, which has left 60 idle. Restart no other: load takes the room at once.',
    )
    expect(all).not.toContain('does not help')
  })

  test('names each that leaks, and of small ones that they are', () => {
    const small = leakOf({ name: OTHERS, left: 1 })
    expect(said([leakOf(), leakOf({ name: 'cron', left: 9 })]).headline).toMatch(/^load, and 2 applications leak: /)
    expect(said([leakOf(), leakOf({ name: 'cron', left: 9 }), small]).room).toContain(
      'restart sync-job, which has left 60 idle, and cron, which has left 9 idle.',
    )
    expect(said([small])).toMatchObject({
      headline: expect.stringMatching(/^load, and the sum of small applications leaks/),
      summary: expect.stringContaining('leaks: it has left 1 session idle'),
      room: expect.stringContaining('which of the many small applications'),
    })
  })

  test('advises no restart where all that has leaked was ended', () => {
    const { headline, summary, brief, room } = said([leakOf({ left: 0, ended: 60 })])
    expect(headline).toMatch(/^load, and sync-job leaks: /)
    expect(summary).toContain('Besides, sync-job leaks. Nightshift')
    expect([brief, room].join()).toMatch(/end nothing,Ending idle sessions or restarting applications does not help/)
  })

  test('takes sessions that are stale for no leak: pools that are kept warm are none', () => {
    const { headline, room, all } = said([])
    expect(headline).toMatch(/^load, not a leak: /)
    expect(room).toMatch(/^Ending idle sessions or restarting applications does not help/)
    expect(all).not.toContain('sync-job')
  })

  test('says nothing of leaks where nobody knows of any', () => {
    const { headline, all } = said(undefined)
    expect(headline).toMatch(/^load: 180/)
    expect(all).not.toMatch(/leak|sync-job|restart/)
  })

  test('ends nobody while it stands, and the leaked ones once it does not', () => {
    const looks = follow([...times(3, before), ...times(5, both), ...times(6, before)])
    const holds = looks.map(({ held }) => held)
    expect(holds.slice(0, 3)).toEqual([null, null, null])
    expect(new Set(holds.slice(3, 10))).toEqual(new Set(['load']))
    expect(holds.at(-1)).toBeNull()
  })

  test('is over when the work is gone, though the leak keeps the database full', () => {
    const worse: Applications = { ...before, 'sync-job': [0, 0, 120] }
    const looks = [...times(3, before), ...times(5, both), ...times(6, worse)]
    expect(told(looks)).toEqual(['critical opened surge', 'critical opened saturation', 'critical resolved surge'])
    expect(follow(looks).at(-1)?.held).toBeNull()
  })
})

describe('says what piles up', () => {
  const statement = (changes: Partial<SeenReading['statements'][number]> = {}) => ({
    application: 'api',
    role: 'app',
    database: 'neondb',
    statement: 'SELECT * FROM carts WHERE id = $1',
    sessions: 60,
    waiting: 0,
    longestMs: 12_000,
    ...changes,
  })
  const finding = (changes: Partial<SeenReading>) => judged(surge, { reading: readingOf(STORM, changes) })

  test('with how many, for how long, whose', () => {
    expect(
      finding({
        statements: [
          statement(),
          statement({ application: 'checkout', sessions: 20, longestMs: 3 * MINUTE }),
          statement({ application: '', sessions: 1 }),
          statement({ statement: 'SELECT ?', sessions: 1, longestMs: 0 }),
        ],
      }).evidence,
    ).toEqual({
      columns: ['sessions', 'longest', 'wait for a lock', 'applications', 'statement'],
      rows: [
        ['81', '3 min', '0', 'api, checkout and 1 more', 'SELECT * FROM carts WHERE id = $1'],
        ['1', '0 s', '0', 'api', 'SELECT ?'],
      ],
    })
  })

  test('and, where nothing runs at this moment, whose sessions they are', () => {
    expect(finding({}).evidence?.columns[0]).toBe('application')
  })

  test('of which there are more than the server gave', () => {
    const statements = [statement({ sessions: 100, waiting: 40 })]
    expect(finding({ statements, runningSessions: 180 }).evidence?.rows[0]?.slice(0, 3)).toEqual([
      '100 or more',
      '12 s',
      '40 or more',
    ])
    expect(finding({ statements, runningSessions: 100 }).evidence?.rows[0]?.[0]).toBe('100')
    expect(finding({ statements, waitingSessions: 170 }).summary).toContain(' 170 statements wait for a lock.')
  })

  test('and goes round no circle, as a deadlock makes one', () => {
    const circle = [
      { pid: 1, blockedBy: [2] },
      { pid: 2, blockedBy: [1] },
    ]
    expect(finding({ waiting: circle }).brief).toMatch(/^5 applications at work/)
  })

  test('in a text of few words', () => {
    for (const one of [finding({}), finding({ waiting: times(50, { pid: 1, blockedBy: [0] }), waitingSessions: 50 })])
      expect(one.brief?.length).toBeLessThanOrEqual(80)
  })
})

describe('what is remembered', () => {
  const recent = [{ at: NOW - 20 * MINUTE, used: 57, atWork: 15 }]
  const now = (changes: Partial<SeenReading> = {}) => judged(surge, { reading: readingOf(storm(0.9), changes), recent })

  test('counts for an hour, and not from before a restart of the server', () => {
    expect(now().severity).toBe('warning')
    expect(now({ serverStartedAt: NOW - 10 * MINUTE }).severity).toBe('ok')
    expect(now({ at: NOW + HOUR }).severity).toBe('ok')
  })

  test('counts for as long as a surge stands', () => {
    const reading = readingOf(storm(0.4), { at: NOW + 5 * HOUR })
    expect(judged(surge, { reading: { ...reading, used: 165 }, recent, surgeStands: true }).severity).toBe('warning')
  })
})

test('is over when the compute sleeps, and not known where nothing is seen', () => {
  expect(judged(surge, { reading: asleep('suspended'), surgeStands: true })).toMatchObject({
    severity: 'ok',
    recovered: true,
    closes: 'confirmed',
  })
  expect(judge(surge, { reading: asleep('let-sleep') })).toBeNull()
  expect(judge(surge, { reading: failedWith('full') })).toBeNull()
  expect(judge(surge, { reading: readingOf(STORM, { sighted: false }) })).toBeNull()
  expect(isSurge({ reading: readingOf(STORM, { sighted: false }) }, surge.limits)).toBe(false)
})

test('an empty database is no surge', () => {
  expect(judged(surge, { reading: seen({ used: 0 }) })).toMatchObject({ severity: 'ok', recovered: true })
  const none = seen({ used: 0, limit: { max: 7, reserved: 7, usable: 0 } })
  expect(judged(surge, { reading: none }).severity).toBe('ok')
})
