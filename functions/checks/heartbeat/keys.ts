/**
 * Does each key and role still work and see what it must, and is each target still there? The checks have asked: what
 * stands of that for a day has been told and forgotten, and is said once more, with all of it in one place.
 */
import { count, formatDuration } from '../../units.ts'
import type { Standing } from './reading.ts'
import { broken, type HeartbeatRule, well } from './rule.ts'

const name = 'heartbeat.keys'
const DAY = 24 * 60 * 60_000

export const keys: HeartbeatRule = {
  name,
  judge({ at, standing, notAsked }) {
    // What nobody has been told of is said at once.
    const lasting = standing.filter(({ unseen, since, told }) => unseen && (at - since >= DAY || !told))
    const [first] = lasting
    if (first === undefined)
      return notAsked.some(({ what }) => what.startsWith(INCIDENTS)) ? null : well(name, 'all targets can be looked at')
    const targets = new Set(lasting.map(({ target }) => target)).size
    return broken(name, 'warning', {
      headline: `${first.target}: ${first.headline}${lasting.length > 1 ? `, and ${lasting.length - 1} more` : ''}`,
      summary: `${count(targets, 'target', 'targets')} cannot be looked at, or not wholly, and nobody has mended it for a day. What happens there meanwhile may be told to nobody.`,
      evidence: { columns: ['target', 'check', 'for', 'what'], rows: lasting.map((one) => rowOf(one, at)) },
      advice: [
        "Mend the key, the password or the role as the runbook's section of each says; what it was when it began has been told by e-mail.",
        'A database that is gone for good: take its target out of nightshift.config.ts and deploy.',
      ],
    })
  },
}

/** How what was not asked is called, when it is this. */
export const INCIDENTS = 'the incidents of '

const rowOf = ({ target, check, since, headline }: Standing, at: number): string[] => [
  target,
  check,
  formatDuration(at - since),
  headline,
]
