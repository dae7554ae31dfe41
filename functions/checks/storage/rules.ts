/** Every rule for what a target stores. */
import type { Finding, Thresholds } from '../finding.ts'
import { judgeBy, type RuleLimits } from '../rule.ts'
import { accelerating } from './accelerating.ts'
import { blind } from './blind.ts'
import type { StorageFacts, StorageRule } from './facts.ts'
import { fastFill } from './fast-fill.ts'
import { level } from './level.ts'
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
export const judgeStorage = (facts: StorageFacts, thresholds: Record<StorageLimitedRule, Thresholds>): Finding[] =>
  judgeBy(storageRules, facts, thresholds)
