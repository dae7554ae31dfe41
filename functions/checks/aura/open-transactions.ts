/** Is a transaction held open with no query running? It keeps its locks, its memory and its thread. */
import { count, formatDuration } from '../../units.ts'
import type { BoltTransaction } from '../aura-reading.ts'
import type { Thresholds } from '../finding.ts'
import { sayOutcomes } from '../outcomes.ts'
import type { AuraRule } from './facts.ts'
import { heldMs } from './held-transactions.ts'
import { oldestTransaction, quoteCypher } from './transactions.ts'
import { clientName } from './users.ts'

export const openTransactions = {
  name: 'transactions.open',
  // As for Postgres. Unlike Neon, Neo4j ends none by itself unless db.transaction.timeout is set.
  limits: { unit: 'duration', warning: 5 * 60_000, critical: 15 * 60_000, recovery: 4 * 60_000 },
  judge(facts, limits) {
    const { held, reading, transactionEndings } = facts
    const refused = transactionEndings.some(({ outcome }) => outcome === 'refused')
    const finding = oldestTransaction(this.name, facts, soon(limits), {
      // Not its age: a long transaction of many short queries is met between two of them time and again.
      ageOf: (one) => heldMs(held, reading, one),
      pick: (one) => heldMs(held, reading, one) > 0,
      nothing: 'no transaction is held open',
      headline: (age, who) => `a transaction of ${who} held open for ${age}`,
      summary: (one, who) =>
        `${who} began a transaction on ${one.database} ${formatDuration(one.elapsedMs)} ago, and for the last ${formatDuration(heldMs(held, reading, one))} no look has found a query in it or data touched: ${holds(one)}`,
      column: ['begun by connection', ({ connectionId }) => connectionId],
      advice: (one, who) => [
        `Find where ${who} waits inside a transaction: a call to another service, a session that is not closed, a result that is not read to its end. executeRead and executeWrite close by themselves.`,
        ...(refused
          ? [
              "Let Nightshift's user end them: GRANT TERMINATE TRANSACTION (*) ON DATABASE * TO <role>; or the administrator's role.",
            ]
          : []),
        `To end it now, on the same member: TERMINATE TRANSACTIONS ${quoteCypher(one.id)}; its changes are rolled back, its connection lives on.`,
      ],
    })
    return (
      finding && {
        ...finding,
        // Two looks at least are in it already.
        opens: 'at-once' as const,
        closes: 'confirmed' as const,
        done: sayOutcomes(transactionEndings, clientName),
      }
    )
  },
} satisfies AuraRule

/** What harm it does. */
const holds = ({ locks }: BoltTransaction): string =>
  locks === undefined
    ? 'its locks stay held, and others wait behind them.'
    : locks > 0
      ? `its ${count(locks, 'lock')} ${locks === 1 ? 'stays' : 'stay'} held, and others wait behind ${locks === 1 ? 'it' : 'them'}.`
      : 'it holds no locks, but its memory and its thread. Nightshift leaves such a one, as it may poll what touches no data.'

/** Looks are minutes apart, and come a second early or late: what misses a limit by a twentieth has reached it. */
const soon = ({ warning, critical, recovery }: Thresholds): Thresholds => ({
  warning: warning * 0.95,
  critical: critical === null ? null : critical * 0.95,
  recovery: Math.min(recovery, warning * 0.95),
})
