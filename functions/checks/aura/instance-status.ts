/** Is the instance in a state that it may be in? */
import { formatDuration } from '../../units.ts'
import { type InstanceFacts, isRunning } from '../aura-reading.ts'
import { type Finding, grade, type Thresholds } from '../finding.ts'
import type { AuraRule } from './facts.ts'
import type { Standing } from './memory.ts'
import { paused } from './paused.ts'

const name = 'instance.status'

/** States that pass by themselves, within minutes or an hour. */
const PASSING = [
  'creating',
  'updating',
  'resizing',
  'restoring',
  'loading',
  'overwriting',
  'upgrading',
  'resuming',
  'pausing',
  'suspending',
]

export const instanceStatus = {
  name,
  // How long a state that passes by itself may last.
  limits: { unit: 'duration', warning: 2 * 60 * 60_000, critical: null, recovery: 2 * 60 * 60_000 },
  judge({ reading, standing }, limits) {
    const { instance } = reading
    if (instance)
      return judgeStatus(instance, reading.at, standing ?? { status: instance.status, since: reading.at }, limits)
    const gone = reading.kind === 'failed' && reading.failure.cause === 'not-found' && standing
    // One that was never seen is a wrong id in the configuration, which connections.reachable tells.
    return gone
      ? bad('gone: Aura knows no such instance', {
          summary: `The instance was there before, ${standing.status} when it was last seen, and Aura now says that there is none: it has been deleted, or the API client no longer sees it. ${reading.failure.message}`,
          advice: [
            "See in the Aura console whether it is there: then the user who made Nightshift's API client no longer belongs to its project.",
            'If nobody deleted it on purpose: a new instance can be made from a snapshot that was exported; ask Neo4j support at once whether one is left.',
            'If it was deleted on purpose, take the target out of nightshift.config.ts and deploy.',
          ],
        })
      : null
  },
} satisfies AuraRule

function judgeStatus(instance: InstanceFacts, now: number, { since }: Standing, limits: Thresholds): Finding {
  const { status } = instance
  const lasts = Math.max(0, now - since)
  if (isRunning(status)) return ok(status)
  if (status === 'paused') return paused(name, instance, since, lasts)
  if (PASSING.includes(status)) {
    const graded = grade(lasts, limits)
    return {
      ...ok(`${status} for ${formatDuration(lasts)}`),
      ...graded,
      // It is on its way, and not yet there.
      recovered: false,
      summary: `Aura has been ${status} the instance for ${formatDuration(lasts)}, as far as Nightshift has seen. It is not connected to meanwhile.`,
      advice: [
        'Look at the instance in the Aura console. A large one takes its time; one that does not move is for Neo4j support.',
      ],
    }
  }
  if (status === 'suspended')
    return bad('suspended: nobody can connect', {
      brief: "Look at the project's billing in the Aura console",
      summary:
        'Aura has suspended the instance, so nobody can connect. As a rule that is about billing or the account.',
      advice: ["Look at the project's billing in the Aura console, and ask Neo4j support what is missing."],
    })
  if (status === 'stopped')
    return bad('stopped: nobody can connect', {
      brief: 'Start it in the Aura console',
      summary: 'Aura says that the instance is stopped, which is not its word for paused: nobody can connect.',
      advice: ['Start it in the Aura console; if that is not offered there, ask Neo4j support what stopped it.'],
    })
  if (status === 'loading failed')
    return bad('loading failed: the instance did not come up', {
      brief: 'Load again or restore the last snapshot in the Aura console',
      summary: 'Loading data into the instance has failed, and it did not come up again.',
      advice: [
        'Load again in the Aura console, or restore the last snapshot there.',
        'Check that the dump is of a version that the instance reads, and no larger than its storage.',
      ],
    })
  if (status.startsWith('encryption key'))
    return bad(`${status}: the data cannot be read`, {
      summary: `Aura says "${status}": without its customer-managed key nobody can read the instance's data.`,
      advice: [
        "Look at the key in your cloud's key management: enabled, not scheduled for deletion, and Aura still allowed to use it.",
        'A key that is scheduled for deletion can be saved until then, and afterwards not even by Neo4j: do that first.',
      ],
    })
  if (status === 'destroying' || status === 'destroyed')
    return bad(`${status}: somebody deletes the instance`, {
      summary: `Aura says "${status}": the instance is being deleted with all its data, or already is.`,
      advice: [
        'If nobody meant to: ask Neo4j support at once, and look who has access to the project.',
        'If it is meant, take the target out of nightshift.config.ts and deploy.',
      ],
    })
  return {
    rule: name,
    severity: 'warning',
    recovered: false,
    headline: `unknown status: ${status === '' ? '(empty)' : status}`,
    summary: `Aura gives the instance a status that Nightshift does not know: "${status}". It is not connected to, as if it were not running.`,
    advice: ['Look at the instance in the Aura console. If it is well, look for a newer Nightshift.'],
  }
}

const ok = (headline: string): Finding => ({
  rule: name,
  severity: 'ok',
  headline,
  summary: '',
  recovered: true,
  closes: 'confirmed',
})

const bad = (headline: string, words: { summary: string; advice: string[]; brief?: string }): Finding => ({
  rule: name,
  severity: 'critical',
  opens: 'at-once',
  recovered: false,
  headline,
  ...words,
})
