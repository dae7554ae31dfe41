/** docs/security.md leaves nothing out. */
import { readFileSync } from 'node:fs'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { ALLOWED } from '../functions/secret.ts'
import { esbuildOptions } from '../infra/bundling.ts'
import { list } from './infra/roles.ts'
import { type Json, propertiesOf, templateFor, withAura } from './infra/synth.ts'

const read = (path: string) => readFileSync(new URL(`../${path}`, import.meta.url), 'utf8')
const text = read('docs/security.md')
const named = new Set([...text.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name))

const template = templateFor(withAura)
const CHECKS = Object.values(propertiesOf(template, 'AWS::Lambda::Function')).map(
  ({ Description }) => /^Nightshift's (\w+) check/.exec(Description)?.[1] ?? expect.fail(Description),
)
const actions = new Set<string>(
  Object.values(propertiesOf(template, 'AWS::IAM::Policy'))
    .flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
    .flatMap(({ Action }) => list(Action)),
)

test.for(CHECKS)('says what the %s function looks at and changes', (check) => {
  expect(text).toMatch(new RegExp(`^\\| \`${check}\` \\| .+ \\| .+ \\|$`, 'm'))
})

test.for(ALLOWED)('says what %s of the secret would allow a thief, and how to take it back', (key) => {
  const rows = text.split('\n').filter((line) => line.startsWith('|') && line.split(' | ')[0]?.includes(`\`${key}`))
  expect(rows.length).toBeGreaterThan(0)
  for (const row of rows) expect(row.split(' | ')).toHaveLength(3)
})

test('names the rights that the template gives, and no others', () => {
  const rights = [...named].filter((name) => /^[a-z-]+:[A-Z]\w+$/.test(name))
  expect(rights.sort()).toEqual([...actions].sort())
})

describe('how long what is written down stays', () => {
  test('in the logs is as it says', () => {
    for (const { RetentionInDays } of Object.values(propertiesOf(template, 'AWS::Logs::LogGroup')))
      expect(RetentionInDays).toBe(30)
    expect(text).toMatch(/\| logs, .* \| a month \|/)
  })
  test('in the queues is as it says: what SQS does by itself', () => {
    for (const queue of Object.values(propertiesOf(template, 'AWS::SQS::Queue')))
      expect(queue ?? {}).not.toHaveProperty('MessageRetentionPeriod')
    expect(text).toMatch(/\| the two queues \| .* \| 4 days \|/)
  })
  test('in the table is as it says', () => {
    const [table] = Object.values(propertiesOf(template, 'AWS::DynamoDB::Table'))
    expect(table?.TimeToLiveSpecification).toEqual({ AttributeName: 'expiresAt', Enabled: true })
    expect(table?.PointInTimeRecoverySpecification).toEqual({ PointInTimeRecoveryEnabled: true })
    expect(read('functions/table.ts')).toContain('KEEP_MS = 90 * 24')
    expect(read('functions/event.ts')).toContain('RECORD_DAYS = 90')
  })
})

test('nothing on the internet reaches a function', () => {
  for (const type of [
    'AWS::Lambda::Url',
    'AWS::ApiGateway::RestApi',
    'AWS::ApiGatewayV2::Api',
    'AWS::Lambda::Permission',
  ])
    expect(propertiesOf(template, type)).toEqual({})
})

test('no secret is in the template', () => {
  const environments = Object.values(propertiesOf(template, 'AWS::Lambda::Function')).map(
    ({ Environment }) => Environment.Variables,
  )
  for (const variables of environments)
    expect(Object.keys(variables).filter((name) => !/^NIGHTSHIFT_(TABLE|\w+_TOPIC|SECRET|STACK)$/.test(name))).toEqual(
      [],
    )
  expect(propertiesOf(template, 'AWS::SecretsManager::Secret')).toEqual({})
})

test.for(CHECKS)('what ships in %s is what npm audit --omit=dev asks about', async (check) => {
  const options = esbuildOptions({
    entry: `functions/${check}.ts`,
    config: 'nightshift.config.ts',
    outfile: 'never-written.mjs',
  })
  const { metafile } = await build({ ...options, write: false, metafile: true })
  const [output] = Object.values(metafile.outputs)
  const packages = new Set(
    Object.keys(output?.inputs ?? {}).flatMap(
      (input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? [],
    ),
  )
  const lock: Record<string, Json> = JSON.parse(read('package-lock.json')).packages
  expect(packages.size).toBeGreaterThan(5)
  expect([...packages].filter((name) => lock[name] === undefined || lock[name].dev)).toEqual([])
})

test('every dependency is of one exact version', () => {
  for (const version of Object.values(JSON.parse(read('package.json')).dependencies))
    expect(version).toMatch(/^\d+\.\d+\.\d+$/)
})
