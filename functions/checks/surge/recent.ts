/** A short memory of how a target is when nothing is the matter: what a rise is measured against. */
import type { SeenReading } from '../reading.ts'

/** What is remembered of one look. */
export interface RecentLook {
  at: number
  used: number
  atWork: number
}

const REMEMBERED_MS = 60 * 60_000
/** Where looks are more frequent, some are left out: fifteen an hour tell as much as sixty. */
const APART_MS = 4 * 60_000

/** The memory with a look in it. Not for one made in a surge, which is no measure of what is usual. */
export function remember(recent: RecentLook[], { at, used, atWork }: SeenReading): RecentLook[] {
  const kept = recent.filter((look) => look.at > at - REMEMBERED_MS)
  const newest = kept.at(-1)
  return newest && at - newest.at < APART_MS ? kept : [...kept, { at, used, atWork }]
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
