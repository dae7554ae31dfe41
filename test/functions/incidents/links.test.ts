import { afterEach, expect, test, vi } from 'vitest'
import { resolveConfig } from '../../../functions/config.ts'
import { neonLinks, runbookLink } from '../../../functions/incidents/links.ts'
import { configOf } from '../builders.ts'

const target = resolveConfig(configOf()).targets[0] ?? expect.fail('no target')

afterEach(() => vi.unstubAllEnvs())

const inLambda = (region: string, group: string) => {
  vi.stubEnv('AWS_REGION', region)
  vi.stubEnv('AWS_LAMBDA_FUNCTION_NAME', 'nightshift-connections')
  vi.stubEnv('AWS_LAMBDA_LOG_GROUP_NAME', group)
}

test("the console's link goes to the branch, or to the project while the branch is not known", () => {
  inLambda('', '')
  expect(neonLinks(target, 'br-main-1234')).toEqual([
    { name: 'Neon console', url: 'https://console.neon.tech/app/projects/cool-darkness-123456/branches/br-main-1234' },
  ])
  expect(neonLinks(target, undefined)[0]?.url).toBe('https://console.neon.tech/app/projects/cool-darkness-123456')
})

test("the log's link is encoded as the CloudWatch console wants it", () => {
  inLambda('eu-central-1', '/aws/lambda/nightshift-connections')
  expect(neonLinks(target, undefined)).toContainEqual({
    name: 'Log',
    url: 'https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#logsV2:log-groups/log-group/$252Faws$252Flambda$252Fnightshift-connections',
  })
})

test("without a log group of its own known the link goes to the function's monitoring", () => {
  inLambda('eu-central-1', '')
  expect(neonLinks(target, undefined)[1]?.url).toBe(
    'https://eu-central-1.console.aws.amazon.com/lambda/home?region=eu-central-1#/functions/nightshift-connections?tab=monitoring',
  )
})

test("the runbook's link goes to the rule's section", () => {
  expect(runbookLink('connections.idle-in-transaction', 'https://example.com/runbook')).toBe(
    'https://example.com/runbook#connectionsidle-in-transaction',
  )
  expect(runbookLink('connections.stale', undefined)).toBe('docs/runbook.md#connectionsstale')
})
