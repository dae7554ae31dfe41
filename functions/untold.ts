/**
 * What the heartbeat can tell nobody in this account, whoever waits outside is told: not once, since the next run that goes
 * well would take it back minutes later, but by every run that pings, until the heartbeat has told or has nothing to tell.
 */
import type { CheckReading } from './checks/heartbeat/reading.ts'
import { log } from './log.ts'
import { errorMessage } from './redact.ts'
import { noteUntold } from './success.ts'

const NOTING_MS = 8_000

/** Never throws. The checks whose runs ping are the urgent ones. */
export async function leaveToOutside(checks: { check: string; urgent: boolean }[], untold: string): Promise<void> {
  await note(
    checks.filter(({ urgent }) => urgent),
    untold,
  )
}

/** Never throws. */
export async function takeBackFromOutside(checks: CheckReading[]): Promise<void> {
  await note(
    checks.filter(({ untold }) => untold),
    undefined,
  )
}

async function note(checks: { check: string }[], untold: string | undefined): Promise<void> {
  const signal = AbortSignal.timeout(NOTING_MS)
  const noting = checks.map(({ check }) => noteUntold(check, Date.now(), untold, signal))
  await Promise.all(noting).catch((error: unknown) => log('untold-not-noted', { untold, error: errorMessage(error) }))
}
