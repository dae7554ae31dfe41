/** What people know of an incident once one of them has asked for quiet of it. Pure. */
import { isWorse } from '../checks/finding.ts'
import type { Incident } from '../incidents/transition.ts'

/**
 * Whoever asks for quiet means it as it stands, which the answer shows. It may have been told as worse before: from here on
 * it is news when it becomes worse than now, and does not pass for what was once told. What is still to be told stays so.
 */
export function asSeen(incident: Incident): Incident {
  const { told, severity, worst, acute, ...rest } = incident
  if (incident.status !== 'open' || told === undefined || isWorse(worst, told.severity)) return incident
  // No look has been made since it was told to be full: so it still is, for all that anybody knows.
  const isAcute = acute || told.at >= incident.brokenAt
  const knownAcute = told.acute && isAcute && severity === told.severity
  return {
    ...rest,
    severity,
    worst: severity,
    ...(acute && (knownAcute || !told.acute) && { acute }),
    told: { severity, at: told.at, ...(knownAcute && { acute: true }) },
  }
}
