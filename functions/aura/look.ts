/** Looks at one Aura instance: facts only. Asks the API first: what is not running is not connected to. */
import type { AuraReading, InstanceFacts } from '../checks/aura-reading.ts'
import type { Failure } from '../checks/reading.ts'
import type { AuraTarget } from '../config-aura.ts'
import { addresses } from '../env.ts'
import { LookFailed } from '../failure.ts'
import type { Keys } from '../secret.ts'
import { auraApi, type Instance } from './api.ts'
import { type Bolt, openBolt } from './bolt.ts'
import { boltFailure } from './bolt-failure.ts'

export interface AuraLooked {
  reading: AuraReading
  /** Open, on the connection that the look was made on, when the reading is `seen`; to be closed by whoever asked. */
  bolt?: Bolt
}

/**
 * One look. Never throws: whatever fails is a reading of its own.
 * @param signal the deadline of everything asked for this target
 */
export async function lookAtAura(
  target: AuraTarget,
  keys: Keys,
  now: number,
  signal: AbortSignal,
): Promise<AuraLooked> {
  let instance: InstanceFacts | undefined
  let bolt: Bolt | undefined
  try {
    if (keys.aura === undefined) throw noClient()
    const found = await auraApi(keys.aura, signal).getInstance(target.aura.instance)
    instance = factsOf(found)
    if (instance.status !== 'running') return { reading: { kind: 'not-running', at: now, instance } }
    bolt = connect(target, keys, found, signal)
    const look = await bolt.look()
    return { bolt, reading: { kind: 'seen', at: now, instance, bolt: look } }
  } catch (error) {
    await bolt?.close()
    const failure: Failure = signal.aborted
      ? {
          cause: 'no-time',
          at: 'nightshift',
          message: `time was up while waiting for ${instance ? 'the database' : 'the Aura API'}`,
        }
      : boltFailure(error)
    return { reading: { kind: 'failed', at: now, failure, ...(instance && { instance }) } }
  }
}

function connect({ name, aura }: AuraTarget, keys: Keys, { connection_url: url }: Instance, signal: AbortSignal): Bolt {
  const password = keys.passwords[name]
  if (url === null)
    throw new LookFailed({
      cause: 'bad-answer',
      at: 'api',
      message: 'the Aura API gave no connection_url for a running instance',
    })
  if (password === undefined)
    throw new LookFailed({
      cause: 'no-password',
      at: 'secret',
      message: `the secret has no passwords.${name}, for the database user ${aura.user}`,
    })
  // Only a local world or an emulator is spoken to without encryption.
  const allowUnencrypted = addresses.auraApi() !== addresses.auraApiDefault
  return openBolt({
    url,
    user: aura.user,
    password,
    signal,
    allowUnencrypted,
    ...(aura.database && { database: aura.database }),
  })
}

const noClient = () =>
  new LookFailed({
    cause: 'client',
    at: 'secret',
    message: 'the secret has no Aura API client (aura.clientId, aura.clientSecret)',
  })

function factsOf({ id, name, status, type, region, created_at: created }: Instance): InstanceFacts {
  const createdAt = Date.parse(created ?? '')
  return { id, name, status, type, region, ...(Number.isFinite(createdAt) && { createdAt }) }
}
