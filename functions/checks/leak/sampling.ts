/** What one look counted, by names that fit, and whose track is kept: so that the series stays small whoever connects. */
import { advance, type Sample } from './advance.ts'
import type { Watch } from './looks.ts'
import { known, newTrack, type Track } from './track.ts'

/** All applications beyond the largest, summed. */
export const OTHERS = '(all others)'
export const MOST_TRACKS = 50
const MOST_NAME_BYTES = 100
const NOBODY: Sample = { idle: 0, sessions: 0 }

/** By name; what is named alike, once it is cut, is one. */
export function samplesOf(counted: { name: string; idleOverHour: number; sessions: number }[]): Map<string, Sample> {
  const samples = new Map<string, Sample>()
  for (const { name, idleOverHour, sessions } of counted) {
    const short = cut(name)
    const idle = whole(idleOverHour)
    samples.set(short, add(samples.get(short) ?? NOBODY, { idle, sessions: Math.max(idle, whole(sessions)) }))
  }
  return samples
}

export const whole = (n: number): number => (Number.isFinite(n) && n > 0 ? Math.min(Math.floor(n), 1e15) : 0)

const add = (a: Sample, b: Sample): Sample => ({ idle: a.idle + b.idle, sessions: a.sessions + b.sessions })

/**
 * Every track with this look, by name; of more applications than `most` the lesser ones summed.
 * @param last when the look before was; none at the first
 */
export function noteSamples(
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
    .map((name) => ({ name, rank: rankOf(tracked.get(name), samples.get(name) ?? NOBODY) }))
    .filter(({ rank }) => rank > 0)
    .sort((a, b) => b.rank - a.rank || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name)
  const chosen = ranked.slice(0, most)
  const sampleOf = (name: string) => samples.get(name) ?? NOBODY
  const others = ranked.slice(most).map(sampleOf).reduce(add, sampleOf(OTHERS))
  const noted = chosen.map((name) => [name, sampleOf(name)] as const)
  if (others.sessions > 0 || tracked.has(OTHERS)) noted.push([OTHERS, others])
  return noted
    .map(([name, sample]) => advance(tracked.get(name) ?? newTrack(name, last ?? watch.at), sample, last, watch))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** What leaks, or may, comes first; then who has most, idle or at work; then who was there before. 0: gone for more than a week. */
function rankOf(track: Track | undefined, { idle, sessions }: Sample): number {
  const most = Math.max(idle, ...known(track?.days ?? []))
  const isThere = sessions + most + Math.max(0, ...known(track?.fresh ?? [])) > 0
  if (!isThere) return 0
  return (track?.leak ? 2e16 : track?.above ? 1e16 : 0) + 2 * (most + sessions) + (track ? 2 : 1)
}

const encoder = new TextEncoder()

/** As long as it is once it is stored. */
export const bytesOf = (value: unknown): number => encoder.encode(JSON.stringify(value)).length

/** Short enough to be kept. */
export function cut(name: string): string {
  // Not even if each character were written as a code of six.
  if (name.length * 6 <= MOST_NAME_BYTES) return name
  let short = ''
  let length = 0
  for (const character of name) {
    length += bytesOf(character) - '""'.length
    if (length > MOST_NAME_BYTES) return `${short}…`
    short += character
  }
  return short
}
