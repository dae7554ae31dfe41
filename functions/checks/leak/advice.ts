/** What a person is to do about leaks. */
import { formatTime } from '../../units.ts'
import { endByHand } from '../end-by-hand.ts'
import type { SeenReading } from '../reading.ts'
import type { TrustFacts } from '../trust/facts.ts'
import type { Leak } from './leaks.ts'
import { whomToRestart } from './names.ts'
import { OTHERS } from './sampling.ts'

export function adviseOnLeaks(leaks: Leak[], reading: SeenReading, trust: TrustFacts | undefined): string[] {
  const whom = whomToRestart(leaks)
  const nameless = leaks.some(({ name }) => name.startsWith('(no name) '))
  return [
    ...(whom.length > 0 ? [`Restart ${whom.join(' and ')} now to win time: that frees what has leaked.`] : []),
    ...(leaks.some(({ name }) => name === OTHERS)
      ? ['See which of the many small applications leave sessions idle for hours, and restart those.']
      : []),
    ...endByHand(reading, new Set(leaks.flatMap(({ name, names }) => names ?? [name]))),
    ...leaks.map(({ name, sinceWindow: [from, to] }) => {
      const ofWhom = name === OTHERS ? '' : `, of ${name} above all`
      return `Look at what was deployed between ${formatTime(from)} and ${formatTime(to)}${ofWhom}: roll it back, or mend where it opens connections and does not give them back.`
    }),
    ...(nameless ? ['Have it set an application_name, so that the next alert can say which program it is.'] : []),
    'Give its pool a maximum and an idle timeout, so that it cannot fill the database again.',
    // Rehearsed is what has not been allowed.
    ...(trust?.rehearsed
      ? [
          'To have such sessions ended by themselves, read the rehearsal in the report and set staleSessions: { end: true }.',
        ]
      : []),
  ]
}
