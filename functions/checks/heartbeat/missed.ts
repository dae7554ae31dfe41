/** Has each check lately done all it had to? CloudWatch asks the same by its own way: this one does not depend on it. */
import { formatDuration, formatTime } from '../../units.ts'
import type { CheckReading } from './reading.ts'
import { broken, type HeartbeatRule, well } from './rule.ts'

const name = 'heartbeat.checks'

/** So many periods without a success are told, as the watchdog's alarm does. */
const MISSED = 3
/** A run is noted by its start and may take two minutes. */
const MARGIN_MS = 5 * 60_000

export const missed: HeartbeatRule = {
  name,
  judge({ at, checks, notAsked }) {
    const late = checks.filter((one) => at - (one.succeededAt ?? one.awaitedSince) > MISSED * one.everyMs + MARGIN_MS)
    const [first] = late
    if (first === undefined)
      return notAsked.some(({ what }) => what.startsWith(LAST_SUCCESS)) ? null : well(name, 'every check succeeds')
    return broken(name, late.some(({ urgent }) => urgent) ? 'critical' : 'warning', {
      headline: `${first.check} has not succeeded ${sinceOf(first, at)}${late.length > 1 ? `, and ${late.length - 1} more` : ''}`,
      summary: `${late.length === 1 ? 'A check has' : `${late.length} checks have`} had no successful run for more than ${MISSED} periods: what it would find is told to nobody.`,
      evidence: {
        columns: ['check', 'last success', 'runs every'],
        rows: late.map(({ check, succeededAt, everyMs }) => [
          check,
          succeededAt === undefined ? 'never' : formatTime(succeededAt),
          formatDuration(everyMs),
        ]),
      },
      advice: [
        "Lambda console, the check's function, Monitor: are there invocations at all? If not, see whether its schedule is enabled. If there are, read the last error in its log.",
        'Then press Test with {} there, and here: this is over with the next look.',
      ],
    })
  },
}

/** How what was not asked is called, when it is this. */
export const LAST_SUCCESS = 'the last success of '

const sinceOf = ({ succeededAt, awaitedSince }: CheckReading, at: number): string =>
  succeededAt === undefined
    ? `since it is waited for (${formatDuration(at - awaitedSince)})`
    : `for ${formatDuration(at - succeededAt)}`
