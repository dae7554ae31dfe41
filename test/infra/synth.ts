import { createHash, randomUUID } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { afterAll } from 'vitest'
import { type NightshiftConfig, resolveConfig } from '../../functions/config.ts'
import { ROOT } from '../../infra/bundling.ts'
import { NightshiftStack } from '../../infra/stack.ts'
import { fingerprint } from '../world/fingerprint.ts'
import { runFolder } from '../world/run-folder.ts'

/** Everybody is told by everything, so that every subscription there can be is in the template. */
export const config: NightshiftConfig = {
  tell: { emails: ['night@example.com', 'day@example.com'], phones: ['+14155550100'], operations: ['ops@example.com'] },
  targets: [{ name: 'orders', neon: { project: 'cool-darkness-123456', role: 'nightshift' } }],
}

/** What makes a stack that watches Aura as well. */
export const withAura: Partial<NightshiftConfig> = {
  targets: [...config.targets, { name: 'graph', aura: { instance: 'a1b2c3d4', connectionLimit: 100 } }],
}

/** CDK would leave a folder behind for each app. */
const OUT = mkdtempSync(join(tmpdir(), 'nightshift-cdk-'))
afterAll(() => rmSync(OUT, { recursive: true, force: true }))
let synths = 0

/** The stack in an app of its own, with the flags of cdk.json and nothing bundled. */
export function stackFor(changes: Partial<NightshiftConfig> = {}): { app: App; stack: NightshiftStack } {
  const { context } = JSON.parse(readFileSync(resolve(ROOT, 'cdk.json'), 'utf8'))
  const app = new App({ outdir: join(OUT, String(synths++)), context: { ...context, 'aws:cdk:bundling-stacks': [] } })
  const stack = new NightshiftStack(app, 'Nightshift', {
    settings: resolveConfig({ ...config, ...changes }),
    config: resolve(ROOT, 'nightshift.config.ts'),
  })
  return { app, stack }
}

/** What is set to nothing is another change than what is not named. */
const textOf = (changes: object) =>
  JSON.stringify(changes, (_key, value) => (value === undefined ? '(nothing)' : value))

/**
 * What CloudFormation is given. A process's first synth takes seconds, and half of the tests ask for the same two
 * templates, so the tests of one run make each of them once.
 */
export function templateFor(changes: Partial<NightshiftConfig> = {}): Template {
  const shared = runFolder()
  if (shared === undefined) return Template.fromStack(stackFor(changes).stack)
  const key = createHash('sha256')
    .update(`${fingerprint('test/infra/synth.ts')}${textOf(changes)}`)
    .digest('hex')
    .slice(0, 16)
  const file = join(shared, `template-${key}.json`)
  if (!existsSync(file)) {
    const draft = `${file}.${randomUUID()}`
    writeFileSync(draft, JSON.stringify(Template.fromStack(stackFor(changes).stack).toJSON()))
    renameSync(draft, file)
  }
  return Template.fromJSON(JSON.parse(readFileSync(file, 'utf8')))
}

// biome-ignore lint/suspicious/noExplicitAny: a template is whatever CloudFormation takes
export type Json = any

/** The properties of every resource of a type, by logical id. */
export function propertiesOf(template: Template, type: string): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(template.findResources(type)).map(([id, resource]) => [id, resource.Properties]),
  )
}

/** The logical id that a `Ref` or `Fn::GetAtt` points to. */
export const target = (reference: Json): string => reference?.Ref ?? reference?.['Fn::GetAtt']?.[0]
