/** Who was there when the last look got in: all that is known of a server that lets nobody in. */
import { formatTime } from '../units.ts'
import type { Table } from './finding.ts'

export interface LastHolders {
  at: number
  used: number
  /** Most first. */
  top: { name: string; held: number }[]
}

/** @param what behind the number: `were taken` */
export const sayLastLook = ({ at, used, top: [largest] }: LastHolders, what: string): string =>
  largest
    ? ` At the last look that got in, ${formatTime(at)}, ${used} ${what}, ${largest.held} of them by ${largest.name}.`
    : ''

/** @param columns who holds, and what */
export const lastLookTable = ({ at, top }: LastHolders, [holder, held]: [string, string]): Table => ({
  columns: [holder, `${held} at ${formatTime(at)}`],
  rows: top.map((one) => [one.name, String(one.held)]),
})
