/** How many incidents of each rule were ever told to have begun, and to be over: for the weekly letter. */
import type { Incident, NoticeKind } from './transition.ts'

/** By rule. Counted from when the target's item was made. */
export type Tally = Record<string, [began: number, over: number]>

/** The tally with one more notice in it. Reminders and what grew worse are no news of another incident. */
export function countTold(tally: Tally = {}, rule: string, kind: NoticeKind, { told }: Incident): Tally {
  if (kind !== 'opened' && kind !== 'resolved') return tally
  const [began, over] = tally[rule] ?? [0, 0]
  // What came and went while nothing could be sent is told as over alone.
  return { ...tally, [rule]: kind === 'opened' ? [began + 1, over] : [told ? began : began + 1, over + 1] }
}
