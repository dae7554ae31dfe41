/** Whether sessions that were left idle look like a leak: they drip, they are new ones, and they go on. */
import { K, type Own } from './own-maximum.ts'
import { type Above, back, DAY, HOUR, HOURS_KEPT, known, MINUTE, type Track } from './track.ts'

/** What a judgement needs to know beside the track. */
export interface Watch {
  at: number
  /** Of the looks since the last break, the newest last. */
  times: number[]
  /** Since when there has been no restart. */
  unbrokenSince: number
  /** The first look of all. */
  since: number
}

/** Six looks of five minutes; of other schedules as many as that takes, but three at least. */
const LASTING_MS = 24 * MINUTE
const FEWEST_LOOKS = 3
const HALF_HOUR = 30 * MINUTE

/** How many have been idle in each of the last looks; undefined where there were too few looks. */
export function lasting({ looks }: Track, { at, times }: Watch): number | undefined {
  const farEnough = times.findLastIndex((time) => at - time >= LASTING_MS)
  const first = Math.min(farEnough, times.length - FEWEST_LOOKS)
  const run = looks.slice(first - times.length)
  return first < 0 || run.length < times.length - first ? undefined : Math.min(...run)
}

/** How many have been added within half an hour, or since the look before where that is longer ago. */
export function rise({ looks }: Track, { at, times }: Watch): number {
  const within = looks.filter((_, i) => {
    const time = times[times.length - looks.length + i] ?? at
    return at - time <= HALF_HOUR || i >= looks.length - 2
  })
  return (looks.at(-1) ?? 0) - Math.min(...within)
}

const HALF = 0.5

/** Whether an application that is above its own maximum leaks. */
export function leaks(track: Track, above: Above, own: Own, watch: Watch): boolean {
  const idle = track.looks.at(-1) ?? 0
  const excess = idle - own.most
  const steady = (lasting(track, watch) ?? 0) >= own.most + own.margin - 2
  if (excess < own.margin || !steady || above.jump > K.jump * excess || above.grewAt - above.since < K.drip)
    return false
  return newSessions(track, above, excess, own, watch) || growsOn(track, above, watch.at)
}

/**
 * Whether as many sessions were added in all: where a pool falls quiet, its connections go idle one by one too, but
 * there are no more of them.
 */
function newSessions(track: Track, above: Above, excess: number, { margin }: Own, watch: Watch): boolean {
  const now = fewest(track)
  // The first of them was opened more than an hour before it was counted.
  const wanted = hoursBack(above.since - 2 * HOUR, watch.at)
  const hours = Math.min(wanted, HOURS_KEPT - 1)
  const then = sessionsAt(track, hours, watch)
  const grown = wanted > hours ? Math.max(2, (track.looks.at(-1) ?? 0) - (back(track.idle, hours) ?? 0)) : excess
  if (then !== undefined && now - then >= HALF * grown) return true
  // Or more than yesterday at this hour, where load has fallen meanwhile; but not in the wake of a surge.
  if (excess < margin + K.b || (track.surge && watch.at - track.surge.at < DAY)) return false
  const yesterday = known([23, 24, 25].map((by) => back(track.sessions, by)))
  return yesterday.length > 0 && now - Math.min(...yesterday) >= HALF * excess
}

/** Whether it has been above for a day and grew in each half of it: whatever else happened, that is a leak. */
const growsOn = ({ idle, looks }: Track, above: Above, at: number): boolean => {
  const [now, then, before] = [looks.at(-1) ?? 0, back(idle, 12), back(idle, 24)]
  return at - above.since >= DAY && then !== null && before !== null && now >= then + 2 && then >= before + 2
}

const hoursBack = (then: number, at: number) => Math.floor(at / HOUR) - Math.floor(then / HOUR)

/** Bursts of minutes left out. */
const fewest = ({ sessions }: Track) => Math.min(...known(sessions.slice(-2)))

/** How many sessions there were; 0 before the application was there, or before a restart ended all. */
function sessionsAt(track: Track, by: number, { at, unbrokenSince }: Watch): number | undefined {
  const then = at - by * HOUR
  if (then < Math.max(track.since, unbrokenSince)) return 0
  // Where no look was in that hour, the last one before.
  return known(track.sessions.slice(0, track.sessions.length - by)).at(-1)
}

/** Hours over which an application without a maximum of its own must have grown; the short ones only on a database that is known. */
const WINDOWS = [6, 12, 24]
const LEAST_GROWTH = 8
/** In each third of the window, of all growth. */
const EACH_THIRD = 0.2

/**
 * Whether an application that is not known for long leaks: it has grown in each third of some hours, by as many
 * sessions, and left more idle than were ever at work within an hour. A pool fills and stays.
 * @returns the hours it has grown for
 */
export function newcomerLeaks(track: Track, watch: Watch): number | undefined {
  const idle = track.looks.at(-1) ?? 0
  if (idle < Math.max(LEAST_GROWTH, ...known(track.fresh))) return undefined
  return WINDOWS.find((hours) => {
    // On the first day everybody is new, and the day's rhythm is not known.
    if (hours < 24 && track.since - watch.since < DAY) return false
    const third = hours / 3
    const levels = [hours, 2 * third, third].map((by) => idleAt(track, by, watch))
    const [first] = levels
    if (first === undefined || levels.includes(undefined)) return false
    const growth = idle - first
    const least = Math.max(2, growth * EACH_THIRD)
    const goesOn = [...levels, idle].every((level, i) => i === 0 || (level ?? 0) - (levels[i - 1] ?? 0) >= least)
    const then = sessionsAt(track, hours + 1, watch)
    return growth >= LEAST_GROWTH + first / 2 && goesOn && then !== undefined && fewest(track) - then >= 0.6 * growth
  })
}

function idleAt(track: Track, by: number, { at, unbrokenSince }: Watch): number | undefined {
  const then = at - by * HOUR
  if (then < unbrokenSince) return undefined
  return then < track.since ? 0 : (back(track.idle, by) ?? undefined)
}
