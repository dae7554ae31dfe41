import { Match } from 'aws-cdk-lib/assertions'
import { describe, expect, it } from 'vitest'
import { type Json, propertiesOf, target, templateFor, withAura } from './synth.ts'

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

describe('a function and a schedule for each kind of database', () => {
  const both = templateFor({ ...withAura, schedules: { connections: '5m', aura: '10m' } })
  const described = (of: typeof both, type: string) =>
    Object.values(propertiesOf(of, type)).map(({ Description }) => Description)

  it('are one for each check of what is watched', () => {
    for (const type of ['AWS::Lambda::Function', 'AWS::Scheduler::Schedule', 'AWS::Lambda::EventInvokeConfig']) {
      template.resourceCountIs(type, 4)
      both.resourceCountIs(type, 5)
      templateFor({ targets: [{ name: 'graph', aura: { instance: 'a1b2c3d4' } }] }).resourceCountIs(type, 4)
    }
  })

  it('say which they are', () => {
    const checks = ['connections', 'aura', 'storage', 'snapshots', 'heartbeat']
    expect(described(both, 'AWS::Lambda::Function')).toEqual(
      checks.map((check) => `Nightshift's ${check} check. Test it with {} to run it now.`),
    )
    expect(described(both, 'AWS::Scheduler::Schedule')).toEqual(
      checks.map((check) => `Runs Nightshift's ${check} check`),
    )
  })

  it('are on schedules of their own, a tick living as long as its own schedule says', () => {
    const schedules = Object.values(propertiesOf(both, 'AWS::Scheduler::Schedule'))
    expect(
      schedules.map(({ ScheduleExpression, Target }) => [
        ScheduleExpression,
        Target.RetryPolicy.MaximumEventAgeInSeconds,
        target(Target.Arn),
      ]),
    ).toEqual([
      ['rate(5 minutes)', 300, expect.stringMatching(/^ConnectionsFunction/)],
      ['rate(10 minutes)', 600, expect.stringMatching(/^AuraFunction/)],
      ['rate(1 hour)', 3_600, expect.stringMatching(/^StorageFunction/)],
      ['rate(1 hour)', 3_600, expect.stringMatching(/^SnapshotsFunction/)],
      ['cron(1 8 * * ? *)', 21_600, expect.stringMatching(/^HeartbeatFunction/)],
    ])
    const ages = Object.values(propertiesOf(both, 'AWS::Lambda::EventInvokeConfig'))
    expect(
      ages.map(({ FunctionName, MaximumEventAgeInSeconds }) => [target(FunctionName), MaximumEventAgeInSeconds]),
    ).toEqual([
      [expect.stringMatching(/^ConnectionsFunction/), 300],
      [expect.stringMatching(/^AuraFunction/), 600],
      [expect.stringMatching(/^StorageFunction/), 3_600],
      [expect.stringMatching(/^SnapshotsFunction/), 3_600],
      [expect.stringMatching(/^HeartbeatFunction/), 21_600],
    ])
  })

  it('share table, topic and secret, and differ in code, role and log alone', () => {
    const [neon, aura] = Object.values(propertiesOf(both, 'AWS::Lambda::Function'))
    const shared = ({ Code, Role, LoggingConfig, Description, ...rest }: Json) => rest
    expect(shared(aura)).toEqual(shared(neon))
    for (const own of ['Role', 'LoggingConfig']) expect(aura[own]).not.toEqual(neon[own])
  })

  it('leave everything of Neon’s as it was: only Aura’s is added', () => {
    const before = template.toJSON().Resources
    const after = templateFor(withAura).toJSON().Resources
    const withoutCode = (resource: Json) => {
      const { Code, ...properties } = resource.Properties ?? {}
      return { ...resource, Properties: properties }
    }
    for (const [id, resource] of Object.entries<Json>(before)) {
      expect(withoutCode(after[id])).toEqual(withoutCode(resource))
    }
    const added = Object.keys(after).filter((id) => !(id in before))
    for (const id of added) expect(id).toMatch(/^(Aura|Watchdogaura|SchedulerRole)/)
  })
})

describe('the heartbeat', () => {
  const scheduled = (of: typeof template) =>
    Object.values(propertiesOf(of, 'AWS::Scheduler::Schedule')).find(({ Description }) =>
      Description.includes('heartbeat'),
    )

  it.each([
    [{ day: 'friday', hour: 17 } as const, 'cron(1 17 * * ? *)'],
    [false as const, 'cron(1 8 * * ? *)'],
  ])('runs once a day, right after the hour of the letter: %o', (letter, cron) => {
    const { ScheduleExpression, ScheduleExpressionTimezone } = scheduled(templateFor({ letter }))
    expect([ScheduleExpression, ScheduleExpressionTimezone]).toEqual([cron, 'Etc/UTC'])
  })

  it('knows every topic and by which name it tells of itself; no other function does', () => {
    const functions = Object.entries(propertiesOf(template, 'AWS::Lambda::Function'))
    const knowing = functions.filter(([, { Environment }]) => 'NIGHTSHIFT_STACK' in Environment.Variables)
    expect(knowing.map(([id]) => id)).toEqual([expect.stringMatching(/^Heartbeat/)])
    const [{ NIGHTSHIFT_OPERATIONS_TOPIC, NIGHTSHIFT_URGENT_TOPIC, NIGHTSHIFT_STACK } = {}] = knowing.map(
      ([, { Environment }]) => Environment.Variables,
    )
    expect(target(NIGHTSHIFT_OPERATIONS_TOPIC)).toMatch(/^NotificationsOperations/)
    expect(target(NIGHTSHIFT_URGENT_TOPIC)).toMatch(/^NotificationsUrgent/)
    expect(NIGHTSHIFT_STACK).toBe('Nightshift')
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
  for (const output of [
    'ConnectionsFunction',
    'HeartbeatFunction',
    'AlertsTopic',
    'OperationsTopic',
    'StateTable',
    'SecretName',
  ])
    template.hasOutput(output, {})
  expect(JSON.stringify(template.findOutputs('CreateSecret'))).toContain('aws secretsmanager create-secret')
  expect(template.findOutputs('AuraFunction')).toEqual({})
  templateFor(withAura).hasOutput('AuraFunction', {
    Value: { Ref: Match.stringLikeRegexp('^AuraFunction') },
    Description: 'Test it with {} to look at Aura now',
  })
})
