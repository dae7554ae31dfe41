/** What a weekly letter tells of. Times are epoch milliseconds. */
import type { Standing } from '../checks/heartbeat/reading.ts'
import type { Forecast, NoForecast } from '../checks/storage/forecast.ts'
import type { Measure } from '../checks/storage/reading.ts'
import type { Dropped } from './dropped.ts'
import type { Counted } from './due.ts'

export interface StoredAmount {
  target: string
  measure: Measure
  /** When it was measured. */
  at: number
  /** Undefined: its history could not be read. */
  forecast: Forecast | NoForecast | undefined
}

export interface LetterFacts {
  at: number
  /** The names of all targets. */
  targets: string[]
  /** As it was with the last letter, and as it is; what was never counted is absent. */
  before: Counted
  counted: Counted
  standing: Standing[]
  /** Targets of the last letter that are watched no longer. */
  dropped: Dropped[]
  /** Sessions, connections and transactions that were ended since then, by target; undefined: not known. */
  ended: { byTarget: Record<string, number>; more: boolean } | undefined
  /** What policies would have done that are not allowed to, one sentence a target. */
  rehearsed: { target: string; says: string }[]
  /** What has a limit to be near to. */
  stored: StoredAmount[]
  /** The newest good snapshot that is known of each target that has one. */
  snapshots: { target: string; newestAt: number }[]
  /** What is kept quiet of a target, by a person or by its windows of maintenance; and of all of them, by quiet hours. */
  quiet: { target: string; says: string }[]
  /** USD a month. */
  cost: number
  /** What of all this could not be read, one line each. */
  faults: string[]
}
