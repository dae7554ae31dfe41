/** How a value went, as a line of small bars that a mail can show. */
import { hourly, type Series } from './series.ts'

const BARS = '▁▂▃▄▅▆▇█'
/** A blank would be lost where a mail's spaces are collapsed. */
const GAP = '·'
/** A smaller movement than this share of the value does not fill the height: noise would look like mountains. */
const LEAST_RANGE = 0.05
const HOUR = 3_600_000

/**
 * One bar for each value, or for each group of neighbours where there are more than `most`: the last that is known.
 * Bars reach from the lowest value to the highest; a flat series is flat at the bottom.
 */
export function sparkline(values: (number | null)[], most = 28): string {
  const shown = thinned(values, most)
  const known = shown.filter((value) => value !== null)
  const low = Math.min(...known)
  const high = Math.max(...known)
  const range = Math.max(high - low, LEAST_RANGE * high)
  const barOf = (value: number) => BARS[range > 0 ? Math.round(((value - low) / range) * (BARS.length - 1)) : 0]
  return shown.map((value) => (value === null ? GAP : barOf(value))).join('')
}

/** The hours of the last days up to now, for a sparkline; null where nothing was measured. */
export function lastDays(series: Series | undefined, now: number, days = 7): (number | null)[] {
  const known = new Map(series && hourly(series).map(({ at, value }) => [at, value]))
  const newest = Math.floor(now / HOUR) * HOUR
  return Array.from({ length: days * 24 }, (_, i) => known.get(newest - (days * 24 - 1 - i) * HOUR) ?? null)
}

function thinned(values: (number | null)[], most: number): (number | null)[] {
  const groups = Math.min(values.length, most)
  return Array.from({ length: groups }, (_, i) => {
    const from = Math.floor((i * values.length) / groups)
    const to = Math.floor(((i + 1) * values.length) / groups)
    return values.slice(from, to).findLast((value) => value !== null) ?? null
  })
}
