/** The driver: one look in one round trip, one session ended per statement. Judges nothing. */
import { neon, neonConfig } from '@neondatabase/serverless'
import * as v from 'valibot'
import type { Candidate, SeenReading } from '../checks/reading.ts'
import type { EndingPolicy, Outcome } from '../checks/victims.ts'
import { addresses } from '../env.ts'
import { LookFailed } from '../failure.ts'
import { learnSecret, normaliseStatement } from '../redact.ts'
import { sayIssues } from '../schema.ts'
import { END_SESSION, LOOK, likePattern } from './sessions-sql.ts'

/** In the server. The client waits a little longer, so that the server's own word arrives. */
const STATEMENT_MS = 8_000
const REQUEST_MS = 10_000

// Neon drops time limits given at connection, so they are set inside the statement's own transaction.
const LIMITS = `SELECT set_config('statement_timeout', '${STATEMENT_MS}', true), set_config('lock_timeout', '2000', true)`

export interface NeonSql {
  /** @throws whatever the driver throws */
  look(policy: EndingPolicy): Promise<Omit<SeenReading, 'kind' | 'at'>>
  /** Ends one session if it is still the one that the look saw. Never asked again: an answer may be lost, an ending not undone. */
  end(victim: Candidate, policy: EndingPolicy): Promise<{ outcome: Outcome; detail?: string }>
}

/**
 * @param uri the connection string, password included
 * @param signal the deadline of all that is asked for one target
 */
export function neonSql(uri: string, signal: AbortSignal): NeonSql {
  learnSecret(decodeURIComponent(new URL(uri).password))
  const endpoint = addresses.neonSql()
  if (endpoint) neonConfig.fetchEndpoint = endpoint
  const sql = neon(uri)

  /** The statement's rows. All in one request; `readOnly` where nothing may be changed. */
  const ask = async (
    statement: string,
    parameters: unknown[],
    readOnly: boolean,
  ): Promise<Record<string, unknown>[]> => {
    const [, rows] = await sql.transaction([sql.query(LIMITS), sql.query(statement, parameters)], {
      isolationLevel: 'ReadCommitted',
      readOnly,
      fetchOptions: { signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_MS)]) },
    })
    if (!Array.isArray(rows)) throw notAsDocumented('no rows')
    return rows
  }

  return {
    look: async (policy) => {
      const [row] = await ask(LOOK, policyParameters(policy), true)
      const parsed = v.safeParse(readingSchema, row?.reading)
      if (!parsed.success) throw notAsDocumented(sayIssues(parsed.issues))
      const { max, reserved, ...facts } = parsed.output
      const withStatement = (one: (typeof facts.longRunning)[number]) => ({
        ...one,
        statement: normaliseStatement(one.statement),
      })
      return {
        ...facts,
        limit: { max, reserved, usable: Math.max(0, max - reserved) },
        otherSessions: facts.used - facts.groups.reduce((sum, { sessions }) => sum + sessions, 0),
        idleInTransaction: facts.idleInTransaction.map(withStatement),
        transactions: facts.transactions.map(withStatement),
        longRunning: facts.longRunning.map(withStatement),
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

const notAsDocumented = (what: string) =>
  new LookFailed({
    cause: 'bad-answer',
    at: 'sql',
    message: `the answer to the look is not what was asked for: ${what}`,
  })

/** $1 to $5 of both statements. */
const policyParameters = ({ only, protect, idleMs }: EndingPolicy): unknown[] => [
  ...[only.applications, only.roles, protect.applications, protect.roles].map((patterns) =>
    JSON.stringify(patterns.map(likePattern)),
  ),
  idleMs,
]

const who = { application: v.string(), role: v.string(), database: v.string() }
const protection = v.nullable(
  v.picklist([
    'own-role',
    'not-a-client',
    'superuser',
    'neon',
    'neon-http-pool',
    'pooler',
    'listener',
    'holds-locks',
    'protected',
    'not-selected',
  ]),
)
const longOne = v.object({ ...who, pid: v.number(), ageMs: v.number(), statement: v.string() })
const readingSchema = v.object({
  max: v.number(),
  reserved: v.number(),
  role: v.string(),
  sighted: v.boolean(),
  serverStartedAt: v.number(),
  used: v.number(),
  active: v.number(),
  quietMs: v.nullable(v.number()),
  groups: v.array(v.object({ ...who, state: v.string(), protection, sessions: v.number(), oldestMs: v.number() })),
  stale: v.array(v.object({ ...who, protection, sessions: v.number(), oldestMs: v.number() })),
  candidates: v.array(
    v.object({
      ...who,
      pid: v.number(),
      idleMs: v.number(),
      backendStart: v.string(),
      stateChange: v.string(),
      permitted: v.boolean(),
    }),
  ),
  staleSessions: v.number(),
  idleInTransaction: v.array(longOne),
  transactions: v.array(longOne),
  longRunning: v.array(longOne),
})
const endedSchema = v.object({
  outcome: v.picklist(['ended', 'still-ending', 'gone', 'woke', 'protected', 'refused']),
  protection: v.nullable(v.string()),
})
