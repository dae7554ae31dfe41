/** One application's track with one more look: what is remembered of it, and whether a leak stands. */
import { leaksAbove } from './evidence.ts'
import { hoursBack, lasting, rise, type Watch } from './looks.ts'
import { newcomerLeaks } from './newcomer.ts'
import { type Onset, onsetAbove, onsetOfNewcomer, onsetOfSeeping } from './onset.ts'
import { type Own, ownMaximum, surgeAfter } from './own-maximum.ts'
import type { Counts } from './pack.ts'
import { seeps } from './seeping.ts'
import { afterStanding, begin, unlearn } from './standing.ts'
import {
  type Above,
  back,
  DAY,
  DAYS_KEPT,
  ENDED_COUNTS_HOURS,
  endedWithin,
  HOURS_KEPT,
  idleNow,
  known,
  roll,
  type Standing,
  type Track,
  withNewest,
} from './track.ts'

/** What one look counted of one application; `idle` for over an hour. */
export interface Sample {
  idle: number
  sessions: number
}

/** @param before when the last look was; none at the first */
export function advance(last: Track, seenNow: Sample, before: number | undefined, watch: Watch): Track {
  const track = { ...last, ended: endedUntil(last, before ?? watch.at, watch.at) }
  const ended = endedWithin(track, ENDED_COUNTS_HOURS)
  const sample = { idle: seenNow.idle + ended, sessions: seenNow.sessions + ended }
  const { surge: _, above: then, leak: standing, ...seen } = remember(track, sample, before ?? watch.at, watch)
  const own = ownMaximum(seen, watch.at)
  const surge =
    own && surgeAfter({ ...seen, ...(track.surge && { surge: track.surge }) }, sample.sessions, own, watch.at)
  const now: Track = { ...seen, ...(surge && { surge }) }
  if (standing) return record({ ...now, ...afterStanding(standing, now, watch.at) }, sample, watch)
  const usual = own && { ...own, most: Math.max(own.most, surge?.left ?? 0) }
  const above = usual && aboveAfter(now, then, usual, before, watch)
  const leak = leakOf(now, above, usual, watch)
  if (leak) return record(unlearn({ ...now, leak }, leak, watch.at), sample, watch)
  return record({ ...now, ...(above && { above }) }, sample, watch)
}

/** Most applications have none: nothing is kept of those. */
function endedUntil({ ended }: Track, before: number, at: number): Counts {
  if (ended.length === 0) return ended
  const hours = roll(ended, hoursBack(before, at), HOURS_KEPT)
  return known(hours).some((count) => count > 0) ? hours : []
}

/** The hours and looks with this one; a day begins where one has ended. */
function remember(track: Track, { idle, sessions }: Sample, before: number, { at, times }: Watch): Track {
  const days = Math.floor(at / DAY) - Math.floor(before / DAY)
  const hours = hoursBack(before, at)
  const inAll = roll(track.sessions, hours, HOURS_KEPT)
  return {
    ...track,
    days: roll(track.days, days, DAYS_KEPT),
    floors: roll(track.floors, days, DAYS_KEPT),
    fresh: roll(track.fresh, days, DAYS_KEPT),
    idle: withNewest(roll(track.idle, hours, HOURS_KEPT), idle),
    sessions: withNewest(inAll, Math.min(sessions, back(inAll, 0) ?? sessions)),
    looks: [...track.looks, idle].slice(-times.length),
  }
}

function aboveAfter(
  track: Track,
  then: Above | undefined,
  own: Own,
  before: number | undefined,
  watch: Watch,
): Above | undefined {
  const { at } = watch
  const idle = idleNow(track)
  const excess = idle - own.most
  if (excess < 1) return undefined
  const above = then ?? { since: at, after: before ?? at, jump: 0, most: 0, grewAt: at }
  const jump = Math.max(above.jump, Math.min(excess, rise(track, watch)))
  return { ...above, jump, ...(idle > above.most && { most: idle, grewAt: at }) }
}

function leakOf(track: Track, above: Above | undefined, own: Own | undefined, watch: Watch): Standing | undefined {
  const { at } = watch
  const found = (reference: number, onset: Onset) => begin(track, reference, onset, at)
  if (own && above && leaksAbove(track, above, own, watch))
    return found(own.most, onsetAbove(track, above, own.most, at))
  const hours = own ? undefined : newcomerLeaks(track, watch)
  if (hours !== undefined) return found(Math.min(...known(track.idle)), onsetOfNewcomer(track, hours, at))
  const seeping = seeps(track)
  if (!seeping) return undefined
  return found(seeping.most, onsetOfSeeping(seeping, at))
}

/** The day so far; while a leak stands, none of it becomes usual. */
function record(track: Track, { idle, sessions }: Sample, watch: Watch): Track {
  const { days, floors, fresh, leak } = track
  const stayed = lasting(track, watch)
  const usual = stayed === undefined ? [] : [Math.min(stayed, leak?.reference ?? stayed)]
  const greatest = [...known([back(days, 0)]), ...usual]
  return {
    ...track,
    days: withNewest(days, greatest.length > 0 ? Math.max(...greatest) : null),
    floors: withNewest(floors, Math.min(idle, back(floors, 0) ?? idle, leak?.over ?? idle)),
    fresh: withNewest(fresh, Math.max(sessions - idle, back(fresh, 0) ?? 0)),
  }
}
