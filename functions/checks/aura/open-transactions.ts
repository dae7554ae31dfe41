/** Is a transaction held open with no query running? It keeps its locks, its memory and its thread. */
import { count, formatDuration } from '../../units.ts'
import type { BoltTransaction } from '../aura-reading.ts'
import type { Finding, Thresholds } from '../finding.ts'
import { sayOutcomes } from '../outcomes.ts'
import type { AuraRule } from './facts.ts'
import { type AbandonedTransaction, heldMs } from './held-transactions.ts'
import { oldestTransaction, quoteCypher } from './transactions.ts'
import { clientName } from './users.ts'

export const openTransactions = {
  name: 'transactions.open',
  // As for Postgres. Unlike Neon, Neo4j ends none by itself unless db.transaction.timeout is set.
  limits: { unit: 'duration', warning: 5 * 60_000, critical: 15 * 60_000, recovery: 4 * 60_000 },
  judge(facts, limits) {
    const { held, reading, transactionEndings } = facts
    const refused = transactionEndings.some(({ outcome }) => outcome === 'refused')
    const ended = transactionEndings.filter(({ outcome }) => outcome === 'ended').map(({ victim }) => victim)
    const finding = oldestTransaction(this.name, facts, soon(limits), {
      // Not its age: a long transaction of many short queries is met between two of them time and again.
      ageOf: (one) => heldMs(held, reading, one),
      pick: (one) => heldMs(held, reading, one) > 0 && !ended.some(({ id }) => id === one.id),
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
    // Two looks at least are in it already.
    const said = {
      opens: 'at-once' as const,
      closes: 'confirmed' as const,
      done: sayOutcomes(transactionEndings, clientName),
    }
    // Somebody should know and look for the cause, and nobody need be woken for what is over.
    if (ended.length > 0 && (finding === null || finding.severity === 'ok'))
      return { rule: this.name, severity: 'warning', recovered: false, ...sayEnded(ended), ...said }
    return (
      finding && {
        ...finding,
        ...said,
        ...(finding.severity !== 'ok' && { brief: 'The mail has the statement that ends it' }),
      }
    )
  },
} satisfies AuraRule

function sayEnded(ended: AbandonedTransaction[]): Pick<Finding, 'headline' | 'summary' | 'advice'> {
  const [longest] = ended.toSorted((a, b) => b.idleMs - a.idleMs)
  const who = longest ? clientName(longest) : ''
  const lasted = formatDuration(longest?.idleMs ?? 0)
  return {
    headline: `${count(ended.length, 'transaction')} ended, ${ended.length === 1 ? '' : 'the first '}held open by ${who} for ${lasted}`,
    summary: `${who} held a transaction open for ${lasted} without a query in it. Nightshift has ended ${ended.length === 1 ? 'it: its changes are' : `it and ${ended.length - 1} more: their changes are`} rolled back, the connections live on.`,
    advice: [
      `Find where ${who} waits inside a transaction: a call to another service, a session that is not closed, a result that is not read to its end. executeRead and executeWrite close by themselves.`,
    ],
  }
}

/** What harm it does. */
const holds = ({ locks }: BoltTransaction): string =>
  locks === undefined
    ? 'its locks stay held, and others would wait behind them.'
    : locks > 0
      ? `its ${count(locks, 'lock')} ${locks === 1 ? 'stays' : 'stay'} held, and others would wait behind ${locks === 1 ? 'it' : 'them'}.`
      : 'it holds no locks, but its memory and its thread. Nightshift leaves such a one, as it may poll what touches no data.'

/** Looks are minutes apart, and come a second early or late: what misses a limit by a twentieth has reached it. */
const soon = ({ warning, critical, recovery }: Thresholds): Thresholds => ({
  warning: warning * 0.95,
  critical: critical === null ? null : critical * 0.95,
  recovery: Math.min(recovery, warning * 0.95),
})
