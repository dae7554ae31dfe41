import { expect, test } from 'vitest'
import { drill } from '../../../../functions/checks/snapshots/drill.ts'
import { DAY, HOUR, NOW } from '../../builders.ts'
import { auraListed, judged, neonListed, policyOf, severity, snapshotsFailed } from './builders.ts'

const wanted = (agoMs: number) => ({ policy: policyOf({ drill: { lastAt: NOW - agoMs, everyMs: 90 * DAY } }) })

test('a drill is due when the last is longer ago than is wanted', () => {
  expect(severity(drill, neonListed())).toBe('ok')
  expect(severity(drill, neonListed(), wanted(90 * DAY))).toBe('ok')
  expect(severity(drill, neonListed(), wanted(91 * DAY))).toBe('warning')
  expect(severity(drill, neonListed(), wanted(9_000 * DAY))).toBe('warning')
})

test("it says how one is done, in each provider's way", () => {
  const finding = judged(drill, neonListed(), wanted(120 * DAY))
  expect(finding).toMatchObject({ opens: 'at-once', headline: 'the last restore drill was 120 d ago' })
  expect(finding.summary).toMatch(/A restore was last tried on 2026-07-24, and should be tried every 90 d/)
  expect(finding.advice?.[0]).toMatch(/new branch/)
  expect(judged(drill, auraListed('professional-db'), wanted(120 * DAY)).advice?.[0]).toMatch(/Create an instance/)
})

test('it is due whether the look got through or not, and whether snapshots are expected or not', () => {
  expect(severity(drill, snapshotsFailed('timeout'), wanted(91 * DAY))).toBe('warning')
  const policy = { ...wanted(91 * DAY).policy, expected: false }
  expect(severity(drill, neonListed(), { policy })).toBe('warning')
})

test('a day that has begun somewhere else is today; one that has not is a mistake', () => {
  expect(severity(drill, neonListed(), wanted(-14 * HOUR))).toBe('ok')
  expect(judged(drill, neonListed(), wanted(-3 * DAY))).toMatchObject({
    severity: 'warning',
    headline: 'the last restore drill lies in the future',
  })
  expect(severity(drill, neonListed(), { policy: policyOf({ drill: { lastAt: Number.NaN, everyMs: DAY } }) })).toBe(
    'warning',
  )
})

test('a leap day is a day', () => {
  const reading = neonListed({ at: Date.UTC(2028, 2, 1) })
  const since = (day: number, everyMs: number) => ({
    policy: policyOf({ drill: { lastAt: Date.UTC(2028, 1, day), everyMs } }),
  })
  expect(severity(drill, reading, since(29, DAY))).toBe('ok')
  expect(severity(drill, reading, since(28, DAY))).toBe('warning')
})
