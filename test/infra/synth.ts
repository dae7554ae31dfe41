import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { afterAll } from 'vitest'
import { type NightshiftConfig, resolveConfig } from '../../functions/config.ts'
import { ROOT } from '../../infra/bundling.ts'
import { NightshiftStack } from '../../infra/stack.ts'

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

export const templateFor = (changes: Partial<NightshiftConfig> = {}) => Template.fromStack(stackFor(changes).stack)

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
