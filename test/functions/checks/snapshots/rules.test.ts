import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SnapshotsFacts, SnapshotsMemory, SnapshotsPolicy } from '../../../../functions/checks/snapshots/facts.ts'
import { rememberSnapshots } from '../../../../functions/checks/snapshots/memory.ts'
import type { ListedReading, Snapshot, SnapshotsReading } from '../../../../functions/checks/snapshots/reading.ts'
import { judgeSnapshots, snapshotsLimits, snapshotsRules } from '../../../../functions/checks/snapshots/rules.ts'
import { reportSnapshots } from '../../../../functions/report-snapshots.ts'
import { DAY, HOUR, NOW } from '../../builders.ts'
import {
  auraListed,
  DAILY,
  factsOf,
  neonListed,
  policyOf,
  remembered,
  snapshotOf,
  snapshotsFailed,
  snapshotsOf,
} from './builders.ts'

const judgeAll = (facts: SnapshotsFacts) => judgeSnapshots(facts, snapshotsLimits)
const bad = (reading: SnapshotsReading, changes: Partial<SnapshotsFacts> = {}) =>
  judgeAll(factsOf(reading, changes)).flatMap(({ rule, severity }) =>
    severity === 'ok' ? [] : [`${rule} ${severity}`],
  )

test('every rule has a name of its own, and each with limits can be configured', () => {
  const names = snapshotsRules.map(({ name }) => name)
  expect(new Set(names).size).toBe(names.length)
  expect(Object.keys(snapshotsLimits).toSorted()).toEqual(
    snapshotsRules.flatMap(({ name, limits }) => (limits ? [name] : [])).toSorted(),
  )
})

test('a target with fresh snapshots is ok by every rule that can tell', () => {
  const neon = neonListed({ snapshots: snapshotsOf(14, 7 * HOUR, DAY, { bytes: 1e9 }) })
  const findings = judgeAll(factsOf(neon))
  expect(findings.filter(({ severity, recovered }) => severity !== 'ok' || !recovered)).toEqual([])
  expect(findings.map(({ rule }) => rule)).toEqual(snapshotsRules.map(({ name }) => name))
  for (const tier of ['professional-db', 'business-critical', 'enterprise-db', 'enterprise-ds', 'free-db'])
    expect(bad(auraListed(tier, { snapshots: snapshotsOf(48, HOUR, HOUR) }))).toEqual([])
})

describe('one trouble is one alert', () => {
  const daily = auraListed('professional-db')
  const seen = { before: remembered({ ...daily, at: NOW - HOUR, snapshots: [snapshotOf(20 * HOUR)] }) }

  test.for([
    ['nothing is listed', daily, {}, ['snapshots.none critical']],
    ['late', { ...daily, snapshots: [snapshotOf(60 * HOUR)] }, {}, ['snapshots.age critical']],
    ['not asked', snapshotsFailed('timeout'), seen, ['snapshots.blind unknown']],
    ['not asked, the first time', snapshotsFailed('timeout'), {}, ['snapshots.blind unknown']],
    ['paused since before it was known', { ...daily, status: 'paused' }, {}, []],
    [
      'the schedule is off',
      neonListed({ schedule: [], snapshots: [snapshotOf(90 * HOUR)] }),
      { before: remembered(neonListed({ at: NOW - HOUR, snapshots: [snapshotOf(90 * HOUR)] })) },
      ['snapshots.schedule-off warning'],
    ],
    ['a Free project without snapshots', neonListed({ schedule: [], tier: 'free_v3' }), {}, []],
    ['a Free instance without snapshots', auraListed('free-db'), {}, []],
  ] as [string, SnapshotsReading, Partial<SnapshotsFacts>, string[]][])('%s', ([, reading, changes, told]) => {
    expect(bad(reading, changes)).toEqual(told)
  })

  test('where none are wanted nothing is said but of what is wanted all the same', () => {
    const policy = policyOf({ expected: false, maxAgeMs: DAY, keepForMs: 9 * DAY })
    for (const reading of [daily, neonListed({ historyWindowMs: 0 }), snapshotsFailed('timeout')])
      expect(bad(reading, { ...seen, policy })).toEqual([])
    const drill = { lastAt: NOW - 9 * DAY, everyMs: DAY }
    expect(bad(neonListed({ historyWindowMs: 0 }), { policy: { ...policy, historyWindowMs: DAY, drill } })).toEqual([
      'snapshots.history-window warning',
      'snapshots.drill warning',
    ])
  })
})

test('what snapshots are called is never lost on the way into a finding', () => {
  const odd = '<b>"\'; DROP TABLE x; --\n\u202e\u{1F525}'
  const findings = judgeAll(factsOf(neonListed({ snapshots: [snapshotOf(60 * HOUR, { name: odd })] })))
  // Findings keep the facts; making them harmless is the wording's.
  expect(findings.find(({ rule }) => rule === 'snapshots.age')?.evidence?.rows[0]?.[2]).toBe(odd)
})

test('a thousand snapshots are judged as a few', () => {
  expect(bad(neonListed({ snapshots: snapshotsOf(1_000, HOUR, HOUR) }))).toEqual([])
  expect(bad(auraListed('business-critical', { snapshots: snapshotsOf(1_000, 7 * HOUR, HOUR) }))).toEqual([
    'snapshots.age critical',
  ])
})

const moment = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: NOW - 90 * DAY, max: NOW + 2 * HOUR }) },
  { weight: 2, arbitrary: fc.constantFrom(NOW, NOW - HOUR, NOW - 26 * HOUR, NOW - DAY, NOW + 60_000) },
  fc.constantFrom(Number.NaN, 0, -1, 8.64e15, Number.POSITIVE_INFINITY, 1e300),
)
const length = fc.oneof(fc.integer({ min: 0, max: 400 * DAY }), fc.constantFrom(0, HOUR, DAY, 7 * DAY))
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
const word = fc.constantFrom(
  '',
  '__proto__',
  '<b>"\n',
  'daily',
  'Monthly',
  'free_v3',
  'LAUNCH',
  'business-critical',
  'free-db',
)

const snapshot: fc.Arbitrary<Snapshot> = fc.record(
  {
    id: fc.uuid(),
    name: word,
    at: moment,
    status: fc.constantFrom(
      'completed' as const,
      'completed' as const,
      'pending' as const,
      'failed' as const,
      'other' as const,
    ),
    said: word,
    scheduled: fc.constantFrom(true, false, null),
    full: fc.boolean(),
    bytes: fc.oneof(fc.nat(1e12), fc.constantFrom(Number.NaN, 0, -1)),
    expiresAt: moment,
  },
  { requiredKeys: ['id', 'at', 'status', 'scheduled', 'full'] },
)

const listed: fc.Arbitrary<ListedReading> = fc.record(
  {
    kind: fc.constant('listed' as const),
    at: fc.integer({ min: NOW - DAY, max: NOW + 40 * DAY }),
    provider: fc.constantFrom('neon' as const, 'aura' as const),
    of: fc.constantFrom('branch main', 'instance shop', ''),
    tier: word,
    status: fc.constantFrom('running', 'Paused', 'resuming', 'hibernating', ''),
    createdAt: moment,
    snapshots: fc.uniqueArray(snapshot, { maxLength: 12, selector: ({ id }) => id }),
    askedFrom: fc.integer({ min: NOW - 40 * DAY, max: NOW }),
    alsoAsked: fc.array(fc.integer({ min: NOW - 90 * DAY, max: NOW }), { maxLength: 3 }),
    schedule: fc.array(
      fc.record({ frequency: word, everyMs: length, retentionMs: length }, { requiredKeys: ['frequency'] }),
      { maxLength: 3 },
    ),
    historyWindowMs: length,
    leftBehind: fc.record({ of: word, snapshots: fc.nat(20), newestAt: moment }),
  },
  { requiredKeys: ['kind', 'at', 'provider', 'of', 'snapshots'] },
)
const reading: fc.Arbitrary<SnapshotsReading> = fc.oneof(
  { weight: 4, arbitrary: listed },
  fc.record({
    kind: fc.constant('failed' as const),
    at: fc.integer({ min: NOW, max: NOW + 40 * DAY }),
    provider: fc.constantFrom('neon' as const, 'aura' as const),
    failure: fc.record({
      cause: fc.constantFrom('timeout' as const, 'api-key' as const, 'full' as const),
      at: fc.constant('api' as const),
      message: word,
    }),
  }),
)
const policy: fc.Arbitrary<SnapshotsPolicy> = fc.record({
  expected: fc.boolean(),
  maxAgeMs: maybe(length),
  keepForMs: maybe(length),
  historyWindowMs: maybe(length),
  drill: maybe(fc.record({ lastAt: moment, everyMs: length })),
})

/** What some looks before have left, as the table gives it back. */
const remember = (looks: SnapshotsReading[]): SnapshotsMemory => remembered(...looks)

test('whatever is read after whatever was seen, no rule throws, and none says NaN', () => {
  fc.assert(
    fc.property(fc.array(reading, { maxLength: 5 }), reading, policy, (looks, last, wanted) => {
      const facts = { reading: last, policy: wanted, before: remember(looks) }
      const findings = judgeAll(facts)
      const said = JSON.stringify([findings, reportSnapshots('orders', facts, findings, 1)])
      expect(said).not.toMatch(/NaN|undefined|Infinity|Invalid|1970-01-01|null d/)
      for (const { severity, recovered, headline } of findings) {
        expect(recovered && severity !== 'ok').toBe(false)
        // Read alone, on a phone: what is it about?
        if (severity !== 'ok') expect(headline).toMatch(/snapshot|backup|restore/)
      }
    }),
    { numRuns: 1_000 },
  )
})

test('the order of the list never matters', () => {
  fc.assert(
    fc.property(
      fc.array(listed, { maxLength: 2 }),
      listed,
      policy,
      fc.infiniteStream(fc.nat()),
      (looks, last, wanted, keys) => {
        const before = remember(looks)
        const shuffled = last.snapshots
          .map((one) => ({ one, key: keys.next().value }))
          .sort((a, b) => a.key - b.key)
          .map(({ one }) => one)
        const other = { ...last, snapshots: shuffled }
        expect(judgeAll({ reading: other, policy: wanted, before })).toEqual(
          judgeAll({ reading: last, policy: wanted, before }),
        )
        expect(rememberSnapshots(before, other)).toEqual(rememberSnapshots(before, last))
      },
    ),
    { numRuns: 300 },
  )
})

test('a fresh good one is never late, whatever else is listed', () => {
  fc.assert(
    fc.property(fc.array(snapshot, { maxLength: 9 }), policy, (others, wanted) => {
      const maxAgeMs = wanted.maxAgeMs === undefined ? undefined : wanted.maxAgeMs + HOUR
      const snapshots = [...others, snapshotOf(HOUR / 2, { id: 'fresh' })]
      for (const last of [neonListed({ snapshots }), auraListed('business-critical', { snapshots })]) {
        const findings = judgeAll(factsOf(last, { policy: { ...wanted, maxAgeMs } }))
        const late = findings.filter(({ rule, severity }) => /age|none/.test(rule) && severity !== 'ok')
        expect(late).toEqual([])
      }
    }),
  )
})

test('what is remembered stays small, whatever it has seen', () => {
  const looks = Array.from({ length: 500 }, (_, i) =>
    auraListed('business-critical', {
      at: NOW + i * HOUR,
      status: i % 2 ? 'paused' : 'running',
      schedule: [DAILY],
      snapshots: snapshotsOf(100, 0, HOUR),
    }),
  )
  expect(JSON.stringify(remembered(...looks)).length).toBeLessThan(3_000)
})
