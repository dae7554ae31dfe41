/**
 * May CloudWatch publish to the topics of its alarms? A topic's policy that was changed by hand refuses it without a word:
 * every alarm would look well and reach nobody.
 */
import type { Guard } from './reading.ts'
import { broken, type HeartbeatRule, well } from './rule.ts'

const name = 'heartbeat.alarms'

export const alarms: HeartbeatRule = {
  name,
  judge({ topics, notAsked }) {
    const shut = topics.flatMap(({ channel, guard }) => {
      const why = guard && whyShut(guard)
      return why === undefined ? [] : [{ channel, why }]
    })
    if (shut.length === 0)
      return notAsked.some(({ what }) => what.startsWith(GUARDS)) ? null : well(name, 'alarms may be told')
    return broken(name, 'warning', {
      headline: `CloudWatch may not publish to ${shut.map(({ channel }) => channel).join(' and ')}`,
      summary:
        'No alarm about Nightshift itself is told by what CloudWatch may not publish to: should it fall silent, nobody hears.',
      evidence: { columns: ['topic', 'why'], rows: shut.map(({ channel, why }) => [channel, why]) },
      advice: [
        'SNS console, the topic, Edit, Access policy: allow the service cloudwatch.amazonaws.com the action sns:Publish on this topic, as infra/notifications.ts does. Deploying does not bring it back: CloudFormation believes that it is there.',
        'Then try one: aws cloudwatch set-alarm-state --alarm-name <stack>/schedules/undelivered --state-value ALARM --state-reason test.',
      ],
    })
  },
}

/** How what was not asked is called, when it is this. */
export const GUARDS = 'whether alarms may be told by '

interface Statement {
  Effect?: unknown
  Principal?: unknown
  Action?: unknown
  Condition?: unknown
}

/** Why CloudWatch is not let in, as far as can be told without trying; undefined: it is. */
function whyShut({ policy, key }: Guard): string | undefined {
  // The key that SNS itself brings cannot be used by alarms, and its rights cannot be changed.
  if (key?.endsWith('alias/aws/sns')) return 'it is encrypted with alias/aws/sns, which CloudWatch cannot use'
  const ours = statementsOf(policy).filter(isAboutAlarms)
  if (ours.some(({ Effect, Condition }) => Effect === 'Deny' && Condition === undefined)) return 'its policy denies it'
  return ours.some(({ Effect }) => Effect === 'Allow') ? undefined : 'its policy does not allow it'
}

function statementsOf(policy: string): Statement[] {
  try {
    return [JSON.parse(policy).Statement ?? []].flat()
  } catch {
    return []
  }
}

const texts = (value: unknown): string[] =>
  value instanceof Object ? Object.values(value).flatMap(texts) : [String(value).toLowerCase()]

const isAboutAlarms = ({ Principal, Action }: Statement): boolean =>
  texts(Principal).some((one) => one === '*' || one === 'cloudwatch.amazonaws.com') &&
  texts(Action).some((one) => one === '*' || one === 'sns:*' || one === 'sns:publish')
