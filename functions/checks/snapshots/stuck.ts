/** Has a snapshot been begun and not finished? */
import { formatDuration, formatTime } from '../../units.ts'
import { grade } from '../finding.ts'
import { attemptsOf } from './attempts.ts'
import { newestAttempts, takeOne } from './evidence.ts'
import { broken, type SnapshotsRule, well } from './facts.ts'
import { rememberSnapshots } from './memory.ts'
import { runningMs } from './rest.ts'

const name = 'snapshots.stuck'
const HOUR = 60 * 60_000

export const stuck = {
  name,
  // One that hangs costs nothing yet: whether a good one is missing for it, and how badly, is snapshots.age's to tell.
  limits: { unit: 'duration', warning: 6 * HOUR, critical: null, recovery: 6 * HOUR },
  judge({ reading, policy, before }, limits) {
    if (!policy.expected) return well(name, 'no snapshots are wanted')
    if (reading.kind === 'failed') return null
    const attempts = attemptsOf(reading)
    const [newest] = attempts.completed
    // A later one has been completed: what hangs before it holds nothing up.
    const open = attempts.pending.filter(({ at }) => newest === undefined || at > newest.at)
    const oldest = open.at(-1)
    if (!oldest) return well(name, 'no snapshot is under way')
    const lasts = runningMs(oldest.at, reading.at, rememberSnapshots(before, reading))
    const { severity, recovered } = grade(lasts, limits)
    if (severity === 'ok') return { ...well(name, `a snapshot is under way for ${formatDuration(lasts)}`), recovered }
    return broken(name, severity === 'critical' ? 'critical' : 'warning', {
      headline: `a snapshot is under way for ${formatDuration(lasts)}`,
      summary: `The snapshot of ${reading.of} that was begun at ${formatTime(oldest.at)} (${oldest.id}), as far as is told, is still "${oldest.said ?? 'pending'}", and no later one has been completed.`,
      brief: 'See the snapshot in the console',
      evidence: newestAttempts(reading, attempts),
      advice: [
        `Look at the snapshot in the ${reading.provider === 'neon' ? 'Neon' : 'Aura'} console. A large database takes its time: if this is normal here, raise thresholds['snapshots.stuck'].`,
        takeOne(reading.provider),
        'If that one hangs too, open a ticket and quote its id.',
      ],
    })
  },
} satisfies SnapshotsRule
