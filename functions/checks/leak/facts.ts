/** What the rules are told of leaks. */
import type { SeenReading } from '../reading.ts'
import type { ConnectionsFacts } from '../rule.ts'
import { busiestOf, type LeakSeries } from './idle-series.ts'
import { leaksOf, settledOf } from './leaks.ts'
import { withNames } from './names.ts'
import { DAY } from './track.ts'

/** Before that nobody is judged, so that there is no leak is not known either. */
const FIRST_DAY_MS = DAY

/** @param series with this look in it */
export function leakFacts(
  series: LeakSeries,
  { at, groups }: SeenReading,
): Pick<ConnectionsFacts, 'leaks' | 'settled' | 'busiest'> {
  const leaks = withNames(leaksOf(series, at), groups)
  return {
    leaks: leaks.length === 0 && at - series.since < FIRST_DAY_MS ? undefined : leaks,
    settled: withNames(settledOf(series), groups),
    busiest: busiestOf(series),
  }
}
