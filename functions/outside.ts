/** Tells the outside how a run went, where the secret has an address for it. */
import { oneLine } from './incidents/clean.ts'
import { ping } from './ping.ts'
import type { Report } from './report.ts'
import type { Keyring, Keys } from './secret.ts'

/** Kept free for the report. */
const REPORTING_MS = 1_000
/** Characters of one thing that is told. */
const MOST_OF_A_LINE = 1_000

export interface Outside {
  /** The targets that could not be looked at. */
  unseen: string[]
  /** What the heartbeat could tell nobody in this account. */
  untold: unknown
  /** Whether no other check has an address of its own. */
  alone: boolean
  keyring: Keyring
  endsAt: number
}

/**
 * Never throws. What could not be looked at or told is a failure, whatever state the databases are in: of that people hear.
 * @returns why nobody has taken it; undefined: it was taken, or nobody waits
 */
export async function tellOutside(
  { check, summary, faults = [] }: Report,
  { unseen, untold, alone, keyring, endsAt }: Outside,
): Promise<string | undefined> {
  // No keys, no address: then nobody hears of a run, and that is what tells.
  const keys = await keyring.read().catch((): Partial<Keys> => ({}))
  const address = addressFor(check, keys, alone)
  if (!address) return undefined
  const lines = [
    `${check}: ${summary}`,
    ...faults,
    ...unseen.map((target) => `${target} could not be looked at`),
    ...(typeof untold === 'string' ? [untold] : []),
  ]
  // Whoever shows it may not expect what servers and databases put into their words.
  const body = lines.map((line) => oneLine(line, MOST_OF_A_LINE)).join('\n')
  return ping(address, lines.length === 1, body, endsAt - REPORTING_MS)
}

/** One address is for one check: two that take turns would each end what the other has told. */
function addressFor(check: string, { heartbeatUrl, auraHeartbeatUrl }: Partial<Keys>, alone: boolean) {
  if (check !== 'aura') return heartbeatUrl
  return auraHeartbeatUrl ?? (alone ? heartbeatUrl : undefined)
}
