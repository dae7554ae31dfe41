/** Adds to a failure what Neon's status page says, where that could be the reason. */
import type { Cause, Failure } from '../checks/reading.ts'
import { log } from '../log.ts'
import { errorMessage } from '../redact.ts'
import { type Incident, ongoingIncident } from './status.ts'

const PERHAPS_NEON: Cause[] = [
  'compute-failing',
  'unresolved',
  'refused',
  'reset',
  'timeout',
  'provider',
  'bad-answer',
  'starting',
]

/** One answer serves every target of a region for this long, overlapping requests too. */
const CACHE_MS = 60_000
const asked = new Map<string, { at: number; incident: Promise<Incident | undefined> }>()

async function addIncident(failure: Failure, region: string | undefined): Promise<Failure> {
  if (failure.at === 'secret' || !PERHAPS_NEON.includes(failure.cause)) return failure
  const incident = await askOnce(failure.at === 'api' ? undefined : region)
  return incident ? { ...failure, incident } : failure
}

/** A reading, with that added to its failure where it is one. */
export const explained = async <Reading extends { kind: string; failure?: Failure }>(
  reading: Reading,
  region?: string,
): Promise<Reading> => (reading.failure ? { ...reading, failure: await addIncident(reading.failure, region) } : reading)

function askOnce(region: string | undefined): Promise<Incident | undefined> {
  const key = region ?? 'console'
  const before = asked.get(key)
  if (before && Date.now() - before.at < CACHE_MS) return before.incident
  const incident = ongoingIncident(region).catch((error: unknown) => {
    // Not knowing why is no reason not to tell that.
    log('status-page-unreadable', { region: key, error: errorMessage(error) })
    return undefined
  })
  asked.set(key, { at: Date.now(), incident })
  return incident
}
