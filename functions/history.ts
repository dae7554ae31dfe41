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
  /** The table itself failed, so that the run has failed too. */
  tableFailed: boolean
}

/** Adds the points of one look. Never throws. In a dry run nothing is written. */
export async function noteMeasures(
  target: string,
  measures: Measure[],
  at: number,
  dryRun: boolean,
  signal: AbortSignal,
): Promise<History> {
  const noted = await Promise.all(measures.map((measure) => noteMeasure(target, measure, at, dryRun, signal)))
  const faults = noted.flatMap(({ fault }) => fault ?? [])
  return {
    series: Object.fromEntries(noted.flatMap(({ name, series }) => (series ? [[name, series]] : []))),
    ...(faults.length > 0 && { fault: faults.join('; ') }),
    tableFailed: noted.some(({ tableFailed }) => tableFailed),
  }
}

interface Noted {
  name: SeriesName
  series?: Series
  fault?: string
  tableFailed?: boolean
}

async function noteMeasure(
  target: string,
  { series: name, used }: Measure,
  at: number,
  dryRun: boolean,
  signal: AbortSignal,
): Promise<Noted> {
  const place: Place<Series | undefined> = {
    pk: `TARGET#${target}`,
    sk: `SERIES#${name}`,
    parse: (text) => parseSeries(fromJson(text)),
  }
  const add = (series: Series | undefined) => {
    const state = addPoint(series, at, used)
    return { state, result: state }
  }
  let known: Series | undefined
  try {
    const kept = await loadItem(place, signal)
    known = kept.state
    const unreadable = kept.version > 0 && known === undefined
    if (unreadable) log('history-unreadable', { target, series: name, remedy: 'begun anew' })
    const series = dryRun ? add(known).state : await changeItem(place, kept, at, signal, add)
    return { name, series, ...(unreadable && { fault: `the history of ${name} could not be read and was begun anew` }) }
  } catch (error) {
    const fault = `the table did not take the history of ${name} of ${target}: ${errorMessage(error)}`
    return { name, ...(known && { series: add(known).state }), fault, tableFailed: true }
  }
}

function fromJson(text = ''): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
