/** What the rules for an Aura instance are asked of, and what they share. */
import type { AuraReading, BoltFacts } from '../aura-reading.ts'
import type { Finding } from '../finding.ts'
import type { Cause } from '../reading.ts'
import type { Rule } from '../rule.ts'
import type { Ending, EndingPlan } from '../victims.ts'
import type { Growth } from './count-history.ts'
import type { AbandonedPlan, AbandonedTransaction, Held } from './held-transactions.ts'
import type { LastCount, Standing } from './memory.ts'
import type { StaleConnection } from './stale-connections.ts'

export interface AuraFacts {
  reading: AuraReading
  /** The instance's last known status and since when it stands, this look included; undefined: never seen. */
  standing: Standing | undefined
  /** The configured most connections; Aura tells it nowhere but in its console. */
  limit: number | undefined
  /** Undefined: too few looks without a break. */
  growth: Growth | undefined
  /** When connections of other users than ours were last listed. */
  othersSeenAt: number | undefined
  /** When programs were last listed that connect as our own user, and nobody else. */
  sharedSeenAt: number | undefined
  /** Of the last look that could count. */
  last: LastCount | undefined
  /** What kept the last look out that found a standing cause, until one gets in. */
  cutOffBy: Cause | undefined
  /** Every connection past the policy's limits, protected ones too. */
  stale: StaleConnection[]
  plan: EndingPlan<StaleConnection> | undefined
  endings: Ending<StaleConnection>[]
  /** Transactions without a query, and since when each has done nothing, this look included. */
  held: Held[]
  /** Since when Aura's metrics cannot be read, or tell nothing; undefined: they do, or there are none. */
  metricsMissingSince: number | undefined
  /** Who of those would be ended, or why nobody is. */
  abandoned: AbandonedPlan | undefined
  /** Transactions held open that were ended, or could not be. */
  transactionEndings: Ending<AbandonedTransaction>[]
}

export type AuraRule = Rule<AuraFacts>

/** The rows of one part of the look, or undefined where there was no look or the part is missing: never zero. */
export function rowsOf<Part extends 'connections' | 'transactions' | 'databases'>(
  reading: AuraReading,
  part: Part,
): Extract<BoltFacts[Part], { rows: unknown }>['rows'] | undefined {
  const brought = reading.kind === 'seen' ? reading.bolt[part] : undefined
  return brought && 'rows' in brought ? brought.rows : undefined
}

/** Paused or suspended, an instance has no connections, and what was wrong with them is over. */
export const isOff = (reading: AuraReading): boolean =>
  reading.kind === 'not-running' && ['paused', 'suspended'].includes(reading.instance.status)

export const nothing = (rule: string, headline: string): Finding => ({
  rule,
  severity: 'ok',
  headline,
  summary: '',
  recovered: true,
})

/** For so long after others were listed, that nobody else is says just that. */
const SHOWN_MS = 60 * 60_000

/** Whether the connections of others are listed where there are any: they are, or they were a short while ago. */
export const showsOthers = ({ reading, othersSeenAt }: Pick<AuraFacts, 'reading' | 'othersSeenAt'>): boolean =>
  reading.kind === 'seen' &&
  (reading.bolt.sighted || (othersSeenAt !== undefined && reading.at - othersSeenAt < SHOWN_MS))

/**
 * What may be said of what is only a part of the whole. Where only our own user's are listed there may be others:
 * what is bad stays bad, and what seems well says nothing.
 */
export const ofWhatIsListed = (facts: Pick<AuraFacts, 'reading' | 'othersSeenAt'>, finding: Finding): Finding | null =>
  facts.reading.kind === 'seen' && !showsOthers(facts) && finding.severity === 'ok' ? null : finding
