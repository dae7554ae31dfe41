import type { Template } from 'aws-cdk-lib/assertions'
import { describe, expect, it } from 'vitest'
import { type Json, propertiesOf, target, templateFor } from './synth.ts'

const template = templateFor()

/** Who is subscribed to a topic, with the filter if there is one. */
function subscribers(of: Template, topic: string): string[] {
  return Object.values(propertiesOf(of, 'AWS::SNS::Subscription'))
    .filter(({ TopicArn }) => target(TopicArn).startsWith(`Notifications${topic}`))
    .map(({ Protocol, Endpoint, FilterPolicy }) =>
      [Protocol, Endpoint, FilterPolicy && JSON.stringify(FilterPolicy)].filter(Boolean).join(' '),
    )
    .sort()
}

describe('subscriptions', () => {
  it('send every alert by e-mail and only critical news to telephones', () => {
    expect(subscribers(template, 'Alerts')).toEqual([
      'email day@example.com',
      'email night@example.com',
      'sms +14155550100 {"severity":["critical","resolved-critical"]}',
    ])
  })

  it('tell Nightshift’s own trouble to operations, by e-mail', () => {
    expect(subscribers(template, 'Operations')).toEqual(['email ops@example.com'])
  })

  it('ring unfiltered when nobody is watching, since CloudWatch sends no attributes to filter by', () => {
    expect(subscribers(template, 'Urgent')).toEqual(['sms +14155550100'])
  })

  it('need no telephone, and operations are the same people unless others are named', () => {
    const plain = templateFor({ tell: { emails: ['night@example.com'] } })
    expect(subscribers(plain, 'Alerts')).toEqual(['email night@example.com'])
    expect(subscribers(plain, 'Operations')).toEqual(['email night@example.com'])
    expect(subscribers(plain, 'Urgent')).toEqual([])
  })
})

describe('topics', () => {
  it('take nothing that comes unencrypted', () => {
    const policies = Object.values(propertiesOf(template, 'AWS::SNS::TopicPolicy'))
    const guarded = policies
      .filter(({ PolicyDocument }) =>
        PolicyDocument.Statement.some(
          (statement: Json) =>
            statement.Effect === 'Deny' &&
            statement.Principal === '*' &&
            statement.Condition.Bool['aws:SecureTransport'] === 'false',
        ),
      )
      .flatMap(({ Topics }) => Topics.map(target))
    expect(guarded.sort()).toEqual(Object.keys(template.findResources('AWS::SNS::Topic')).sort())
  })

  it('put no display name before an SMS', () => {
    const topics = propertiesOf(template, 'AWS::SNS::Topic')
    const texted = Object.values(propertiesOf(template, 'AWS::SNS::Subscription'))
      .filter(({ Protocol }) => Protocol === 'sms')
      .map(({ TopicArn }) => topics[target(TopicArn)])
    expect(texted).toEqual([undefined, undefined])
  })
})
