/** Every rule for a target's snapshots. */
import type { Finding, Thresholds } from '../finding.ts'
import { judgeBy, type RuleLimits } from '../rule.ts'
import { age } from './age.ts'
import { blind } from './blind.ts'
import { drill } from './drill.ts'
import type { SnapshotsFacts, SnapshotsRule } from './facts.ts'
import { failed } from './failed.ts'
import { historyWindow } from './history-window.ts'
import { none } from './none.ts'
import { retention } from './retention.ts'
import { scheduleOff } from './schedule-off.ts'
import { shrunk } from './shrunk.ts'
import { stuck } from './stuck.ts'

export const snapshotsRules: SnapshotsRule[] = [
  blind,
  none,
  age,
  failed,
  stuck,
  scheduleOff,
  retention,
  shrunk,
  historyWindow,
  drill,
]

/** The rules that have thresholds to set, with their defaults. How old snapshots may be is the policy's to say. */
export const snapshotsLimits = {
  'snapshots.shrunk': shrunk.limits,
  'snapshots.stuck': stuck.limits,
} satisfies Record<string, RuleLimits>

export type SnapshotsLimitedRule = keyof typeof snapshotsLimits

/** Puts every rule's question to the facts. */
export const judgeSnapshots = (
  facts: SnapshotsFacts,
  thresholds: Record<SnapshotsLimitedRule, Thresholds>,
): Finding[] => judgeBy(snapshotsRules, facts, thresholds)
