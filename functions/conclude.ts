/** The end of a complete run: the outside is told how it went, and a success is printed and noted. */
import type { Settings } from './config.ts'
import { logSuccess } from './log.ts'
import { tellOutside } from './outside.ts'
import type { Report } from './report.ts'
import type { Keyring, Provider } from './secret.ts'
import { knownSuccesses, noteSuccess } from './success.ts'

/** Kept free for the outside, which is told whether or not the table answers. */
const PINGING_MS = 7_000

interface Concluding {
  startedAt: number
  /** The targets that could not be looked at. */
  unseen: string[]
  settings: Pick<Settings, 'targets'>
  keyrings: Record<Provider, Keyring>
  endsAt: number
}

/** Never throws. */
export async function conclude(
  { name, pings }: { name: string; pings?: Provider },
  report: Report,
  { startedAt, unseen, settings, keyrings, endsAt }: Concluding,
): Promise<void> {
  const failed = report.faults !== undefined
  const signal = (keptFreeMs = 0) => AbortSignal.timeout(Math.max(1, endsAt - keptFreeMs - Date.now()))
  // One that failed is no success to note, and tells the outside without being told to.
  const known = failed ? undefined : await knownSuccesses(name, signal(PINGING_MS))
  const outside = { unseen, untold: known?.state.untold, alone: settings.targets.length === 0, endsAt }
  const refused = pings && (await tellOutside(report, { ...outside, keyring: keyrings[pings] }))
  if (failed) return
  logSuccess(name, startedAt)
  if (known) await noteSuccess(name, startedAt, known, refused, signal())
}
