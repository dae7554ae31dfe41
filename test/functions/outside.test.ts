import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { tellOutside } from '../../functions/outside.ts'
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

async function pingOf(check: string, keys: Partial<Keys>, unseen: string[] = []) {
  const read = async (): Promise<Keys> => ({ neonApiKey: '', passwords: {}, surplus: 0, ...keys })
  await tellOutside(report(check), unseen, { read, reread: async () => undefined }, Date.now() + 10_000)
}

test('Neon and Aura have an address each: two that shared one would each end what the other has told', async () => {
  const both = { heartbeatUrl: neon.address, auraHeartbeatUrl: aura.address }
  await pingOf('connections', both)
  await pingOf('aura', both, ['graph'])
  expect(neon.pings).toEqual([{ well: true, method: 'POST', body: 'connections: 1 target: 1 ok' }])
  // One server for both, which knows one of the paths alone.
  expect(neon.requests).toBe(3)
  await pingOf('aura', { auraHeartbeatUrl: neon.address }, ['graph'])
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
  await tellOutside(report('connections'), [], keyring, Date.now() + 10_000)
  expect(neon.requests).toBe(0)
})
