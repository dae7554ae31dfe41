/**
 * Looks take turns among an instance's members, and each lists only what it has itself: that one is well says nothing of
 * what was found on another.
 */
import type { AuraReading, MetricsPart } from '../aura-reading.ts'
import type { Finding } from '../finding.ts'

/** On which member a rule was last found broken, and when. */
export type BrokenOn = Record<string, [member: string, at: number]>

/** A member that no look has reached for so long says nothing any more: perhaps it is none. */
const TURN_MS = 45 * 60_000

/** The rules that are about the member that was reached. `SHOW DATABASES` lists those of all, and the metrics count all. */
const OF_ONE_MEMBER = [
  'connections.saturation',
  'connections.growth',
  'connections.stale',
  'transactions.open',
  'transactions.blocked',
  'transactions.long-running',
]

const isOfOneMember = (rule: string, metrics: MetricsPart | undefined): boolean =>
  OF_ONE_MEMBER.includes(rule) && !(rule === 'connections.growth' && metrics && 'connections' in metrics)

/** The findings without those that are good news of the wrong member. */
export const ofTheSameMember = (findings: Finding[], reading: AuraReading, before: BrokenOn = {}): Finding[] =>
  findings.filter(({ rule, severity }) => {
    const [member, at] = before[rule] ?? []
    if (severity !== 'ok' || reading.kind !== 'seen' || member === undefined || at === undefined) return true
    return member === reading.bolt.member || reading.at - at >= TURN_MS
  })

/** @param findings of this look, as `ofTheSameMember` leaves them */
export function noteBroken(before: BrokenOn = {}, findings: Finding[], reading: AuraReading): BrokenOn {
  if (reading.kind === 'failed') return before
  const broken = { ...before }
  for (const { rule, severity } of findings) {
    if (severity === 'ok') delete broken[rule]
    else if (reading.kind === 'seen' && isOfOneMember(rule, reading.metrics))
      broken[rule] = [reading.bolt.member, reading.at]
  }
  return broken
}
