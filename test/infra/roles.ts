import type { Template } from 'aws-cdk-lib/assertions'
import { type Json, propertiesOf, target } from './synth.ts'

export const list = (value: Json): Json[] => [value].flat()

/** What a role may do: `Allow action` on the logical ids, or on the name where AWS does not know it yet. */
export function allowedIn(of: Template, role: string): string[] {
  return Object.values(propertiesOf(of, 'AWS::IAM::Policy'))
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
