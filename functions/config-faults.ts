/** Finds every fault of a configuration at once, each with the setting, its value and the remedy. */
import * as v from 'valibot'
import type { NightshiftConfig } from './config.ts'
import { auraFaults } from './config-faults-aura.ts'
import { quietFaults } from './config-faults-quiet.ts'
import { snapshotsFaults } from './config-faults-snapshots.ts'
import { thresholdsFaults } from './config-faults-thresholds.ts'
import { configSchema } from './config-shape.ts'
import { parseDuration } from './units.ts'
import { recordOf, show } from './written.ts'

const isNumber = (value: unknown): value is number => typeof value === 'number'
const array = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])

/** All that is wrong with a configuration, one line a fault. */
export class ConfigError extends Error {
  readonly faults: string[]
  constructor(faults: string[], file = 'nightshift.config.ts') {
    const many = faults.length === 1 ? 'a fault' : `${faults.length} faults`
    super(`${file} has ${many}:\n${faults.map((fault) => `  - ${fault}`).join('\n')}`)
    this.name = 'ConfigError'
    this.faults = faults
  }
}

/**
 * Makes sure that a configuration has no fault.
 * @param file where it came from, for the message
 * @throws ConfigError with every fault, not the first
 */
export function checkConfig(config: unknown, file?: string): asserts config is NightshiftConfig {
  const faults = configFaults(config)
  if (faults.length > 0) throw new ConfigError(faults, file)
}

/**
 * Every fault of `config`, one line each; an empty list means that `resolveConfig` may rely on its type.
 * @param now what is dated later has not happened
 */
export function configFaults(config: unknown, now = Date.now()): string[] {
  const { issues = [] } = v.safeParse(configSchema, config)
  const ofShape = issues.map((issue) => `${path(issue.path ?? [])}${issue.message}`)
  return [...ofShape, ...crossFaults(config, now)]
}

/** `targets[0].thresholds["connections.stale"]: `, as one would write it in the file. */
const path = (items: v.IssuePathItem[]): string => {
  const text = items.reduce<string>((before, { key }) => {
    if (typeof key === 'number') return `${before}[${key}]`
    return /^\w+$/.test(String(key)) ? `${before}${before && '.'}${String(key)}` : `${before}[${show(key)}]`
  }, '')
  return text && `${text}: `
}

// What one setting cannot know of another. Reads whatever is there, since the shape may be wrong at the same time.
function crossFaults(config: unknown, now: number): string[] {
  const root = recordOf(config)
  const tell = recordOf(root.tell)
  const targets = array(root.targets).map(recordOf)
  const faults: string[] = []
  const twice = (setting: string, values: unknown[], remedy: string) => {
    for (const value of new Set(values.filter((v, i) => v !== undefined && values.indexOf(v) !== i)))
      faults.push(`${setting}: ${show(value)} stands there twice; ${remedy}`)
  }

  for (const kind of ['emails', 'phones', 'operations'])
    twice(`tell.${kind}`, array(tell[kind]), 'remove one, or that person is told twice')
  if (root.tell !== undefined && array(tell.emails).length === 0)
    faults.push(`tell.emails: ${show(tell.emails)} tells nobody; name at least one e-mail address`)
  if (Array.isArray(tell.operations) && tell.operations.length === 0)
    faults.push(
      'tell.operations: [] tells nobody when Nightshift itself is in trouble; leave it out to tell tell.emails',
    )
  const confirm = recordOf(tell.confirm)
  if (isNumber(confirm.looks) && isNumber(confirm.of) && confirm.looks > confirm.of)
    faults.push(
      `tell.confirm: ${confirm.looks} of ${confirm.of} looks can never agree; make looks at most ${confirm.of}`,
    )

  if (Array.isArray(root.targets) && targets.length === 0)
    faults.push('targets: [] watches nothing; name at least one target')
  twice(
    'targets',
    targets.map((t) => t.name),
    'give each target a name of its own',
  )
  targets.forEach(({ name }, i) => {
    if (name === OWN_NAME)
      faults.push(`targets[${i}].name: ${show(name)} is what Nightshift calls itself in alerts; give it another name`)
  })
  twice(
    'targets',
    targets.map(({ neon }) =>
      recordOf(neon).project === undefined
        ? undefined
        : [recordOf(neon).project, recordOf(neon).branch].filter(Boolean).join(' / '),
    ),
    'a branch is watched as a whole, whichever database is named; remove one of the targets',
  )

  targets.forEach(({ neon, aura }, i) => {
    if ((neon === undefined) === (aura === undefined))
      faults.push(
        `targets[${i}]: ${neon === undefined ? 'neither neon nor aura is' : 'both neon and aura are'} set; set one of them`,
      )
  })
  twice(
    'targets',
    targets.map(({ aura }) => recordOf(aura).instance),
    'an instance is watched as a whole; remove one of the targets',
  )
  faults.push(...auraFaults(root, targets), ...quietFaults(root, targets))
  const { storage } = recordOf(root.schedules)
  const every = typeof storage === 'string' ? parseDuration(storage) : undefined
  if (every !== undefined && every > SELDOM_MS)
    faults.push(
      `schedules.storage: ${show(storage)} is too seldom to see a disk fill within hours, and to know what has lasted; make it 2h at most`,
    )
  faults.push(...snapshotsFaults(root, targets, now), ...thresholdsFaults(root, targets))
  return faults
}

/** The rules of storage take longer silences for gaps: see `checks/storage/fast-fill.ts` and `level.ts`. */
const SELDOM_MS = 2 * 60 * 60_000

/** What is told of Nightshift itself is told under the name of its stack, which is this one unless another is given. */
const OWN_NAME = 'nightshift'
