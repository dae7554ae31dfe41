/** What the rules are told of leaks. */
import type { SeenReading } from '../reading.ts'
import type { ConnectionsFacts } from '../rule.ts'
import { busiestOf, type LeakSeries } from './idle-series.ts'
import { leaksOf, settledOf } from './leaks.ts'
import { withNames } from './names.ts'

/** @param series with this look in it */
export const leakFacts = (
  series: LeakSeries,
  { at, groups }: SeenReading,
): Pick<ConnectionsFacts, 'leaks' | 'settled' | 'busiest'> => ({
  leaks: withNames(leaksOf(series, at), groups),
  settled: withNames(settledOf(series), groups),
  busiest: busiestOf(series),
})
