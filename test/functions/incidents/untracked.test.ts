import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import type { Finding } from '../../../functions/checks/finding.ts'
import { criticals, rememberLook } from '../../../functions/incidents/untracked.ts'
import { findingOf, MINUTE, NOW, TELL } from '../builders.ts'

let target: string
let now: number
beforeEach(() => {
  target = `orders-${randomUUID()}`
  now = NOW
})

/** A look some minutes after the one before; what of it is told while the table cannot be used. */
function look(changes: Partial<Finding>, { minutes = 5, maintenance = false, policy = TELL } = {}): string[] {
  now += minutes * MINUTE
  const findings = [findingOf(changes)]
  rememberLook(target, findings, now, !maintenance)
  return criticals(target, findings, now, policy).map(({ kind, incident }) => `${kind} ${incident.severity}`)
}
const DOWN: Partial<Finding> = { severity: 'critical', opens: 'confirmed' }
const OK: Partial<Finding> = { severity: 'ok' }
const UNSEEN: Partial<Finding> = { severity: 'unknown', opens: 'confirmed', unseen: true }
const TOLD = ['opened critical']

test('what is critical at once is told by every run', () => {
  expect(look({ severity: 'critical' })).toEqual(TOLD)
  expect(look({ severity: 'critical' })).toEqual(TOLD)
})

test('a warning is not', () => {
  for (let looks = 0; looks < 20; looks++) expect(look({ severity: 'warning' })).toEqual([])
})

describe('what is critical once looks agree', () => {
  test('is told by the second look, and by every one from then on', () => {
    expect([look(DOWN), look(DOWN), look(DOWN)]).toEqual([[], TOLD, TOLD])
  })

  test('is told since it was first found', () => {
    look(DOWN)
    look(DOWN)
    expect(criticals(target, [findingOf(DOWN)], now, TELL)[0]?.incident).toMatchObject({
      since: NOW + 5 * MINUTE,
      brokenAt: now,
    })
  })

  test('is not told of one look, nor of two with a good one between, nor of two too far apart', () => {
    expect([look(DOWN), look(OK), look(DOWN)]).toEqual([[], [], []])
    expect(look(DOWN, { minutes: 16 })).toEqual([])
    expect(look(DOWN, { minutes: 15 })).toEqual(TOLD)
  })

  test('is told by the first look where one is enough', () => {
    expect(look(DOWN, { policy: { ...TELL, confirm: { looks: 1, of: 1 } } })).toEqual(TOLD)
  })

  test('is begun anew after maintenance', () => {
    expect([look(DOWN, { maintenance: true }), look(DOWN), look(DOWN)]).toEqual([[], [], TOLD])
  })

  test('is no other target’s', () => {
    look(DOWN)
    target = `stock-${target}`
    expect(look(DOWN)).toEqual([])
  })
})

test('what nobody could look at for half an hour is told as critical', () => {
  const told = Array.from({ length: 8 }, () => look(UNSEEN))
  expect(told).toEqual([...Array(6).fill([]), TOLD, TOLD])
  expect(look(OK)).toEqual([])
  expect(look(UNSEEN)).toEqual([])
})
