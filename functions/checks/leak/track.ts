/** What is known of one application: its counts by look, hour and day, and what has been made of them. */
import { type Counts, pack, unpack } from './pack.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** Today, yesterday, and the seven days before: what was usual. */
export const DAYS_KEPT = 9
/** A day back from the hour before the last. */
export const HOURS_KEPT = 26
/** What is ended counts for a day: once a leak is mended, that is how long it takes to be over. */
export const ENDED_COUNTS_HOURS = 24
/** Half an hour of looks. */
export const LOOKS_KEPT = 8

/**
 * Idle, here and everywhere below: for over an hour, or ended by Nightshift within the last day, as if it were there still:
 * else whoever ends what leaks would not see that it goes on. All moments are epoch milliseconds.
 */
export interface Track {
  name: string
  /** The last look without it; of what was there at the first look, that one. */
  since: number
  /** How many were idle in each of several looks running: the greatest of each day. */
  days: Counts
  /** How many were idle: the least of each day. */
  floors: Counts
  /** How many were used within the hour: the greatest of each day. */
  fresh: Counts
  /** How many were idle, as last counted in each hour. */
  idle: Counts
  /** How many there were in all: the least of each hour. */
  sessions: Counts
  /** How many were idle, by look. */
  looks: number[]
  /** How many Nightshift has ended in each hour; empty where none. */
  ended: Counts
  above?: Above
  surge?: Surge
  leak?: Standing
}

/** That it is above its own maximum, without a break. */
export interface Above {
  since: number
  /** The look before. */
  after: number
  /** The most that half an hour has brought. */
  jump: number
  /** The most there were, and when there last became more. */
  most: number
  grewAt: number
}

/** That more were at work than ever in the week: they may go idle later, and it is no leak. */
export interface Surge {
  /** The last look that saw it. */
  at: number
  /** How many idle ones it explains, beyond those that are usual. */
  explains: number
  /** As many idle ones it has left in all. */
  left: number
}

/** A leak that stands. */
export interface Standing {
  /** Its own maximum before. */
  reference: number
  /** With no more than so many it is over. */
  over: number
  /** When the first of them was left and how many there were, as far as can be told. */
  since: number
  level: number
  /** In which it began. */
  window: [from: number, to: number]
  /** The most there were, the most of the least of a day, and when one of them last became more. */
  most: number
  least: number
  grewAt: number
}

/** As it is stored. */
export type StoredTrack = [name: string, counts: string, state: Pick<Track, 'above' | 'surge' | 'leak'>]

export const newTrack = (name: string, since: number): Track => ({
  name,
  since,
  days: [],
  floors: [],
  fresh: [],
  idle: [],
  sessions: [],
  looks: [],
  ended: [],
})

/** The count so many hours or days before the newest. */
export const back = (counts: Counts, by: number): number | null => counts[counts.length - 1 - by] ?? null

/** The counts so many hours or days later; what has none yet begins with one. */
export const roll = (counts: Counts, by: number, kept: number): Counts => {
  const passed = counts.length === 0 ? 1 : Math.min(by, kept)
  return passed === 0 ? counts : [...counts, ...Array<null>(passed).fill(null)].slice(-kept)
}

export const withNewest = (counts: Counts, count: number | null): Counts => [...counts.slice(0, -1), count]

/** How many have been ended in so many hours, the newest included. */
export const endedWithin = ({ ended }: Track, hours: number): number =>
  known(ended.slice(-hours)).reduce((sum, count) => sum + count, 0)

export const known = (counts: Counts): number[] => counts.filter((count) => count !== null)

/** How many are idle now. */
export const idleNow = ({ looks }: Track): number => looks.at(-1) ?? 0

export function storeTrack(track: Track): StoredTrack {
  const { name, since, days, floors, fresh, idle, sessions, looks, ended, ...state } = track
  const counts = [days, floors, fresh, idle, sessions, looks, ...(ended.length > 0 ? [ended] : [])].map(pack)
  return [name, [Math.floor(since / MINUTE).toString(36), ...counts].join(' '), state]
}

const KEPT = [DAYS_KEPT, DAYS_KEPT, DAYS_KEPT, HOURS_KEPT, HOURS_KEPT, LOOKS_KEPT, HOURS_KEPT]

/** @returns undefined if it is not as it was written */
export function readTrack([name, text, state]: StoredTrack): Track | undefined {
  const [minute = '', ...packed] = text.split(' ')
  const counts = KEPT.map((most, i) => unpack(packed[i] ?? (i < KEPT.length - 1 ? '?' : ''), most))
  const [days, floors, fresh, idle, sessions, looks, ended] = counts
  const since = /^[0-9a-z]{1,8}$/.test(minute) ? Number.parseInt(minute, 36) * MINUTE : Number.NaN
  if (!days || !floors || !fresh || !idle || !sessions || !looks || !ended) return undefined
  if (packed.length > KEPT.length || !Number.isSafeInteger(since)) return undefined
  return { name, since, days, floors, fresh, idle, sessions, looks: known(looks), ended, ...state }
}
