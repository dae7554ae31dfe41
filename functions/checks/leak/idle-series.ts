/**
 * How many sessions each application leaves idle for over an hour, look by look: one compact item for each target.
 * A leaked session is never used again, so its application has more of them than it ever had, and ever more.
 */
import * as v from 'valibot'
import { hoursBack } from './looks.ts'
import { pack, unpack } from './pack.ts'
import { bytesOf, cut, MOST_TRACKS, noteSamples, OTHERS, samplesOf, whole } from './sampling.ts'
import { leftBy } from './standing.ts'
import {
  HOUR,
  HOURS_KEPT,
  known as knownOf,
  LOOKS_KEPT,
  MINUTE,
  readTrack,
  roll,
  type StoredTrack,
  storeTrack,
  type Track,
  withNewest,
} from './track.ts'

export interface IdleLook {
  /** Epoch milliseconds, as all moments here. */
  at: number
  serverStartedAt: number
  /** Sessions of all kinds; by default those of the applications. */
  used?: number
  /** Sessions of Neon's own and Nightshift's left out; `idleOverHour` of them are idle for more than an hour. */
  applications: { name: string; idleOverHour: number; sessions: number }[]
}

export interface LeakSeries {
  version: 1
  /** The first look. */
  since: number
  /** The first look after the last restart. */
  unbrokenSince: number
  /** 0: suspended when last heard of. */
  serverStartedAt: number
  /** When the last looks were, since the last restart. */
  times: number[]
  /** The fewest sessions of each hour, without what has leaked: a burst of minutes is no load. Packed. */
  busy: string
  /** By name. */
  tracks: StoredTrack[]
}

/** Runs overlap and a person presses Test: what comes sooner after a look than that adds nothing. */
const STEP_MS = 4 * MINUTE
/** A look from so long before the last one: a clock was wrong then. */
const CLOCK_MS = 6 * HOUR
/** Two looks may round the same start differently. */
const SAME_START_MS = MINUTE
const MOST_BYTES = 6_000
const HOURS_OF_A_DAY = 25

/** The series with one more look; the same one if that adds nothing. */
export function noteIdle(series: LeakSeries | undefined, look: IdleLook): LeakSeries {
  const { at } = look
  if (!Number.isSafeInteger(at) || at < 0) return series ?? empty(0)
  const later = at - (series?.times.at(-1) ?? Number.NEGATIVE_INFINITY)
  if (series && later < STEP_MS && later > -CLOCK_MS) return series
  const { tracks, ...before } = series && later >= STEP_MS ? series : empty(at)
  const serverStartedAt = whole(look.serverStartedAt)
  const isBroken = Math.abs(before.serverStartedAt - serverStartedAt) > SAME_START_MS
  const unbrokenSince = isBroken ? at : before.unbrokenSince
  const times = [...(isBroken ? [] : before.times), at].slice(-LOOKS_KEPT)
  const last = before.times.at(-1)
  const known = tracks.flatMap((stored) => readTrack(stored) ?? []).map((track) => (isBroken ? broken(track) : track))
  const samples = samplesOf(look.applications)
  const watch = { at, times, unbrokenSince, since: before.since }
  const noted = (most: number) => noteSamples(known, samples, most, last, watch).map(storeTrack)
  const now = { ...before, unbrokenSince, serverStartedAt, times, tracks: fitting(noted) }
  return { ...now, busy: pack(busyAfter(before.busy, now, look, last)) }
}

/** The hours with a look in them: how many sessions there would be without the leaks. */
function busyAfter(
  busy: string,
  { tracks }: LeakSeries,
  { at, used, applications }: IdleLook,
  last: number | undefined,
) {
  const hours = roll(unpack(busy, HOURS_KEPT) ?? [], hoursBack(last ?? at, at), HOURS_KEPT)
  const all = used ?? applications.reduce((sum, { sessions }) => sum + sessions, 0)
  const without = Math.max(0, whole(all) - tracks.reduce((sum, stored) => sum + leakedOf(stored), 0))
  return withNewest(hours, Math.min(without, hours.at(-1) ?? without))
}

function leakedOf(stored: StoredTrack): number {
  const track = stored[2].leak && readTrack(stored)
  return track ? leftBy(track) : 0
}

/** Of a day the busiest hours but two: neither a surge nor a batch of two hours is a day's load. */
const HOURS_OF_A_SURGE = 2

/** The sessions of the last day's busy hours, what has leaked left out; 0: not known. */
export function busiestOf({ busy }: LeakSeries): number {
  const hours = knownOf((unpack(busy, HOURS_KEPT) ?? []).slice(-HOURS_OF_A_DAY)).sort((a, b) => b - a)
  return hours[HOURS_OF_A_SURGE] ?? 0
}

/**
 * The series once sessions have been ended, after the look that they were seen in.
 * @param ended the application of each
 */
export function noteEnded(series: LeakSeries, ended: string[]): LeakSeries {
  const tracked = new Set(series.tracks.map(([name]) => name))
  const counts = Map.groupBy(ended.map(cut), (name) => (tracked.has(name) ? name : OTHERS))
  const tracks = series.tracks.map((stored): StoredTrack => {
    const count = counts.get(stored[0])?.length
    const track = count ? readTrack(stored) : undefined
    if (!track) return stored
    const hours = track.ended.length > 0 ? track.ended : [null]
    return storeTrack({ ...track, ended: withNewest(hours, (hours.at(-1) ?? 0) + (count ?? 0)) })
  })
  return { ...series, tracks }
}

/** Long names take the room of others. */
function fitting(noted: (most: number) => StoredTrack[]): StoredTrack[] {
  let most = MOST_TRACKS
  let tracks = noted(most)
  for (let bytes = bytesOf(tracks); bytes > MOST_BYTES && most > 1; bytes = bytesOf(tracks)) {
    most = Math.max(1, Math.floor(Math.min(most - 1, (tracks.length * MOST_BYTES) / bytes)))
    tracks = noted(most)
  }
  return tracks
}

/** The series once the compute is suspended: every session has ended, and the next look begins anew. */
export const noteSuspended = (series: LeakSeries): LeakSeries =>
  series.serverStartedAt === 0
    ? series
    : {
        ...series,
        serverStartedAt: 0,
        tracks: series.tracks.map(([name, counts, { surge }]) => [name, counts, { ...(surge && { surge }) }]),
      }

const empty = (at: number): LeakSeries => ({
  version: 1,
  since: at,
  unbrokenSince: at,
  serverStartedAt: 0,
  times: [],
  busy: '',
  tracks: [],
})

/** A restart ends what was being counted; what was usual is usual still. */
const broken = ({ above: _above, leak: _leak, ...track }: Track): Track => ({ ...track, looks: [], ended: [] })

const number = v.pipe(v.number(), v.safeInteger())
const time = v.pipe(number, v.minValue(0))
const stateSchema = v.object({
  above: v.optional(v.object({ since: number, after: number, jump: number, most: number, grewAt: number })),
  surge: v.optional(v.object({ at: number, explains: number, left: number })),
  leak: v.optional(
    v.object({
      reference: number,
      over: number,
      since: number,
      level: number,
      window: v.tuple([number, number]),
      most: number,
      least: number,
      grewAt: number,
    }),
  ),
})
const schema = v.object({
  version: v.literal(1),
  since: time,
  unbrokenSince: time,
  serverStartedAt: time,
  times: v.pipe(v.array(time), v.maxLength(LOOKS_KEPT)),
  busy: v.optional(v.string(), ''),
  tracks: v.pipe(v.array(v.tuple([v.string(), v.string(), stateSchema])), v.maxLength(MOST_TRACKS + 1)),
})

/** A stored series, as JSON or its text; undefined if it is damaged or of another form. */
export function parseLeakSeries(json: unknown): LeakSeries | undefined {
  try {
    const { success, output } = v.safeParse(schema, typeof json === 'string' ? JSON.parse(json) : json)
    const series = success ? (output as LeakSeries) : undefined
    return series?.tracks.every((track) => readTrack(track)) ? series : undefined
  } catch {
    return undefined
  }
}
