/** What a part of the bench hands over, and how it is printed. */
import { arch, availableParallelism, platform } from 'node:os'

export interface Section {
  title: string
  table: string
  /** How to read it. */
  notes: string[]
  goals: Goal[]
}

export interface Goal {
  what: string
  measured: number
  atMost: number
  unit?: string
}

export const isMissed = ({ measured, atMost }: Goal): boolean => measured > atMost

export function goalLine(goal: Goal): string {
  const { what, measured, atMost, unit = '' } = goal
  return `${isMissed(goal) ? 'MISS' : 'pass'}  ${what}: ${figure(measured)}${unit} (goal: at most ${atMost}${unit})`
}

export const machine = (): string =>
  `Node ${process.version}, ${platform()} ${arch()}, ${availableParallelism()} processors`

export function progress(message: string): void {
  process.stderr.write(`${message}\n`)
}

/** The middle one; of an even number the mean of the two in the middle. */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? upper) + upper) / 2
}

/** Middle half of the values, for showing how much they vary: `3.1–3.6`. */
export function spread(values: number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (part: number) => figure(sorted[Math.round(part * (sorted.length - 1))] ?? Number.NaN)
  return `${at(0.25)}–${at(0.75)}`
}

/** Three digits that matter, four before the point. */
export function figure(value: number): string {
  if (Number.isInteger(value) || value >= 100) return value.toFixed(0)
  return value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

export const ratio = (value: number, base: number): string => `× ${figure(value / base)}`

/** Columns as wide as they need to be; the first is text, the others figures. */
export function table(head: string[], rows: string[][]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const line = (cells: string[]) =>
    cells
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join('   ')
      .trimEnd()
  return [line(head), widths.map((width) => '-'.repeat(width)).join('   '), ...rows.map(line)].join('\n')
}
