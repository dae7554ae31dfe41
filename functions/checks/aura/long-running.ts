/** Has a transaction been at work for longer than it should? */
import { formatDuration } from '../../units.ts'
import type { AuraRule } from './facts.ts'
import { oldestTransaction, quoteCypher } from './transactions.ts'

export const longRunning = {
  name: 'transactions.long-running',
  limits: { unit: 'duration', warning: 10 * 60_000, critical: 60 * 60_000, recovery: 8 * 60_000 },
  judge(facts, limits) {
    return oldestTransaction(this.name, facts, limits, {
      // One that waits is transactions.blocked's to tell. One that was terminated and goes on regardless belongs here.
      pick: ({ query, status }) => query !== '' && status !== 'blocked',
      nothing: 'no transaction runs long',
      headline: (age, who) => `a transaction of ${who} running for ${age}`,
      summary: (one, who) =>
        `A transaction of ${who} on ${one.database} has been ${one.status === 'terminated' ? 'told to end and still runs, after' : 'running for'} ${formatDuration(one.elapsedMs)}: ${one.query}`,
      column: ['query', ({ query }) => query],
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
  },
} satisfies AuraRule
