/** When was a restore last tried? A snapshot that nobody has ever restored is a hope. */
import { formatDuration, formatTime } from '../../units.ts'
import { isMoment } from './attempts.ts'
import { broken, type SnapshotsRule, well } from './facts.ts'

const name = 'snapshots.drill'
/** A day is written without its hour, and is over somewhere on earth before it begins elsewhere. */
const DAY = 24 * 60 * 60_000

export const drill = {
  name,
  // Nobody need be asked for this: it is told whether the look got through or not.
  judge({ reading: { at, provider }, policy: { drill: wanted } }) {
    if (!wanted) return well(name, 'no restore drill is asked for')
    const { lastAt, everyMs } = wanted
    const noted = 'Then write its day into snapshots.drill.last in nightshift.config.ts and deploy.'
    if (!isMoment(lastAt) || lastAt > at + DAY)
      return broken(name, 'warning', {
        headline: 'the last restore drill lies in the future',
        summary: `snapshots.drill.last is ${isMoment(lastAt) ? formatTime(lastAt) : 'no day'}: a drill that is yet to come proves nothing.`,
        advice: ['Correct snapshots.drill.last in nightshift.config.ts and deploy.'],
      })
    const since = Math.max(0, at - lastAt)
    if (since <= everyMs) return well(name, `last restore drill ${formatDuration(since)} ago`)
    return broken(name, 'warning', {
      headline: `the last restore drill was ${formatDuration(since)} ago`,
      summary: `A restore was last tried on ${formatTime(lastAt).slice(0, 10)}, and should be tried every ${formatDuration(everyMs)}. Whether a snapshot can be restored, and how long that takes, is known only to who has done it.`,
      advice: [
        provider === 'neon'
          ? 'Restore the newest snapshot to a new branch (Neon console, Backup & restore), not over an existing one; run a query there that shows that the latest data has come; note how long it took; delete the branch.'
          : 'Create an instance from the newest snapshot (Aura console, the instance, Snapshots); run a query there that shows that the latest data has come; note how long it took; delete the new instance, which costs while it is there.',
        noted,
      ],
    })
  },
} satisfies SnapshotsRule
