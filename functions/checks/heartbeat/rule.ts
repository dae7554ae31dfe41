/** What a rule about Nightshift itself is: it has no limits to set. */
import type { Finding } from '../finding.ts'
import type { HeartbeatReading } from './reading.ts'

export interface HeartbeatRule {
  name: string
  /** The answer, or null where what was asked does not answer the rule's question. */
  judge(reading: HeartbeatReading): Finding | null
}

export const well = (rule: string, headline: string): Finding => ({
  rule,
  severity: 'ok',
  headline,
  summary: '',
  recovered: true,
})

/** Told at the first look: the next one is a day away. */
export const broken = (
  rule: string,
  severity: 'warning' | 'unknown' | 'critical',
  words: Pick<Finding, 'headline' | 'summary'> & Partial<Finding>,
): Finding => ({ rule, severity, opens: 'at-once', recovered: false, ...words })
