/** Tells the outside how a run went, where the secret has an address for it. */
import { ping } from './ping.ts'
import type { Report } from './report.ts'
import type { Keyring, Keys } from './secret.ts'

/** Kept free for the report. */
const REPORTING_MS = 1_000

/**
 * Never throws. What could not be looked at or told is a failure, whatever state the databases are in: of that people hear.
 * @param unseen the targets that could not be looked at
 */
export async function tellOutside(
  { check, summary, faults = [] }: Report,
  unseen: string[],
  keyring: Keyring,
  endsAt: number,
): Promise<void> {
  // No keys, no address: then nobody hears of a run, and that is what tells.
  const keys = await keyring.read().catch((): Partial<Keys> => ({}))
  // One address is for one check: two that take turns would each end what the other has told.
  const address = check === 'aura' ? keys.auraHeartbeatUrl : keys.heartbeatUrl
  if (!address) return
  const lines = [`${check}: ${summary}`, ...faults, ...unseen.map((target) => `${target} could not be looked at`)]
  await ping(address, lines.length === 1, lines.join('\n'), endsAt - REPORTING_MS)
}
