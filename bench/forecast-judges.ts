/** Who is asked, once a day, whether to alarm: Nightshift's rules, and what alerts elsewhere commonly ask. */
import type { StorageRule } from '../functions/checks/storage/facts.ts'
import { fastFill } from '../functions/checks/storage/fast-fill.ts'
import { timeToFull } from '../functions/checks/storage/time-to-full.ts'
import type { Judge } from './forecast-trial.ts'

const HOUR_MS = 3_600_000
const AHEAD_MS = 7 * 24 * HOUR_MS

export const ours = 'storage.time-to-full'
export const oursFast = 'storage.fast-fill'

/** A rule by its default limits, as a run asks it after a look. */
export const byRule =
  (rule: StorageRule & Required<Pick<StorageRule, 'limits'>>): Judge =>
  ({ series, hours, limit, now }) => {
    const used = hours.at(-1)?.value ?? 0
    const measure = { series: 'size', what: 'branch main', unit: 'bytes', used } as const
    const finding = rule.judge(
      {
        reading: {
          kind: 'measured',
          at: now,
          provider: 'neon',
          measures: [{ ...measure, limit: { value: limit, what: 'the limit', kind: 'hard' } }],
        },
        history: { size: series },
      },
      rule.limits,
    )
    return finding !== null && finding.severity !== 'ok'
  }

/** Prometheus's `predict_linear`: a line by least squares through the last hours. */
const linear =
  (back: number): Judge =>
  ({ hours, limit, now }) => {
    const points = hours.filter(({ at }) => at >= now - back * HOUR_MS)
    const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
    const [at, level] = [mean(points.map((one) => one.at)), mean(points.map(({ value }) => value))]
    const spread = points.reduce((sum, one) => sum + (one.at - at) ** 2, 0)
    if (spread === 0) return false
    const slope = points.reduce((sum, one) => sum + (one.at - at) * (one.value - level), 0) / spread
    return level + slope * (now + AHEAD_MS - at) >= limit
  }

export const judges: Record<string, Judge> = {
  [ours]: byRule(timeToFull),
  [oursFast]: byRule(fastFill),
  'line through 1 h, full in 7 days': linear(1),
  'line through 6 h, full in 7 days': linear(6),
  'line through 24 h, full in 7 days': linear(24),
  'level 80 %': ({ hours, limit }) => (hours.at(-1)?.value ?? 0) >= 0.8 * limit,
}
