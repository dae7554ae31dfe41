import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { normaliseCypher } from '../../functions/aura/cypher.ts'
import { quoteCypher } from '../../functions/checks/aura/transactions.ts'
import type { Finding } from '../../functions/checks/finding.ts'
import { ascii, gsm7, oneLine } from '../../functions/incidents/clean.ts'
import { neonLinks } from '../../functions/incidents/links.ts'
import { wordDigest } from '../../functions/incidents/wording.ts'
import { log } from '../../functions/log.ts'
import { errorMessage, normaliseStatement, redactAll } from '../../functions/redact.ts'
import { findingOf, incidentOf, NOW, noticeOf } from '../functions/builders.ts'
import { expectHarmlessLog, expectHarmlessMail, expectHarmlessSms } from './harmless.ts'
import { HOSTILE, hostile } from './texts.ts'

const RUNS = 300

afterEach(() => void vi.restoreAllMocks())

/** A notice of which every text is what somebody else wrote. */
const notice = fc
  .record({
    severity: fc.constantFrom('critical', 'warning', 'unknown'),
    kind: fc.constantFrom('opened', 'escalated', 'reminder', 'resolved'),
    texts: fc.array(hostile, { minLength: 9, maxLength: 9 }),
  })
  .map(({ severity, kind, texts: [headline = '', summary = '', brief = '', done = '', advice = '', ...rest] }) => {
    const [cell = '', column = '', note = '', standing = ''] = rest
    const finding: Finding = findingOf({
      severity,
      headline,
      summary,
      brief,
      done: [done],
      advice: [advice],
      evidence: { columns: ['application', column], rows: [[cell, cell]] },
    })
    const incident = incidentOf({ severity, headline, told: { severity, at: NOW } })
    const links = neonLinks({ neon: { project: cell.toWellFormed() } }, column.toWellFormed() || undefined)
    return noticeOf({ kind, incident, finding, note, standing: [standing], links })
  })

test('no mail, subject or SMS holds more than plain text of its length', () => {
  fc.assert(
    fc.property(fc.array(notice, { minLength: 1, maxLength: 25 }), (notices) => {
      const { subject, email, sms } = wordDigest(notices, NOW)
      expectHarmlessMail(subject, email)
      if (sms !== undefined) expectHarmlessSms(sms)
      // An answer of a phone begins with such a word; what is sent begins with what it is.
      if (sms !== undefined) expect(sms).toMatch(/^(STILL )?(CRITICAL|RESOLVED) orders:/)
    }),
    { numRuns: RUNS },
  )
})

test('nobody can write a line of their own into a mail', () => {
  const linesOf = (text: string) =>
    wordDigest([noticeOf({ finding: findingOf({ headline: text, summary: text, advice: [text] }) })], NOW).email.split(
      '\n',
    )
  for (const text of HOSTILE) expect(linesOf(text).length).toBe(linesOf('harmless').length)
})

test('one event is one line of JSON that says what was said, and no metric', () => {
  let written = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    written += text
    return true
  })
  fc.assert(
    fc.property(
      hostile,
      fc.dictionary(fc.constantFrom('target', 'error', 'says'), fc.array(hostile)),
      (text, facts) => {
        written = ''
        log('target', { text, ...facts })
        const [event, ...others] = expectHarmlessLog(written)
        expect(others).toEqual([])
        expect(event).toEqual({ event: 'target', ...redactAll({ text, ...facts }) })
      },
    ),
    { numRuns: RUNS },
  )
})

test('an error is one line of bounded length, whatever threw it', () => {
  fc.assert(
    fc.property(hostile, hostile, (message, inner) => {
      const text = errorMessage(new Error(message, { cause: new Error(inner) }))
      expect(text.length).toBeLessThanOrEqual(400)
      expect(text).not.toMatch(/[\n\r]/)
    }),
    { numRuns: RUNS },
  )
})

test.for([
  ['SQL', normaliseStatement],
  ['Cypher', normaliseCypher],
] as const)('a statement in %s is shortened, and keeps no literal', ([, normalise]) => {
  fc.assert(
    fc.property(hostile, hostile, (before, literal) => {
      expect(normalise(`${before} ${literal}`).length).toBeLessThanOrEqual(120)
      const quoted = `SELECT '${literal.replaceAll(/[\\']/g, '')}a-secret-literal'`
      expect(normalise(quoted)).not.toContain('secret')
    }),
    { numRuns: RUNS },
  )
})

test('an id in Cypher is one literal, and means itself', () => {
  fc.assert(
    fc.property(hostile, (id) => {
      const [, body] = /^'((?:[^'\\]|\\['\\])*)'$/s.exec(quoteCypher(id)) ?? []
      expect(body?.replaceAll(/\\(['\\])/g, '$1')).toBe(id)
    }),
    { numRuns: RUNS },
  )
})

test('cut text is as long as it may be, in one line, and whole characters', () => {
  fc.assert(
    fc.property(hostile, fc.integer({ min: 4, max: 500 }), (text, most) => {
      for (const clean of [oneLine, ascii, gsm7]) {
        const line = clean(text, most)
        expect([...line].length).toBeLessThanOrEqual(most)
        expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u)
      }
    }),
    { numRuns: RUNS },
  )
})
