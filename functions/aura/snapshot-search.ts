/**
 * Which days to ask for: Aura's API lists snapshots by the day, and without a day only those of the current one. So it is
 * asked day after day, back to the first where there is what the rules ask for. Days are UTC's, by their beginnings.
 */
import { hasDifferentials, SLACK_MS } from '../checks/snapshots/expected.ts'
import type { SnapshotsMemory } from '../checks/snapshots/facts.ts'
import type { Snapshot } from '../checks/snapshots/reading.ts'
import { LookFailed } from '../failure.ts'
import { proven } from './snapshot-records.ts'

const HOUR = 60 * 60_000
const DAY = 24 * HOUR
/** Of one look. Where nothing is paid Aura takes 25 requests a minute, for all instances together. */
const MOST_DAYS = 9
/** So many days before today are always among them. */
const REACH = MOST_DAYS - 2

/** The snapshots of the day that begins then. */
type List = (day: number) => Promise<Snapshot[]>

/** The newest completed snapshot that any look has seen, and the newest full one: nothing is sought before it; nor again where looks have covered. */
export type KnownSnapshots = Pick<SnapshotsMemory, 'newestAt' | 'newestFullAt' | 'coveredFrom' | 'listedAt'>

export interface Search {
  snapshots: Snapshot[]
  /** The beginning of the oldest day that was asked for. */
  askedFrom: number
  /** A day could not be had, so it ended early: with a completed one found. */
  brokenOff: boolean
}

interface Wanted {
  tier: string
  createdAt: number | undefined
  before: KnownSnapshots
  /** Nothing is due: what is older than yesterday changes nothing. */
  noneDue: boolean
  now: number
}

/** @throws LookFailed where too little was told to say that there is no snapshot */
export async function searchBack(list: List, { tier, createdAt, before, noneDue, now }: Wanted): Promise<Search> {
  const today = startOfDay(now)
  const differentials = hasDifferentials(tier)
  const [newest, second] = await Promise.allSettled([list(today), list(today - DAY)])
  if (newest.status === 'rejected') throw newest.reason
  const search: Search = { snapshots: newest.value, askedFrom: today, brokenOff: false }

  const enough = (): boolean => {
    const found = proven(search.snapshots, now)
    const reached = (moment: number | undefined) => moment !== undefined && search.askedFrom <= moment
    const any = found.length > 0 || reached(before.newestAt) || isCovered(before.newestAt)
    const untold = found.length > 0 && found.every((one) => one.full === null)
    const full =
      !differentials ||
      untold ||
      found.some((one) => one.full) ||
      reached(before.newestFullAt) ||
      isCovered(before.newestFullAt)
    return (any && full) || reached(createdAt)
  }
  // The looks before have seen all the days that this one could ask for, and nothing that would still be among them.
  const { coveredFrom = now, listedAt = 0 } = before
  const farthest = today - REACH * DAY
  const isCovered = (newestAt = 0): boolean =>
    search.askedFrom <= listedAt - SLACK_MS && coveredFrom <= farthest && newestAt < farthest
  try {
    if (second.status === 'rejected') throw second.reason
    goBack(search, second.value)
    if (noneDue) return search
    let days = 2
    // Nobody says in which time zone Aura's days are. Where it seems that the next snapshot is overdue, it may stand
    // under a day that has not begun in UTC. Perhaps the API takes no such day: then all has been told.
    const due = now - (differentials ? 2 * HOUR : DAY)
    if (!proven(search.snapshots, now).some(({ at }) => at > due)) {
      search.snapshots.push(...((await unlessGone(list(today + DAY))) ?? []))
      days++
    }
    for (; days < MOST_DAYS && !enough(); days++) goBack(search, await list(search.askedFrom - DAY))
  } catch (error) {
    if (isGone(error) || proven(search.snapshots, now).length === 0) throw error
    search.brokenOff = true
  }
  return search
}

function goBack(search: Search, found: Snapshot[]): void {
  search.snapshots.push(...found)
  search.askedFrom -= DAY
}

interface Edge {
  keepForMs: number | undefined
  createdAt: number | undefined
  now: number
}

/**
 * What was made so long ago that it should just still be there, on days before those of the search.
 * A day that cannot be had is not among `days`: then nobody knows.
 */
export async function searchEdge(
  list: List,
  { snapshots, askedFrom, brokenOff }: Search,
  { keepForMs, createdAt = 0, now }: Edge,
): Promise<{ snapshots: Snapshot[]; days: number[] }> {
  const found: Snapshot[] = []
  const days: number[] = []
  if (keepForMs === undefined || brokenOff) return { snapshots: found, days }
  // The one before it may just have expired: the oldest there is may be younger by a period and the time that it takes.
  const from = now - keepForMs
  const to = from + DAY + SLACK_MS
  const isKept = () => proven([...snapshots, ...found], now).some(({ at }) => at <= to)
  if (createdAt > from) return { snapshots: found, days }
  for (let day = startOfDay(from); day <= to && day < askedFrom && !isKept(); day += DAY) {
    const listed = await unlessGone(list(day))
    if (listed === undefined) break
    found.push(...listed)
    days.push(day)
  }
  return { snapshots: found, days }
}

const startOfDay = (at: number): number => Math.floor(at / DAY) * DAY

/** The instance: 404, whatever day is asked for. */
const isGone = (error: unknown): boolean => error instanceof LookFailed && error.failure.cause === 'not-found'

const unlessGone = (listed: Promise<Snapshot[]>): Promise<Snapshot[] | undefined> =>
  listed.catch((error: unknown) => {
    if (isGone(error)) throw error
    return undefined
  })
