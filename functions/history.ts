/** The history of what a storage check measures: one item a target and series, each hour's point written once. */
import type { Measure, SeriesName } from './checks/storage/reading.ts'
import { addPoint, parseSeries, type Series } from './checks/storage/series.ts'
import { log } from './log.ts'
import { errorMessage } from './redact.ts'
import { changeItem, loadItem, type Place } from './table.ts'

export interface History {
  /** By series, this look's points included; one that could not be had is absent. */
  series: Partial<Record<SeriesName, Series>>
  /** What of it could not be read or written, as a sentence. */
  fault?: string
  /** Some of it was damaged and is begun anew. */
  begunAnew: boolean
  /** The table itself failed, so that the run has failed too. */
  tableFailed: boolean
}

/**
 * Adds the points of one look. Never throws. In a dry run nothing is written.
 * @param of which instance, or project and branch, and who tells: of another one than before, history begins anew
 */
export async function noteMeasures(
  target: string,
  of: string,
  measures: Measure[],
  at: number,
  dryRun: boolean,
  signal: AbortSignal,
): Promise<History> {
  const noted = await Promise.all(measures.map((measure) => noteMeasure(target, of, measure, at, dryRun, signal)))
  const faults = noted.flatMap(({ fault }) => fault ?? [])
  return {
    series: Object.fromEntries(noted.flatMap(({ name, series }) => (series ? [[name, series]] : []))),
    ...(faults.length > 0 && { fault: faults.join('; ') }),
    begunAnew: noted.some(({ begunAnew }) => begunAnew),
    tableFailed: noted.some(({ tableFailed }) => tableFailed),
  }
}

interface Noted {
  name: SeriesName
  series?: Series
  fault?: string
  begunAnew?: boolean
  tableFailed?: boolean
}

const withSeries = (series: Series | undefined) => series && { series }

/** Without `of`: written before it was kept, and taken for the same. */
type KeptSeries = Series & { of?: string }

async function noteMeasure(
  target: string,
  of: string,
  { series: name, used, asOf, by }: Measure,
  at: number,
  dryRun: boolean,
  signal: AbortSignal,
): Promise<Noted> {
  const place: Place<KeptSeries | undefined> = {
    pk: `TARGET#${target}`,
    sk: `SERIES#${name}`,
    parse: (text) => parseKept(fromJson(text)),
  }
  const source = by ? `${of} by ${by}` : of
  const sameOf = (kept: KeptSeries | undefined): Series | undefined =>
    kept && (kept.of ?? source) === source ? { hours: kept.hours, days: kept.days } : undefined
  const add = (kept: KeptSeries | undefined) => {
    const result = addPoint(sameOf(kept), at, used)
    return { state: { ...result, of: source }, result }
  }
  let known: KeptSeries | undefined
  try {
    const kept = await loadItem(place, signal)
    known = kept.state
    const unreadable = kept.version > 0 && known === undefined
    if (unreadable) log('history-unreadable', { target, series: name, remedy: 'begun anew' })
    // What was not told at this look is no point of it.
    if (asOf !== undefined) return { name, ...withSeries(sameOf(known)) }
    const series = dryRun ? add(known).result : await changeItem(place, kept, at, signal, add)
    return {
      name,
      series,
      ...(unreadable && { fault: `the history of ${name} could not be read and was begun anew`, begunAnew: true }),
    }
  } catch (error) {
    const fault = `the table did not take the history of ${name} of ${target}: ${errorMessage(error)}`
    return { name, ...(known && { series: add(known).result }), fault, tableFailed: true }
  }
}

function parseKept(json: unknown): KeptSeries | undefined {
  const series = parseSeries(json)
  const { of } = Object(json) as { of?: unknown }
  return series && { ...series, ...(typeof of === 'string' && { of }) }
}

function fromJson(text = ''): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
