import { type Stack, Validations } from 'aws-cdk-lib'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { AwsSolutionsChecks } from 'cdk-nag'
import { describe, expect, it } from 'vitest'
import { type Json, propertiesOf, stackFor, target, templateFor, withAura } from './synth.ts'

const template = templateFor(withAura)
const policies = Object.values(propertiesOf(template, 'AWS::IAM::Policy'))
const list = (value: Json): Json[] => [value].flat()

/** What a role may do: `action` on the logical ids, or on the name where AWS does not know it yet. */
function allowed(role: string): string[] {
  return policies
    .filter((policy) => list(policy.Roles).some((one) => target(one).startsWith(role)))
    .flatMap((policy) => policy.PolicyDocument.Statement)
    .flatMap(({ Action, Resource, Effect }) =>
      list(Action).flatMap((action) => list(Resource).map((resource) => `${Effect} ${action} ${nameOf(resource)}`)),
    )
    .sort()
}

const nameOf = (resource: Json): string => {
  const joined = resource['Fn::Join']?.[1]
    .map((part: Json) => (typeof part === 'string' ? part : nameOf(part)))
    .join('')
  return joined ?? String(target(resource) ?? resource).replace(/[0-9A-F]{8}$/, '')
}

describe('least privilege', () => {
  it.each(['Connections', 'Aura'])('lets the %s function do these nine things', (check) => {
    expect(allowed(`${check}Role`)).toEqual([
      'Allow dynamodb:GetItem State',
      'Allow dynamodb:PutItem State',
      `Allow logs:CreateLogStream ${check}Log`,
      `Allow logs:PutLogEvents ${check}Log`,
      'Allow secretsmanager:GetSecretValue arn:AWS::Partition:secretsmanager:AWS::Region:AWS::AccountId:secret:nightshift-??????',
      'Allow sns:Publish NotificationsAlerts',
      'Allow sqs:GetQueueAttributes Failed',
      'Allow sqs:GetQueueUrl Failed',
      'Allow sqs:SendMessage Failed',
    ])
  })

  it.each(['Connections', 'Aura'])(
    'lets the %s schedule invoke its function and keep what it could not deliver',
    (check) => {
      const [, schedule] =
        Object.entries(propertiesOf(template, 'AWS::Scheduler::Schedule')).find(([id]) => id.startsWith(check)) ?? []
      expect(allowed(target(schedule.Target.RoleArn))).toEqual([
        `Allow lambda:InvokeFunction ${check}Function`,
        `Allow lambda:InvokeFunction ${check}Function:*`,
        'Allow sqs:SendMessage Undelivered',
      ])
    },
  )

  it('gives nothing to anybody else', () => {
    expect(policies).toHaveLength(4)
    expect(Object.values(propertiesOf(templateFor(), 'AWS::IAM::Policy'))).toHaveLength(2)
    for (const role of Object.values(propertiesOf(template, 'AWS::IAM::Role'))) {
      expect(role.ManagedPolicyArns).toBeUndefined()
      expect(role.Policies).toBeUndefined()
    }
  })

  it('goes no further anywhere: no role may do everything, or anything to everything', () => {
    for (const { PolicyDocument } of policies)
      for (const { Action, Resource } of PolicyDocument.Statement) {
        expect(list(Resource)).not.toContain('*')
        for (const action of list(Action)) expect(action).not.toContain('*')
      }
  })

  it('lets only this account’s schedules of this group take a schedule’s role', () => {
    const roles = Object.values(propertiesOf(template, 'AWS::IAM::Role')).filter((one) =>
      JSON.stringify(one).includes('scheduler.amazonaws.com'),
    )
    expect(roles).toHaveLength(2)
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
