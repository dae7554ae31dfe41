/** Has the last attempt at a snapshot failed? Aura tells of failed ones; Neon does not. */
import { formatDuration, formatTime } from '../../units.ts'
import { missingSince } from './age.ts'
import { attemptsOf } from './attempts.ts'
import { askProvider, newestAttempts, takeOne } from './evidence.ts'
import { dueFrom, limitsFor } from './expected.ts'
import { broken, type SnapshotsRule, well } from './facts.ts'
import { rememberSnapshots } from './memory.ts'
import { runningMs } from './rest.ts'

const name = 'snapshots.failed'

export const failed = {
  name,
  judge({ reading, policy, before }) {
    if (!policy.expected) return well(name, 'no snapshots are wanted')
    if (reading.kind === 'failed') return null
    const { of, provider, at } = reading
    const attempts = attemptsOf(reading)
    const good = attempts.completed[0]
    const inARow = attempts.failed.filter((one) => good === undefined || one.at > good.at)
    const [last] = inARow
    // One that has dropped out of what was asked for is not mended by that.
    if (!last) return good ? well(name, 'the last snapshot was completed') : null
    const memory = rememberSnapshots(before, reading)
    const goodAt = good?.at ?? memory.newestAt
    // While the last good one is young enough, nobody need get up.
    const due = limitsFor(memory.known ?? reading, policy).any
    const since = Math.max(goodAt ?? missingSince('any', memory, reading), dueFrom(memory, policy))
    const late = due !== undefined && runningMs(since, at, memory) > due.warningMs
    const words = [...new Set(inARow.map(({ said }) => said ?? 'failed'))]
    return broken(name, inARow.length > 1 && late ? 'critical' : 'warning', {
      headline:
        inARow.length > 1
          ? `the last ${inARow.length} snapshots failed`
          : `the last snapshot failed, ${formatDuration(at - last.at)} ago`,
      summary:
        `The snapshot of ${of} of ${formatTime(last.at)} (${last.id}) ended as "${last.said ?? 'failed'}"` +
        (inARow.length > 1
          ? `, and so did ${inARow.length === 2 ? 'the one' : `the ${inARow.length - 1}`} before it${words.length > 1 ? ` (${words.slice(0, 3).join(', ')})` : ''}.`
          : '.') +
        (goodAt === undefined
          ? ' No good one is known.'
          : ` The last good one is of ${formatTime(goodAt)}, ${formatDuration(at - goodAt)} old.`),
      brief: 'Take a snapshot by hand',
      evidence: newestAttempts(reading, attempts),
      advice: [`${takeOne(provider)} If that one fails too, the next step is a ticket.`, askProvider(provider)],
    })
  },
} satisfies SnapshotsRule
