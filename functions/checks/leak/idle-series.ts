/**
 * How many sessions each application leaves idle for over an hour, look by look: one compact item for each target.
 * A leaked session is never used again, so its application has more of them than it ever had, and ever more.
 */
import * as v from 'valibot'
import { advance, type Sample } from './advance.ts'
import type { Watch } from './evidence.ts'
import {
  HOUR,
  known,
  LOOKS_KEPT,
  MINUTE,
  newTrack,
  readTrack,
  type StoredTrack,
  storeTrack,
  type Track,
} from './track.ts'

export interface IdleLook {
  at: number
  serverStartedAt: number
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
/** A look from so long before the last one: the clock was wrong then. */
const CLOCK_MS = 6 * HOUR
/** A database's clock and ours tell a start the same way only nearly. */
const SAME_START_MS = MINUTE
const MOST_TRACKS = 50
const MOST_BYTES = 6_000
/** So few are never more than that. */
const FEW_TRACKS = 10
const MOST_NAME_BYTES = 100
/** All applications beyond the largest, summed. */
export const OTHERS = '(all others)'

/** The series with one more look; the same one if that adds nothing. */
export function noteIdle(series: LeakSeries | undefined, look: IdleLook): LeakSeries {
  const { at } = look
  const serverStartedAt = count(look.serverStartedAt)
  const last = series?.times.at(-1)
  if (!Number.isSafeInteger(at) || at < 0) return series ?? begin(0, 0)
  if (series && last !== undefined && at - last < STEP_MS && at - last > -CLOCK_MS) return series
  const before = series && (last === undefined || at >= last) ? series : begin(at, serverStartedAt)
  const restarted = Math.abs(before.serverStartedAt - serverStartedAt) > SAME_START_MS
  const unbrokenSince = restarted ? at : before.unbrokenSince
  const times = [...(restarted ? [] : before.times), at].slice(-LOOKS_KEPT)
  const watch = { at, times, unbrokenSince, since: before.since }
  const tracks = before.tracks.flatMap((stored) => {
    const track = readTrack(stored)
    return track ? [restarted ? interrupted(track) : track] : []
  })
  const samples = sum(look.applications)
  const noted = (most: number) => ({
    version: 1 as const,
    since: before.since,
    unbrokenSince,
    serverStartedAt,
    times,
    tracks: noteAll(tracks, samples, most, last, watch).map(storeTrack),
  })
  let after = noted(MOST_TRACKS)
  // Long names take the room of others.
  for (let most = Math.min(MOST_TRACKS, after.tracks.length); most > FEW_TRACKS && bytes(after.tracks) > MOST_BYTES; ) {
    most = Math.min(most - 1, Math.floor((most * MOST_BYTES) / bytes(after.tracks)))
    after = noted(most)
  }
  return after
}

/** The series once the compute is suspended: all sessions have ended, and the next look begins anew. */
export const noteSuspended = (series: LeakSeries): LeakSeries =>
  series.serverStartedAt === 0
    ? series
    : {
        ...series,
        serverStartedAt: 0,
        tracks: series.tracks.map(([name, counts, { surge }]) => [name, counts, surge ? { surge } : {}]),
      }

const begin = (at: number, serverStartedAt: number): LeakSeries => ({
  version: 1,
  since: at,
  unbrokenSince: at,
  serverStartedAt,
  times: [],
  tracks: [],
})

/** A restart ends what was being counted; what was usual is usual still. */
const interrupted = ({ above: _above, leak: _leak, ...track }: Track): Track => ({ ...track, looks: [] })

/** By name, cut to what fits; what is named alike is one. */
function sum(applications: IdleLook['applications']): Map<string, Sample> {
  const samples = new Map<string, Sample>()
  for (const { name, idleOverHour, sessions } of applications) {
    const short = cut(name)
    const before = samples.get(short) ?? { idle: 0, sessions: 0 }
    const idle = count(idleOverHour)
    samples.set(short, { idle: before.idle + idle, sessions: before.sessions + Math.max(idle, count(sessions)) })
  }
  return samples
}

const count = (n: number): number => (Number.isFinite(n) && n > 0 ? Math.floor(n) : 0)

function noteAll(
  tracks: Track[],
  samples: Map<string, Sample>,
  most: number,
  last: number | undefined,
  watch: Watch,
): Track[] {
  const tracked = new Map(tracks.map((track) => [track.name, track]))
  const names = new Set([...tracked.keys(), ...samples.keys()])
  names.delete(OTHERS)
  const ranked = [...names]
    .map((name) => ({ name, rank: rankOf(tracked.get(name), samples.get(name)) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank || (a.name < b.name ? -1 : 1))
  const chosen = ranked.length > most ? ranked.slice(0, most - 1) : ranked
  const rest = ranked
    .slice(chosen.length)
    .reduce((total, { name }) => add(total, samples.get(name)), samples.get(OTHERS) ?? { idle: 0, sessions: 0 })
  const all = chosen.map(({ name }) => [name, samples.get(name) ?? { idle: 0, sessions: 0 }] as const)
  const others = rest.sessions > 0 || tracked.has(OTHERS) ? [[OTHERS, rest] as const] : []
  return [...all, ...others]
    .map(([name, sample]) => advance(tracked.get(name) ?? newTrack(name, last ?? watch.at), sample, last, watch))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

const add = (a: Sample, b: Sample | undefined): Sample =>
  b ? { idle: a.idle + b.idle, sessions: a.sessions + b.sessions } : a

/** What leaks, or may, comes first; then who leaves most idle, and who was there before. 0: gone for more than a week. */
function rankOf(track: Track | undefined, sample: Sample | undefined): number {
  const idle = Math.max(sample?.idle ?? 0, ...known(track?.days ?? []))
  const seen = (sample?.sessions ?? 0) + Math.max(0, ...known(track?.fresh ?? []))
  const strange = track?.leak ? 2e6 : track?.above ? 1e6 : 0
  return strange + 10 * idle + (seen > 0 ? Math.min(5, 1 + seen / 1000) : 0) + (track && seen + idle > 0 ? 4 : 0)
}

const encoder = new TextEncoder()
const bytes = (value: unknown): number => encoder.encode(JSON.stringify(value)).length

/** Names are their owners' business, their length is not. */
function cut(name: string): string {
  // Not even if each character were written as a code of six.
  if (name.length * 6 <= MOST_NAME_BYTES) return name
  let short = ''
  let length = 0
  for (const character of name) {
    length += bytes(character) - 2
    if (length > MOST_NAME_BYTES) return `${short}…`
    short += character
  }
  return short
}

const time = v.pipe(v.number(), v.safeInteger(), v.minValue(0))
const number = v.pipe(v.number(), v.finite())
const stateSchema = v.object({
  above: v.optional(v.object({ since: number, after: number, jump: number, most: number, grewAt: number })),
  surge: v.optional(v.object({ at: number, more: number, left: number })),
  leak: v.optional(
    v.object({
      reference: number,
      over: number,
      since: number,
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
    const parsed = v.safeParse(schema, typeof json === 'string' ? JSON.parse(json) : json)
    if (!parsed.success) return undefined
    const tracks = parsed.output.tracks as StoredTrack[]
    return tracks.every((track) => readTrack(track)) ? (parsed.output as LeakSeries) : undefined
  } catch {
    return undefined
  }
}
