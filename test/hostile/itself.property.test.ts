/** What Nightshift tells of itself: the weekly letter, the heartbeat's mail, and what the outside is told of a run. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import type { HeartbeatReading, Listed } from '../../functions/checks/heartbeat/reading.ts'
import { judgeHeartbeat } from '../../functions/checks/heartbeat/rules.ts'
import { gsm7 } from '../../functions/incidents/clean.ts'
import { wordDigest } from '../../functions/incidents/wording.ts'
import { wordLetter } from '../../functions/letter/wording.ts'
import { tellOutside } from '../../functions/outside.ts'
import { errorMessage, redactAll } from '../../functions/redact.ts'
import { incidentOf, NOW, noticeOf } from '../functions/builders.ts'
import { allTopics, checkOf, readingOf, standingOf, topicOf } from '../functions/heartbeat/builders.ts'
import { type LocalPing, startPing } from '../world/ping.ts'
import { expectHarmlessMail, expectHarmlessSms } from './harmless.ts'
import { HOSTILE, hostile } from './texts.ts'

const RUNS = 200

const some = fc.array(hostile, { maxLength: 12 })

const letterOf = (texts: string[]) => {
  const [one = '', two = '', ...others] = texts
  return wordLetter(
    redactAll({
      at: NOW,
      targets: ['orders', ...texts],
      before: { at: NOW, runs: {}, told: {}, unread: { targets: texts, checks: texts } },
      counted: {
        at: NOW,
        runs: { [one]: 3 },
        told: Object.fromEntries(texts.map((text) => [`orders ${text}`, [2, 1]])),
      },
      standing: texts.map((headline, i) => standingOf({ headline, rule: two, unseen: i % 2 === 0 })),
      dropped: texts.map((target) => ({ target, open: others })),
      ended: { byTarget: Object.fromEntries(texts.map((text) => [text, 5])), more: false },
      rehearsed: texts.map((says) => ({ target: one, says })),
      stored: texts.map((what) => ({
        target: what,
        at: NOW,
        measure: {
          series: 'size' as const,
          what,
          unit: 'bytes' as const,
          used: 1,
          limit: { value: 2, what: two, kind: 'hard' as const },
        },
        forecast: { kind: 'none' as const, why: two, reason: 'slow' as const },
      })),
      snapshots: texts.map((target) => ({ target, newestAt: NOW })),
      quiet: texts.map((says) => ({ target: two, says })),
      cost: 3.3,
      faults: texts,
    }),
  )
}

test('the weekly letter is plain text of its length, whatever it tells of', () => {
  fc.assert(
    fc.property(some, (texts) => {
      const { subject, email } = letterOf(texts)
      expectHarmlessMail(subject, email)
    }),
    { numRuns: RUNS },
  )
})

test('nobody can write a line of their own into the weekly letter', () => {
  const linesOf = (text: string) => letterOf([text, text]).email.split('\n').length
  for (const text of HOSTILE) expect(linesOf(text)).toBe(linesOf('harmless'))
})

/** A look of which every text is what SNS, a stranger who subscribed or an incident may hold. */
const reading: fc.Arbitrary<HeartbeatReading> = fc
  .record({
    texts: fc.array(hostile, { minLength: 6, maxLength: 6 }),
    status: fc.constantFrom('confirmed', 'pending', 'deleted'),
  })
  .map(({ texts: [address = '', filter = '', policy = '', what = '', why = '', headline = ''], status }) => {
    const listed: Listed[] = [
      { protocol: what, address, status: status as Listed['status'], filter },
      { protocol: 'email', address: 'anna@example.com', status: 'confirmed', filter },
    ]
    const alerts = { ...topicOf('alerts', ['anna@example.com']), listed }
    const operations = { ...topicOf('operations', ['anna@example.com']), listed, guard: { policy, key: filter } }
    return readingOf({
      topics: allTopics(alerts, operations),
      checks: [checkOf({ refused: { since: 0, why }, succeededAt: 0 })],
      standing: [standingOf({ headline, target: what, told: false, since: 0 })],
      notAsked: [
        { what, why, refused: true },
        { what: headline, why: policy, refused: false },
      ],
    })
  })

test('no mail or SMS of the heartbeat holds more than plain text of its length', () => {
  let told = 0
  fc.assert(
    fc.property(reading, (look) => {
      const bad = redactAll(judgeHeartbeat(look)).filter(({ severity }) => severity !== 'ok')
      told += bad.length
      const notices = bad.map((finding) => {
        const { rule, severity, headline } = finding
        return noticeOf({ target: 'Nightshift', rule, finding, incident: incidentOf({ severity, headline }) })
      })
      const { subject, email, sms } = wordDigest(notices, NOW)
      expectHarmlessMail(subject, email)
      // As they are worded where a phone is all that is left.
      for (const text of [sms ?? gsm7(subject, 160), gsm7(subject, 160)]) expectHarmlessSms(text)
    }),
    { numRuns: RUNS },
  )
  expect(told).toBeGreaterThan(2 * RUNS)
})

let outside: LocalPing
beforeAll(async () => {
  outside = await startPing()
  vi.stubEnv('NIGHTSHIFT_PING_URL', outside.env.NIGHTSHIFT_PING_URL)
})
afterAll(async () => {
  vi.unstubAllEnvs()
  await outside[Symbol.asyncDispose]()
})

test('the outside is told plain text of its length, and a line for each thing', async () => {
  const keys = { neonApiKey: '', passwords: {}, surplus: 0, heartbeatUrl: outside.address }
  const keyring = { read: async () => keys, reread: async () => undefined }
  await fc.assert(
    fc.asyncProperty(some, hostile, async (texts, untold) => {
      const faults = texts.map((text) => errorMessage(new Error(text)))
      const report = { check: 'connections', summary: '1 target: 1 unknown', faults, targets: [], notices: [] }
      await tellOutside(
        { ...report, at: '', dryRun: false, severity: 'unknown', tookMs: 0 },
        { unseen: texts, untold, alone: true, keyring, endsAt: Date.now() + 10_000 },
      )
      const { body = '' } = outside.pings.at(-1) ?? {}
      expectHarmlessMail('a ping', body)
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(10_010)
      const cut = Buffer.byteLength(body) >= 9_990
      if (!cut) expect(body.split('\n')).toHaveLength(2 + 2 * texts.length)
    }),
    { numRuns: RUNS },
  )
})
