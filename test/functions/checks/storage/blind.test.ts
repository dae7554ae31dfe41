import { describe, expect, test } from 'vitest'
import { STANDING_CAUSES } from '../../../../functions/checks/reading.ts'
import { blind } from '../../../../functions/checks/storage/blind.ts'
import { afterLook, dueNotice } from '../../../../functions/incidents/transition.ts'
import { DAY, failedWith, NOW, TELL } from '../../builders.ts'
import { facts, judgeStorageBy, measuredOf, measureOf, storageFinding } from './builders.ts'

type Failed = Parameters<typeof failedWith>
const failed = (cause: Failed[0], changes: Failed[1] = {}, provider: 'neon' | 'aura' = 'neon') =>
  storageFinding(blind, facts({ ...failedWith(cause, { at: 'api', ...changes }), provider }))

describe('a look that failed', () => {
  test('is unknown and waits for a second one, where it may pass by itself', () => {
    expect(failed('timeout')).toMatchObject({
      severity: 'unknown',
      opens: 'confirmed',
      recovered: false,
      headline: "storage not looked at: Neon's API: no answer in time",
    })
    expect(failed('timeout').summary).toBe(
      "No answer came in time. Nobody else tells how much is stored; the database itself may be well. Neon's API said: the words of the other side. How much is stored is unknown meanwhile, and what was told of it stands.",
    )
  })

  test('is told at once where a person must mend it', () => {
    expect(failed('api-key')).toMatchObject({ severity: 'unknown', opens: 'at-once' })
    expect(failed('client', {}, 'aura').headline).toBe('storage not looked at: Aura refused the API client')
    expect(failed('not-found', {}, 'aura').advice?.join()).toContain('aura.instance')
  })

  test('is never louder than unknown, whatever failed: that a database is cut off is told by another check', () => {
    for (const cause of [...STANDING_CAUSES, 'refused', 'unresolved', 'reset', 'full', 'disabled'] as const)
      for (const at of ['api', 'sql', 'bolt', 'secret', 'nightshift'] as const)
        for (const provider of ['neon', 'aura'] as const) {
          const finding = failed(cause, { at }, provider)
          expect(finding.severity, cause).toBe('unknown')
          // Nor does it become so: half an hour without a look at storage leaves nobody unwatched.
          expect(finding.unseen).toBeUndefined()
          expect(finding.headline).not.toMatch(/not looked at: not looked at/)
        }
  })

  test("names the provider's own incident", () => {
    const incident = { name: 'API errors', url: 'https://neonstatus.com/incidents/1' }
    const finding = failed('provider', { incident })
    expect(finding.headline).toContain('Neon reports: API errors')
    expect(finding.evidence?.rows).toEqual([[incident.name, incident.url]])
  })
})

describe('a size that nobody tells', () => {
  const unknown = (forGood: boolean) =>
    storageFinding(blind, facts({ kind: 'unknown', at: NOW, provider: 'aura', why: 'Aura tells it nowhere', forGood }))

  test('is unknown, never zero', () => {
    expect(unknown(false)).toMatchObject({ severity: 'unknown', opens: 'confirmed', recovered: false })
    expect(unknown(false).summary).toBe(
      'Aura tells it nowhere. Unknown is not zero: storage is not judged until it is known.',
    )
    expect(unknown(false).once).toBeUndefined()
  })

  test('is told once and never again where nobody will ever tell it', () => {
    const finding = unknown(true)
    expect(finding).toMatchObject({ severity: 'unknown', opens: 'at-once', once: true })
    const opened = afterLook(undefined, finding, NOW, TELL) ?? expect.fail('not opened')
    expect(dueNotice(opened, NOW, TELL)?.kind).toBe('opened')
    const told = { ...opened, told: { severity: 'unknown' as const, at: NOW } }
    const later = NOW + 100 * TELL.remindMs.unknown
    expect(dueNotice(afterLook(told, finding, later, TELL) ?? expect.fail(), later, TELL)).toBeUndefined()
  })
})

test('without its history, growth is not judged, and that is said', () => {
  const finding = storageFinding(blind, facts(measuredOf(), { historyFault: 'the table did not answer' }))
  expect(finding).toMatchObject({ severity: 'unknown', opens: 'confirmed' })
  expect(finding.summary).toContain('But the table did not answer. What needs the history')
})

test('all is well where it was measured', () => {
  expect(storageFinding(blind, facts(measuredOf()))).toMatchObject({
    severity: 'ok',
    recovered: true,
    closes: 'confirmed',
  })
})

test('of what does not run it says nothing: what was unknown is not known now', () =>
  expect(judgeStorageBy(blind, facts({ kind: 'not-running', at: NOW, status: 'paused' }))).toBeNull())

test('a history begun anew is told at once, and once: at the next look nothing shows it any more', () =>
  expect(
    storageFinding(blind, facts(measuredOf(), { historyFault: 'it was begun anew', begunAnew: true })),
  ).toMatchObject({ severity: 'unknown', opens: 'at-once', once: true }))

test('what was not told for more than a day is unknown', () => {
  const since = (ms: number) => facts(measuredOf({ measures: [measureOf({ asOf: NOW - ms })] }))
  expect(storageFinding(blind, since(DAY)).severity).toBe('ok')
  expect(storageFinding(blind, since(DAY + 1))).toMatchObject({
    severity: 'unknown',
    once: true,
    summary: expect.stringContaining('Branch main: 200 MB when it was last told'),
  })
})
