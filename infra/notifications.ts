import { Stack } from 'aws-cdk-lib'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { SubscriptionFilter, Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription, SmsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'
import type { Settings } from '../functions/config.ts'
import { RINGS } from '../functions/incidents/rings.ts'

export interface NotificationsProps {
  tell: Pick<Settings['tell'], 'emails' | 'phones' | 'operations'>
}

/**
 * `alerts` carries what the functions say about databases. The other two carry what CloudWatch says about Nightshift
 * itself, so that the news that alerts cannot be sent does not depend on the way they are sent: `operations` all of it
 * by e-mail, `urgent` to telephones only that nobody is watching.
 */
export class Notifications extends Construct {
  readonly alerts: Topic
  readonly operations: Topic
  readonly urgent: Topic

  constructor(scope: Construct, id: string, { tell }: NotificationsProps) {
    super(scope, id)

    // No display name where telephones are subscribed: SNS puts it before the text ("NIGHTSHIFT> "), and a message of
    // 160 characters would be sent and billed as two.
    this.alerts = new Topic(this, 'Alerts', { enforceSSL: true })
    for (const email of tell.emails) this.alerts.addSubscription(new EmailSubscription(email))
    for (const phone of tell.phones)
      this.alerts.addSubscription(
        new SmsSubscription(phone, {
          filterPolicy: { severity: SubscriptionFilter.stringFilter({ allowlist: RINGS }) },
        }),
      )

    this.operations = this.topicOfAlarms('Operations', 'Nightshift operations')
    for (const email of tell.operations) this.operations.addSubscription(new EmailSubscription(email))

    // A topic and not a filter, since CloudWatch sends no message attributes: a filter on them would drop every alarm.
    this.urgent = this.topicOfAlarms('Urgent')
    for (const phone of tell.phones) this.urgent.addSubscription(new SmsSubscription(phone))
  }

  private topicOfAlarms(id: string, displayName?: string): Topic {
    const topic = new Topic(this, id, { enforceSSL: true, displayName })
    // A topic's own policy replaces the default one, which let the whole account publish, and an alarm's action adds
    // nothing to it: without this statement every alarm would look well and reach nobody.
    topic.grantPublish(
      new ServicePrincipal('cloudwatch.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } },
      }),
    )
    return topic
  }
}
