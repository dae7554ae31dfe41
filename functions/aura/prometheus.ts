/**
 * Reads Prometheus' text format, version 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/): the names,
 * labels, values and times of samples. Here, because the libraries for it are no longer kept, and lose the times.
 */

/** One line. */
export interface Sample {
  name: string
  labels: Record<string, string>
  /** May be NaN and infinite. */
  value: number
  /** Epoch milliseconds; absent where the line has none. */
  at?: number
}

/** The samples, in their order. Comments, HELP and TYPE are left out, and so is any line that is not as it should be. */
export const parsePrometheus = (text: string): Sample[] => text.split('\n').flatMap((line) => parseLine(line) ?? [])

/** No line of metrics comes near it; what does is no work for the patterns below. */
const MOST_CHARACTERS = 10_000

const NAME = /^[a-zA-Z_:][\w:]*$/
const LABEL = /\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\]|\\[\s\S])*)"\s*(?:,|$)/y
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i
const INFINITE = /^[+-]?inf(?:inity)?$/i

function parseLine(line: string): Sample | undefined {
  if (line.length > MOST_CHARACTERS) return undefined
  // The values of labels may hold braces; what stands behind the labels holds none.
  const from = line.indexOf('{')
  const to = line.lastIndexOf('}')
  const labelled = from !== -1 && from < to
  const words = (labelled ? line.slice(to + 1) : line).trim().split(/\s+/)
  const [name = '', value = '', time, ...more] = labelled ? [line.slice(0, from).trim(), ...words] : words
  const labels = labelled ? parseLabels(line.slice(from + 1, to)) : {}
  const number = parseValue(value)
  const isTime = time === undefined || /^-?\d+$/.test(time)
  if (!NAME.test(name) || labels === undefined || number === undefined || !isTime || more.length > 0) return undefined
  return { name, labels, value: number, ...(time !== undefined && { at: Number(time) }) }
}

function parseLabels(text: string): Record<string, string> | undefined {
  const pairs: [string, string][] = []
  for (LABEL.lastIndex = 0; text.slice(LABEL.lastIndex).trim() !== ''; ) {
    const [, name, value] = LABEL.exec(text) ?? []
    if (name === undefined || value === undefined) return undefined
    pairs.push([name, value.replace(/\\([\s\S])/g, (_, escaped) => (escaped === 'n' ? '\n' : escaped))])
  }
  return Object.fromEntries(pairs)
}

function parseValue(text: string): number | undefined {
  if (NUMBER.test(text)) return Number(text)
  if (INFINITE.test(text)) return text.startsWith('-') ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  return /^[+-]?nan$/i.test(text) ? Number.NaN : undefined
}
