import { types } from 'pg'

/** A parameter of the request's JSON as the proxy hands it to PostgreSQL: as text, the server finds the type. */
export function parameterText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  return Array.isArray(value) ? arrayText(value) : JSON.stringify(value)
}

function arrayText(values: unknown[]): string {
  const elements = values.map((value) => {
    if (value === null) return 'NULL'
    if (Array.isArray(value)) return arrayText(value)
    return JSON.stringify(typeof value === 'object' ? JSON.stringify(value) : value)
  })
  return `{${elements.join(',')}}`
}

/** bool, int2, int4, float4, float8, json, jsonb: what the proxy turns into JSON of its own. Else it stays text. */
const SCALARS = new Set([16, 21, 23, 700, 701, 114, 3802])
/** Arrays of these, and of int8 and text. */
const ARRAYS = new Set([1000, 1005, 1007, 1021, 1022, 199, 3807, 1016, 1009])
const TEXT_ARRAY = 1009

/**
 * A value for a client that did not ask for raw text. The proxy's parser takes an empty array for an array of one
 * empty element: wrong for text, an error (`undefined` here) for numbers.
 */
export function jsonValue(text: string, type: number): unknown {
  if (ARRAYS.has(type) && text === '{}') return type === TEXT_ARRAY ? [''] : undefined
  if (!SCALARS.has(type) && !ARRAYS.has(type)) return text
  const value: unknown = types.getTypeParser(type)(text)
  // JSON has no NaN and no infinity.
  return typeof value === 'number' && !Number.isFinite(value) ? text : value
}
