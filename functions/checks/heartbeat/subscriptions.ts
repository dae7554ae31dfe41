/** Does everybody who is configured hear of what is sent, and nobody else? */
import { count } from '../../units.ts'
import type { Finding } from '../finding.ts'
import type { TopicReading } from './reading.ts'
import { type Absent, absentFrom, reachedBy, type Stranger, strangersTo } from './roll-call.ts'
import { broken, type HeartbeatRule, well } from './rule.ts'

const name = 'heartbeat.subscriptions'

const STATES: Record<Absent['why'], string> = {
  pending: 'not confirmed',
  deleted: 'unsubscribed',
  missing: 'not subscribed',
  'no-topic': 'the topic is gone',
  filtered: 'filtered out',
  unfiltered: 'without its filter',
}

/** How what was not asked is called, when it is this. */
export const FILTERS = 'what is filtered out for '

export const subscriptions: HeartbeatRule = {
  name,
  judge({ topics, notAsked }) {
    const known = topics.every(({ listed }) => listed !== undefined)
    if (!known || notAsked.some(({ what }) => what.startsWith(FILTERS))) return partly(topics)
    return judgeAll(topics) ?? well(name, 'everybody who is configured is subscribed')
  },
}

/** Of what could be listed only what is broken is said: that nothing else is would not be known. */
const partly = (topics: TopicReading[]): Finding | null =>
  judgeAll(topics.filter(({ listed }) => listed !== undefined)) ?? null

function judgeAll(topics: TopicReading[]): Finding | undefined {
  const absent = topics.flatMap(absentFrom)
  const strangers = topics.flatMap(strangersTo)
  if (absent.length > 0) return saySome(absent, strangers, topics.filter(isDead))
  return strangers.length > 0 ? sayStrangers(strangers) : undefined
}

/** No e-mail of the topic reaches anybody. */
const isDead = (topic: TopicReading): boolean =>
  topic.wanted.some(({ protocol }) => protocol === 'email') &&
  reachedBy(topic)?.some(({ protocol }) => protocol === 'email') === false

function saySome(absent: Absent[], strangers: Stranger[], dead: TopicReading[]): Finding {
  const [first] = absent as [Absent, ...Absent[]]
  const channels = dead.map(({ channel }) => channel)
  const mute = new Set(absent.filter(({ why }) => why !== 'unfiltered').map(({ address }) => address)).size
  const one = `${first.address} (${first.channel}): ${STATES[first.why]}`
  return broken(name, channels.includes('alerts') ? 'critical' : 'warning', {
    headline:
      channels.length > 0
        ? `nobody gets the e-mails of ${channels.join(' and ')}`
        : `${one}${absent.length > 1 ? `, and ${absent.length - 1} more` : ''}`,
    summary: [
      ...(mute > 0
        ? [
            `${count(mute, 'configured address does', 'configured addresses do')} not get what Nightshift sends: SNS takes each message and delivers it to whoever is subscribed, without an error.`,
          ]
        : ['A phone gets every mail as SMS.']),
      ...(channels.includes('alerts') ? ['No alert about any database reaches anybody by e-mail.'] : []),
      ...(strangers.length > 0 ? [sayWho(strangers)] : []),
    ].join(' '),
    evidence: {
      columns: ['topic', 'address', 'is'],
      rows: [
        ...absent.map(({ channel, address, why }) => [channel, address, STATES[why]]),
        ...strangers.map(({ channel, address }) => [channel, address, 'subscribed, and not configured']),
      ],
    },
    brief: 'Subscribe it anew in the SNS console',
    advice: adviceFor(absent),
  })
}

function adviceFor(absent: Absent[]): string[] {
  const has = (why: Absent['why']) => absent.some((one) => one.why === why)
  const phones = absent.some(({ protocol }) => protocol === 'sms')
  return [
    ...(has('no-topic')
      ? [
          'A topic is gone, and CloudFormation believes that it is there: npx cdk destroy, then npx cdk deploy, and confirm the mails that follow. The secret stays; incidents and histories begin anew.',
        ]
      : []),
    ...(has('pending')
      ? ['Click the link in the mail "AWS Notification - Subscription Confirmation"; it is valid for two days.']
      : []),
    ...(has('missing') || has('deleted')
      ? [
          'Deploying does not bring a subscription back: CloudFormation believes that it is there. SNS console, the topic, Create subscription, with the same address; then click the link in the mail. An address that is to hear nothing any more: take it out of nightshift.config.ts and deploy.',
        ]
      : []),
    ...(has('filtered')
      ? [
          'Filtered out: SNS drops what the filter policy of the subscription does not let through. SNS console, the subscription, Edit, Subscription filter policy: an e-mail address has none, a phone has {"severity":["critical","resolved-critical"]} of alerts and none of urgent.',
        ]
      : []),
    ...(has('unfiltered')
      ? [
          'Without its filter a phone of alerts gets whole mails, part by part, until the month\'s SMS limit is used up. SNS console, the subscription, Edit, Subscription filter policy: {"severity":["critical","resolved-critical"]}.',
        ]
      : []),
    ...(phones ? ['A phone: take it out of tell.phones, deploy, put it back in, deploy again.'] : []),
    ...(has('deleted')
      ? [
          'Whoever gets a mail forwarded can unsubscribe it, and some mail filters click every link: the runbook says how to confirm so that the link asks who it is.',
        ]
      : []),
  ]
}

const sayWho = (strangers: Stranger[]): string =>
  `${count(strangers.length, 'subscription is', 'subscriptions are')} there that nobody configured.`

/** It may well be meant, as a chat's bridge is: told once. */
function sayStrangers(strangers: Stranger[]): Finding {
  const [first] = strangers as [Stranger, ...Stranger[]]
  const rest = strangers.length > 1 ? `, and ${strangers.length - 1} more` : ''
  return broken(name, 'warning', {
    once: true,
    headline: `subscribed to ${first.channel} and not configured: ${first.address}${rest}`,
    summary: `${sayWho(strangers)} Whoever it is reads every alert: names of databases and applications, and of tables in statements. This is told once.`,
    evidence: {
      columns: ['topic', 'protocol', 'address'],
      rows: strangers.map(({ channel, protocol, address }) => [channel, protocol, address]),
    },
    advice: [
      'If you made it (a chat, a pager), there is nothing to do.',
      'If nobody knows it: SNS console, the topic, delete the subscription; then find out who in this AWS account may add one.',
    ],
  })
}
