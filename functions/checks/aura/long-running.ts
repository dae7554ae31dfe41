/** Has a transaction been at work for longer than it should? */
import { formatDuration } from '../../units.ts'
import type { AuraRule } from './facts.ts'
import { heldMs, isHeld } from './held-transactions.ts'
import { oldestTransaction, quoteCypher } from './transactions.ts'

export const longRunning = {
  name: 'transactions.long-running',
  limits: { unit: 'duration', warning: 10 * 60_000, critical: 60 * 60_000, recovery: 8 * 60_000 },
  judge(facts, limits) {
    const { held, reading } = facts
    const finding = oldestTransaction(this.name, facts, limits, {
      // One that has worked since the last look is at work, though this one met it between two queries. One that waits is transactions.blocked's to tell. One that was terminated and goes on regardless belongs here.
      pick: (one) =>
        one.status !== 'blocked' && (one.query !== '' || (isHeld(one) && heldMs(held, reading, one) === 0)),
      nothing: 'no transaction runs long',
      headline: (age, who) => `a transaction of ${who} at work for ${age}`,
      summary: (one, who) =>
        `A transaction of ${who} on ${one.database} has been ${one.status === 'terminated' ? 'told to end and still runs, after' : 'at work for'} ${formatDuration(one.elapsedMs)}: ${one.query || BETWEEN}`,
      column: ['query', ({ query }) => query || BETWEEN],
      advice: (one) =>
        one.status === 'terminated'
          ? [
              'It was told to end and has not heard: some procedures look up rarely. If it does not end, restarting the instance does (pause and resume it in the Aura console).',
            ]
          : [
              'See whether it is a job that may take this long, or lacks an index (PROFILE); large changes are better made by CALL { ... } IN TRANSACTIONS.',
              `To end it, on the same member: TERMINATE TRANSACTIONS ${quoteCypher(one.id)}; its changes are rolled back.`,
            ],
    })
    return finding && { ...finding, opens: 'confirmed' as const, closes: 'confirmed' as const }
  },
} satisfies AuraRule

const BETWEEN = '(between two queries)'
