import { type Stack, Validations } from 'aws-cdk-lib'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { AwsSolutionsChecks } from 'cdk-nag'
import { describe, expect, it } from 'vitest'
import { allowedIn, list } from './roles.ts'
import { propertiesOf, stackFor, target, templateFor, withAura } from './synth.ts'

const template = templateFor(withAura)
const policies = Object.values(propertiesOf(template, 'AWS::IAM::Policy'))
const CHECKS = ['Connections', 'Aura', 'Storage', 'Snapshots']
const ENDS = ['Connections', 'Aura']

const ALL = [...CHECKS, 'Heartbeat']
/** AWS knows no resource for these; they only read. */
const ASKS = /^(sns:GetSubscriptionAttributes|sns:(Get|List|Check)\w*(SMS|PhoneNumber)\w*|sms-voice:Describe\w+)$/

/** What a role may do: `action` on the logical ids, or on the name where AWS does not know it yet. */
const allowed = (role: string): string[] => allowedIn(template, role)

describe('least privilege', () => {
  it.each(CHECKS)('lets the %s function do these things and no others', (check) => {
    expect(allowed(`${check}Role`)).toEqual([
      'Allow dynamodb:GetItem State',
      'Allow dynamodb:PutItem State',
      // What they ended is listed out of the record.
      ...(ENDS.includes(check) ? ['Allow dynamodb:Query State'] : []),
      `Allow logs:CreateLogStream ${check}Log`,
      `Allow logs:PutLogEvents ${check}Log`,
      'Allow secretsmanager:GetSecretValue arn:AWS::Partition:secretsmanager:AWS::Region:AWS::AccountId:secret:nightshift-??????',
      'Allow sns:Publish NotificationsAlerts',
      'Allow sqs:SendMessage Failed',
    ])
  })

  it.each(ALL)('lets the %s schedule invoke its function and keep what it could not deliver', (check) => {
    const [, schedule] =
      Object.entries(propertiesOf(template, 'AWS::Scheduler::Schedule')).find(([id]) => id.startsWith(check)) ?? []
    expect(allowed(target(schedule.Target.RoleArn))).toEqual([
      `Allow lambda:InvokeFunction ${check}Function`,
      `Allow lambda:InvokeFunction ${check}Function:*`,
      'Allow sqs:SendMessage Undelivered',
    ])
  })

  const heartbeat = [
    'Allow dynamodb:GetItem State',
    'Allow dynamodb:PutItem State',
    'Allow dynamodb:Query State',
    'Allow logs:CreateLogStream HeartbeatLog',
    'Allow logs:PutLogEvents HeartbeatLog',
    'Allow sns:GetSubscriptionAttributes *',
    'Allow sns:GetTopicAttributes NotificationsOperations',
    'Allow sns:ListSubscriptionsByTopic NotificationsAlerts',
    'Allow sns:ListSubscriptionsByTopic NotificationsOperations',
    'Allow sns:ListSubscriptionsByTopic NotificationsUrgent',
    'Allow sns:Publish NotificationsAlerts',
    'Allow sns:Publish NotificationsOperations',
    'Allow sns:Publish NotificationsUrgent',
    'Allow sqs:SendMessage Failed',
  ]
  const phones = [
    'Allow sms-voice:DescribeAccountAttributes *',
    'Allow sms-voice:DescribeOptedOutNumbers *',
    'Allow sms-voice:DescribeSpendLimits *',
    'Allow sms-voice:DescribeVerifiedDestinationNumbers *',
    'Allow sns:CheckIfPhoneNumberIsOptedOut *',
    'Allow sns:GetSMSAttributes *',
    'Allow sns:GetTopicAttributes NotificationsUrgent',
    'Allow sns:GetSMSSandboxAccountStatus *',
    'Allow sns:ListSMSSandboxPhoneNumbers *',
  ]

  it('lets the heartbeat tell by every topic, ask who is subscribed, and read what the account says of SMS', () => {
    expect(allowed('HeartbeatRole')).toEqual([...heartbeat, ...phones].sort())
  })

  it('lets it ask nothing about SMS where no phone is configured', () => {
    const without = templateFor({ tell: { emails: ['night@example.com'] } })
    expect(allowedIn(without, 'HeartbeatRole')).toEqual(heartbeat)
  })

  it('lets it use what sends the SMS only when SNS asks for it', () => {
    const statements = policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    const voice = statements.filter(({ Action }) => list(Action).some((one) => one.startsWith('sms-voice:')))
    expect(voice.map(({ Condition }) => Condition)).toEqual([
      { StringEquals: { 'aws:CalledViaLast': 'sns.amazonaws.com' } },
    ])
  })

  it('gives nothing to anybody else', () => {
    // One of the function and one of its schedule.
    expect(policies).toHaveLength(2 * ALL.length)
    expect(Object.values(propertiesOf(templateFor(), 'AWS::IAM::Policy'))).toHaveLength(8)
    for (const role of Object.values(propertiesOf(template, 'AWS::IAM::Role'))) {
      expect(role.ManagedPolicyArns).toBeUndefined()
      expect(role.Policies).toBeUndefined()
    }
  })

  it('goes no further anywhere: no role may do everything, or anything to everything', () => {
    for (const { PolicyDocument } of policies)
      for (const { Action, Resource } of PolicyDocument.Statement) {
        if (!list(Action).every((one) => ASKS.test(one))) expect(list(Resource)).not.toContain('*')
        for (const action of list(Action)) expect(action).not.toContain('*')
      }
  })

  it('lets only this account’s schedules of this group take a schedule’s role', () => {
    const roles = Object.values(propertiesOf(template, 'AWS::IAM::Role')).filter((one) =>
      JSON.stringify(one).includes('scheduler.amazonaws.com'),
    )
    expect(roles).toHaveLength(ALL.length)
    for (const role of roles)
      expect(Object.keys(role.AssumeRolePolicyDocument.Statement[0].Condition.StringEquals)).toEqual([
        'aws:SourceAccount',
        'aws:SourceArn',
      ])
  })
})

describe('cdk-nag’s AwsSolutions', () => {
  const check = (changes: Parameters<typeof stackFor>[0], spoil?: (stack: Stack) => void) => {
    const { app, stack } = stackFor(changes)
    Validations.of(app).addPlugins(new AwsSolutionsChecks(app))
    spoil?.(stack)
    return () => app.synth()
  }

  it.each([
    ['Neon alone', {}],
    ['Neon and Aura', withAura],
  ])('finds nothing in a stack for %s that is not acknowledged with a reason', (_, changes) => {
    expect(check(changes)).not.toThrow()
  })

  it('would find a topic that takes messages unencrypted', () => {
    expect(check({}, (stack) => new Topic(stack, 'Open'))).toThrow(/[Vv]alidation/)
  })
})
