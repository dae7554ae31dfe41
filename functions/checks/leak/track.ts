/** What is known of one application: its counts by look, hour and day, and what has been made of them. */
import { type Counts, pack, unpack } from './pack.ts'

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** Today, yesterday, and the seven days before: what was usual. */
export const DAYS_KEPT = 9
/** A day back from the hour before the last. */
export const HOURS_KEPT = 26
/** Half an hour of looks. */
export const LOOKS_KEPT = 8

/** Since when it has been above its own maximum without a break. */
export interface Above {
  since: number
  /** The look before. */
  after: number
  /** The most that half an hour has brought of it. */
  jump: number
  /** The most there were, and when there last became more. */
  most: number
  grewAt: number
}

/** When more were at work than ever in the week: they may go idle later, and it is no leak. */
export interface Surge {
  /** The last look that saw it. */
  at: number
  /** How many more than ever. */
  more: number
  /** As many idle ones it left. */
  left: number
}

/** A leak that stands. */
export interface Standing {
  /** Its own maximum before. */
  reference: number
  /** With no more than so many it is over. */
  over: number
  /** When the first of them was left, as far as can be told, and the window in which that began. */
  since: number
  window: [from: number, to: number]
  /** The most there were, and when there last became more. */
  most: number
  grewAt: number
}

export interface Track {
  name: string
  /** The last look without it; of what was there at the first look, that one. */
  since: number
  /** How many were idle for over an hour, all the time of several looks: the greatest of each day. */
  days: Counts
  /** The least of each day. */
  floors: Counts
  /** How many were used within the hour: the greatest of each day. */
  fresh: Counts
  /** How many were idle for over an hour, as last counted in each hour. */
  idle: Counts
  /** How many there were in all: the least of each hour. */
  sessions: Counts
  /** How many were idle for over an hour, by look. */
  looks: number[]
  above?: Above
  surge?: Surge
  leak?: Standing
}

export type TrackState = Pick<Track, 'above' | 'surge' | 'leak'>
/** As it is stored. */
export type StoredTrack = [name: string, counts: string, state: TrackState]

export const newTrack = (name: string, since: number): Track => ({
  name,
  since,
  days: [],
  floors: [],
  fresh: [],
  idle: [],
  sessions: [],
  looks: [],
})

/** The value so many hours or days before the newest. */
export const back = (counts: Counts, by: number): number | null => counts[counts.length - 1 - by] ?? null

/** Counts that begin anew so many hours or days later. */
export const roll = (counts: Counts, by: number, kept: number): Counts =>
  [...counts, ...Array<null>(Math.min(by, kept)).fill(null)].slice(-kept)

/** The counts with the newest changed. */
export const setNewest = (counts: Counts, value: number | null): Counts => [...counts.slice(0, -1), value]

export const known = (counts: Counts): number[] => counts.filter((count) => count !== null)

export function storeTrack({ name, since, days, floors, fresh, idle, sessions, looks, ...state }: Track): StoredTrack {
  const counts = [days, floors, fresh, idle, sessions, looks].map(pack)
  return [name, [Math.floor(since / MINUTE).toString(36), ...counts].join(' '), state]
}

/** @returns undefined if it is not as it was written */
export function readTrack([name, text, state]: StoredTrack): Track | undefined {
  const [since = '', ...counts] = text.split(' ')
  const kept = [DAYS_KEPT, DAYS_KEPT, DAYS_KEPT, HOURS_KEPT, HOURS_KEPT, LOOKS_KEPT]
  const [days, floors, fresh, idle, sessions, looks] = kept.map((most, i) => unpack(counts[i] ?? '?', most))
  if (!days || !floors || !fresh || !idle || !sessions || !looks || counts.length > kept.length) return undefined
  const minutes = /^[0-9a-z]{1,10}$/.test(since) ? Number.parseInt(since, 36) : Number.NaN
  if (!Number.isSafeInteger(minutes * MINUTE)) return undefined
  return { name, since: minutes * MINUTE, days, floors, fresh, idle, sessions, looks: known(looks), ...state }
}
