import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Settings } from '../../functions/config.ts'
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

async function pingOf(check: string, keys: Partial<Keys>, neonTargets: number, unseen: string[] = []) {
  const read = async (): Promise<Keys> => ({ neonApiKey: '', passwords: {}, surplus: 0, ...keys })
  const settings = { targets: Array(neonTargets).fill({}) } as unknown as Settings
  const keyring = { read, reread: async () => undefined }
  await tellOutside(report(check), unseen, { settings, keyring, endsAt: Date.now() + 10_000 })
  return neon.requests
}

test('one address is for the connections of Neon, or for Aura where there is nothing else', async () => {
  expect(await pingOf('connections', { heartbeatUrl: neon.address }, 1)).toBe(1)
  expect(await pingOf('aura', { heartbeatUrl: neon.address }, 1)).toBe(1)
  expect(await pingOf('aura', { heartbeatUrl: neon.address }, 0)).toBe(2)
})

test('Aura beside Neon has an address of its own', async () => {
  const both = { heartbeatUrl: aura.address, auraHeartbeatUrl: neon.address }
  await pingOf('aura', both, 1, ['graph'])
  expect(neon.pings).toEqual([
    { well: false, method: 'POST', body: 'aura: 1 target: 1 ok\ngraph could not be looked at' },
  ])
})

test('without an address, or without the keys, nothing is sent', async () => {
  expect(await pingOf('connections', {}, 1)).toBe(0)
  const settings = { targets: [{}] } as unknown as Settings
  const keyring = { read: () => Promise.reject(new Error('no secret')), reread: async () => undefined }
  await tellOutside(report('connections'), [], { settings, keyring, endsAt: Date.now() + 10_000 })
  expect(neon.requests).toBe(0)
})
