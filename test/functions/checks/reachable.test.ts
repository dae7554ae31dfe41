import { describe, expect, test } from 'vitest'
import { reachable } from '../../../functions/checks/reachable.ts'
import type { Cause } from '../../../functions/checks/reading.ts'
import { failedWith, judged, seen } from '../builders.ts'

type Meaning = [cause: Cause, severity: string, opens: 'at-once' | 'confirmed', headline: RegExp]
const MEANINGS: Meaning[] = [
  ['role-full', 'unknown', 'at-once', /^not looked at: Nightshift's role has no connection left$/],
  ['credentials', 'unknown', 'at-once', /^not looked at: role or password refused$/],
  ['no-database', 'unknown', 'at-once', /no such database/],
  ['no-password', 'unknown', 'at-once', /no password for the role/],
  ['starting', 'unknown', 'confirmed', /the server is starting/],
  ['quota', 'critical', 'at-once', /quota is used up/],
  ['compute-failing', 'critical', 'confirmed', /^down: /],
  ['disabled', 'warning', 'at-once', /compute is disabled/],
  ['no-compute', 'unknown', 'at-once', /the branch has no compute/],
  ['not-found', 'unknown', 'at-once', /no such project or branch/],
  ['api-key', 'unknown', 'at-once', /API refused the key/],
  ['secret', 'unknown', 'at-once', /the secret cannot be used/],
  ['rate-limited', 'unknown', 'confirmed', /limits the number of requests/],
  ['unresolved', 'critical', 'confirmed', /^unreachable: host name not resolved$/],
  ['refused', 'critical', 'confirmed', /^unreachable: connection refused$/],
  ['reset', 'critical', 'confirmed', /^unreachable: connection broken off$/],
  ['tls', 'unknown', 'at-once', /no trusted TLS connection/],
  ['timeout', 'critical', 'confirmed', /^unreachable: no answer in time$/],
  ['provider', 'unknown', 'confirmed', /Neon answered with an error/],
  ['bad-answer', 'unknown', 'confirmed', /answer not understood/],
  ['query', 'unknown', 'confirmed', /own statement failed/],
  ['unexpected', 'unknown', 'confirmed', /unexpected error/],
]

describe('a look over SQL that failed', () => {
  test.for(MEANINGS)('by %s is %s, %s', ([cause, severity, opens, headline]) => {
    const finding = judged(reachable, { reading: failedWith(cause) })
    expect(finding).toMatchObject({ severity, opens, recovered: false })
    expect(finding.headline).toMatch(headline)
    expect(finding.summary).toContain('the words of the other side')
    expect(finding.advice?.length).toBeGreaterThan(0)
  })

  test('never says the same of two causes', () => {
    const headlines = MEANINGS.map(([cause]) => judged(reachable, { reading: failedWith(cause) }).headline)
    expect(new Set(headlines).size).toBe(MEANINGS.length)
  })
})

test('who said it is named', () => {
  const said = (at: 'api' | 'secret' | 'sql') => judged(reachable, { reading: failedWith('provider', { at }) }).summary
  expect(said('api')).toContain("Neon's API said: ")
  expect(said('secret')).toContain('AWS said: ')
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

test('one that answered is reachable, which ends an incident only once looks agree', () => {
  expect(judged(reachable, { reading: seen() })).toMatchObject({ severity: 'ok', recovered: true, closes: 'confirmed' })
})
