/** The letter's words on what is stored and on what is kept of it. Pure. */
import { sayAmount, sayLevel, shareOf } from '../checks/storage/measure.ts'
import { formatDuration, formatTime } from '../units.ts'
import type { LetterFacts, StoredAmount } from './facts.ts'

/** Of what has a limit, the nearest to it, and when it gets there. */
export function fullest({ stored }: LetterFacts): string {
  const [first] = stored.toSorted((a, b) => (shareOf(b.measure) ?? 0) - (shareOf(a.measure) ?? 0))
  if (first === undefined) return 'Fullest storage: no limit is known to be near to.'
  return `Fullest storage: ${first.target}, ${sayLevel(first.measure)}; ${sayForecast(first)}.`
}

function sayForecast({ forecast, measure }: StoredAmount): string {
  if (forecast === undefined) return 'how it grows could not be read'
  if (forecast.kind === 'none') return `no date when it is full: ${forecast.why}`
  const { perDay, fullAt, earliestAt, latestAt } = forecast
  const between =
    latestAt === undefined
      ? `${dayOf(earliestAt)} at the earliest`
      : `between ${dayOf(earliestAt)} and ${dayOf(latestAt)}`
  return `at ${sayAmount(measure, perDay)} a day it is full about ${dayOf(fullAt)}, ${between}`
}

const dayOf = (at: number): string => formatTime(at).slice(0, 10)

/** Of the newest snapshots, the oldest. */
export function oldestSnapshot({ snapshots, at }: LetterFacts): string {
  const [first] = snapshots.toSorted((a, b) => a.newestAt - b.newestAt)
  if (first === undefined) return 'Oldest snapshot: none is known.'
  return `Oldest snapshot: ${first.target}, whose newest good one is ${formatDuration(at - first.newestAt)} old.`
}
