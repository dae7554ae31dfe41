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
  return afterTelling(one, kind, one, now)
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

  test('that waits to close ends only after as many good looks in a row as are ever asked', () => {
    const lasting = told(through([CRITICAL, CRITICAL]))
    const closing = { ...OK, closes: 'confirmed' } as const
    expect(through([closing], lasting)).toMatchObject({ status: 'open', headline: '97 of 97' })
    expect(due(through([closing], lasting))).toBeUndefined()
    expect(through([closing, closing], lasting)?.status).toBe('open')
    expect(through([closing, closing, closing], lasting)?.status).toBe('ended')
    expect(through([closing, CRITICAL], lasting)?.status).toBe('open')
  })

  test('that comes and goes is one incident: told once, and never told to be over in between', () => {
    const closing = { ...OK, closes: 'confirmed' } as const
    const sawtooth = Array.from({ length: 24 }, (_, i) => (i % 2 === 0 ? CRITICAL : closing))
    let incident: Incident | undefined
    const notices = sawtooth.map((look, i) => {
      const at = NOW + i * 2 * MINUTE
      incident = afterLook(incident, findingOf(look), at, TELL)
      const kind = incident && dueNotice(incident, at, TELL)?.kind
      if (incident && kind) incident = afterTelling(incident, kind, incident, at)
      return kind
    })
    expect(notices.filter(Boolean)).toEqual(['opened'])
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

describe('what nobody can change', () => {
  const FOR_GOOD: Partial<Finding> = { severity: 'unknown', opens: 'at-once', once: true, headline: 'not told here' }
  const known = told(through([FOR_GOOD]))

  test('is told once, and never again while it lasts', () => {
    const later = through([FOR_GOOD, FOR_GOOD], known)
    expect(due(later, NOW + 30 * 24 * HOUR)).toBeUndefined()
  })

  test('is told when it becomes worse, and when it is over', () => {
    expect(due(through([CRITICAL], known))).toBe('escalated')
    expect(due(through([OK], known))).toBe('resolved')
  })

  test('is reminded of like anything else once it is another matter', () => {
    const other = through([{ severity: 'unknown' }, { severity: 'unknown' }], known)
    expect(due(other, NOW + 6 * HOUR)).toBe('reminder')
  })

  test('is not reminded of because of a single look that fails otherwise, now and then', () => {
    const blips = through(
      [{ severity: 'unknown' }, FOR_GOOD, { severity: 'unknown', opens: 'confirmed' }, FOR_GOOD],
      known,
    )
    expect(due(blips, NOW + 30 * 24 * HOUR)).toBeUndefined()
    expect(due(through([{ severity: 'unknown' }], known), NOW + 30 * 24 * HOUR)).toBeUndefined()
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

describe('what changes while a notice is on its way', () => {
  const MARKED = NOW + HOUR
  /** A run words the notice that is due; others look meanwhile; then SNS has taken it. */
  function meanwhile(looks: Partial<Finding>[], before: Incident | undefined): Incident | undefined {
    const one = standing(before)
    const { kind } = dueNotice(one, NOW, TELL) ?? expect.fail('nothing is due')
    const sent = standing(claimNotice(one, 'run-a', NOW, HOUR))
    return afterTelling(standing(through(looks, sent)), kind, sent, MARKED)
  }
  const opening = through([WARNING, WARNING])

  test('is still told where it grew worse, and once', () => {
    const grown = meanwhile([CRITICAL], opening)
    expect(grown).toMatchObject({ told: { severity: 'warning', at: MARKED }, toldWorst: 'warning', worst: 'critical' })
    expect(due(grown, MARKED)).toBe('escalated')
    expect(noticeSeverity(standing(grown), 'escalated')).toBe('critical')
    expect(due(told(grown, MARKED), MARKED)).toBeUndefined()
  })

  test('is still told where it grew worse and better again', () => {
    const swayed = meanwhile([CRITICAL, WARNING], opening)
    expect(swayed).toMatchObject({ severity: 'warning', worst: 'critical' })
    expect(due(swayed, MARKED)).toBe('escalated')
    expect(noticeSeverity(standing(swayed), 'escalated')).toBe('critical')
    const unknown = meanwhile([{ severity: 'unknown' }, WARNING], opening)
    expect(noticeSeverity(standing(unknown), 'escalated')).toBe('unknown')
  })

  test('is still told where it grew worse and was over', () => {
    const gone = meanwhile([CRITICAL, OK, OK], opening)
    expect(gone).toMatchObject({ status: 'ended', told: { severity: 'warning' } })
    expect(due(gone, MARKED)).toBe('resolved')
  })

  test('is told no more where it only became better', () => {
    const better = meanwhile([WARNING], through([CRITICAL]))
    expect(better).toMatchObject({ told: { severity: 'critical', at: MARKED }, severity: 'warning', worst: 'warning' })
    expect(due(better, MARKED)).toBeUndefined()
  })

  test('opens anew where it broke again while "resolved" was on its way: people believe it over', () => {
    const over = through([OK, OK], told(through([CRITICAL])))
    const again = meanwhile([WARNING], over)
    expect(again).toMatchObject({ status: 'open', severity: 'warning', worst: 'warning' })
    expect(again).not.toHaveProperty('told')
    expect(again).not.toHaveProperty('toldWorst')
    expect(again).not.toHaveProperty('claim')
    expect(due(again, MARKED)).toBe('opened')
    expect(noticeSeverity(standing(again), 'opened')).toBe('warning')
  })

  test('and then stands since no earlier than the end that was told', () => {
    const broken = through([CRITICAL, CRITICAL, CRITICAL])
    const over = standing(afterLook(told(broken), findingOf(OK), NOW + 15 * MINUTE, TELL))
    const sent = standing(claimNotice(over, 'run-a', NOW + 15 * MINUTE, HOUR))
    const back = standing(afterLook(sent, findingOf(CRITICAL), NOW + 16 * MINUTE, TELL))
    const again = standing(afterTelling(back, 'resolved', sent, NOW + 17 * MINUTE))
    expect(broken?.since).toBe(NOW)
    expect(again.since).toBeGreaterThanOrEqual(NOW + 15 * MINUTE)
    expect(again.since).toBeLessThanOrEqual(NOW + 17 * MINUTE)
  })

  test('is done with where it is still over once "resolved" has been told', () => {
    expect(meanwhile([OK], through([OK], told(through([CRITICAL]))))).toBeUndefined()
  })
})

describe('when it was last found broken', () => {
  test('is kept, whatever else is found since', () => {
    expect(through([WARNING])?.brokenAt).toBe(NOW)
    expect(through([WARNING, OK])?.brokenAt).toBe(NOW)
    expect(through([WARNING, CRITICAL])?.brokenAt).toBe(NOW + 5 * MINUTE)
    expect(through([CRITICAL, CRITICAL, BETWEEN])?.brokenAt).toBe(NOW + 5 * MINUTE)
    expect(through([CRITICAL, OK])).toMatchObject({ status: 'ended', brokenAt: NOW })
    expect(through([CRITICAL, OK, CRITICAL])?.brokenAt).toBe(NOW + 10 * MINUTE)
  })
})

describe('what cannot be looked at for half an hour', () => {
  const UNSEEN: Partial<Finding> = { severity: 'unknown', unseen: true, headline: 'not looked at' }
  /** As many looks in which nothing could be seen, five minutes apart. */
  const unseen = (looks: number, before?: Incident) => through(Array(looks).fill(UNSEEN), before)

  test('does not go for a role that is blind: its target is being watched', () => {
    const known = told(unseen(2))
    const blind = afterLook(known, findingOf({ severity: 'unknown' }), NOW + HOUR, TELL)
    expect(blind?.severity).toBe('unknown')
  })

  test('is critical from then on, and that is told', () => {
    const known = told(unseen(2))
    expect(known?.told?.severity).toBe('unknown')
    const look = (ms: number) => afterLook(known, findingOf(UNSEEN), NOW + ms, TELL)
    expect(look(30 * MINUTE - 1)).toMatchObject({ severity: 'unknown', worst: 'unknown' })
    expect(due(look(30 * MINUTE - 1))).toBeUndefined()
    expect(look(30 * MINUTE)).toMatchObject({ severity: 'critical', worst: 'critical', headline: 'not looked at' })
    expect(due(look(30 * MINUTE))).toBe('escalated')
    expect(noticeSeverity(standing(look(30 * MINUTE)), 'escalated')).toBe('critical')
  })

  test('is told so once, and again as often as what is critical', () => {
    const critical = told(afterLook(told(unseen(2)), findingOf(UNSEEN), NOW + HOUR, TELL), NOW + HOUR)
    const again = afterLook(critical, findingOf(UNSEEN), NOW + HOUR + 5 * MINUTE, TELL)
    expect(due(again, NOW + HOUR + 5 * MINUTE)).toBeUndefined()
    expect(due(again, NOW + 2 * HOUR)).toBe('reminder')
    expect(noticeSeverity(standing(again), 'reminder')).toBe('critical')
  })

  test('counts from the first look that failed', () => {
    expect(unseen(6)).toMatchObject({ severity: 'unknown', since: NOW })
    expect(unseen(7)?.severity).toBe('critical')
  })

  test('is as it was set', () => {
    const policy = { ...TELL, unseenIsCriticalMs: 2 * HOUR }
    expect(through(Array(24).fill(UNSEEN), undefined, policy)?.severity).toBe('unknown')
    expect(through(Array(25).fill(UNSEEN), undefined, policy)?.severity).toBe('critical')
  })

  test('is nothing that a warning turns into by lasting', () => {
    expect(through(Array(100).fill(WARNING))?.worst).toBe('warning')
  })

  test('begins anew once it could be looked at', () => {
    const over = through([UNSEEN, UNSEEN, UNSEEN, OK])
    expect(over?.status).toBe('ended')
    expect(unseen(3, told(over))?.severity).toBe('unknown')
  })
})

describe('what is as bad as it can be', () => {
  const FULL: Partial<Finding> = { ...CRITICAL, acute: true, headline: 'full' }
  const nearly = told(through([CRITICAL]))

  test('is told even where critical was told before, and once', () => {
    const full = through([FULL], nearly)
    expect(dueNotice(standing(full), NOW, TELL)).toEqual({
      kind: 'escalated',
      reason: 'something about it cannot wait',
    })
    expect(noticeSeverity(standing(full), 'escalated')).toBe('critical')
    expect(due(through([FULL, FULL], told(full)))).toBeUndefined()
  })

  test('is not told twice where it was so from the beginning', () => {
    expect(due(through([FULL, FULL], told(through([FULL]))))).toBeUndefined()
  })

  test('is told even where it has become better before it could be', () => {
    expect(due(through([FULL, CRITICAL], nearly))).toBe('escalated')
  })

  test('is not told again when it sways', () => {
    let incident = told(through([FULL], nearly))
    for (let i = 0; i < 10; i++) {
      incident = through([CRITICAL, FULL, WARNING, FULL], incident)
      expect(due(incident)).toBeUndefined()
    }
  })

  test('is told anew after a reminder that said it had become better', () => {
    const reminded = told(through([CRITICAL], told(through([FULL]))), NOW + HOUR)
    expect(due(through([CRITICAL], reminded), NOW + HOUR)).toBeUndefined()
    expect(due(through([FULL], reminded), NOW + HOUR)).toBe('escalated')
  })

  test('is still told where it became so while another notice was on its way', () => {
    const opening = standing(through([CRITICAL]))
    const sent = standing(claimNotice(opening, 'run-a', NOW, HOUR))
    const marked = afterTelling(standing(through([FULL], sent)), 'opened', sent, NOW)
    expect(due(through([FULL], marked))).toBe('escalated')
  })
})

describe('an incident that ends only after a time of quiet', () => {
  const QUIET = { ...OK, closes: 'confirmed', closesAfterMs: HOUR } as const
  /** A quiet look, so long after it was last found broken. */
  const quiet = (incident: Incident | undefined, ms: number) =>
    afterLook(incident, findingOf(QUIET), standing(incident).brokenAt + ms, TELL)
  const calm = through([QUIET, QUIET], told(through([WARNING, WARNING])))

  test('stands until then, with its own words, and ends at that moment', () => {
    expect(calm).toMatchObject({ status: 'open', severity: 'warning', headline: '75 of 97' })
    expect(due(calm)).toBeUndefined()
    expect(quiet(calm, HOUR - 1)?.status).toBe('open')
    expect(quiet(calm, HOUR)).toMatchObject({ status: 'ended', headline: 'well' })
  })

  test('goes on with the next drop, and the quiet begins afresh', () => {
    const dropped = afterLook(calm, findingOf(WARNING), NOW + 50 * MINUTE, TELL)
    expect(dropped).toMatchObject({ status: 'open', since: NOW, brokenAt: NOW + 50 * MINUTE })
    expect(due(dropped, NOW + 50 * MINUTE)).toBeUndefined()
    const later = quiet(quiet(dropped, 50 * MINUTE), 55 * MINUTE)
    expect(later?.status).toBe('open')
    expect(quiet(later, HOUR)?.status).toBe('ended')
  })

  test('does not end by the time alone, while looks still agree on it', () => {
    expect(quiet(through([WARNING, WARNING]), HOUR)?.status).toBe('open')
  })

  test('is at once over for a rule that asks for no such time', () => {
    const warned = told(through([WARNING, WARNING]))
    expect(afterLook(warned, findingOf(OK), NOW + 10 * MINUTE, TELL)?.status).toBe('ended')
  })
})

describe('a claim', () => {
  const one = incidentOf()
  const claimed = claimNotice(one, 'run-a', NOW, MINUTE)

  test('keeps other runs from sending, until it runs out', () => {
    expect(claimed?.claim).toEqual({ run: 'run-a', until: NOW + MINUTE })
    expect(claimNotice(standing(claimed), 'run-b', NOW + MINUTE - 1, MINUTE)).toBeUndefined()
    expect(claimNotice(standing(claimed), 'run-b', NOW + MINUTE, MINUTE)?.claim?.run).toBe('run-b')
  })

  test('is not for the same event delivered twice, since each has a run of its own', () => {
    const first = standing(claimNotice(one, 'request-1/a', NOW, MINUTE))
    expect(claimNotice(first, 'request-1/b', NOW + 1, MINUTE)).toBeUndefined()
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
    for (const kind of kinds)
      expect(afterTelling(standing(claimed), kind, standing(claimed), NOW)).not.toHaveProperty('claim')
  })
})
