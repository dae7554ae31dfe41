/** Is the newest full snapshot much smaller than the one before? Then data may be gone from the database too. */
import { formatBytes, formatDuration, formatTime } from '../../units.ts'
import { grade } from '../finding.ts'
import { attemptsOf, isSized } from './attempts.ts'
import { broken, type SnapshotsRule, well } from './facts.ts'

const name = 'snapshots.shrunk'
/** A loss that is older is known by now, or was meant. */
const NEWS_MS = 7 * 24 * 60 * 60_000

export const shrunk = {
  name,
  limits: { unit: 'percent', warning: 30, critical: 60, recovery: 20 },
  judge({ reading, policy }, limits) {
    if (!policy.expected) return well(name, 'no snapshots are wanted')
    if (reading.kind === 'failed') return null
    // Neon tells the size of some only: of the others it bills no more than the difference.
    const [newest, previous] = attemptsOf(reading)
      .completed.filter(({ full }) => full)
      .filter(isSized)
    if (!newest || !previous) return null
    const percent = previous.bytes === 0 ? 0 : Math.max(0, (1 - newest.bytes / previous.bytes) * 100)
    const { severity, recovered } = grade(percent, limits)
    const sizes = `${formatBytes(newest.bytes)} after ${formatBytes(previous.bytes)}`
    if (severity === 'ok') return { ...well(name, `newest full snapshot: ${sizes}`), recovered }
    if (reading.at - newest.at > NEWS_MS) return well(name, 'no loss within a week')
    return broken(name, severity === 'critical' ? 'critical' : 'warning', {
      // What has happened stays so until the next full one: who was told need not be told again.
      once: true,
      headline: `newest full snapshot is ${Math.floor(percent)}% smaller: ${sizes}`,
      summary: `The full snapshot of ${reading.of} of ${formatTime(newest.at)} has ${formatBytes(newest.bytes)}, the one before it, ${formatDuration(newest.at - previous.at)} older, had ${formatBytes(previous.bytes)}. Was so much deleted?`,
      brief: 'Was data deleted? Keep the older snapshot',
      evidence: {
        columns: ['holds the data of', 'size', 'name'],
        rows: [newest, previous].map((one) => [formatTime(one.at), formatBytes(one.bytes), one.name ?? one.id]),
      },
      advice: [
        'If nobody meant to delete so much: keep the older snapshot from expiring at once, before anything else.',
        'Then see what is missing: restore the older one to a new branch, and compare the largest tables.',
        'If it was meant (a clean-up, a dropped table), there is nothing to do: it is over with the next full one.',
      ],
    })
  },
} satisfies SnapshotsRule
