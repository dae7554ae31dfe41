import { describe, expect, test } from 'vitest'
import type { Severity } from '../../../functions/checks/finding.ts'
import type { NoticeKind } from '../../../functions/incidents/transition.ts'
import { type HeldBy, holdBack, type Quiet, quietAt } from '../../../functions/quiet/quiet.ts'
import { HOUR, incidentOf, NOW } from '../builders.ts'

const until = { until: NOW + HOUR, timeZone: 'Europe/Berlin' }
const asked = { at: NOW - HOUR, until: NOW + HOUR }
const QUIETS: Record<string, Quiet> = {
  nothing: {},
  maintenance: { maintenance: until },
  'quiet hours': { quietHours: until },
  snooze: { snoozed: asked },
  'snooze in quiet hours': { snoozed: asked, quietHours: until },
  'all of it': { maintenance: until, snoozed: asked, quietHours: until },
}

/** `opened warning`, as it is told. */
type News = `${NoticeKind} ${Exclude<Severity, 'ok'>}`
const holding = (news: News, quiet: string, acknowledged = false): HeldBy | undefined => {
  const [kind, severity] = news.split(' ') as [NoticeKind, Severity]
  const incident = incidentOf({
    severity,
    worst: severity,
    ...(kind === 'resolved' && { status: 'ended', toldWorst: severity }),
    ...(acknowledged && { acknowledged: asked }),
  })
  return holdBack(kind, incident, QUIETS[quiet] ?? {}, NOW)
}

/** What is told (-) and what is held back, and by what. */
const TABLE = `
                       nothing        maintenance   quiet hours    snooze         snooze in quiet hours  all of it
  opened critical      -              maintenance   -              -              -                      maintenance
  opened unknown       -              maintenance   quiet hours    snoozed        snoozed                maintenance
  opened warning       -              maintenance   quiet hours    snoozed        snoozed                maintenance
  escalated critical   -              maintenance   -              -              -                      maintenance
  escalated unknown    -              maintenance   quiet hours    snoozed        snoozed                maintenance
  reminder critical    -              maintenance   -              snoozed        snoozed                maintenance
  reminder unknown     -              maintenance   quiet hours    snoozed        snoozed                maintenance
  reminder warning     -              maintenance   quiet hours    snoozed        snoozed                maintenance
  resolved critical    -              maintenance   -              -              -                      maintenance
  resolved unknown     -              maintenance   quiet hours    -              quiet hours            maintenance
  resolved warning     -              maintenance   quiet hours    -              quiet hours            maintenance`
const cells = TABLE.trim()
  .split('\n')
  .map((line) => line.trim().split(/ {2,}/))
const [quiets = [], ...rows] = cells

describe.for(quiets.map((quiet, column) => [quiet, column] as const))('%s', ([quiet, column]) => {
  test.for(rows.map(([news = '', ...said]) => [news, said[column]] as const))('%s: %s', ([news, said]) =>
    expect(holding(news as News, quiet) ?? '-').toBe(said),
  )
})

test('the table has every kind of quiet and of news', () => {
  expect(quiets).toEqual(Object.keys(QUIETS))
  expect(rows).toHaveLength(11)
})

test('what is acknowledged is not reminded of; all other news of it is told', () => {
  for (const severity of ['critical', 'unknown', 'warning'] as const) {
    expect(holding(`reminder ${severity}`, 'nothing', true)).toBe('acknowledged')
    for (const kind of ['opened', 'escalated', 'resolved'] as const)
      expect(holding(`${kind} ${severity}`, 'nothing', true)).toBeUndefined()
  }
  expect(holding('reminder critical', 'quiet hours', true)).toBe('acknowledged')
  expect(holding('reminder critical', 'maintenance', true)).toBe('maintenance')
})

test('a snooze and an acknowledgement end by themselves', () => {
  expect(quietAt({}, [], asked, NOW)).toEqual({ snoozed: asked })
  expect(quietAt({}, [], asked, asked.until)).toEqual({})
  const acknowledged = incidentOf({ acknowledged: asked })
  expect(holdBack('reminder', acknowledged, {}, asked.until - 1)).toBe('acknowledged')
  expect(holdBack('reminder', acknowledged, {}, asked.until)).toBeUndefined()
})

test('maintenance is a target’s, quiet hours are everybody’s', () => {
  // Night in Berlin: 04:15.
  const window = { days: [0, 1, 2, 3, 4, 5, 6], from: 4 * 60, length: 60, timeZone: 'Europe/Berlin' }
  const open = { until: NOW + 45 * 60_000, timeZone: 'Europe/Berlin' }
  expect(quietAt({ maintenance: [window] }, [], undefined, NOW)).toEqual({ maintenance: open })
  expect(quietAt({}, [window], undefined, NOW)).toEqual({ quietHours: open })
})
