/** A look over Bolt that survives what passes: a line that breaks off, and a database that is down. */
import type { Failure } from '../checks/reading.ts'
import { retrying } from '../retry.ts'
import type { Bolt } from './bolt.ts'
import { boltFailure, isTransientBolt, keptOut } from './bolt-failure.ts'
import type { BoltLook } from './bolt-records.ts'

/** Always there, and whatever a look asks for is listed there too. */
const SYSTEM = 'system'

export interface BoltLooked {
  /** Open, on the connection that the look was made on; to be closed by whoever asked. */
  bolt: Bolt
  look: BoltLook & { bySystem?: Failure }
}

/**
 * One look, and one more on a new line where the first broke off. Where its database does not let it in, once more by way
 * of `system`: it is just then that somebody should see what the databases do.
 * @param open a new line, to the configured database or to the one that is named
 * @throws what the first database said, or the reason of the deadline
 */
export async function lookOverBolt(open: (database?: string) => Bolt, signal: AbortSignal): Promise<BoltLooked> {
  const lookOn = (database?: string) => retrying(1, signal, () => lookOnce(open(database)), isTransientBolt)
  try {
    return await lookOn()
  } catch (error) {
    if (signal.aborted || !keptOut(error)) throw error
    const { bolt, look } = await lookOn(SYSTEM).catch(() => {
      throw error
    })
    return { bolt, look: { ...look, bySystem: boltFailure(error) } }
  }
}

async function lookOnce(bolt: Bolt): Promise<BoltLooked> {
  try {
    return { bolt, look: await bolt.look() }
  } catch (error) {
    await bolt.close()
    throw error
  }
}
