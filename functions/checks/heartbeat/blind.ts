/** What of Nightshift itself could not be asked? Of that nothing is known, and that is told. */
import { broken, type HeartbeatRule, well } from './rule.ts'

const name = 'heartbeat.blind'

export const blind: HeartbeatRule = {
  name,
  judge({ notAsked }) {
    const [first] = notAsked
    if (first === undefined) return well(name, 'all could be asked')
    return broken(name, 'unknown', {
      // Rights do not come by themselves: said once, it is known.
      ...(notAsked.every(({ refused }) => refused) && { once: true }),
      headline: `not known: ${first.what}${notAsked.length > 1 ? `, and ${notAsked.length - 1} more` : ''}`,
      summary:
        'Some of what keeps Nightshift from falling silent could not be asked for. It may be well or not: unknown.',
      evidence: { columns: ['not known', 'why'], rows: notAsked.map(({ what, why }) => [what, why]) },
      advice: [
        "If it was refused, the function's role lacks a right: deploy again. Of phones, the account may have rules of its own (see the runbook).",
        'If SNS or DynamoDB did not answer, the next look is tomorrow; press Test with {} to look now.',
      ],
    })
  },
}
