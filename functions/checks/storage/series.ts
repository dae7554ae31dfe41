/**
 * The history of one quantity: hourly values for days, daily medians for months, a bounded number of both. A gap stays a
 * gap: nothing is ever filled in. Hours and days are whole ones since the epoch, in UTC.
 */
import * as v from 'valibot'

/** One value for each hour (or day) from `from` on; null: not measured. */
export interface Run {
  from: number
  values: (number | null)[]
}

export interface Series {
  hours: Run
  /** The median of each day's hours, of days that are over. */
  days: Run
}

export interface Point {
  /** Epoch milliseconds: the beginning of the hour, or noon of the day. */
  at: number
  value: number
}

const HOUR = 3_600_000
const DAY = 24 * HOUR
/** Days whose hours are kept, the newest one included. */
const DAYS_IN_HOURS = 9
const HOURS_KEPT = DAYS_IN_HOURS * 24
/** Half a year, for a look back at a season; with ten digits all of it is under 5 KB. */
const DAYS_KEPT = 190

const EMPTY: Run = { from: 0, values: [] }

/**
 * The series with this hour's value, unless the hour has one: the first one wins, so that a repeated run changes nothing
 * and gives back the same object. So does what cannot be a measure, or is older than the hours that are kept. A late
 * value fills its hour. Days that are over move to `days` when their hours no longer fit.
 */
export function addPoint(series: Series | undefined, at: number, value: number): Series {
  const before = series ?? { hours: EMPTY, days: EMPTY }
  const hour = Math.floor(at / HOUR)
  if (!isCount(value) || !isCount(hour)) return before
  const { hours, days } = before
  const oldest = firstHourKept(Math.max(hour, end(hours) - 1))
  if (hour < oldest) {
    // All that the hours hold is a single one from far ahead: a clock was wrong then, and would keep everything out.
    return hours.values.length === 1 ? { hours: { from: hour, values: [value] }, days } : before
  }
  if (valueAt(hours, hour) !== null) return before
  const moved = moveDaysOver({ hours, days }, oldest)
  return { hours: put(moved.hours, hour, value, HOURS_KEPT), days: moved.days }
}

/** The hours before `oldest`, the first of a day, become the medians of their days. */
function moveDaysOver(series: Series, oldest: number): Series {
  if (series.hours.from >= oldest) return series
  let { days } = series
  const all = points(series.hours)
  // The days are dropped by the newest day among themselves: one hour from far ahead does not cost the history.
  for (const [day, ofDay] of byDay(all.filter(({ index }) => index < oldest)))
    days = put(days, day, median(ofDay), DAYS_KEPT)
  const first = all.find(({ index }) => index >= oldest)?.index
  const hours =
    first === undefined ? EMPTY : { from: first, values: series.hours.values.slice(first - series.hours.from) }
  return { hours, days }
}

/** The hours that were measured, oldest first. */
export const hourly = ({ hours }: Series): Point[] =>
  points(hours).map(({ index, value }) => ({ at: index * HOUR, value }))

/**
 * The median of each day that was measured, oldest first, and today's so far as the last. Nothing from after `now`.
 * A day stands at its noon; today in the middle of its measured hours.
 */
export function daily({ hours, days }: Series, now: number): Point[] {
  const today = Math.floor(now / DAY)
  const known = new Map(points(days).map(({ index, value }) => [index, { at: (index + 0.5) * DAY, value }]))
  for (const [day, ofDay] of byDay(points(hours))) {
    const soFar = ofDay.filter(({ index }) => index * HOUR <= now)
    const first = soFar[0]
    const last = soFar.at(-1)
    if (first === undefined || last === undefined) continue
    const at = day === today ? ((first.index + last.index + 1) / 2) * HOUR : (day + 0.5) * DAY
    known.set(day, { at, value: median(soFar) })
  }
  return [...known]
    .filter(([day]) => day <= today && day > today - DAYS_KEPT)
    .sort(([a], [b]) => a - b)
    .map(([, point]) => point)
}

const runOf = (atMost: number) =>
  v.object({
    from: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
    values: v.pipe(v.array(v.nullable(v.pipe(v.number(), v.safeInteger(), v.minValue(0)))), v.maxLength(atMost)),
  })
const schema = v.object({ hours: runOf(HOURS_KEPT), days: runOf(DAYS_KEPT) })

/** A stored series, as JSON or its text; undefined if it is damaged or of another form. */
export function parseSeries(json: unknown): Series | undefined {
  try {
    const parsed = v.safeParse(schema, typeof json === 'string' ? JSON.parse(json) : json)
    return parsed.success ? parsed.output : undefined
  } catch {
    return undefined
  }
}

const isCount = (n: number) => Number.isSafeInteger(n) && n >= 0

const end = ({ from, values }: Run) => from + values.length

const firstHourKept = (newest: number) => (Math.floor(newest / 24) - DAYS_IN_HOURS + 1) * 24

const valueAt = ({ from, values }: Run, index: number): number | null => values[index - from] ?? null

const points = ({ from, values }: Run): { index: number; value: number }[] =>
  values.flatMap((value, i) => (value === null ? [] : { index: from + i, value }))

const byDay = (hours: { index: number; value: number }[]) => Map.groupBy(hours, ({ index }) => Math.floor(index / 24))

/** The run with a value put in its place, without what is then too old. */
function put(run: Run, index: number, value: number, kept: number): Run {
  if (run.values.length === 0 || index - end(run) >= kept) return { from: index, values: [value] }
  const from = Math.min(run.from, index)
  const before: null[] = Array(run.from - from).fill(null)
  const after: null[] = Array(Math.max(0, index - end(run))).fill(null)
  const values = [...before, ...run.values, ...after]
  values[index - from] = value
  const tooMany = Math.max(0, values.length - kept)
  return { from: from + tooMany, values: values.slice(tooMany) }
}

/** The middle value, whole: of an even number, between the two in the middle. */
function median(of: { value: number }[]): number {
  const sorted = of.map(({ value }) => value).sort((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] ?? 0
  const lower = sorted[(sorted.length - 1) >> 1] ?? upper
  return Math.round((lower + upper) / 2)
}
