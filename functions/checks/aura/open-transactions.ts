/** Is a transaction held open with no query running? It keeps its locks, its memory and its thread. */
import { formatDuration } from '../../units.ts'
import { isNews, sayOutcomes } from '../outcomes.ts'
import type { AuraRule } from './facts.ts'
import { oldestTransaction, quoteCypher } from './transactions.ts'
import { clientName } from './users.ts'

export const openTransactions = {
  name: 'transactions.open',
  // As for Postgres. Unlike Neon, Neo4j ends none by itself unless db.transaction.timeout is set.
  limits: { unit: 'duration', warning: 5 * 60_000, critical: 15 * 60_000, recovery: 4 * 60_000 },
  judge(facts, limits) {
    const finding = oldestTransaction(this.name, facts, limits, {
      pick: ({ query, status }) => query === '' && (status === 'running' || status === 'other'),
      nothing: 'no transaction is held open',
      headline: (age, who) => `a transaction of ${who} held open for ${age}`,
      summary: (one, who) =>
        `${who} began a transaction on ${one.database} ${formatDuration(one.elapsedMs)} ago and runs no query in it: its locks stay held, and others wait behind them.`,
      column: ['begun by connection', ({ connectionId }) => connectionId],
      advice: (one, who) => [
        `Find where ${who} waits inside a transaction: a call to another service, a session that is not closed, a result that is not read to its end. executeRead and executeWrite close by themselves.`,
        `To end it now, on the same member: TERMINATE TRANSACTIONS ${quoteCypher(one.id)}; its changes are rolled back, its connection lives on.`,
      ],
    })
    // A long transaction of short queries may be met between two of them: one look does not prove that it is abandoned.
    const acted = facts.transactionEndings.some(isNews)
    return (
      finding && {
        ...finding,
        opens: acted ? ('at-once' as const) : ('confirmed' as const),
        done: sayOutcomes(facts.transactionEndings, clientName),
      }
    )
  },
} satisfies AuraRule
