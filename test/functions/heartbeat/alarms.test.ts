import { expect, test } from 'vitest'
import { alarms } from '../../../functions/checks/heartbeat/alarms.ts'
import type { Guard } from '../../../functions/checks/heartbeat/reading.ts'
import { allTopics, BERT, PHONE, readingOf, topicOf } from './builders.ts'

const judge = (guard: Guard) =>
  alarms.judge(readingOf({ topics: allTopics({ ...topicOf('operations', [BERT]), guard }) })) ??
  expect.fail('no answer')

const policy = (...statements: object[]) => JSON.stringify({ Version: '2012-10-17', Statement: statements })
const INSECURE = {
  Effect: 'Deny',
  Principal: '*',
  Action: 'sns:Publish',
  Condition: { Bool: { 'aws:SecureTransport': 'false' } },
}
const CLOUDWATCH = {
  Effect: 'Allow',
  Principal: { Service: 'cloudwatch.amazonaws.com' },
  Action: 'sns:Publish',
  Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
}
/** What SNS gives to every topic at first. */
const OWN_ACCOUNT = {
  Effect: 'Allow',
  Principal: { AWS: '*' },
  Action: ['SNS:GetTopicAttributes', 'SNS:Publish'],
  Condition: { StringEquals: { 'AWS:SourceOwner': '123456789012' } },
}

test.for<[whose: string, guard: Guard]>([
  ['the stack’s', { policy: policy(INSECURE, CLOUDWATCH) }],
  ['SNS’s own', { policy: policy(OWN_ACCOUNT) }],
  ['one with a key of the account’s', { policy: policy(INSECURE, CLOUDWATCH), key: 'alias/mine' }],
])('with %s policy alarms may be told', ([, guard]) => {
  expect(judge(guard)).toMatchObject({ severity: 'ok', recovered: true })
})

test.for<[why: string, guard: Guard]>([
  ['its policy does not allow it', { policy: policy(INSECURE) }],
  [
    'its policy does not allow it',
    { policy: policy(INSECURE, { ...CLOUDWATCH, Principal: { Service: 's3.amazonaws.com' } }) },
  ],
  ['its policy does not allow it', { policy: policy({ ...CLOUDWATCH, Action: 'sns:Subscribe' }) }],
  ['its policy does not allow it', { policy: '' }],
  ['its policy denies it', { policy: policy(CLOUDWATCH, { Effect: 'Deny', Principal: '*', Action: 'sns:*' }) }],
  [
    'it is encrypted with alias/aws/sns, which CloudWatch cannot use',
    { policy: policy(CLOUDWATCH), key: 'alias/aws/sns' },
  ],
])('a topic is shut to alarms where %s', ([why, guard]) => {
  const finding = judge(guard)
  expect(finding).toMatchObject({ severity: 'warning', headline: 'CloudWatch may not publish to operations' })
  expect(finding.evidence?.rows).toEqual([['operations', why]])
})

test('both topics are named, and what could not be asked for is not said to be well', () => {
  const guard = { policy: '' }
  const both = allTopics({ ...topicOf('operations', [BERT]), guard }, { ...topicOf('urgent', [PHONE]), guard })
  expect(alarms.judge(readingOf({ topics: both }))?.headline).toBe(
    'CloudWatch may not publish to operations and urgent',
  )
  const notAsked = [{ what: 'whether alarms may be told by operations', why: 'Rate exceeded', refused: false }]
  expect(alarms.judge(readingOf({ notAsked }))).toBeNull()
})
