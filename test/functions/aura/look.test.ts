import { afterEach, beforeEach, expect, test } from 'vitest'
import { lookAtAura } from '../../../functions/aura/look.ts'
import { resolveAuraTargets } from '../../../functions/config-aura.ts'
import type { Keys } from '../../../functions/secret.ts'
import { AURA_FAULTS, type LocalAura, startAura } from '../../world/aura.ts'
import { NOW } from '../builders.ts'

// What comes of it where there is a Neo4j behind it: test/scenarios/aura*.test.ts.
const [TARGET] = resolveAuraTargets({ tell: {}, targets: [{ name: 'graph', aura: { instance: 'a1b2c3d4' } }] })

let aura: LocalAura
let keys: Keys
beforeEach(async () => {
  aura = await startAura()
  Object.assign(process.env, aura.env)
  aura.addInstance({ id: 'a1b2c3d4', type: 'free-db', status: 'paused' })
  keys = { neonApiKey: '', aura: aura.client, passwords: {}, surplus: 0 }
})
afterEach(() => aura.stop())

const look = async (signal = AbortSignal.timeout(10_000)) => {
  if (!TARGET) return expect.fail('no target')
  return (await lookAtAura(TARGET, keys, NOW, signal)).reading
}

test('what the newer API calls available runs, and is connected to', async () => {
  const instance = aura.instances.get('a1b2c3d4') ?? expect.fail('no instance')
  expect(await look()).toMatchObject({ kind: 'not-running' })
  instance.api.status = 'available'
  expect(await look()).toMatchObject({
    kind: 'failed',
    failure: { cause: expect.stringMatching(/no-password|bad-answer/) },
  })
})

test('when time is up before the API has answered, that is what is said', async () => {
  aura.fail('api', 'hang')
  expect(await look(AbortSignal.timeout(200))).toMatchObject({
    kind: 'failed',
    failure: { cause: 'no-time', at: 'nightshift', message: 'time was up while waiting for the Aura API' },
  })
})

test('when time is up after it has refused, the refusal says more', async () => {
  aura.fail('api', { ...AURA_FAULTS.rateLimited, headers: { 'retry-after': '9' } })
  // Long enough for the refusal to come on any machine, and too short for what it asks for.
  expect(await look(AbortSignal.timeout(1_500))).toMatchObject({ failure: { cause: 'rate-limited', at: 'api' } })
})

test('when time is up before it was our turn, it is we who held it back', async () => {
  for (let i = 0; i < 25; i++) expect(await look()).toMatchObject({ kind: 'not-running' })
  expect(await look(AbortSignal.timeout(200))).toMatchObject({
    failure: {
      cause: 'rate-limited',
      at: 'nightshift',
      message: expect.stringContaining('at most 25 requests a minute'),
    },
  })
  expect(aura.requests.filter(({ service }) => service === 'api')).toHaveLength(25)
})
