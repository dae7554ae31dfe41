import { randomUUID } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { queryProtocol, WireError, type WireReply, xml } from './aws-protocols.ts'
import {
  type Delivery,
  deliver,
  isConfirmed,
  type Subscription,
  type Topic,
  type Undelivered,
} from './aws-sns-delivery.ts'
import { newSmsAccount, phoneActions, silenceOf } from './aws-sns-phones.ts'
import { readPublication } from './aws-sns-publish.ts'
import { type Identity, startService, type WireRequest } from './aws-wire.ts'

const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/'

/** As the stack writes it for topics of alarms. */
const POLICY = {
  Statement: [
    { Effect: 'Deny', Principal: '*', Action: 'sns:Publish', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    { Effect: 'Allow', Principal: { Service: 'cloudwatch.amazonaws.com' }, Action: 'sns:Publish' },
  ],
}

export type LocalSns = Awaited<ReturnType<typeof startSns>>

/** SNS: one topic to begin with, `nightshift-alerts`, subscribers that the test adds, and an inbox for all of them. */
export async function startSns(identity: Identity) {
  const topics = new Map<string, Topic>()
  const inbox: Delivery[] = []
  const undelivered: Undelivered[] = []
  const published: Record<string, string>[] = []
  const mail = new EventEmitter().setMaxListeners(0)
  const taken = new WeakSet<Delivery>()
  const sms = newSmsAccount()

  function createTopic(name: string, { displayName }: { displayName?: string } = {}): string {
    const arn = `arn:aws:sns:${identity.region}:${identity.account}:${name}`
    topics.set(arn, { displayName, policy: JSON.stringify(POLICY), subscriptions: [] })
    return arn
  }
  const alertsTopic = createTopic('nightshift-alerts')

  function topicOf(arn: string | null): Topic {
    const [, , service, region, account, name] = (arn ?? '').split(':')
    if (service !== 'sns' || region !== identity.region || !name) {
      throw new WireError(400, 'InvalidParameter', 'Invalid parameter: TopicArn')
    }
    if (account !== identity.account) {
      throw new WireError(
        403,
        'AuthorizationError',
        `User is not authorized to perform: SNS:Publish on resource: ${arn}`,
      )
    }
    const topic = topics.get(arn as string)
    if (!topic) throw new WireError(404, 'NotFound', 'Topic does not exist')
    return topic
  }

  function publish(form: URLSearchParams): string {
    const publication = readPublication(form)
    const topic = topicOf(publication.topicArn)
    const messageId = randomUUID()
    published.push(Object.fromEntries(form))
    for (const subscription of topic.subscriptions) {
      const { protocol, endpoint } = subscription
      const found = deliver(publication, topic, subscription, messageId)
      const silent = typeof found !== 'string' && protocol === 'sms' ? silenceOf(endpoint, sms) : undefined
      const delivery = silent ?? found
      if (typeof delivery === 'string') undelivered.push({ protocol, endpoint, messageId, reason: delivery })
      else inbox.push(delivery)
    }
    mail.emit('mail')
    return result('Publish', `<MessageId>${messageId}</MessageId>`)
  }

  function listSubscriptions(form: URLSearchParams): string {
    const arn = form.get('TopicArn')
    const start = Number(form.get('NextToken') ?? 0)
    const all = topicOf(arn).subscriptions
    const page = all
      .slice(start, start + 100)
      .map(
        (each) =>
          `<member><TopicArn>${arn}</TopicArn><Protocol>${each.protocol}</Protocol><Endpoint>${xml(each.endpoint)}</Endpoint>` +
          `<SubscriptionArn>${each.unsubscribed ? 'Deleted' : isConfirmed(each) ? each.arn : 'PendingConfirmation'}</SubscriptionArn><Owner>${identity.account}</Owner></member>`,
      )
    const next = all.length > start + 100 ? `<NextToken>${start + 100}</NextToken>` : ''
    return result('ListSubscriptionsByTopic', `<Subscriptions>${page.join('')}</Subscriptions>${next}`)
  }

  function topicAttributes(form: URLSearchParams): string {
    const { displayName = '', policy, subscriptions } = topicOf(form.get('TopicArn'))
    const confirmed = subscriptions.filter(isConfirmed).length
    const attributes = {
      TopicArn: String(form.get('TopicArn')),
      Owner: identity.account,
      DisplayName: displayName,
      Policy: policy,
      SubscriptionsConfirmed: String(confirmed),
      SubscriptionsPending: String(subscriptions.length - confirmed),
      SubscriptionsDeleted: '0',
    }
    return result('GetTopicAttributes', `<Attributes>${entriesOf(attributes)}</Attributes>`)
  }

  function subscriptionAttributes(form: URLSearchParams): string {
    const arn = form.get('SubscriptionArn')
    const found = [...topics.values()].flatMap(({ subscriptions }) => subscriptions).find((one) => one.arn === arn)
    if (!found) throw new WireError(404, 'NotFound', 'Subscription does not exist')
    const { protocol, endpoint, filterPolicy } = found
    // Without a filter SNS leaves the attribute out.
    const attributes = {
      SubscriptionArn: found.arn,
      Protocol: protocol,
      Endpoint: endpoint,
      ...(filterPolicy && { FilterPolicy: JSON.stringify(filterPolicy), FilterPolicyScope: 'MessageAttributes' }),
    }
    return result('GetSubscriptionAttributes', `<Attributes>${entriesOf(attributes)}</Attributes>`)
  }

  const actions: Record<string, (form: URLSearchParams) => string> = {
    Publish: publish,
    ListSubscriptionsByTopic: listSubscriptions,
    GetTopicAttributes: topicAttributes,
    GetSubscriptionAttributes: subscriptionAttributes,
    ...Object.fromEntries(
      Object.entries(phoneActions(sms)).map(([name, act]) => [
        name,
        (form: URLSearchParams) => result(name, act(form)),
      ]),
    ),
  }

  const answer = ({ action, body }: WireRequest): WireReply => {
    const act = actions[action]
    if (!act) throw new WireError(400, 'InvalidAction', `Not in the local world: ${action}`)
    return { status: 200, headers: { 'content-type': 'text/xml' }, body: act(new URLSearchParams(body)) }
  }
  const service = await startService('sns', queryProtocol(NAMESPACE), identity, answer)

  return {
    service,
    /** The ARN that `aws.env` names as `NIGHTSHIFT_ALERTS_TOPIC`. */
    alertsTopic,
    /** Everything delivered so far, oldest first. */
    inbox,
    undelivered,
    /** The form of every `Publish` that was accepted, as it came. */
    published,
    /** What the account knows of SMS. */
    sms,
    createTopic,
    /** As if somebody had edited the topic's access policy. */
    setPolicy(arn: string, policy: string): void {
      topicOf(arn).policy = policy
    },
    deleteTopic: (arn: string): boolean => topics.delete(arn),
    /** What comes back may be changed later, as by a click. */
    subscribe(subscription: Subscription): Subscription {
      const arn = subscription.topicArn ?? alertsTopic
      const made = { ...subscription, arn: `${arn}:${randomUUID()}` }
      topicOf(arn).subscriptions.push(made)
      return made
    },
    /** As if the days had passed for which SNS lists what is not confirmed, or was unsubscribed. */
    forget(endpoint: string, topicArn = alertsTopic): void {
      const topic = topicOf(topicArn)
      topic.subscriptions = topic.subscriptions.filter((one) => one.endpoint !== endpoint)
    },
    /** Takes the oldest delivery that fits and was not taken before, or waits for it. */
    async nextMail(fits: (delivery: Delivery) => boolean = () => true, { timeoutMs = 30_000 } = {}): Promise<Delivery> {
      const signal = AbortSignal.timeout(timeoutMs)
      for (;;) {
        const found = inbox.find((delivery) => !taken.has(delivery) && fits(delivery))
        if (found) {
          taken.add(found)
          return found
        }
        await once(mail, 'mail', { signal }).catch(() => {
          const seen = inbox.map(
            ({ protocol, endpoint, subject, text }) => `${protocol} ${endpoint}: ${subject ?? text}`,
          )
          throw new Error(`No such message within ${timeoutMs} ms. The inbox holds:\n${seen.join('\n') || '(nothing)'}`)
        })
      }
    },
  }
}

const entriesOf = (attributes: Record<string, string>): string =>
  Object.entries(attributes)
    .map(([key, value]) => `<entry><key>${key}</key><value>${xml(value)}</value></entry>`)
    .join('')

function result(action: string, content: string): string {
  return (
    `<${action}Response xmlns="${NAMESPACE}"><${action}Result>${content}</${action}Result>` +
    `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${action}Response>`
  )
}
