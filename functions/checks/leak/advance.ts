/** One application's track with one more look: what is remembered, and whether a leak stands. */
import { lasting, leaks, newcomerLeaks, rise, type Watch } from './evidence.ts'
import { onsetAbove, onsetOfNewcomer, onsetOfSeeping } from './onset.ts'
import { type Own, ownMaximum, surgeAfter } from './own-maximum.ts'
import { seepsIn } from './seeping.ts'
import {
  type Above,
  back,
  DAY,
  DAYS_KEPT,
  HOUR,
  HOURS_KEPT,
  known,
  roll,
  type Standing,
  setNewest,
  type Track,
} from './track.ts'

/** What one look counted of one application. */
export interface Sample {
  idle: number
  sessions: number
}

/** So near to its own maximum it is as it was. */
export const FEW = 2
const LOOKS_TO_CLOSE = 3
/** What has not grown for so long is a pool that keeps as many now. */
const SETTLED_MS = 72 * HOUR

/** @param before when the last look was; none at the first */
export function advance(track: Track, sample: Sample, before: number | undefined, watch: Watch): Track {
  const seen = remember(track, sample, before ?? watch.at, watch)
  const own = ownMaximum(seen, watch.at)
  const { surge: _surge, above: _above, leak: standing, ...rest } = seen
  const surge = own && surgeAfter(seen, sample.sessions, own, watch.at)
  const now: Track = { ...rest, ...(surge && { surge }) }
  if (standing) return record({ ...now, ...afterStanding(standing, seen, watch.at) }, sample, watch)
  const usual = own && { ...own, most: Math.max(own.most, surge?.left ?? 0) }
  const above = usual && aboveAfter(seen, usual, before, watch)
  const leak =
    (usual ? above && leakAbove({ ...now, above }, above, usual, watch) : leakOfNewcomer(now, watch)) ??
    seeping(now, watch)
  if (leak) return record(unlearn({ ...now, leak }, leak, watch.at), sample, watch)
  return record({ ...now, ...(above && { above }) }, sample, watch)
}

/** The hours and looks with this one; the days begin anew where one has ended. */
function remember(track: Track, { idle, sessions }: Sample, before: number, { at, times }: Watch): Track {
  const days = Math.floor(at / DAY) - Math.floor(before / DAY)
  const hours = Math.floor(at / HOUR) - Math.floor(before / HOUR)
  // What is new begins with an hour and a day of its own.
  const by = (counts: unknown[], passed: number) => (counts.length === 0 ? 1 : passed)
  const inAll = roll(track.sessions, by(track.sessions, hours), HOURS_KEPT)
  return {
    ...track,
    days: roll(track.days, by(track.days, days), DAYS_KEPT),
    floors: roll(track.floors, by(track.floors, days), DAYS_KEPT),
    fresh: roll(track.fresh, by(track.fresh, days), DAYS_KEPT),
    idle: setNewest(roll(track.idle, by(track.idle, hours), HOURS_KEPT), idle),
    sessions: setNewest(inAll, Math.min(sessions, back(inAll, 0) ?? sessions)),
    looks: [...track.looks, idle].slice(-times.length),
  }
}

/** The day's greatest; while a leak stands, none of it becomes usual. */
function record(track: Track, { idle, sessions }: Sample, watch: Watch): Track {
  const { days, floors, fresh, leak } = track
  const stayed = lasting(track, watch)
  const usual = stayed === undefined ? [] : [Math.min(stayed, leak?.reference ?? stayed)]
  const greatest = [...known([back(days, 0)]), ...usual]
  return {
    ...track,
    days: setNewest(days, greatest.length > 0 ? Math.max(...greatest) : null),
    floors: setNewest(floors, Math.min(idle, back(floors, 0) ?? idle, leak?.over ?? idle)),
    fresh: setNewest(fresh, Math.max(sessions - idle, back(fresh, 0) ?? 0)),
  }
}

function aboveAfter(track: Track, own: Own, before: number | undefined, watch: Watch): Above | undefined {
  const excess = (track.looks.at(-1) ?? 0) - own.most
  if (excess < 1) return undefined
  const idle = track.looks.at(-1) ?? 0
  const { since, after, jump, most, grewAt } = track.above ?? {
    since: watch.at,
    after: before ?? watch.at,
    jump: 0,
    most: 0,
    grewAt: 0,
  }
  return {
    since,
    after,
    jump: Math.max(jump, Math.min(excess, rise(track, watch))),
    most: Math.max(most, idle),
    grewAt: idle > most ? watch.at : grewAt,
  }
}

function leakAbove(track: Track, above: Above, own: Own, watch: Watch): Standing | undefined {
  if (!leaks(track, above, own, watch)) return undefined
  return standingFrom(track, own.most, onsetAbove(track, above, own.most, watch.at), watch.at)
}

function leakOfNewcomer(track: Track, watch: Watch): Standing | undefined {
  const hours = newcomerLeaks(track, watch)
  if (hours === undefined) return undefined
  const reference = Math.min(...known(track.idle))
  return standingFrom(track, reference, onsetOfNewcomer(track, hours, watch.at), watch.at)
}

function seeping(track: Track, watch: Watch): Standing | undefined {
  const seeps = seepsIn(track)
  return (
    seeps && {
      ...standingFrom(track, seeps.most, onsetOfSeeping(track, seeps, watch.at), watch.at),
      over: seeps.floor + FEW,
    }
  )
}

const standingFrom = (
  track: Track,
  reference: number,
  onset: Pick<Standing, 'since' | 'window'>,
  at: number,
): Standing => ({
  reference,
  over: reference + FEW,
  ...onset,
  most: track.looks.at(-1) ?? 0,
  grewAt: at,
})

/** What a leak has already added to the days is not usual. */
function unlearn(track: Track, { since, reference }: Standing, at: number): Track {
  const newest = Math.floor(at / DAY)
  const days = track.days.map((count, i) => {
    const day = newest - (track.days.length - 1 - i)
    return count !== null && day >= Math.floor(since / DAY) ? Math.min(count, reference) : count
  })
  return { ...track, days }
}

/** The leak after a look; nothing once it is over. */
function afterStanding(leak: Standing, { looks }: Track, at: number): Pick<Track, 'leak' | 'surge'> {
  const last = looks.slice(-LOOKS_TO_CLOSE)
  const isOver = last.length === LOOKS_TO_CLOSE && last.every((idle) => idle <= leak.over)
  if (isOver) return {}
  const idle = looks.at(-1) ?? 0
  if (idle > leak.most) return { leak: { ...leak, most: idle, grewAt: at } }
  // As many are usual from now on; until the days say so, a surge that is over does.
  return at - leak.grewAt < SETTLED_MS ? { leak } : { surge: { at, more: 0, left: idle } }
}
