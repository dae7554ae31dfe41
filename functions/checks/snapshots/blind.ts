/** Could the snapshots be asked for? To be blind is not to have none: it is told in words of its own. */

import { formatTime } from '../../units.ts'
import { AURA_WORDS } from '../aura/words.ts'
import { sayFailure } from '../failed-look.ts'
import type { Finding } from '../finding.ts'
import type { Words } from '../meanings.ts'
import { NEON_WORDS } from '../reachable.ts'
import { isWithoutSchedules } from './expected.ts'
import { type SnapshotsFacts, type SnapshotsRule, well } from './facts.ts'
import type { FailedSnapshotsReading, ListedReading } from './reading.ts'

const name = 'snapshots.blind'

/** Snapshots are asked of the API alone. */
const forSnapshots = ({ provider, meanings }: Words): Words => ({
  provider: { ...provider, withoutApi: 'Nobody else tells of snapshots; the database itself may be well.' },
  meanings,
})
const WORDS = { neon: forSnapshots(NEON_WORDS), aura: forSnapshots(AURA_WORDS) }

export const blind = {
  name,
  judge({ reading, policy: { expected, historyWindowMs }, before }) {
    if (reading.kind !== 'failed') {
      const scheduleOf = expected ? scheduleNotTold(reading) : undefined
      return scheduleOf ?? { ...well(name, 'snapshots can be asked for again'), closes: 'confirmed' }
    }
    if (!expected && !historyWindowMs) return well(name, 'no snapshots are wanted')
    return notLookedAt(reading, before)
  },
} satisfies SnapshotsRule

/** A plan without schedules is refused too, and no matter: where the plan is not told, what was scheduled shows that it has them. */
function scheduleNotTold({ of, tier, scheduleRefused, snapshots }: ListedReading): Finding | undefined {
  if (scheduleRefused === undefined || isWithoutSchedules(tier)) return undefined
  if (tier === undefined && !snapshots.some(({ scheduled }) => scheduled)) return undefined
  return {
    rule: name,
    severity: 'unknown',
    closes: 'confirmed',
    recovered: false,
    headline: 'the backup schedule is not told',
    summary: `Neon lists the snapshots of ${of}, but refuses to tell its backup schedule: whether one is due, and whether it is on at all, is not known. Meanwhile scheduled ones are expected as they have come so far. Neon's API said: ${scheduleRefused}`,
    advice: [
      'See in the Neon console, Backup & restore, whether there is a schedule.',
      'Give Nightshift an API key that may read it; or say how old snapshots may be: snapshots.maxAge of this target in nightshift.config.ts.',
    ],
  }
}

/**
 * Never worse than unknown, however long it lasts: a snapshot that is missing meanwhile is told by `snapshots.age`, from
 * what was known, and that a database is cut off by `connections.reachable`.
 */
function notLookedAt(
  { failure, provider }: FailedSnapshotsReading,
  { listedAt, newestAt }: SnapshotsFacts['before'],
): Finding {
  // Full is what a server says, and none is asked here: if it ever comes, it is not understood.
  const cause = failure.cause === 'full' ? 'unexpected' : failure.cause
  const { headline, summary, advice, opens, evidence } = sayFailure(failure, cause, WORDS[provider])
  return {
    rule: name,
    severity: 'unknown',
    opens,
    closes: 'confirmed',
    recovered: false,
    headline: `snapshots not looked at: ${headline.replace(/^not looked at: /, '')}`,
    summary:
      `${summary}${/[.!?]$/.test(summary) ? '' : '.'} Whether there are fresh snapshots is not known meanwhile: that is not to say that there are none.` +
      (listedAt === undefined
        ? ' They have never been listed yet.'
        : ` They could last be listed at ${formatTime(listedAt)}${newestAt === undefined ? ', and there were none' : `; the newest one was of ${formatTime(newestAt)}`}.`),
    ...(evidence && { evidence }),
    advice,
  }
}
