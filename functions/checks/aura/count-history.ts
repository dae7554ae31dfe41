/** How many connections there were, look by look, and how fast they grow. A leak grows; a healthy pool does not. */

/** By member, since each counts its own, the last counted first; points are `[when, how many]`, oldest first. */
export type CountHistory = { member: string; points: [at: number, count: number][] }[]

export interface Growth {
  /** Whose connections were counted. */
  member: string
  /** Percent an hour, that of the slowest of the hours in question: it has grown at least as fast all the time. */
  perHour: number
  /** Over how long, between which counts. */
  overMs: number
  from: number
  to: number
}

const MINUTE = 60_000
const HOUR = 60 * MINUTE
/** Each rate is that of an hour, and it must have held for another hour: two hours of looks in all. */
const WINDOW_MS = HOUR
const SUSTAINED_MS = HOUR
/** Looks come when they come: so much may be missing at either end. */
const SLACK_MS = 10 * MINUTE
/** A longer gap breaks a series: nobody knows what happened meanwhile. Beyond three looks, as looks take turns among members. */
const GAP_MS = 45 * MINUTE
/** More often than this, looks tell nothing more of hours. */
const STEP_MS = 3 * MINUTE
/** Of fewer connections, one or two more are many percent and still no leak. */
const FEW = 30
const MOST_MEMBERS = 8

/** The history with one more count, and without what is too old to tell anything. */
export function noteCount(history: CountHistory, member: string, at: number, count: number): CountHistory {
  const points = history.find((one) => one.member === member)?.points ?? []
  const newest = points.at(-1)?.[0] ?? Number.NEGATIVE_INFINITY
  // Runs overlap, and a person presses Test: an older look or one at the same time adds nothing.
  const noted = at - newest < STEP_MS ? points : [...points, [at, count] as [number, number]]
  return [{ member, points: noted }, ...history.filter((one) => one.member !== member)]
    .map((one) => ({
      ...one,
      points: one.points.filter((point) => at - point[0] <= WINDOW_MS + SUSTAINED_MS + SLACK_MS),
    }))
    .filter((one) => one.points.length > 0)
    .slice(0, MOST_MEMBERS)
}

/**
 * The growth on the member that was counted last, or undefined where fewer than two hours are known without a break.
 * The rate of an hour is Theil and Sen's median of all slopes, which one burst or one deployment does not move.
 */
export function growthOf(history: CountHistory, now: number): Growth | undefined {
  const { member = '', points = [] } = history[0] ?? {}
  const series = unbroken(points, now)
  const [first] = series
  const last = series.at(-1)
  if (!first || !last || last[0] - first[0] < WINDOW_MS + SUSTAINED_MS - SLACK_MS) return undefined
  const rates = series
    .filter(([at]) => last[0] - at <= SUSTAINED_MS && at - first[0] >= WINDOW_MS - SLACK_MS)
    .map(([end]) => ratePerHour(series.filter(([at]) => at <= end && end - at <= WINDOW_MS)))
  return {
    member,
    perHour: Math.min(...rates),
    overMs: last[0] - first[0],
    from: first[1],
    to: last[1],
  }
}

/** The end of the series that no gap and no restart interrupts; after a restart all connections come anew, which is no leak. */
function unbroken(points: [number, number][], now: number): [number, number][] {
  const known = points.filter(([at]) => at <= now)
  const newest = known.at(-1)
  if (!newest || now - newest[0] > GAP_MS) return []
  const breaks = known.findLastIndex(([at, count], index) => {
    const before = known[index - 1]
    return before !== undefined && (at - before[0] > GAP_MS || count < before[1] / 2)
  })
  return breaks === -1 ? known : known.slice(breaks)
}

function ratePerHour(points: [number, number][]): number {
  const slopes = points.flatMap(([at, count], index) =>
    points.slice(index + 1).map(([later, then]) => (then - count) / (later - at)),
  )
  // Two looks an hour are too few to tell a rate from a jump.
  if (points.length < 3) return 0
  const slope = median(slopes)
  const start = points[0]?.[0] ?? 0
  const level = median(points.map(([at, count]) => count - slope * (at - start)))
  return (100 * slope * HOUR) / Math.max(level, FEW)
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const [low = 0, high = 0] =
    sorted.length % 2 ? [sorted[middle], sorted[middle]] : sorted.slice(middle - 1, middle + 1)
  return (low + high) / 2
}
