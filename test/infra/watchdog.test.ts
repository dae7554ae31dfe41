import { describe, expect, it } from 'vitest'
import { resolveConfig } from '../../functions/config.ts'
import { monthlyCost } from '../../functions/letter/cost.ts'
import { actionsOf, alarmsOf, publishersOf } from './alarms.ts'
import { config, type Json, propertiesOf, target, templateFor, withAura } from './synth.ts'

const template = templateFor(withAura)
const alarms = alarmsOf(template)

/** Whose function a check is. */
const FUNCTIONS: Record<string, string> = {
  connections: 'ConnectionsFunction',
  aura: 'AuraFunction',
  storage: 'StorageFunction',
  snapshots: 'SnapshotsFunction',
  heartbeat: 'HeartbeatFunction',
}

/** In seconds; of the others five minutes. */
const PERIODS: Record<string, number> = { storage: 3_600, snapshots: 3_600, heartbeat: 86_400 }

const text = (value: Json): string =>
  typeof value === 'string' ? value : (value['Fn::Join']?.[1].map(text).join('') ?? `<${target(value)}>`)

it('watches every way of falling silent', () => {
  const watched = Object.entries(alarms).map(
    ([name, { Namespace, MetricName }]) => `${name}: ${Namespace} ${MetricName}`,
  )
  expect(watched.sort()).toEqual([
    'alerts/not-delivered: AWS/SNS NumberOfNotificationsFailed',
    'aura/errors: AWS/Lambda Errors',
    'aura/no-success: Nightshift RunSucceeded',
    'aura/slow: AWS/Lambda Duration',
    'aura/throttled: AWS/Lambda Throttles',
    'connections/errors: AWS/Lambda Errors',
    'connections/no-success: Nightshift RunSucceeded',
    'connections/slow: AWS/Lambda Duration',
    'connections/throttled: AWS/Lambda Throttles',
    'heartbeat/errors: AWS/Lambda Errors',
    'heartbeat/no-success: Nightshift RunSucceeded',
    'operations/not-delivered: AWS/SNS NumberOfNotificationsFailed',
    'schedules/undelivered: AWS/SQS NumberOfMessagesSent',
    'snapshots/errors: AWS/Lambda Errors',
    'snapshots/no-success: Nightshift RunSucceeded',
    'storage/errors: AWS/Lambda Errors',
    'storage/no-success: Nightshift RunSucceeded',
    'urgent/not-delivered: AWS/SNS NumberOfNotificationsFailed',
  ])
})

it('has as many alarms and metrics as the estimate of the cost counts', () => {
  for (const changes of [{}, withAura]) {
    const found = Object.values(alarmsOf(templateFor(changes)))
    const metrics = found.filter(({ MetricName }) => MetricName === 'RunSucceeded')
    const { lines } = monthlyCost(resolveConfig({ ...config, ...changes }))
    expect(lines[0]?.what).toBe(`${found.length} alarms and ${metrics.length} metrics`)
  }
})

it('watches nothing of Aura’s where there is none', () => {
  const others = Object.keys(alarms).filter((name) => !name.startsWith('aura/'))
  expect(Object.keys(alarmsOf(templateFor())).sort()).toEqual(others.sort())
})

describe.each(Object.entries(alarms))('the alarm %s', (name, alarm) => {
  it('can really publish: the policy of each topic that it names lets CloudWatch in', () => {
    expect(actionsOf(alarm).length).toBeGreaterThan(0)
    for (const action of actionsOf(alarm))
      expect(publishersOf(template, target(action))).toContain('cloudwatch.amazonaws.com')
  })

  it('tells operations of its beginning and its end', () => {
    for (const actions of [alarm.AlarmActions, alarm.OKActions])
      expect(actions.map(target)).toContainEqual(expect.stringMatching(/^NotificationsOperations/))
  })

  it('says what it means, where the runbook is, and where the function is', () => {
    const description = text(alarm.AlarmDescription)
    const [means, runbook, link] = description.split('\n')
    expect(means).toMatch(/^[A-Z].*\.$/)
    expect(runbook).toBe(`Runbook: docs/runbook.md#watchdog-${name.split('/')[1]}`)
    const console = 'https://<AWS::Region>.console.aws.amazon.com/lambda/home?region=<AWS::Region>#'
    const own = FUNCTIONS[name.split('/')[0] ?? '']
    expect(link?.replace(/[0-9A-F]{8}>/, '>')).toBe(
      own ? `Function: ${console}/functions/<${own}>?tab=monitoring` : `Functions: ${console}/applications/Nightshift`,
    )
    expect(description.split('\n')).toHaveLength(3)
    // CloudWatch takes 1,024 characters, and names are longer than the references that stand for them here.
    expect(description.length).toBeLessThan(700)
  })

  it('watches something that is there', () => {
    for (const { Value } of alarm.Dimensions)
      if (typeof Value !== 'string') expect(template.toJSON().Resources).toHaveProperty(target(Value))
  })
})

describe('an alarm on what has failed', () => {
  const HAPPENS = /^AWS\/(Lambda (Errors|Throttles)|SQS NumberOfMessagesSent|SNS NumberOfNotificationsFailed)$/

  it('counts what happens and not what lies there, so that it ends by itself and the next failure is told', () => {
    for (const { Namespace, MetricName, Statistic, TreatMissingData } of Object.values(alarms)) {
      if (MetricName === 'RunSucceeded' || MetricName === 'Duration') continue
      expect(`${Namespace} ${MetricName}`).toMatch(HAPPENS)
      expect([Statistic, TreatMissingData]).toEqual(['Sum', 'notBreaching'])
    }
  })

  it('is each function’s own: none hides that another has begun to fail', () => {
    const failing = Object.entries(alarms).filter(([, { MetricName }]) => MetricName === 'Errors')
    expect(failing.map(([name]) => name).sort()).toEqual(
      Object.keys(FUNCTIONS)
        .map((check) => `${check}/errors`)
        .sort(),
    )
    for (const [name, { Dimensions }] of failing)
      expect(Dimensions).toEqual([
        {
          Name: 'FunctionName',
          Value: { Ref: expect.stringMatching(`^${FUNCTIONS[name.split('/')[0] ?? '']}`) },
        },
      ])
  })

  it.each([
    ['connections/errors', 300, 2],
    ['storage/errors', 300, 24],
    ['heartbeat/errors', 3_600, 48],
    ['schedules/undelivered', 300, 24],
  ])('%s tells within %i seconds, and stands while there was one in the last %i of them', (name, period, periods) => {
    expect(alarms[name]).toMatchObject({ Period: period, EvaluationPeriods: periods, DatapointsToAlarm: 1 })
  })

  it.each(['1m', '7m', '59m', '1h', '12h', '13h', '1d'])(
    'of a check every %s stands for two of its periods',
    (snapshots) => {
      const { 'snapshots/errors': alarm, 'snapshots/no-success': success } = alarmsOf(
        templateFor({ schedules: { snapshots } }),
      )
      const window = alarm?.Period * alarm?.EvaluationPeriods
      expect(window).toBeGreaterThanOrEqual(2 * success?.Period)
      expect(window).toBeLessThan(2 * success?.Period + alarm?.Period)
    },
  )
})

describe('the alarm on a missing success', () => {
  it.each(Object.entries(FUNCTIONS))(
    'of %s stands after three periods without one, and silence counts as none',
    (check, fn) => {
      expect(alarms[`${check}/no-success`]).toMatchObject({
        Namespace: 'Nightshift',
        MetricName: 'RunSucceeded',
        Dimensions: [
          { Name: 'Check', Value: check },
          { Name: 'FunctionName', Value: { Ref: expect.stringMatching(`^${fn}`) } },
        ],
        Statistic: 'Sum',
        Period: PERIODS[check] ?? 300,
        EvaluationPeriods: 3,
        Threshold: 1,
        ComparisonOperator: 'LessThanThreshold',
        TreatMissingData: 'breaching',
      })
    },
  )

  it.each([
    // A run is stamped with its start and may take 2 minutes: with 1 minute a slow one is a gap of 3 periods by itself.
    ['1m', 4],
    ['2m', 3],
    ['5m', 3],
    ['1h', 3],
  ])('on a schedule of %s waits for %i periods', (connections, periods) => {
    const { 'connections/no-success': alarm } = alarmsOf(templateFor({ schedules: { connections } }))
    expect(alarm?.EvaluationPeriods).toBe(periods)
    const [fn] = Object.values(propertiesOf(template, 'AWS::Lambda::Function'))
    expect(alarm?.Period * alarm?.EvaluationPeriods).toBeGreaterThan(fn.Timeout + 60)
  })

  it('is silent while a new stack has had no time to succeed', () => {
    const noSuccess = Object.values(
      template.findResources('AWS::CloudWatch::Alarm', { Properties: { MetricName: 'RunSucceeded' } }),
    )
    expect(noSuccess.map(({ Properties }) => Properties.WarmUpConfiguration.WarmUpPeriodDurationInMinutes)).toEqual([
      15, 15, 180, 180, 2880,
    ])
    // Each after its own schedule.
    expect(noSuccess.map(({ DependsOn }) => DependsOn)).toEqual([
      [expect.stringMatching(/^ConnectionsSchedule/)],
      [expect.stringMatching(/^AuraSchedule/)],
      [expect.stringMatching(/^StorageSchedule/)],
      [expect.stringMatching(/^SnapshotsSchedule/)],
      [expect.stringMatching(/^HeartbeatSchedule/)],
    ])
  })

  it('counts the periods of its own schedule', () => {
    const of = alarmsOf(templateFor({ ...withAura, schedules: { connections: '5m', aura: '1m' } }))
    expect([of['aura/no-success'].Period, of['aura/no-success'].EvaluationPeriods]).toEqual([60, 4])
    expect([of['connections/no-success'].Period, of['connections/no-success'].EvaluationPeriods]).toEqual([300, 3])
  })

  it('rings, alone among the alarms', () => {
    const ringing = Object.entries(alarms).filter(([, alarm]) =>
      actionsOf(alarm).some((action) => target(action).startsWith('NotificationsUrgent')),
    )
    expect(ringing.map(([name]) => name)).toEqual(['connections/no-success', 'aura/no-success'])
  })

  it.each(['1m', '7m', '59m', '1h', '8h', '13h', '1d'])('keeps CloudWatch’s limits on a schedule of %s', (every) => {
    for (const { Period, EvaluationPeriods, WarmUpConfiguration } of Object.values(
      alarmsOf(templateFor({ schedules: { connections: every, snapshots: every } })),
    )) {
      expect(Period % 60).toBe(0)
      expect(Period).toBeLessThanOrEqual(86_400)
      expect(Period * EvaluationPeriods).toBeLessThanOrEqual((Period < 3_600 ? 1 : 7) * 86_400)
      expect(WarmUpConfiguration?.WarmUpPeriodDurationInMinutes ?? 1).toBeLessThanOrEqual(2_880)
    }
  })
})

it('points to the runbook that the configuration names', () => {
  const runbook = 'https://example.com/runbook'
  for (const [name, alarm] of Object.entries(alarmsOf(templateFor({ runbook }))))
    expect(text(alarm.AlarmDescription)).toContain(`Runbook: ${runbook}#watchdog-${name.split('/')[1]}`)
})
