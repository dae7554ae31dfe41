/** What may be wrong with what a person typed in the console. */

/** A value as it was written. */
export const show = (value: unknown): string => JSON.stringify(value)

export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** @param known the names of the function's targets */
export const unknownTarget = (target: unknown, known: string[]): string[] =>
  known.includes(target as string) ? [] : [`no target is called ${show(target)}; there are: ${known.join(', ')}`]
