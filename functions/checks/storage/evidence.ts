/** What a person sees beside a sentence about storage: each measure, how it went, and what takes the most room. */
import { formatBytes, formatTime } from '../../units.ts'
import type { Table } from '../finding.ts'
import type { StorageFacts } from './facts.ts'
import { byEachLimit, sayAmount, shareOf } from './measure.ts'
import type { MeasuredReading } from './reading.ts'
import { lastDays, sparkline } from './sparkline.ts'

/** Beyond these, what is large is not what makes it full. */
const MOST_LARGEST = 5

export function storageTable({ history }: StorageFacts, { at, measures, largest = [] }: MeasuredReading): Table {
  return {
    columns: ['what', 'used', 'limit', 'share', 'last 7 days'],
    rows: [
      ...measures.flatMap(byEachLimit).map((measure) => {
        const share = shareOf(measure)
        return [
          measure.what,
          `${sayAmount(measure, measure.used)}${sayAsOf(measure.asOf)}`,
          measure.limit && share !== undefined
            ? `${sayAmount(measure, measure.limit.value)}${sayAsOf(measure.limit.asOf)}`
            : 'none known',
          share === undefined ? '' : `${Math.floor(share)}%`,
          sparkline(lastDays(history[measure.series], at)),
        ]
      }),
      ...largest
        .toSorted((a, b) => b.bytes - a.bytes)
        .slice(0, MOST_LARGEST)
        .map(({ name, bytes }) => [name, formatBytes(bytes), '', '', '']),
    ],
  }
}

const sayAsOf = (at: number | undefined): string => (at === undefined ? '' : `, as of ${formatTime(at)}`)
