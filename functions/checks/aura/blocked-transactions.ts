/** Does a transaction wait for the locks of others, and of whom? */
import { formatDuration } from '../../units.ts'
import type { BoltTransaction } from '../aura-reading.ts'
import type { AuraRule } from './facts.ts'
import { oldestTransaction, quoteCypher, type Whose } from './transactions.ts'

export const blockedTransactions = {
  name: 'transactions.blocked',
  limits: { unit: 'duration', warning: 2 * 60_000, critical: 10 * 60_000, recovery: 90_000 },
  judge(facts, limits) {
    const finding = oldestTransaction(this.name, facts, limits, {
      pick: ({ status }) => status === 'blocked',
      ageOf: waited,
      nothing: 'no transaction waits for another',
      headline: (age, who) => `a transaction of ${who} waits for another, for ${age}`,
      summary: (one, who, whose) =>
        `A transaction of ${who} on ${one.database}, begun ${formatDuration(one.elapsedMs)} ago, has waited ${formatDuration(waited(one))} for ${blockers(one, whose)}${one.query === '' ? '.' : `: ${one.query}`}`,
      column: ['waits for', blockers],
      advice: (one, _who, whose) => {
        const [first] = one.blockedBy
        return first === undefined
          ? ['See who holds locks: SHOW TRANSACTIONS YIELD *, those with an activeLockCount above 0.']
          : [
              `See what ${first} of ${whose(first)} does: a long change, or nothing any more (transactions.open).`,
              `To let the others go on, end it on the same member: TERMINATE TRANSACTIONS ${quoteCypher(first)}; its changes are rolled back.`,
            ]
      },
    })
    // A query's waits are added up: it may be many short ones.
    return finding && { ...finding, opens: 'confirmed' as const, closes: 'confirmed' as const }
  },
} satisfies AuraRule

/** Where the server does not tell how long its query has waited, no longer than since it began. */
const waited = ({ waitMs, elapsedMs }: BoltTransaction): number => waitMs ?? elapsedMs

function blockers({ blockedBy }: BoltTransaction, whose: Whose): string {
  if (blockedBy.length === 0) return 'others, who are not named'
  const shown = blockedBy.slice(0, 3).map((id) => `${id} of ${whose(id)}`)
  return [...shown, ...(blockedBy.length > 3 ? [`${blockedBy.length - 3} more`] : [])].join(', ')
}
