import { Match } from 'aws-cdk-lib/assertions'
import { describe, expect, it } from 'vitest'
import { type Json, propertiesOf, target, templateFor } from './synth.ts'

const template = templateFor()

describe('the function', () => {
  it('runs as an ES module bundle on Node 24 and arm64', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Handler: 'index.handler',
      MemorySize: 256,
      Timeout: 120,
    })
  })

  it('knows its table, topic and secret by name, and has no other setting', () => {
    const [fn] = Object.values(propertiesOf(template, 'AWS::Lambda::Function'))
    const { NIGHTSHIFT_TABLE, NIGHTSHIFT_ALERTS_TOPIC, ...others } = fn.Environment.Variables
    expect(template.findResources('AWS::DynamoDB::Table')).toHaveProperty(target(NIGHTSHIFT_TABLE))
    expect(template.findResources('AWS::SNS::Topic')).toHaveProperty(target(NIGHTSHIFT_ALERTS_TOPIC))
    expect(others).toEqual({ NIGHTSHIFT_SECRET: 'nightshift' })
  })

  it('logs its own JSON lines untouched, for a month', () => {
    const [logGroup] = Object.keys(
      template.findResources('AWS::Logs::LogGroup', { Properties: { RetentionInDays: 30 } }),
    )
    template.hasResourceProperties('AWS::Lambda::Function', {
      LoggingConfig: { LogFormat: 'Text', LogGroup: { Ref: logGroup } },
    })
  })

  it('makes one attempt a tick, drops stale ones, and keeps what failed', () => {
    template.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 300,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Failed'), 'Arn'] } } },
    })
  })
})

describe('the schedule', () => {
  it('runs the check every five minutes with the event {}', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: 'rate(5 minutes)',
      State: 'ENABLED',
      GroupName: Match.stringLikeRegexp('^Nightshift-Schedules'),
      Target: { Input: '{}' },
    })
  })

  it('tries a tick again only while it is fresh, and keeps what it could not deliver', () => {
    template.hasResourceProperties('AWS::Scheduler::Schedule', {
      Target: {
        RetryPolicy: { MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 300 },
        DeadLetterConfig: { Arn: { 'Fn::GetAtt': [Match.stringLikeRegexp('^Undelivered'), 'Arn'] } },
      },
    })
  })

  it.each([
    ['1m', 'rate(1 minute)', 60],
    ['1h', 'rate(1 hour)', 3_600],
    // Lambda keeps no event for longer than six hours.
    ['1d', 'rate(1 day)', 21_600],
  ])('of %s is %s, and a tick lives for %i s', (connections, rate, seconds) => {
    const other = templateFor({ schedules: { connections } })
    other.hasResourceProperties('AWS::Scheduler::Schedule', {
      ScheduleExpression: rate,
      Target: { RetryPolicy: { MaximumEventAgeInSeconds: seconds } },
    })
    other.hasResourceProperties('AWS::Lambda::EventInvokeConfig', { MaximumEventAgeInSeconds: seconds })
  })
})

describe('the table', () => {
  it('is on demand, expires what is old and can be restored', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    })
  })

  it('goes with the stack, as everything does', () => {
    for (const resource of Object.values<Json>(template.toJSON().Resources))
      expect(['Delete', undefined]).toContain(resource.DeletionPolicy)
  })
})

describe('the secret', () => {
  it('is neither made here nor resolved at deployment', () => {
    template.resourceCountIs('AWS::SecretsManager::Secret', 0)
    expect(JSON.stringify(template.toJSON())).not.toMatch(/\{\{resolve:|SecretString|NoEcho/)
  })

  it('has the name that the configuration says', () => {
    const other = templateFor({ secret: 'team/nightshift' })
    other.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: { NIGHTSHIFT_SECRET: 'team/nightshift' } },
    })
    expect(JSON.stringify(propertiesOf(other, 'AWS::IAM::Policy'))).toContain(':secret:team/nightshift-??????')
  })
})

it('says afterwards what was made and how the secret is put in', () => {
  for (const output of ['ConnectionsFunction', 'AlertsTopic', 'OperationsTopic', 'StateTable', 'SecretName'])
    template.hasOutput(output, {})
  expect(JSON.stringify(template.findOutputs('CreateSecret'))).toContain('aws secretsmanager create-secret')
})
