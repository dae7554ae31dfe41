/** What may have made a database smaller, and what a person does who did not mean it to be. */
import { formatTime } from '../../units.ts'
import type { Measure, MeasuredReading } from './reading.ts'

/** @param before when all of it was still there */
export function afterShrinking(
  { provider, tier }: MeasuredReading,
  { series }: Measure,
  before: number,
): { mayBe: string; advice: string[] } {
  const ask =
    'Ask whether it was meant: a clean-up, a migration, a deployment of that time. If so, there is nothing to do; it is told once.'
  const stop = 'If nobody meant it, stop what may still be deleting before anything else.'
  if (provider === 'neon')
    return {
      mayBe:
        'Data may have been deleted; but a TRUNCATE or DROP of what was not needed, a VACUUM FULL, and a restored or reset branch look the same.',
      advice: [
        ask,
        stop,
        `Then make a branch of this one as it was at ${formatTime(before)} (Neon console, Branches, past data), compare, and copy back what is missing, or restore the branch to that moment.`,
        'Do it soon: that reaches back only as far as the history window (6 hours on the Free plan, longer on others). Beyond it there are only snapshots.',
      ],
    }
  return {
    mayBe:
      series === 'size'
        ? 'On Aura, deleting does not make the store smaller: the instance was probably overwritten, restored, or loaded anew.'
        : `So many ${series} were deleted, or the instance was overwritten, restored, or loaded anew.`,
    advice: [
      ask,
      stop,
      `Then restore the last snapshot from before ${formatTime(before)} to a new instance (Aura console, Snapshots), compare, and copy back what is missing. To restore to this one throws away what came since.`,
      ...(tier === 'free-db'
        ? ['Aura makes no snapshots of a Free instance by itself: what was made by hand is all there is.']
        : []),
    ],
  }
}
