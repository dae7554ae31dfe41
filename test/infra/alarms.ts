import type { Template } from 'aws-cdk-lib/assertions'
import { type Json, propertiesOf, target } from './synth.ts'

/** Every alarm's properties by its name without the stack's. */
export function alarmsOf(of: Template): Record<string, Json> {
  return Object.fromEntries(
    Object.values(propertiesOf(of, 'AWS::CloudWatch::Alarm')).map((alarm) => [
      alarm.AlarmName.replace('Nightshift/', ''),
      alarm,
    ]),
  )
}

/** Whatever an alarm does when it changes. */
export const actionsOf = (alarm: Json): Json[] => [
  ...(alarm.AlarmActions ?? []),
  ...(alarm.OKActions ?? []),
  ...(alarm.InsufficientDataActions ?? []),
]

/** The services that a topic's policies let publish from this account, and from no other. */
export function publishersOf(template: Template, topic: string): string[] {
  return Object.values(propertiesOf(template, 'AWS::SNS::TopicPolicy'))
    .filter(({ Topics }) => Topics.map(target).includes(topic))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .filter(
      ({ Effect, Action, Resource, Condition }) =>
        Effect === 'Allow' &&
        Action === 'sns:Publish' &&
        target(Resource) === topic &&
        target(Condition?.StringEquals?.['aws:SourceAccount']) === 'AWS::AccountId',
    )
    .map(({ Principal }) => Principal.Service)
}
