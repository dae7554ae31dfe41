/** What a surge says of leaks: only what `connections.leak` has found, so that one mail does not say two things. */
import { count } from '../../units.ts'
import type { Leak } from '../leak/leaks.ts'
import { nameOf } from '../leak/names.ts'
import { OTHERS } from '../leak/sampling.ts'

/** @param leaks undefined: nobody knows, and nothing is said of them */
type Leaks = Leak[] | undefined

/** `load, not a leak`, `load, and sync-job leaks`. */
export function loadAnd(leaks: Leaks): string {
  if (leaks === undefined) return 'load'
  const [worst, ...others] = leaks
  if (worst === undefined) return 'load, not a leak'
  return others.length === 0
    ? `load, and ${nameOf(worst)} leaks`
    : `load, and ${count(leaks.length, 'application')} leak`
}

/** `Besides, sync-job leaks: it has left 60 sessions idle.` */
export const sayLeaks = (leaks: Leaks): string[] =>
  (leaks ?? []).map(
    (leak) =>
      `Besides, ${nameOf(leak)} leaks${leak.left > 0 ? `: it has left ${count(leak.left, 'session')} idle` : ''}.`,
  )

/** Whether to restart what leaks gives room: not where all that it left has been ended. */
export const leaveRoom = (leaks: Leaks): boolean => leaks?.some(({ left }) => left > 0) ?? false

/** What gives room at once, if anything does: of the sum of the small applications nobody knows which to restart. */
export function adviseOnRoom(leaks: Leaks): string {
  if (leaks === undefined) return 'Ending idle sessions does not help: load takes the room at once.'
  if (!leaveRoom(leaks))
    return 'Ending idle sessions or restarting applications does not help: load takes the room at once.'
  const named = leaks.filter(({ name, left }) => name !== OTHERS && left > 0)
  return named.length === 0
    ? 'For room at once see which of the many small applications leave sessions idle for hours, and restart those.'
    : `For room at once restart ${named.map(({ name, left }) => `${name}, which has left ${left} idle`).join(', and ')}. Restart no other: load takes the room at once.`
}
