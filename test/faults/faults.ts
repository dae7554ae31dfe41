/** What can go wrong with a call to the outside, whoever is called. */

/** The call never gets as far as an answer, whatever was asked. */
const UNREACHED = ['refused', 'unresolved', 'tls', 'hung', 'reset'] as const
/** Something comes, and it is not what was asked for. */
const ANSWERED = [
  'hung midway',
  'cut',
  '400',
  '401',
  '403',
  '404',
  '409',
  '423',
  '429',
  '429 with Retry-After',
  '500',
  '503',
  'not JSON',
  'another shape',
  '50 MB',
] as const
/** The proper answer, ten seconds late. */
const LATE = ['slow'] as const

/** It was done, and nobody hears of it: the first time that it is asked for, or every time. */
export const TAKEN = ['answer lost', 'answers lost'] as const

export const FAULTS = [...UNREACHED, ...ANSWERED, ...LATE]
export type Fault = (typeof FAULTS)[number] | (typeof TAKEN)[number]

/** An answer of status 200 that is no refusal: who writes must take it that this was done. */
export const BELIEVED: Fault[] = ['another shape', '50 MB']

/** Those that cost seconds, so that random pairs hold fewer of them. */
export const LONG: Fault[] = ['hung', 'hung midway', 'slow', '50 MB']

/** Random pairs that are played beside every fault alone: a thousand cases in all. */
export const PAIRS = 340

export const HUGE_BYTES = 50 * 1024 * 1024
export const SLOW_MS = 10_000

/** Seconds in the Retry-After of those that have one. */
export const RETRY_AFTER_S = 1

/** The status of the faults that are one. */
export const statusOf = (fault: Fault): number | undefined => {
  const status = Number.parseInt(fault, 10)
  return status >= 400 ? status : undefined
}
