/** Can what is remembered be relied on? If not, nobody is ended: sessions would go by the bare limit of the policy. */
import { formatDuration, formatTime } from '../../units.ts'
import { learnedAgainAt } from './gaps.ts'
import type { TrustMemory } from './memory.ts'
import type { Watched } from './watched.ts'

/** Clocks of two Lambda functions differ by far less, and overlapping runs begin within less. */
const AHEAD_MS = 5 * 60_000

/** Whether the last look was made by a clock that was ahead: no look would teach anything until that time has come. */
export const isAhead = ({ at }: Watched, now: number): boolean => at > now + AHEAD_MS

/** Why nothing that was learned is relied on, and until when; undefined: it is. */
export function sayUnlearned({ gaps, watched }: TrustMemory, now: number): string | undefined {
  const until = learnedAgainAt(gaps, now)
  if (until !== undefined)
    return `How long applications lie idle is learned anew until ${formatTime(until)}, since what had been learned was found damaged; nobody is ended before.`
  if (isAhead(watched, now))
    return `The last look is dated ${formatDuration(watched.at - now)} after this one, so a clock is wrong; where it is right again, the next look may end sessions.`
  return undefined
}
