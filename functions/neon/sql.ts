/** What is asked of Postgres about sessions: one look in one round trip, one session ended per statement. Judges nothing. */
import * as v from 'valibot'
import type { Candidate, SeenReading } from '../checks/reading.ts'
import type { EndingPolicy, Outcome } from '../checks/victims.ts'
import { normaliseStatement } from '../redact.ts'
import { sayIssues } from '../schema.ts'
import { neonAsk, notAsDocumented } from './ask.ts'
import { LOOK } from './look-sql.ts'
import { readingSchema } from './reading-schema.ts'
import { END_SESSION, likePattern } from './sessions-sql.ts'

/** A session, as the next look asks for it. */
export type AskedSession = [pid: number, backendStartMs: number]

export interface NeonSql {
  /**
   * @param known the sessions of earlier looks whose fate the look is to tell
   * @throws whatever the driver throws
   */
  look(policy: EndingPolicy, known?: AskedSession[]): Promise<Omit<SeenReading, 'kind' | 'at'>>
  /** Ends one session if it is still the one that the look saw. Never asked again: an answer may be lost, an ending not undone. */
  end(victim: Candidate, policy: EndingPolicy): Promise<{ outcome: Outcome; detail?: string }>
}

/**
 * @param uri the connection string, password included
 * @param signal the deadline of all that is asked for one target
 */
export function neonSql(uri: string, signal: AbortSignal): NeonSql {
  const ask = neonAsk(uri, signal)
  return {
    look: async (policy, known = []) => {
      const [row] = await ask(LOOK, [...policyParameters(policy), ...askedAbout(known)], true)
      const parsed = v.safeParse(readingSchema, row?.reading)
      if (!parsed.success) throw notAsDocumented(sayIssues(parsed.issues))
      const { max, reserved, clockMs, idle, known: found, ...facts } = parsed.output
      const withStatement = <One extends { statement: string }>(one: One): One => ({
        ...one,
        statement: normaliseStatement(one.statement),
      })
      return {
        ...facts,
        limit: { max, reserved, usable: Math.max(0, max - reserved) },
        groups: facts.groups.map((one) => ({
          ...one,
          clients: [...new Set(one.clients.filter((client) => client !== null))],
        })),
        candidates: facts.candidates.sort(
          (a, b) => Number(b.permitted) - Number(a.permitted) || Number(a.stateChange) - Number(b.stateChange),
        ),
        otherSessions: facts.used - facts.groups.reduce((sum, { sessions }) => sum + sessions, 0),
        idleInTransaction: facts.idleInTransaction.map(withStatement),
        transactions: facts.transactions.map(withStatement),
        longRunning: facts.longRunning.map(withStatement),
        statements: facts.statements.map(withStatement),
        blockers: facts.blockers.map(withStatement),
        idleSessions: idle
          .flatMap(({ sessions, ...who }) =>
            sessions.map(([pid, backendStartMs, stateChangeMs]) => ({
              pid,
              ...who,
              backendStartMs,
              stateChangeMs,
              idleMs: Math.max(0, clockMs - stateChangeMs),
            })),
          )
          .sort((a, b) => a.stateChangeMs - b.stateChangeMs),
        known: found.flatMap(({ state, sessions }) =>
          sessions.map(([pid, backendStartMs, stateChangeMs]) => ({ pid, backendStartMs, stateChangeMs, state })),
        ),
      }
    },
    end: async (victim, policy) => {
      const { pid, backendStart, stateChange } = victim
      const [row] = await ask(END_SESSION, [...policyParameters(policy), pid, backendStart, stateChange], false)
      if (row === undefined) return { outcome: 'gone' }
      const { outcome, protection } = v.parse(endedSchema, row)
      return { outcome, ...(outcome === 'protected' && protection && { detail: protection }) }
    },
  }
}

/** $6 and $7 of the look, as Postgres writes arrays. */
const askedAbout = (known: AskedSession[]): string[] =>
  ([0, 1] as const).map((part) => `{${known.map((one) => one[part]).join()}}`)

/** $1 to $5 of both statements. */
const policyParameters = ({ only, protect, idleMs }: EndingPolicy): unknown[] => [
  ...[only.applications, only.roles, protect.applications, protect.roles].map((patterns) =>
    JSON.stringify(patterns.map(likePattern)),
  ),
  idleMs,
]

const endedSchema = v.object({
  outcome: v.picklist(['ended', 'still-ending', 'gone', 'woke', 'protected', 'refused']),
  protection: v.nullable(v.string()),
})
