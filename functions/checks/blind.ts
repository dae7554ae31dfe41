/** Can our role see what the others do? Without that, states and ages are unknown, and 0 would be a lie. */
import { quoteIdentifier } from './identifier.ts'
import type { Rule } from './rule.ts'

const name = 'connections.blind'

export const blind = {
  name,
  judge({ reading }) {
    if (reading.kind !== 'seen') return null
    const seen = { rule: name, severity: 'ok', headline: 'sees all sessions', summary: '', recovered: true } as const
    if (reading.sighted) return seen
    return {
      rule: name,
      severity: 'unknown',
      opens: 'at-once',
      recovered: false,
      headline: `blind: role ${reading.role} cannot see the sessions of others`,
      summary:
        `Nightshift's role ${reading.role} may count sessions but not see what they do: how many are idle, for how long, and` +
        ' which statements run long is unknown, not zero. Nothing is ended meanwhile.',
      advice: [`As the project's owner role run: GRANT pg_monitor TO ${quoteIdentifier(reading.role)};`],
    }
  },
} satisfies Rule
