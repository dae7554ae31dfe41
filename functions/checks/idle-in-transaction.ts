/** Is a transaction left open with no statement running? It holds its locks and keeps vacuum from cleaning up. */
import { formatDuration } from '../units.ts'
import { quoteIdentifier } from './identifier.ts'
import { oldestOf } from './long-running.ts'
import type { Rule } from './rule.ts'

export const idleInTransaction = {
  name: 'connections.idle-in-transaction',
  // 5 / 15 min as pgMonitor has it. Neon itself ends these after 5 min unless idle_in_transaction_session_timeout was changed.
  limits: { unit: 'duration', warning: 5 * 60_000, critical: 15 * 60_000, recovery: 4 * 60_000 },
  judge({ reading }, limits) {
    const finding = oldestOf(this.name, reading, limits, {
      pick: (seen) => seen.idleInTransaction,
      nothing: 'no transaction is left open',
      headline: (age, application) => `a transaction of ${application} left open for ${age}`,
      summary: (one, application) =>
        `${application} opened a transaction and has run nothing in it for ${formatDuration(one.ageMs)}: its locks stay held and vacuum cannot clean up behind it.`,
      advice: (one, application) => [
        `Find where ${application} waits inside a transaction (a call to another service, a forgotten COMMIT) after: ${one.statement}`,
        `To end it now: SELECT pg_terminate_backend(${one.pid}); its transaction is rolled back.`,
        `Neon ends such transactions after 5 minutes unless somebody raised that: as ${one.role} or its creator, put it back by ALTER ROLE ${quoteIdentifier(one.role)} SET idle_in_transaction_session_timeout = '5min';`,
      ],
    })
    const [oldest] = reading.kind === 'seen' ? reading.idleInTransaction : []
    return finding && oldest && finding.severity !== 'ok'
      ? { ...finding, brief: `pid ${oldest.pid}: the mail has the statement that ends it` }
      : finding
  },
} satisfies Rule
