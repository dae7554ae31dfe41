import { expect, test } from 'vitest'
import { carry } from '../../../../functions/checks/storage/carry.ts'
import { level } from '../../../../functions/checks/storage/level.ts'
import { judgeStorage, storageLimits } from '../../../../functions/checks/storage/rules.ts'
import { timeToFull } from '../../../../functions/checks/storage/time-to-full.ts'
import { resolveThresholds } from '../../../../functions/config.ts'
import { DAY, HOUR, NOW } from '../../builders.ts'
import {
  facts,
  judgeStorageBy,
  MB,
  measuredOf,
  measureOf,
  measureWithoutLimit,
  nodesOf,
  seriesOf,
  storageFinding,
} from './builders.ts'

const full = nodesOf({ used: 199_000 })
const relationships = nodesOf({ series: 'relationships', used: 10 })
const levelOf = (of: Parameters<typeof judgeStorage>[0]) =>
  judgeStorage(of, resolveThresholds(storageLimits)).find(({ rule }) => rule === 'storage.level')

test('a measure that one look is not told stands as it was last told, for a day', () => {
  const last = { at: NOW, tier: 'free-db', measures: [full, relationships] }
  const after = (ms: number) =>
    carry(measuredOf({ at: NOW + ms, provider: 'aura', tier: 'free-db', measures: [relationships] }), last)
  expect(after(HOUR).measures).toEqual([relationships, { ...full, asOf: NOW }])
  expect(levelOf(facts(after(HOUR)))).toMatchObject({ severity: 'critical' })
  // And then it is not known, but not over.
  expect(levelOf(facts(after(DAY + 1)))).toMatchObject({ severity: 'ok', recovered: false })
  expect(carry(after(HOUR), { ...last, measures: after(HOUR).measures, at: NOW + HOUR }).measures[1]?.asOf).toBe(NOW)
})

test('so does a limit', () => {
  const last = { at: NOW, measures: [measureOf({ used: 500 * MB })] }
  const bare = (ms: number) => measuredOf({ at: NOW + ms, measures: [measureWithoutLimit({ used: 501 * MB })] })
  expect(levelOf(facts(carry(bare(HOUR), last)))).toMatchObject({ severity: 'critical', recovered: false })
  const small = { ...bare(HOUR), measures: [measureWithoutLimit({ used: 10 * MB })] }
  expect(levelOf(facts(carry(small, last)))).toMatchObject({ severity: 'ok', recovered: true })
  expect(levelOf(facts(carry(bare(DAY + 1), last)))).toMatchObject({ severity: 'ok', recovered: false })
  const none = { ...measureOf({ used: 501 * MB }), limit: { value: 0, what: 'no limit', kind: 'hard' as const } }
  expect(levelOf(facts(carry({ ...bare(HOUR), measures: [none] }, last)))).toMatchObject({ recovered: true })
})

test('a hard limit that is not told beside a budget is carried along, too', () => {
  const budget = { value: 400 * MB, what: 'the budget in nightshift.config.ts', kind: 'budget' as const }
  const last = { at: NOW, measures: [measureOf({ used: 500 * MB })] }
  const reading = measuredOf({ at: NOW + HOUR, measures: [measureOf({ used: 500 * MB, limit: budget })] })
  expect(levelOf(facts(carry(reading, last)))).toMatchObject({ severity: 'critical' })
})

test('what was counted of another tier is not', () => {
  const reading = measuredOf({ provider: 'aura', tier: 'business-critical' })
  expect(carry(reading, { at: NOW, tier: 'free-db', measures: [full] })).toBe(reading)
})

test('an answer that lacks a database is no sum, unless it lacks it again', () => {
  const both = measureOf({ used: 10, parts: ['neo4j', 'orders'] })
  const one = measureOf({ used: 5, parts: ['neo4j'] })
  const look = (at: number) => measuredOf({ at, measures: [one] })
  const first = carry(look(NOW + HOUR), { at: NOW, measures: [both] })
  expect(first.measures).toEqual([{ ...both, asOf: NOW }])
  expect(carry(look(NOW + 2 * HOUR), { at: NOW + HOUR, measures: first.measures }).measures).toEqual([one])
})

test('an upgrade to a tier that tells nothing ends what stood of the other one', () => {
  const unknown = {
    kind: 'unknown',
    at: NOW,
    provider: 'aura',
    tier: 'professional-db',
    why: 'x',
    forGood: true,
  } as const
  expect(levelOf(facts(unknown, { tierBefore: 'free-db' }))).toMatchObject({ severity: 'ok', recovered: true })
  expect(levelOf(facts(unknown, { tierBefore: 'professional-db' }))).toBeUndefined()
  // A role that was taken away ends nothing.
  expect(levelOf(facts(unknown))).toBeUndefined()
})

test('a budget does not hide the hard limit', () => {
  const budget = { value: 400 * MB, what: 'the budget in nightshift.config.ts', kind: 'budget' as const }
  const hard = { value: 512 * MB, what: 'the limit of its Neon plan', kind: 'hard' as const }
  const at = (used: number) =>
    storageFinding(level, facts(measuredOf({ measures: [measureOf({ used: used * MB, limit: budget, hard })] })))
  expect(at(512)).toMatchObject({
    severity: 'critical',
    acute: true,
    headline: 'storage full: 512 MB of 512 MB (100%)',
  })
  expect(at(420)).toMatchObject({ severity: 'warning', headline: 'storage at 105% of its budget: 420 MB of 400 MB' })
  const growing = seriesOf((hour) => (300 + hour / 2) * MB, 400) ?? expect.fail()
  const both = measureOf({ used: 499 * MB, limit: budget, hard })
  const finding = storageFinding(timeToFull, facts(measuredOf({ measures: [both] }), { history: { size: growing } }))
  expect(finding).toMatchObject({ severity: 'critical', headline: expect.stringMatching(/^storage full /) })
})

test('too little evidence is no end of a forecast', () => {
  const fills = (hour: number) => (300 + hour / 3) * MB
  const told = seriesOf(fills, 460) ?? expect.fail()
  const reading = (at: number) => measuredOf({ at, measures: [measureOf({ used: 453 * MB })] })
  expect(storageFinding(timeToFull, facts(reading(NOW), { history: { size: told } })).severity).not.toBe('ok')
  // Days without a look, and a history begun anew.
  expect(judgeStorageBy(timeToFull, facts(reading(NOW + 5 * DAY), { history: { size: told } }))).toBeNull()
  const anew = seriesOf(fills, 1) ?? expect.fail()
  expect(
    judgeStorageBy(
      timeToFull,
      facts(reading(NOW), { history: { size: { ...anew, hours: { ...anew.hours, values: [453 * MB] } } } }),
    ),
  ).toBeNull()
  const flat = seriesOf(() => 453 * MB, 400) ?? expect.fail()
  expect(storageFinding(timeToFull, facts(reading(NOW), { history: { size: flat } })).recovered).toBe(true)
})

test('a forecast says how many days it has really seen, and of a budget that it is reached', () => {
  const budget = { value: 400 * MB, what: 'the budget in nightshift.config.ts', kind: 'budget' as const }
  const days = 8
  const history = seriesOf((hour) => (300 + hour / 2) * MB, days * 24) ?? expect.fail()
  const reading = measuredOf({ measures: [measureOf({ used: 395 * MB, limit: budget })] })
  const finding = storageFinding(timeToFull, facts(reading, { history: { size: history } }))
  expect(finding.headline).toMatch(/^storage budget reached (now|in )/)
  expect(finding.summary).toMatch(/by the last [789] days/)
})
