import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type Outside, tellOutside } from '../../functions/outside.ts'
import type { Report } from '../../functions/report.ts'
import type { Keys } from '../../functions/secret.ts'
import { type LocalPing, startPing } from '../world/ping.ts'

let neon: LocalPing
let aura: LocalPing
beforeEach(async () => {
  neon = await startPing()
  aura = await startPing()
  // One server for both: it tells them apart by their paths.
  vi.stubEnv('NIGHTSHIFT_PING_URL', neon.env.NIGHTSHIFT_PING_URL)
  vi.spyOn(process.stdout, 'write').mockReturnValue(true)
})
afterEach(async () => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
  await Promise.all([neon[Symbol.asyncDispose](), aura[Symbol.asyncDispose]()])
})

const report = (check: string, changes: Partial<Report> = {}): Report => ({
  check,
  at: '',
  dryRun: false,
  severity: 'ok',
  summary: '1 target: 1 ok',
  targets: [],
  notices: [],
  tookMs: 0,
  ...changes,
})

/** Why it was not taken. */
async function pingOf(check: string, keys: Partial<Keys>, changes: Partial<Outside> = {}) {
  const read = async (): Promise<Keys> => ({ neonApiKey: '', passwords: {}, surplus: 0, ...keys })
  return tellOutside(report(check), outsideOf({ keyring: { read, reread: async () => undefined }, ...changes }))
}
const outsideOf = (changes: Partial<Outside> & Pick<Outside, 'keyring'>): Outside => ({
  unseen: [],
  untold: undefined,
  alone: false,
  endsAt: Date.now() + 10_000,
  ...changes,
})

test('Neon and Aura have an address each: two that shared one would each end what the other has told', async () => {
  const both = { heartbeatUrl: neon.address, auraHeartbeatUrl: aura.address }
  await pingOf('connections', both)
  await pingOf('aura', both, { unseen: ['graph'] })
  expect(neon.pings).toEqual([{ well: true, method: 'POST', body: 'connections: 1 target: 1 ok' }])
  // One server for both, which knows one of the paths alone.
  expect(neon.requests).toBe(3)
  await pingOf('aura', { auraHeartbeatUrl: neon.address }, { unseen: ['graph'] })
  expect(neon.pings.at(-1)).toEqual({
    well: false,
    method: 'POST',
    body: 'aura: 1 target: 1 ok\ngraph could not be looked at',
  })
})

test('without an address, or without the keys, nothing is sent', async () => {
  await pingOf('connections', { auraHeartbeatUrl: neon.address })
  await pingOf('aura', { heartbeatUrl: neon.address })
  const keyring = { read: () => Promise.reject(new Error('no secret')), reread: async () => undefined }
  await tellOutside(report('connections'), outsideOf({ keyring }))
  expect(neon.requests).toBe(0)
})

test('where Aura alone is watched the one address there is is its own', async () => {
  await pingOf('aura', { heartbeatUrl: neon.address }, { alone: true })
  expect(neon.pings.map(({ body }) => body)).toEqual(['aura: 1 target: 1 ok'])
  const both = { heartbeatUrl: neon.address, auraHeartbeatUrl: aura.address }
  await pingOf('aura', both, { alone: true })
  expect([neon.pings.length, neon.requests]).toEqual([1, 3])
})

test('what the heartbeat could tell nobody makes of every run a failure', async () => {
  await pingOf('connections', { heartbeatUrl: neon.address }, { untold: 'heartbeat: nobody could be told' })
  expect(neon.pings).toEqual([
    { well: false, method: 'POST', body: 'connections: 1 target: 1 ok\nheartbeat: nobody could be told' },
  ])
})

test('why nobody took it is handed back, and nothing where it was taken or nobody waits', async () => {
  expect(await pingOf('connections', { heartbeatUrl: neon.address })).toBeUndefined()
  expect(await pingOf('connections', {})).toBeUndefined()
  expect(await pingOf('connections', { heartbeatUrl: aura.address })).toMatch(/^HTTP 404/)
})
