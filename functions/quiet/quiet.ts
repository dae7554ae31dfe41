/** What keeps Nightshift from telling: maintenance, quiet hours, a snooze, an acknowledgement. Pure; times are epoch milliseconds. */
import { type Incident, type NoticeKind, noticeSeverity } from '../incidents/transition.ts'
import { type OpenWindow, type Window, windowAt } from './windows.ts'

/** Asked for by a person, of a whole target. */
export interface Snooze {
  at: number
  until: number
}

/** What is quiet about a target at one moment. */
export interface Quiet {
  maintenance?: OpenWindow
  quietHours?: OpenWindow
  snoozed?: Snooze
}

export type HeldBy = 'maintenance' | 'acknowledged' | 'snoozed' | 'quiet hours'

export interface QuietTarget {
  /** Nothing is told of it in these windows, and nothing is ended. */
  maintenance?: Window[]
}

export const maintenanceAt = ({ maintenance = [] }: QuietTarget, now: number): OpenWindow | undefined =>
  windowAt(maintenance, now)

export function quietAt(target: QuietTarget, quietHours: Window[], snoozed: Snooze | undefined, now: number): Quiet {
  const [maintenance, hours] = [maintenanceAt(target, now), windowAt(quietHours, now)]
  return {
    ...(maintenance && { maintenance }),
    ...(hours && { quietHours: hours }),
    ...(lasts(snoozed, now) && { snoozed }),
  }
}

/** Whether what a person asked for still holds. */
export const lasts = (asked: Snooze | undefined, now: number): asked is Snooze =>
  typeof asked?.until === 'number' && now < asked.until

/**
 * What holds a due notice back, if anything. Critical is never quiet, but in maintenance; and whoever was told of a problem
 * hears that it is over, but in maintenance and, where it was never critical, in quiet hours: then afterwards.
 */
export function holdBack(kind: NoticeKind, incident: Incident, quiet: Quiet, now: number): HeldBy | undefined {
  if (quiet.maintenance) return 'maintenance'
  const critical = noticeSeverity(incident, kind) === 'critical'
  if (kind === 'reminder' && lasts(incident.acknowledged, now)) return 'acknowledged'
  if (quiet.snoozed && (kind === 'reminder' || (kind !== 'resolved' && !critical))) return 'snoozed'
  return quiet.quietHours && !critical ? 'quiet hours' : undefined
}
