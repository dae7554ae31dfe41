/** Looks at one Aura instance: facts only. Asks the API first: what is not running is not connected to. */
import { type AuraReading, type InstanceFacts, isRunning } from '../checks/aura-reading.ts'
import type { Failure } from '../checks/reading.ts'
import type { AuraTarget } from '../config-aura.ts'
import { addresses } from '../env.ts'
import { LookFailed } from '../failure.ts'
import type { Keys } from '../secret.ts'
import { auraApi, type Instance } from './api.ts'
import { noClient } from './api-failure.ts'
import { type Bolt, openBolt } from './bolt.ts'
import { boltFailure } from './bolt-failure.ts'
import { lookOverBolt } from './bolt-look.ts'
import { meteredConnections } from './metrics.ts'

export interface AuraLooked {
  reading: AuraReading
  /** Open, on the connection that the look was made on, when the reading is `seen`; to be closed by whoever asked. */
  bolt?: Bolt
  /** How much is stored, over the same connection: only where nothing else tells it. To be asked last. */
  storeSize?: Bolt['storeSize']
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
  let metering: ReturnType<typeof meteredConnections> | undefined
  try {
    if (keys.aura === undefined) throw noClient()
    const found = await auraApi(keys.aura, signal).getInstance(target.aura.instance)
    instance = factsOf(found)
    if (!isRunning(instance.status)) return { reading: { kind: 'not-running', at: now, instance } }
    metering = meteredConnections(found, keys.aura, now, signal)
    const { bolt, look } = await lookOverBolt(lines(target, keys, found, signal), signal)
    const metrics = await metering
    return {
      bolt,
      reading: { kind: 'seen', at: now, instance, bolt: look, ...(metrics && { metrics }) },
      ...(tellsNoSize(found) && { storeSize: bolt.storeSize }),
    }
  } catch (error) {
    const known = boltFailure(error)
    // What was understood before time was up says more than that it was.
    const understood = error instanceof LookFailed && known.cause !== 'timeout'
    const failure: Failure =
      signal.aborted && !understood
        ? {
            cause: 'no-time',
            at: 'nightshift',
            message: `time was up while waiting for ${instance ? 'the database' : 'the Aura API'}`,
          }
        : known
    const metrics = await metering
    return {
      reading: { kind: 'failed', at: now, failure, ...(instance && { instance }), ...(metrics && { metrics }) },
    }
  }
}

/** Opens lines to the instance: to the configured database, or to the one that is named. */
function lines(
  { name, aura }: AuraTarget,
  keys: Keys,
  { connection_url: url }: Instance,
  signal: AbortSignal,
): (database?: string) => Bolt {
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
  const access = { url, user: aura.user, password, signal, allowUnencrypted }
  return (database = aura.database) => openBolt({ ...access, ...(database && { database }) })
}

/** Of Free the API tells nodes and relationships, and where there are metrics they tell bytes. */
const tellsNoSize = ({ type, metrics_integration_url: metrics }: Instance): boolean =>
  type !== 'free-db' && metrics === null

function factsOf({ id, name, status, type, region, created_at: created }: Instance): InstanceFacts {
  const createdAt = Date.parse(created ?? '')
  return { id, name, status, type, region, ...(Number.isFinite(createdAt) && { createdAt }) }
}
