/** What may be wrong with what a person typed in the console. */
import { show } from './written.ts'

/** @param known the names of the function's targets */
export const unknownTarget = (target: unknown, known: string[]): string[] =>
  known.includes(target as string) ? [] : [`no target is called ${show(target)}; there are: ${known.join(', ')}`]
