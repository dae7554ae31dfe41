/** Can Aura's metrics be read, where the tier has any? Without them growth is that of the one member that is reached. */
import { formatDuration } from '../../units.ts'
import type { Finding } from '../finding.ts'
import type { AuraRule } from './facts.ts'

const name = 'connections.metrics'

export const metricsRefused = {
  name,
  judge({ reading, metricsMissingSince }) {
    const metrics = reading.kind === 'not-running' ? undefined : reading.metrics
    if (!metrics || !('missing' in metrics))
      return reading.kind === 'seen' || metrics
        ? {
            rule: name,
            severity: 'ok',
            headline: 'no metrics are missing',
            summary: '',
            recovered: true,
            closes: 'confirmed',
          }
        : null
    if (metrics.missing !== 'role') return lasting(metrics.message, reading.at - (metricsMissingSince ?? reading.at))
    return {
      rule: name,
      severity: 'unknown',
      // Looks go on without: nothing that anybody must be reminded of.
      once: true,
      // Aura takes five minutes to let in whoever was given the role.
      opens: 'confirmed',
      closes: 'confirmed',
      recovered: false,
      headline: "Aura's metrics are refused: the role Metrics Reader is missing",
      summary: `Aura has metrics of all members of this instance and refuses them: the user who made Nightshift's API client lacks the role Metrics Reader. Until it has it, connections.growth is judged by the one member that a look reaches. This is told once. It said: ${metrics.message}`,
      advice: [
        'Give that user the role Metrics Reader in the Aura console (Project, Users): it may view the project and read metrics, and no more. It takes effect within five minutes.',
      ],
    }
  },
} satisfies AuraRule

/** An answer that is late or empty passes, most often. */
const PASSING_MS = 60 * 60_000

function lasting(message: string, lasts: number): Finding | null {
  if (lasts < PASSING_MS) return null
  return {
    rule: name,
    severity: 'unknown',
    once: true,
    opens: 'confirmed',
    closes: 'confirmed',
    recovered: false,
    headline: `Aura's metrics have not been told for ${formatDuration(lasts)}`,
    summary: `Aura has metrics of this instance, and for ${formatDuration(lasts)} they could not be read or held nothing current. Meanwhile connections.growth is judged by the one member that a look reaches. This is told once. The last of it: ${message}`,
    advice: [
      'See in the Aura console whether its own charts of this instance go on, and whether metrics integration is set up for it; if they do, ask Neo4j support.',
    ],
  }
}
