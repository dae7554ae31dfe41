/** Every rule for what a target stores. */
import type { Finding, Thresholds } from '../finding.ts'
import { judgeBy, type RuleLimits } from '../rule.ts'
import { accelerating } from './accelerating.ts'
import { blind } from './blind.ts'
import { isOther } from './carry.ts'
import type { StorageFacts, StorageRule } from './facts.ts'
import { fastFill } from './fast-fill.ts'
import { level } from './level.ts'
import { isWhole } from './measure.ts'
import { shrink } from './shrink.ts'
import { step } from './step.ts'
import { timeToFull } from './time-to-full.ts'

export const storageRules: StorageRule[] = [blind, level, timeToFull, fastFill, step, shrink, accelerating]

/** The rules that have thresholds to set, with their defaults. */
export const storageLimits = {
  'storage.level': level.limits,
  'storage.time-to-full': timeToFull.limits,
  'storage.fast-fill': fastFill.limits,
  'storage.step': step.limits,
  'storage.shrink': shrink.limits,
  'storage.accelerating': accelerating.limits,
} satisfies Record<string, RuleLimits>

export type StorageLimitedRule = keyof typeof storageLimits

/** Puts every rule's question to the facts. */
export function judgeStorage(facts: StorageFacts, thresholds: Record<StorageLimitedRule, Thresholds>): Finding[] {
  const { reading, tierBefore } = facts
  const findings = judgeBy(storageRules, facts, thresholds)
  if (reading.kind === 'unknown' && isOther(reading.tier, tierBefore))
    return [...findings, ...overWithTier(reading.tier)]
  if (reading.kind !== 'measured' || isWhole(reading)) return findings
  // What was not told at this look may be what stands.
  return findings.map((finding) => (finding.rule === blind.name ? finding : { ...finding, recovered: false }))
}

/** What stood of another tier's limits can never be judged again: an upgrade was what was advised. */
const overWithTier = (tier = ''): Finding[] =>
  Object.keys(storageLimits).map((rule) => ({
    rule,
    severity: 'ok',
    headline: `the instance is of another tier now (${tier})`,
    summary: '',
    recovered: true,
  }))
