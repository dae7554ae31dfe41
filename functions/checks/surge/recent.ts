/** A short memory of how a target is when nothing is the matter: what a rise is measured against. */
import { familyOf } from '../applications.ts'
import type { SeenReading } from '../reading.ts'
import { applicationsOf } from './clients.ts'

/** What is remembered of one look. */
export interface RecentLook {
  at: number
  used: number
  atWork: number
  /** The families of the applications that were there, those with the most sessions. */
  applications?: string[]
}

const REMEMBERED_MS = 60 * 60_000
/** Where looks are more frequent, some are left out: fifteen an hour tell as much as sixty. */
const APART_MS = 4 * 60_000
/** They are asked for only where fewer than three are large; each name takes room for an hour of looks. */
const MOST_APPLICATIONS = 3

/** The memory with a look in it. Not for one made in a surge, which is no measure of what is usual. */
export function remember(recent: RecentLook[], reading: SeenReading): RecentLook[] {
  const { at, used, atWork } = reading
  const kept = recent.filter((look) => look.at > at - REMEMBERED_MS)
  const newest = kept.at(-1)
  if (newest && at - newest.at < APART_MS) return kept
  const families = new Set(applicationsOf(reading).map(({ name }) => familyOf(name)))
  return [...kept, { at, used, atWork, applications: [...families].slice(0, MOST_APPLICATIONS) }]
}

/**
 * The look with the fewest sessions; undefined where nothing is known of the time before this look: no look within an hour,
 * or the server has been restarted since.
 * @param surgeStands then it is the time before the surge that counts, however long that is ago
 */
export function calmest(
  recent: RecentLook[],
  { at, serverStartedAt }: SeenReading,
  surgeStands: boolean,
): RecentLook | undefined {
  return recent
    .filter((look) => look.at < at && look.at > serverStartedAt && (surgeStands || look.at >= at - REMEMBERED_MS))
    .reduce<RecentLook | undefined>((calm, look) => (calm && calm.used <= look.used ? calm : look), undefined)
}
