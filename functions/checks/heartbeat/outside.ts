/** Does whoever waits outside still take the pings? A mistyped or deleted address refuses each, and no run fails by that. */
import { formatDuration, formatTime } from '../../units.ts'
import { LAST_SUCCESS } from './missed.ts'
import { broken, type HeartbeatRule, well } from './rule.ts'

const name = 'heartbeat.outside'
/** Who waits outside may be out for some hours, and comes back by itself. */
const DAY = 24 * 60 * 60_000

export const outside: HeartbeatRule = {
  name,
  judge({ at, checks, notAsked }) {
    const refused = checks.flatMap(({ check, refused: ping }) =>
      ping && at - ping.since >= DAY ? [{ check, ...ping }] : [],
    )
    const [first] = refused
    if (first === undefined)
      return notAsked.some(({ what }) => what.startsWith(LAST_SUCCESS))
        ? null
        : well(name, 'no ping is refused outside')
    return broken(name, 'warning', {
      headline: `nobody outside has taken a ping of ${refused.map(({ check }) => check).join(' and ')} for ${formatDuration(at - first.since)}`,
      summary:
        'The secret has an address outside of AWS that is to hear of every run, and it refuses them. Should this AWS account or its region go, nobody would tell.',
      evidence: {
        columns: ['runs of', 'refused since', 'the last answer'],
        rows: refused.map(({ check, since, why }) => [check, formatTime(since), why]),
      },
      advice: [
        'See at whoever waits outside (healthchecks.io, say) whether the check is still there and what its address is; put that into the secret: heartbeatUrl, of Aura auraHeartbeatUrl.',
        'Nobody is to wait outside any more: take the address out of the secret.',
        'It is over with the first ping that is taken. Test the connections function (of Aura the aura function) with {}, then this one.',
      ],
    })
  },
}
