/** May Aura's metrics be read, where the tier has any? Without them growth is that of the one member that is reached. */
import type { AuraRule } from './facts.ts'

const name = 'connections.metrics'

export const metricsRefused = {
  name,
  judge({ reading }) {
    const metrics = reading.kind === 'not-running' ? undefined : reading.metrics
    if (!metrics || !('missing' in metrics) || metrics.missing === 'values')
      return reading.kind === 'seen' || metrics
        ? { rule: name, severity: 'ok', headline: 'no metrics are refused', summary: '', recovered: true }
        : null
    if (metrics.missing === 'failed') return null
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
