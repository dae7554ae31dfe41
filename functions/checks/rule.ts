/** What a rule is. A new one is one file here, one line in `rules.ts`, one test, one section of docs/runbook.md. */
import type { Finding, Thresholds } from './finding.ts'
import type { Leak, Settled } from './leak/leaks.ts'
import type { Cause, ConnectionsReading, LastSeen } from './reading.ts'
import type { RecentLook } from './surge/recent.ts'
import type { TrustFacts } from './trust/facts.ts'
import type { Ending, EndingPlan } from './victims.ts'

/** A rule's default thresholds, in percent or in milliseconds. */
export interface RuleLimits extends Thresholds {
  /** `increase`: in percent too, and may be more than 100. */
  unit: 'percent' | 'increase' | 'duration'
  /** `below`: the smaller the value, the worse, as of the time that is left. Default `above`. */
  worse?: 'below'
}

export interface ConnectionsFacts {
  reading: ConnectionsReading
  /** The last look that saw something, if any. */
  last: LastSeen | undefined
  /** The looks before this one, and whether `connections.surge` stands: an incident is open. */
  recent?: RecentLook[] | undefined
  surgeStands?: boolean | undefined
  /** Whether `connections.surge` is broken at this look, which then explains what `connections.saturation` counts. */
  surging?: boolean | undefined
  /** What kept the last look out that found a standing cause, until one gets in. */
  cutOffBy?: Cause | undefined
  /** Who was chosen, and who was really ended. */
  plan: EndingPlan | undefined
  endings: Ending[]
  /** The leaks that stand after this look; undefined: not known. */
  leaks?: Leak[] | undefined
  /** What is no leak any more, though nobody has closed it. */
  settled?: Settled[] | undefined
  /** The sessions of the last day's busy hours, what has leaked left out. */
  busiest?: number | undefined
  /** What was learned of how long applications lie idle, and what the policy would have done. */
  trust?: TrustFacts | undefined
}

export interface Rule<Facts = ConnectionsFacts> {
  name: string
  /** The defaults; without any, the rule has nothing to set. */
  limits?: RuleLimits
  /** The answer, or null where the facts do not answer the rule's question: an incident then stays as it is. */
  judge(facts: Facts, limits: Thresholds): Finding | null
}

const NO_LIMITS: Thresholds = { warning: 0, critical: null, recovery: 0 }

/** Puts every rule's question to the facts. */
export const judgeBy = <Facts>(
  rules: Rule<Facts>[],
  facts: Facts,
  thresholds: Record<string, Thresholds | undefined>,
): Finding[] => rules.flatMap((rule) => rule.judge(facts, thresholds[rule.name] ?? NO_LIMITS) ?? [])
