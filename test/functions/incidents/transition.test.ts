import { describe, expect, test } from 'vitest'
import type { Finding } from '../../../functions/checks/finding.ts'
import {
  afterLook,
  afterTelling,
  claimNotice,
  dueNotice,
  type Incident,
  type NoticeKind,
  noticeSeverity,
} from '../../../functions/incidents/transition.ts'
import { findingOf, HOUR, incidentOf, MINUTE, NOW, TELL } from '../builders.ts'

const OK: Partial<Finding> = { severity: 'ok', headline: 'well' }
const WARNING: Partial<Finding> = { severity: 'warning', headline: '75 of 97' }
const CRITICAL: Partial<Finding> = { severity: 'critical', headline: '97 of 97' }
/** Below the warning, and not yet below the recovery. */
const BETWEEN: Partial<Finding> = { severity: 'ok', recovered: false, headline: '70 of 97' }

/** The incident after these looks, five minutes apart, the first of them at NOW. */
function through(looks: Partial<Finding>[], before?: Incident, policy = TELL): Incident | undefined {
  return looks.reduce<Incident | undefined>(
    (incident, look, i) => afterLook(incident, findingOf(look), NOW + i * 5 * MINUTE, policy),
    before,
  )
}

const standing = (incident: Incident | undefined): Incident => incident ?? expect.fail('there is no incident')
const due = (incident: Incident | undefined, now = NOW) => dueNotice(standing(incident), now, TELL)?.kind
/** As if its due notice had been sent at that moment. */
function told(incident: Incident | undefined, now = NOW): Incident | undefined {
  const one = standing(incident)
  const { kind } = dueNotice(one, now, TELL) ?? expect.fail('nothing is due')
  return afterTelling(one, kind, noticeSeverity(one, kind), now)
}

describe('an incident opens', () => {
  test('at the first look, when that is critical', () => {
    expect(through([CRITICAL])).toMatchObject({ status: 'open', severity: 'critical', since: NOW })
    expect(due(through([CRITICAL]))).toBe('opened')
  })

  test('once two of the last three looks agree, when they warn', () => {
    expect(through([WARNING])).toMatchObject({ status: 'pending' })
    expect(due(through([WARNING]))).toBeUndefined()
    expect(through([WARNING, WARNING])).toMatchObject({ status: 'open', since: NOW })
    expect(through([WARNING, OK, WARNING])?.status).toBe('open')
    expect(through([WARNING, OK, OK, WARNING])?.status).toBe('pending')
  })

  test('at the first look, when a finding says so itself, and confirmed where that says so', () => {
    expect(through([{ severity: 'unknown', opens: 'at-once' }])?.status).toBe('open')
    expect(through([{ severity: 'critical', opens: 'confirmed' }])?.status).toBe('pending')
    expect(
      through([
        { severity: 'critical', opens: 'confirmed' },
        { severity: 'unknown', opens: 'confirmed' },
      ]),
    ).toMatchObject({
      status: 'open',
      severity: 'unknown',
    })
  })

  test('with what it is then, when a pending one turns critical', () => {
    expect(through([WARNING, CRITICAL])).toMatchObject({ status: 'open', worst: 'critical', headline: '97 of 97' })
  })

  test('and is said to stand since it was broken without a break', () => {
    expect(through([WARNING, WARNING, WARNING])?.since).toBe(NOW)
    expect(through([WARNING, OK, WARNING])?.since).toBe(NOW + 10 * MINUTE)
    expect(through([WARNING, OK, WARNING, WARNING])?.since).toBe(NOW + 10 * MINUTE)
  })

  test('not at all, when there is nothing', () => {
    expect(through([OK, BETWEEN, OK])).toBeUndefined()
  })

  test('never, when one look in three is bad', () => {
    expect(through([WARNING, OK, OK, OK])).toBeUndefined()
    expect(through(Array.from({ length: 30 }, (_, i) => (i % 3 === 0 ? WARNING : OK)))?.status).not.toBe('open')
  })

  test('by as many looks as were set', () => {
    const three = { ...TELL, confirm: { looks: 3, of: 5 } }
    expect(through([WARNING, OK, WARNING], undefined, three)?.status).toBe('pending')
    expect(through([WARNING, OK, WARNING, OK, WARNING], undefined, three)?.status).toBe('open')
    expect(through([WARNING], undefined, { ...TELL, confirm: { looks: 1, of: 1 } })?.status).toBe('open')
  })
})

describe('an open incident', () => {
  const open = told(through([CRITICAL]))

  test('is told once', () => {
    expect(due(through([CRITICAL, CRITICAL], open), NOW + 5 * MINUTE)).toBeUndefined()
  })

  test('stays open between warning and recovery, as no more than a warning', () => {
    expect(through([BETWEEN], open)).toMatchObject({ status: 'open', severity: 'warning', headline: '70 of 97' })
    expect(due(through([BETWEEN, BETWEEN], open))).toBeUndefined()
  })

  test('ends below recovery, and that is told', () => {
    const over = through([BETWEEN, OK], open)
    expect(over).toMatchObject({ status: 'ended', until: NOW + 5 * MINUTE, since: NOW })
    expect(due(over)).toBe('resolved')
    expect(told(over)).toBeUndefined()
  })

  test('that waits to close ends only once looks no longer agree on it', () => {
    const lasting = told(through([CRITICAL, CRITICAL]))
    const closing = { ...OK, closes: 'confirmed' } as const
    expect(through([closing], lasting)).toMatchObject({ status: 'open', headline: '97 of 97' })
    expect(due(through([closing], lasting))).toBeUndefined()
    expect(through([closing, closing], lasting)?.status).toBe('ended')
    expect(through([closing, CRITICAL], lasting)?.status).toBe('open')
  })

  test('goes on when it is back before its end was told, and nothing is told of the break', () => {
    const back = through([OK, CRITICAL], open)
    expect(back).toMatchObject({ status: 'open', since: NOW })
    expect(back).not.toHaveProperty('until')
    expect(due(back)).toBeUndefined()
  })

  test('is told again after an hour, and then after another', () => {
    expect(due(open, NOW + HOUR - 1)).toBeUndefined()
    expect(due(open, NOW + HOUR)).toBe('reminder')
    const reminded = told(open, NOW + HOUR)
    expect(due(reminded, NOW + 2 * HOUR - 1)).toBeUndefined()
    expect(due(reminded, NOW + 2 * HOUR)).toBe('reminder')
  })

  test('is told again by how bad it is now', () => {
    const reminders = (severity: 'warning' | 'unknown') => {
      const one = incidentOf({ severity, told: { severity, at: NOW } })
      return [5, 6, 23, 24].map((hours) => due(one, NOW + hours * HOUR))
    }
    expect(reminders('unknown')).toEqual([undefined, 'reminder', 'reminder', 'reminder'])
    expect(reminders('warning')).toEqual([undefined, undefined, undefined, 'reminder'])
    expect(due(through([BETWEEN], open), NOW + HOUR)).toBeUndefined()
  })
})

describe('what gets worse', () => {
  const warned = told(through([WARNING, WARNING]))

  test('is told at once, and once', () => {
    const worse = through([CRITICAL], warned)
    expect(due(worse)).toBe('escalated')
    expect(due(through([CRITICAL], told(worse)))).toBeUndefined()
  })

  test('is told even where it has become better before it could be', () => {
    const better = through([CRITICAL, WARNING], warned)
    expect(due(better)).toBe('escalated')
    expect(noticeSeverity(standing(better), 'escalated')).toBe('critical')
  })

  test('is not told again when it sways between warning and critical', () => {
    let incident = told(through([CRITICAL], warned))
    for (let i = 0; i < 10; i++) {
      incident = through([WARNING, CRITICAL, BETWEEN], incident)
      expect(due(incident)).toBeUndefined()
    }
  })

  test('is told anew after a reminder that said it had become better', () => {
    const reminded = told(through([WARNING], told(through([CRITICAL], warned))), NOW + 25 * HOUR)
    expect(reminded?.told?.severity).toBe('warning')
    expect(due(through([WARNING], reminded), NOW + 25 * HOUR)).toBeUndefined()
    expect(due(through([CRITICAL], reminded), NOW + 25 * HOUR)).toBe('escalated')
  })
})

describe('who heard of a critical hears that it is over', () => {
  test('even if it was a warning by then', () => {
    const calmed = through([BETWEEN, OK], told(through([CRITICAL])))
    expect(noticeSeverity(standing(calmed), 'resolved')).toBe('critical')
  })

  test('and even if they were reminded of a warning in between', () => {
    const reminded = told(through([WARNING], told(through([CRITICAL]))), NOW + 25 * HOUR)
    expect(noticeSeverity(standing(through([OK], reminded)), 'resolved')).toBe('critical')
  })

  test('and who heard only of a warning is not told of a critical', () => {
    const over = through([OK], told(through([WARNING, WARNING])))
    expect(noticeSeverity(standing(over), 'resolved')).toBe('warning')
  })
})

test('what came and went while nothing could be sent is still told, as over', () => {
  const untold = through([CRITICAL, OK])
  expect(dueNotice(standing(untold), NOW, TELL)).toEqual({
    kind: 'resolved',
    reason: 'it came and went while nothing could be sent',
  })
  expect(noticeSeverity(standing(untold), 'resolved')).toBe('critical')
})

test('what broke again while "resolved" was on its way opens anew', () => {
  const over = standing(through([OK], told(through([CRITICAL]))))
  const again = afterTelling(standing(through([CRITICAL], over)), 'resolved', 'critical', NOW)
  expect(again?.status).toBe('open')
  expect(due(again)).toBe('opened')
})

describe('a claim', () => {
  const one = incidentOf()
  const claimed = claimNotice(one, 'run-a', NOW, MINUTE)

  test('keeps other runs from sending, until it runs out', () => {
    expect(claimed?.claim).toEqual({ run: 'run-a', until: NOW + MINUTE })
    expect(claimNotice(standing(claimed), 'run-b', NOW + MINUTE - 1, MINUTE)).toBeUndefined()
    expect(claimNotice(standing(claimed), 'run-b', NOW + MINUTE, MINUTE)?.claim?.run).toBe('run-b')
  })

  test('is the own run again, asked twice', () => {
    expect(claimNotice(standing(claimed), 'run-a', NOW + 1, MINUTE)?.claim).toEqual({
      run: 'run-a',
      until: NOW + MINUTE + 1,
    })
  })

  test('outlives a look, and ends with telling', () => {
    for (const look of [OK, BETWEEN, WARNING, CRITICAL])
      expect(through([look], claimed)?.claim, look.severity).toEqual(claimed?.claim)
    const kinds: NoticeKind[] = ['opened', 'escalated', 'reminder']
    for (const kind of kinds) expect(afterTelling(standing(claimed), kind, 'critical', NOW)).not.toHaveProperty('claim')
  })
})
