/** Neon: is there a backup schedule, where there was one or could be one? */
import { formatTime } from '../../units.ts'
import { attemptsOf } from './attempts.ts'
import { isWithoutSchedules } from './expected.ts'
import { broken, type SnapshotsRule, well } from './facts.ts'
import { rememberSnapshots } from './memory.ts'

const name = 'snapshots.schedule-off'

export const scheduleOff = {
  name,
  judge({ reading, policy, before }) {
    if (reading.kind === 'failed' || reading.schedule === undefined) return null
    if (!policy.expected) return well(name, 'no snapshots are wanted')
    if (reading.schedule.length > 0) return well(name, 'the backup schedule is on')
    const { of, at } = reading
    const memory = rememberSnapshots(before, reading)
    const plan = memory.known?.tier?.trim() ?? ''
    if (isWithoutSchedules(plan)) return well(name, 'the plan has no backup schedules')

    // Somebody makes them another way, and snapshots.age sees to it.
    const { maxAgeMs } = policy
    const byHand = attemptsOf(reading).completed.find(({ scheduled }) => scheduled === false)
    if (maxAgeMs !== undefined && byHand && at - byHand.at <= maxAgeMs)
      return well(name, 'no backup schedule; snapshots are made by hand')

    const advice = [
      'Turn it on: Neon console, Backup & restore, Edit schedule.',
      'If snapshots are made another way, say how old they may be (snapshots.maxAge in nightshift.config.ts); if none are wanted, say that (snapshots.expected: false).',
    ]
    if (memory.hadSchedule)
      return broken(name, 'warning', {
        headline: 'the backup schedule is off; it was on before',
        summary:
          `The backup schedule of ${of} is empty, and an earlier look saw one: somebody has turned it off, or a restore has made a new branch without it. No further snapshot is made by itself, and those that there are expire one by one.` +
          (memory.newestAt === undefined ? '' : ` The newest that is known is of ${formatTime(memory.newestAt)}.`),
        advice: ['Find out who turned it off, and why.', ...advice],
      })
    // Perhaps nobody wants one: said once, to whoever set this up. Where the plan is not told, not even that.
    if (plan === '') return well(name, 'no backup schedule, and the plan is not told')
    return broken(name, 'warning', {
      once: true,
      headline: 'no backup schedule, though the plan has them',
      summary: `Nobody has set a backup schedule for ${of}, so no snapshot is made by itself. The plan (${plan}) has schedules. This is told once.`,
      advice,
    })
  },
} satisfies SnapshotsRule
