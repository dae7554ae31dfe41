import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { reachable as auraReachable } from '../../../functions/checks/aura/reachable.ts'
import { reachable } from '../../../functions/checks/reachable.ts'
import { type Cause, type Failure, STANDING_CAUSES } from '../../../functions/checks/reading.ts'
import { asleep, failedWith, judge, judged, seen } from '../builders.ts'
import { auraFailed, judged as judgedOfAura } from './aura/builders.ts'

type Meaning = [severity: string, opens: 'at-once' | 'confirmed', headline: RegExp]
// A cause without a line here does not compile.
const MEANINGS: Record<Exclude<Cause, 'full'>, Meaning> = {
  'role-full': ['unknown', 'at-once', /^not looked at: Nightshift's role has no connection left$/],
  'database-full': ['critical', 'at-once', /^full: the database's own connection limit is reached$/],
  credentials: ['unknown', 'at-once', /^not looked at: role or password refused$/],
  'no-database': ['unknown', 'at-once', /no such database/],
  'no-password': ['unknown', 'at-once', /no password for the role/],
  starting: ['unknown', 'confirmed', /the server is starting/],
  quota: ['critical', 'at-once', /quota is used up/],
  'compute-failing': ['critical', 'confirmed', /^down: /],
  disabled: ['warning', 'at-once', /compute is disabled/],
  'no-compute': ['unknown', 'at-once', /the branch has no compute/],
  'not-found': ['unknown', 'at-once', /no such project or branch/],
  'api-key': ['unknown', 'at-once', /API refused the key/],
  client: ['unknown', 'at-once', /Aura refused the API client/],
  forbidden: ['unknown', 'at-once', /the Aura API client may not see it/],
  secret: ['unknown', 'at-once', /the secret cannot be used/],
  'rate-limited': ['unknown', 'confirmed', /limits the number of requests/],
  unresolved: ['critical', 'confirmed', /^unreachable: host name not resolved$/],
  refused: ['critical', 'confirmed', /^unreachable: connection refused$/],
  reset: ['critical', 'confirmed', /^unreachable: connection broken off$/],
  tls: ['unknown', 'at-once', /no trusted TLS connection/],
  timeout: ['critical', 'confirmed', /^unreachable: no answer in time$/],
  provider: ['unknown', 'confirmed', /Neon answered with an error/],
  'bad-answer': ['unknown', 'confirmed', /answer not understood/],
  query: ['unknown', 'confirmed', /own statement failed/],
  'no-time': ['unknown', 'confirmed', /^not looked at: the run had no time left$/],
  unexpected: ['unknown', 'confirmed', /unexpected error/],
}
const CAUSES = Object.keys(MEANINGS) as (keyof typeof MEANINGS)[]

describe('a look over SQL that failed', () => {
  test.for(CAUSES.map((cause) => [cause, ...MEANINGS[cause]] as const))(
    'by %s is %s, %s',
    ([cause, severity, opens, headline]) => {
      const finding = judged(reachable, { reading: failedWith(cause) })
      expect(finding).toMatchObject({ severity, opens, recovered: false })
      expect(finding.headline).toMatch(headline)
      expect(finding.summary).toContain('the words of the other side')
      expect(finding.advice?.length).toBeGreaterThan(0)
    },
  )

  test('never says the same of two causes', () => {
    const headlines = CAUSES.map((cause) => judged(reachable, { reading: failedWith(cause) }).headline)
    expect(new Set(headlines).size).toBe(CAUSES.length)
  })
})

test('who said it is named', () => {
  const said = (at: Failure['at']) => judged(reachable, { reading: failedWith('provider', { at }) }).summary
  expect(said('api')).toContain("Neon's API said: ")
  for (const at of ['secret', 'nightshift'] as const)
    expect(said(at)).toMatch(/In detail: the words of the other side$/)
  expect(said('sql')).toContain('It said: ')
})

test("Neon's own incident stands first, with its address", () => {
  const incident = { name: 'Elevated connection errors', url: 'https://neonstatus.com/incidents/1' }
  const finding = judged(reachable, { reading: failedWith('reset', { incident }) })
  expect(finding.headline).toBe('unreachable: connection broken off; Neon reports: Elevated connection errors')
  expect(finding.evidence?.rows).toEqual([[incident.name, incident.url]])
  expect(finding.advice?.[0]).toContain('follow https://neonstatus.com/incidents/1 before you change anything of yours')
})

test('a server that says it is full was reached: that is for connections.saturation to tell', () => {
  expect(judged(reachable, { reading: failedWith('full') })).toMatchObject({ severity: 'ok', recovered: true })
})

describe('the runbook names, in its table of causes,', () => {
  const runbook = readFileSync(new URL('../../../docs/runbook.md', import.meta.url), 'utf8')
  const [, section = ''] = /^## connections\.reachable\n([\s\S]*?)(?=^## )/m.exec(runbook) ?? []
  const rows = section.split('\n').filter((line) => line.startsWith('|'))
  const headlines = rows.map((row) => row.split('|')[1] ?? '')

  const providers = {
    Neon: (cause: Cause) => judged(reachable, { reading: failedWith(cause) }),
    Aura: (cause: Cause) => judgedOfAura(auraReachable, { reading: auraFailed(cause) }),
  }
  const cases = CAUSES.flatMap((cause) => [['Neon', cause] as const, ['Aura', cause] as const])
  test.for(cases)("%s's %s by the words of its headline", ([provider, cause]) => {
    const { headline } = providers[provider](cause)
    // What stands before the colon is said of many; the quota's headline has its words there.
    const words = headline.split(': ').filter((part) => !/^(not looked at|unreachable|down|full)$/.test(part))
    expect(
      headlines.filter((cell) => words.some((part) => cell.includes(part))),
      `no row with "${words.join('" or "')}"`,
    ).toHaveLength(1)
  })
})

describe('a compute that is asleep', () => {
  test('mends nothing that stands: what was before stays, whatever it was that cut us off', () => {
    for (const cutOffBy of STANDING_CAUSES)
      for (const why of ['suspended', 'not-started', 'let-sleep'] as const)
        expect(judge(reachable, { reading: asleep(why), cutOffBy }), cutOffBy).toBeNull()
  })

  test('is reachable where nothing had cut us off', () => {
    for (const why of ['suspended', 'not-started', 'let-sleep'] as const)
      expect(judged(reachable, { reading: asleep(why) })).toMatchObject({
        severity: 'ok',
        recovered: true,
        closes: 'confirmed',
      })
  })
})

test('what had cut us off is over once a look gets in, and another failure is told as itself', () => {
  expect(judged(reachable, { reading: seen(), cutOffBy: 'quota' })).toMatchObject({ severity: 'ok', recovered: true })
  expect(judged(reachable, { reading: failedWith('timeout'), cutOffBy: 'quota' }).headline).toContain(
    'no answer in time',
  )
})

test('what passes by itself is none of what stands', () => {
  for (const cause of ['starting', 'timeout', 'reset', 'refused', 'unresolved', 'no-time', 'provider', 'full'] as const)
    expect(STANDING_CAUSES).not.toContain(cause)
})

test('one that answered is reachable, which ends an incident only once looks agree', () => {
  expect(judged(reachable, { reading: seen() })).toMatchObject({
    severity: 'ok',
    recovered: true,
    closes: 'confirmed',
    headline: 'reachable again',
  })
})
