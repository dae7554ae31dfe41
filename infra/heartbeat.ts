import { Stack, Validations } from 'aws-cdk-lib'
import { Effect, PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { IFunction } from 'aws-cdk-lib/aws-lambda'
import type { Notifications } from './notifications.ts'

/** SNS's questions about SMS, and by which right of the service that sends them each is answered. */
const ASKS_PHONES = {
  'sns:CheckIfPhoneNumberIsOptedOut': 'sms-voice:DescribeOptedOutNumbers',
  'sns:GetSMSSandboxAccountStatus': 'sms-voice:DescribeAccountAttributes',
  'sns:ListSMSSandboxPhoneNumbers': 'sms-voice:DescribeVerifiedDestinationNumbers',
  'sns:GetSMSAttributes': 'sms-voice:DescribeSpendLimits',
}

/** Lets the heartbeat tell by every way there is, and ask whom each would reach. It changes nothing of them. */
export function allowHeartbeat(fn: IFunction, { alerts, operations, urgent }: Notifications, phones: boolean): void {
  const topics = [alerts, operations, urgent]
  for (const topic of topics) topic.grantPublish(fn)
  fn.addToRolePolicy(
    new PolicyStatement({
      actions: ['sns:ListSubscriptionsByTopic'],
      resources: topics.map(({ topicArn }) => topicArn),
    }),
  )
  // Whether CloudWatch may still publish to them.
  const told = phones ? [operations, urgent] : [operations]
  fn.addToRolePolicy(
    new PolicyStatement({ actions: ['sns:GetTopicAttributes'], resources: told.map(({ topicArn }) => topicArn) }),
  )
  fn.addToRolePolicy(
    // AWS knows no resource narrower than all subscriptions.
    new PolicyStatement({ actions: ['sns:GetSubscriptionAttributes'], resources: ['*'] }),
  )
  Validations.of(Stack.of(fn)).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason:
      'The heartbeat asks SNS about subscriptions and SMS of this account, which are no resources; it may only read.',
  })
  if (!phones) return
  // None of these is about a resource of ours, so AWS knows no narrower one.
  const asks = { effect: Effect.ALLOW, resources: ['*'] }
  fn.addToRolePolicy(new PolicyStatement({ ...asks, actions: Object.keys(ASKS_PHONES) }))
  fn.addToRolePolicy(
    new PolicyStatement({
      ...asks,
      actions: Object.values(ASKS_PHONES),
      conditions: { StringEquals: { 'aws:CalledViaLast': 'sns.amazonaws.com' } },
    }),
  )
}
