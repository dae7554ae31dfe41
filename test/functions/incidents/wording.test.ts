import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { applicationTable } from '../../../functions/checks/applications.ts'
import { RINGS } from '../../../functions/incidents/rings.ts'
import { type Notice, wordDigest } from '../../../functions/incidents/wording.ts'
import { measureSms } from '../../world/aws-sms.ts'
import { findingOf, groupOf, HOUR, incidentOf, MINUTE, NOW, noticeOf, seen } from '../builders.ts'

const digest = (...notices: Notice[]) => wordDigest(notices, NOW + HOUR)
const finding = findingOf({
  evidence: applicationTable(
    seen({ groups: [groupOf({ sessions: 87 }), groupOf({ application: 'shop', state: 'active', sessions: 10 })] }),
  ),
  done: ['sync-job: 10 ended, idle for 2 h.'],
  brief: 'sync-job has 87, 87 idle: restart it',
  advice: ['Restart sync-job.', 'Use the pooled host.'],
})
const warning = (changes: Partial<Notice> = {}) =>
  noticeOf({
    incident: incidentOf({ severity: 'warning', headline: '75 of 97 connections (77%)' }),
    finding: findingOf({ severity: 'warning' }),
    ...changes,
  })
const resolved = (changes: Partial<Notice> = {}) =>
  noticeOf({
    kind: 'resolved',
    incident: incidentOf({
      status: 'ended',
      until: NOW + 30 * MINUTE,
      told: { severity: 'critical', at: NOW },
      toldWorst: 'critical',
      headline: '20 of 97 connections (21%)',
    }),
    finding: findingOf({ severity: 'ok' }),
    ...changes,
  })

describe('one notice', () => {
  test('is a subject with severity, target and number, a mail and an SMS', () => {
    const { subject, email, sms, severity } = digest(noticeOf({ finding, note: 'Owner: the shop team, room 4.' }))
    expect(subject).toBe('[CRITICAL] orders: 97 of 97 connections (100%)')
    expect(severity).toBe('critical')
    expect(sms).toBe(
      'CRITICAL orders: 97 of 97 connections (100%). sync-job has 87, 87 idle: restart it. Owner: the shop team, room 4.',
    )
    expect(email).toBe(
      [
        'CRITICAL orders: 97 of 97 connections (100%)',
        '',
        'Nightshift has done:',
        '  - sync-job: 10 ended, idle for 2 h.',
        '',
        'Since 2026-11-21 03:15 UTC (1 h).',
        '',
        '97 of the 97 connections that applications can have are taken.',
        '',
        '  application  sessions  active  idle  in transaction  longest idle',
        '  sync-job           87       0    87               0  1 min',
        '  shop               10      10     0               0',
        '',
        'What to do:',
        '  1. Restart sync-job.',
        '  2. Use the pooled host.',
        '',
        'Rule: connections.saturation   Runbook: docs/runbook.md#connectionssaturation',
        '',
        'Note: Owner: the shop team, room 4.',
        '',
        'Neon console: https://console.neon.tech/app/projects/cool-darkness-123456',
        '',
      ].join('\n'),
    )
  })

  test('that was held back says by what and for how long', () => {
    const held = { since: NOW - 9 * HOUR, until: NOW, by: 'quiet hours' as const }
    const { email } = digest(noticeOf({ incident: incidentOf({ severity: 'warning', held }) }))
    expect(email).toContain('Held back by quiet hours from 2026-11-20 18:15 UTC to 2026-11-21 03:15 UTC.')
    expect(digest(noticeOf()).email).not.toContain('Held back')
  })

  test('of a warning sends no SMS', () => {
    expect(digest(warning())).toMatchObject({
      subject: '[WARNING] orders: 75 of 97 connections (77%)',
      severity: 'warning',
    })
    expect(digest(warning()).sms).toBeUndefined()
  })

  test('of a reminder says that it still stands, and how it stands', () => {
    const calmed = incidentOf({ severity: 'warning', worst: 'critical', told: { severity: 'critical', at: NOW } })
    expect(digest(noticeOf({ kind: 'reminder' })).subject).toMatch(/^\[STILL CRITICAL\] orders: /)
    expect(digest(noticeOf({ kind: 'reminder', incident: calmed }))).toMatchObject({ severity: 'warning' })
  })

  test('of an escalation says so where it has become better since', () => {
    const incident = incidentOf({ severity: 'warning', worst: 'critical', told: { severity: 'warning', at: NOW } })
    const { subject, email } = digest(noticeOf({ kind: 'escalated', incident }))
    expect(subject).toMatch(/^\[CRITICAL\] /)
    expect(email).toContain('It was critical and is warning now.')
  })

  test('of an end says how long it lasted, and gives no more advice', () => {
    const { subject, email, sms, severity } = digest(resolved({ finding: { ...finding, severity: 'ok' } }))
    expect(subject).toBe('[RESOLVED] orders: 20 of 97 connections (21%)')
    expect(severity).toBe('resolved-critical')
    expect(sms).toBe('RESOLVED orders: 20 of 97 connections (21%)')
    expect(email).toContain('It lasted from 2026-11-21 03:15 UTC to 2026-11-21 03:45 UTC (30 min).')
    expect(email).not.toContain('What to do')
    expect(email).not.toContain('could not be told')
  })

  test('of an end names the rule, and neither the runbook nor the note of whom to wake', () => {
    const { email } = digest(resolved({ note: 'Owner: shop.' }))
    expect(email).toContain('Rule: connections.saturation\n')
    expect(email).not.toMatch(/Runbook|Note:/)
  })

  test('says what else stands on the target', () => {
    const standing = ['WARNING: 60 stale sessions (61% of all connections) (connections.stale)']
    const lines = digest(resolved({ standing })).email.split('\n')
    expect(lines[lines.indexOf('Still open:') + 1]).toBe(`  - ${standing[0]}`)
    expect(digest(resolved()).email).not.toContain('Still open')
  })

  test('says to a phone what to do, and nothing of that once it is over', () => {
    expect(digest(noticeOf({ finding: findingOf({ brief: 'Restart sync-job' }) })).sms).toBe(
      'CRITICAL orders: 97 of 97 connections (100%). Restart sync-job',
    )
    expect(digest(noticeOf()).sms).toBe('CRITICAL orders: 97 of 97 connections (100%)')
    expect(digest(resolved({ finding: { ...finding, severity: 'ok' } })).sms).not.toContain('restart')
  })

  test('of an end that nobody had heard of says so', () => {
    const incident = incidentOf({ status: 'ended', until: NOW + MINUTE })
    expect(digest(resolved({ incident })).email).toContain('It could not be told while it lasted.')
  })

  test('never says that all is well under the word CRITICAL', () => {
    // It stands until looks agree that it is over, and its notice could not be sent before.
    const well = findingOf({ severity: 'ok', headline: 'reachable', summary: '', closes: 'confirmed' })
    const { subject, email } = digest(noticeOf({ finding: well, incident: incidentOf({ headline: 'down' }) }))
    expect(subject).toBe('[CRITICAL] orders: down')
    expect(email).toContain('At this look it was well again')
  })

  test('keeps the words of the last look where there is no newer one, and says so', () => {
    const { finding: _, ...untold } = noticeOf()
    const { subject, email } = digest(untold)
    expect(subject).toContain('97 of 97')
    expect(email).toContain('It could not be looked at again just now')
  })

  test('says that it may have been told before, where the table cannot be used', () => {
    expect(digest(noticeOf({ untracked: true })).email).toContain('may be told again')
  })
})

describe('many notices are one message', () => {
  test('the worst first, the rest counted', () => {
    const { subject, sms, email, severity } = digest(
      resolved({ target: 'a' }),
      warning({ target: 'b' }),
      noticeOf({ target: 'z' }),
      noticeOf({ target: 'y' }),
    )
    expect(subject).toBe('[CRITICAL] y: 97 of 97 connections (100%) (+3 more)')
    expect(sms).toMatch(/^CRITICAL y: .*\(\+2 more\)$/)
    expect(severity).toBe('critical')
    const order = ['CRITICAL y: ', 'CRITICAL z: ', 'WARNING b: ', 'RESOLVED a: '].map((start) => email.indexOf(start))
    expect(order).toEqual(order.toSorted((a, b) => a - b))
    expect(order).not.toContain(-1)
  })

  test('all that is to be told of one target stands together, what was done only once', () => {
    const other = warning({ rule: 'connections.stale', finding: { ...finding, rule: 'connections.stale' } })
    const { email } = digest(noticeOf({ finding, note: 'Owner: shop.' }), { ...other, note: 'Owner: shop.' })
    for (const once of ['Nightshift has done:', 'sync-job: 10 ended', 'Note: Owner: shop.', 'Neon console: '])
      expect(email.split(once)).toHaveLength(2)
  })

  test.for<[string, Notice[], string]>([
    ['an unknown', [noticeOf({ incident: incidentOf({ severity: 'unknown' }) }), warning()], 'unknown'],
    ['a warning', [warning(), warning({ target: 'b' })], 'warning'],
    [
      'the end of a warning',
      [resolved({ incident: incidentOf({ severity: 'warning', status: 'ended', until: NOW }) })],
      'resolved',
    ],
    ['a warning and the end of a critical', [warning(), resolved()], 'resolved-critical'],
    ['a critical and the end of another', [noticeOf(), resolved({ target: 'b' })], 'critical'],
  ])('%s has the attribute that phones are filtered by', ([, notices, severity]) => {
    expect(digest(...notices).severity).toBe(severity)
    // Phones get a message if and only if there are words for them.
    expect(digest(...notices).sms !== undefined).toBe(['critical', 'resolved-critical'].includes(severity))
  })

  test.for<[string, Notice[], string]>([
    ['what is still critical', [noticeOf({ kind: 'reminder' })], 'still-critical'],
    ['what is still critical, and another', [noticeOf({ kind: 'reminder' }), noticeOf({ target: 'z' })], 'critical'],
    ['what is still critical, and an end', [noticeOf({ kind: 'reminder' }), resolved()], 'resolved-critical'],
    ['what is still critical, and a warning', [noticeOf({ kind: 'reminder' }), warning()], 'still-critical'],
    ['what has become critical', [noticeOf({ kind: 'escalated' })], 'critical'],
  ])('%s rings, or not, where reminders are by mail alone', ([, notices, severity]) => {
    const quiet = wordDigest(notices, NOW + HOUR, { remindersRing: false })
    expect(quiet.severity).toBe(severity)
    expect(quiet.sms !== undefined).toBe(RINGS.includes(severity))
    expect(quiet.sms ?? '').not.toContain('STILL')
    expect(quiet.subject).toMatch(/^\[(STILL )?CRITICAL\] /)
  })

  test('a thousand of them still fit into what SNS takes, whatever they hold', () => {
    const long = '"😀\\'.repeat(500)
    const big: Partial<Notice> = {
      note: long,
      finding: findingOf({
        headline: long,
        summary: long,
        evidence: { columns: ['a', 'b'], rows: Array.from({ length: 20 }, () => [long, long]) },
        done: Array.from({ length: 100 }, (_, i) => `${i} ${long}`),
        advice: [long, long],
      }),
      incident: incidentOf({ headline: long }),
    }
    const notices = Array.from({ length: 1_000 }, (_, i) => noticeOf({ target: `target-${i}`, ...big }))
    const { subject, email, sms } = digest(...notices)
    expect(Buffer.byteLength(JSON.stringify({ default: email, sms }))).toBeLessThan(262_144 - 1_000)
    expect(subject).toMatch(/\(\+999 more\)$/)
    expect(email).toContain('cut here')
    expect(email.isWellFormed()).toBe(true)
  })

  test('what does not fit in full is still named, each with a line', () => {
    const notices = Array.from({ length: 50 }, (_, i) => noticeOf({ target: `t-${i}`, finding }))
    const { email } = digest(...notices)
    expect(email).toContain('And 30 more:\n')
    for (const { target } of notices) expect(email).toContain(`CRITICAL ${target}: `)
  })
})

describe('whatever a database calls things', () => {
  const harmful = [
    '<script>alert(1)</script>',
    'x\r\nBcc: someone@example.com',
    '\u202Egnp.exe\u2066',
    '😀'.repeat(15),
    "'; DROP TABLE users; --",
    '[RESOLVED] orders: all is well',
    '\u0000\u0007\u001b[31m',
    '',
  ]
  const odd = fc.oneof(fc.constantFrom(...harmful), fc.string({ unit: 'binary', maxLength: 63 }))

  test('subject, SMS and mail are harmless', () => {
    fc.assert(
      fc.property(
        fc.array(odd, { minLength: 1, maxLength: 6 }),
        fc.constantFrom('opened', 'reminder', 'resolved' as const),
        (names, kind) => {
          const notices = names.map((name) =>
            noticeOf({
              kind: kind as Notice['kind'],
              note: name,
              standing: [name],
              incident: incidentOf({ headline: `a statement of ${name} running for 2 h`, toldWorst: 'critical' }),
              finding: findingOf({
                summary: `${name} has been running`,
                evidence: applicationTable(seen({ groups: [groupOf({ application: name, sessions: 3 })] })),
                done: [`${name}: 1 ended`],
                advice: [`Restart ${name}`],
                brief: `Restart ${name}`,
              }),
            }),
          )
          const { subject, email, sms } = digest(...notices)
          expect(subject).toMatch(/^[!-~][ -~]{0,98}$/)
          expect(measureSms(sms ?? expect.fail('no SMS'))).toEqual({ encoding: 'GSM-7', parts: 1 })
          expect(email).not.toMatch(/[^\P{C}\n\p{Co}\p{Cn}\p{Cs}]/u)
        },
      ),
    )
  })

  test('it cannot forge a line of its own in the mail', () => {
    const forged = 'x\n\nRESOLVED orders: all is well\nRule: connections.saturation'
    const notice = noticeOf({
      note: forged,
      standing: [forged],
      incident: incidentOf({ headline: forged }),
      finding: findingOf({
        headline: forged,
        summary: forged,
        advice: [forged],
        brief: forged,
        done: [forged],
        evidence: applicationTable(seen({ groups: [groupOf({ application: forged })] })),
      }),
    })
    const lines = digest(notice).email.split('\n')
    expect(lines.filter((line) => line.startsWith('RESOLVED'))).toEqual([])
  })

  test('a table stays a table', () => {
    const names = ['a', '😀'.repeat(60), 'x\ny', '']
    const table = applicationTable(seen({ groups: names.map((application) => groupOf({ application, sessions: 3 })) }))
    const rows = digest(noticeOf({ finding: findingOf({ evidence: table }) }))
      .email.split('\n')
      .filter((line) => /^ {2}\S/.test(line))
    expect(rows).toHaveLength(1 + names.length)
    expect(rows.join()).toContain('(no name) app@neondb')
  })
})

test('what two findings of a target advise alike is told once', () => {
  const finding = (advice: string[]) => findingOf({ advice })
  const { email } = digest(
    noticeOf({ finding: finding(['Restart sync-job.', 'Look at its pool.']) }),
    noticeOf({ rule: 'connections.stale', finding: finding(['Look at its pool.', 'Raise the limit.']) }),
    noticeOf({ rule: 'connections.leak', finding: finding(['Restart sync-job.']) }),
    noticeOf({ target: 'billing', finding: finding(['Restart sync-job.']) }),
  )
  expect(email.match(/Look at its pool\./g)).toHaveLength(1)
  expect(email).toContain('What to do besides:\n  1. Raise the limit.')
  expect(email).toContain('What to do: as above.')
  expect(email.match(/1\. Restart sync-job\./g)).toHaveLength(2)
})
