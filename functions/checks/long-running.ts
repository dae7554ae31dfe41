/** Has a statement been running for longer than it should? */
import { formatDuration } from '../units.ts'
import { applicationName } from './applications.ts'
import { type Finding, grade, type Thresholds } from './finding.ts'
import { type ConnectionsReading, type LongOne, type SeenReading, tellsStates } from './reading.ts'
import type { Rule } from './rule.ts'

export const longRunning = {
  name: 'connections.long-running',
  limits: { unit: 'duration', warning: 10 * 60_000, critical: 60 * 60_000, recovery: 8 * 60_000 },
  judge({ reading }, limits) {
    return oldestOf(this.name, reading, limits, {
      pick: (seen) => seen.longRunning,
      nothing: 'no statement runs long',
      headline: (age, application) => `a statement of ${application} running for ${age}`,
      summary: (one, application) =>
        `A statement of ${application} has been running for ${formatDuration(one.ageMs)}: ${one.statement}`,
      advice: (one) => [
        'See whether it is a job that may take this long, is waiting for a lock (wait_event_type = Lock in pg_stat_activity), or lacks an index.',
        `To stop the statement and keep the connection: SELECT pg_cancel_backend(${one.pid});`,
      ],
    })
  },
} satisfies Rule

interface Wording {
  pick: (reading: SeenReading) => LongOne[]
  nothing: string
  headline: (age: string, application: string) => string
  summary: (oldest: LongOne, application: string) => string
  advice: (oldest: LongOne, application: string) => string[]
}

/** The finding of a rule about the age of the oldest of its kind. */
export function oldestOf(
  rule: string,
  reading: ConnectionsReading,
  limits: Thresholds,
  wording: Wording,
): Finding | null {
  if (!tellsStates(reading)) return null
  const ones = reading.kind === 'seen' ? wording.pick(reading) : []
  const [oldest] = ones
  if (oldest === undefined) return { rule, severity: 'ok', headline: wording.nothing, summary: '', recovered: true }
  const application = applicationName(oldest)
  return {
    rule,
    ...grade(oldest.ageMs, limits),
    headline: wording.headline(formatDuration(oldest.ageMs), application),
    summary: wording.summary(oldest, application),
    evidence: {
      columns: ['pid', 'application', 'role', 'database', 'for', 'statement'],
      rows: ones.map((one) => [
        String(one.pid),
        applicationName(one),
        one.role,
        one.database,
        formatDuration(one.ageMs),
        one.statement,
      ]),
    },
    advice: wording.advice(oldest, application),
  }
}
