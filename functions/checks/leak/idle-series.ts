/**
 * How many sessions each application leaves idle for over an hour, look by look: one compact item for each target.
 * A leaked session is never used again, so its application has more of them than it ever had, and ever more.
 */
import * as v from 'valibot'
import { bytesOf, MOST_TRACKS, noteSamples, samplesOf, whole } from './sampling.ts'
import { HOUR, LOOKS_KEPT, MINUTE, readTrack, type StoredTrack, storeTrack, type Track } from './track.ts'

export interface IdleLook {
  at: number
  serverStartedAt: number
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
  return { ...before, unbrokenSince, serverStartedAt, times, tracks: fitting(noted) }
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
  tracks: [],
})

/** A restart ends what was being counted; what was usual is usual still. */
const broken = ({ above: _above, leak: _leak, ...track }: Track): Track => ({ ...track, looks: [] })

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
