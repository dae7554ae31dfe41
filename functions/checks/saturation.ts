/** How much of the connections that applications can have is taken? */
import { formatDuration, formatTime } from '../units.ts'
import { applicationTable, byApplication } from './applications.ts'
import { type Finding, grade } from './finding.ts'
import type { LastSeen } from './reading.ts'
import type { Rule } from './rule.ts'
import { doneAbout } from './stale.ts'
import { saturationPercent } from './victims.ts'

const name = 'connections.saturation'

export const saturation = {
  name,
  // 75 / 90 as pgMonitor has it, on the limit that check_pgactivity uses: max_connections minus the reserved slots.
  limits: { unit: 'percent', warning: 75, critical: 90, recovery: 70 },
  judge({ reading, last, endings }, limits) {
    if (reading.kind === 'failed') return reading.failure.cause === 'full' ? full(last, reading.failure.message) : null
    if (reading.kind === 'asleep') {
      // Left alone with sessions open: what was last seen still stands, as nobody has done anything since.
      if (reading.why === 'let-sleep') return null
      return {
        rule: name,
        severity: 'ok',
        headline: '0 connections',
        summary: 'The compute is asleep: nobody is connected.',
        recovered: true,
      }
    }
    const { used, limit } = reading
    const percent = saturationPercent(reading)
    const [largest] = byApplication(reading.groups)
    return {
      rule: name,
      ...grade(percent, limits),
      headline: `${used} of ${limit.usable} connections (${Math.floor(percent)}%)`,
      summary:
        `${used} of the ${limit.usable} connections that applications can have are taken` +
        ` (max_connections ${limit.max}, ${limit.reserved} of them reserved).` +
        (largest === undefined
          ? ''
          : ` ${largest.name} has the most: ${largest.sessions}` +
            (largest.idle > 0
              ? `, ${largest.idle === largest.sessions ? 'all' : largest.idle} of them idle, the longest for ${formatDuration(largest.oldestIdleMs)}.`
              : '.')),
      evidence: applicationTable(reading.groups),
      done: doneAbout(endings),
      advice: [
        largest !== undefined && largest.idle > largest.sessions / 2
          ? `${largest.name} keeps most of its connections idle: look for connections it opens and does not give back, restart it, and give its pool a maximum and an idle timeout.`
          : 'Most connections are at work: look for slow or blocked statements and for a burst of requests before you raise any limit.',
        'More room: use the pooled host (-pooler) in the applications, or a larger compute, which has a larger max_connections.',
      ],
    }
  },
} satisfies Rule

function full(last: LastSeen | undefined, message: string): Finding {
  const size = last && `${last.usable} of ${last.usable}`
  const [largest] = last?.top ?? []
  return {
    rule: name,
    severity: 'critical',
    recovered: false,
    headline: size ? `full, ${size} connections (100%)` : 'full, no connection left (100%)',
    summary:
      `Every connection is taken${size ? ` (${size})` : ''}: the server refuses new ones, Nightshift's included, so every request that needs one fails now. It said: ${message}.` +
      (last && largest
        ? ` At the last look that got in, ${formatTime(last.at)}, ${last.used} were taken, ${largest.sessions} of them by ${largest.name}.`
        : ''),
    ...(last && {
      evidence: {
        columns: ['application', `sessions at ${formatTime(last.at)}`],
        rows: last.top.map((one) => [one.name, String(one.sessions)]),
      },
    }),
    advice: [
      `Restart ${largest ? largest.name : 'the application that holds the most connections'}: that frees its connections at once.`,
      'If you do not know which application it is, restart the compute in the Neon console: it ends every connection, and applications reconnect.',
      'Then find what does not give its connections back; the pooled host (-pooler) keeps the server from filling.',
    ],
  }
}
