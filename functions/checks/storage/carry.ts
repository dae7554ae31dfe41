/** What one look is not told does not end what stands: the last that was told is carried along, marked as of then. */
import type { Measure, MeasuredReading, StorageLimit } from './reading.ts'

/** What was measured last. */
export interface LastMeasured {
  at: number
  measures: Measure[]
  /** Aura: the instance's type then. */
  tier?: string
  /** Of which instance, or project and branch. */
  of?: string
}

/** The reading with what the last one knew and this one was not told. What was counted of another tier counts no more. */
export function carry(reading: MeasuredReading, last: LastMeasured | undefined): MeasuredReading {
  if (last === undefined || isOther(reading.tier, last.tier)) return reading
  const before = new Map(last.measures.map((measure) => [measure.series, measure]))
  const told = new Set(reading.measures.map(({ series }) => series))
  const measures = reading.measures.map((measure) => carried(measure, before.get(measure.series), last.at))
  const missing = last.measures.filter(({ series }) => !told.has(series)).map((measure) => asOf(measure, last.at))
  return { ...reading, measures: [...measures, ...missing] }
}

export const isOther = (tier: string | undefined, before: string | undefined): boolean =>
  tier !== undefined && before !== undefined && tier !== before

function carried(measure: Measure, before: Measure | undefined, at: number): Measure {
  if (before === undefined) return measure
  // A sum without one of its databases is none. Missing twice in a row, that database is gone.
  const lacks = before.parts?.some((part) => !measure.parts?.includes(part)) && measure.parts !== undefined
  if (lacks && before.asOf === undefined) return asOf(before, at)
  const { limit = before.limit, hard = before.hard ?? before.limit } = measure
  const told = { ...measure, ...(limit && { limit: limit === measure.limit ? limit : asOf(limit, at) }) }
  if (limit?.kind !== 'budget' || hard?.kind !== 'hard') return told
  return { ...told, hard: hard === measure.hard ? hard : asOf(hard, at) }
}

const asOf = <Told extends Measure | StorageLimit>(told: Told, at: number): Told => ({ ...told, asOf: told.asOf ?? at })
