/** What others alarm by: the total of connections alone, look by look every five minutes. */

const LOOKS_AN_HOUR = 12

/** Whether a rule alarms at a look, by the totals up to it. */
export type Rival = (totals: number[], look: number, limit: number) => boolean

/** 80 % of the limit for 10 minutes, as postgres_exporter's mixin has it. */
const eighty: Rival = (totals, look, limit) =>
  look >= 2 && [look, look - 1, look - 2].every((i) => (totals[i] as number) > 0.8 * limit)

/** Prometheus' `predict_linear` over six hours: full within a day. */
const linear: Rival = (totals, look, limit) => {
  const n = 6 * LOOKS_AN_HOUR
  if (look < n - 1) return false
  // Of evenly spaced points, the middle of the times is known.
  const middle = (n - 1) / 2
  let sum = 0
  let weighted = 0
  for (let i = 0; i < n; i += 1) {
    const total = totals[look - n + 1 + i] as number
    sum += total
    weighted += (i - middle) * total
  }
  const slope = weighted / ((n * (n * n - 1)) / 12)
  return sum / n + slope * (n - 1 - middle + 24 * LOOKS_AN_HOUR) > limit
}

/** Mann and Kendall's test for a rising trend, p < 0.01, of the last 24 hourly minima; asked once an hour. */
const mannKendall: Rival = (totals, look) => {
  const hours = 24
  if ((look + 1) % LOOKS_AN_HOUR !== 0 || look + 1 < hours * LOOKS_AN_HOUR) return false
  const minima = Array.from({ length: hours }, (_, i) => {
    const end = look + 1 - (hours - 1 - i) * LOOKS_AN_HOUR
    return Math.min(...totals.slice(end - LOOKS_AN_HOUR, end))
  })
  let s = 0
  for (const [i, earlier] of minima.entries()) for (const later of minima.slice(i + 1)) s += Math.sign(later - earlier)
  const alike = Map.groupBy(minima, (value) => value)
  const ties = [...alike.values()].reduce((sum, { length: n }) => sum + n * (n - 1) * (2 * n + 5), 0)
  const variance = (hours * (hours - 1) * (2 * hours + 5) - ties) / 18
  return variance > 0 && (s - 1) / Math.sqrt(variance) > 2.326
}

export const rivals: Record<string, Rival> = {
  'total > 80 % for 10 min': eighty,
  'predict_linear[6h], full in 24 h': linear,
  'Mann–Kendall, p < 0.01, 24 h': mannKendall,
}
