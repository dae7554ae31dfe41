/** The driver: one look in one round trip, one session ended per statement. Judges nothing. */
import { neon, neonConfig } from '@neondatabase/serverless'
import * as z from 'zod/mini'
import type { Candidate, SeenReading } from '../checks/reading.ts'
import type { EndingPolicy, Outcome } from '../checks/victims.ts'
import { addresses } from '../env.ts'
import { learnSecret, normaliseStatement } from '../redact.ts'
import { LookFailed } from './failure.ts'
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
      const parsed = readingSchema.safeParse(row?.reading)
      if (!parsed.success)
        throw notAsDocumented(parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join(', '))
      const { max, reserved, ...facts } = parsed.data
      const withStatement = (one: (typeof facts.longRunning)[number]) => ({
        ...one,
        statement: normaliseStatement(one.statement),
      })
      return {
        ...facts,
        limit: { max, reserved, usable: Math.max(0, max - reserved) },
        otherSessions: facts.used - facts.groups.reduce((sum, { sessions }) => sum + sessions, 0),
        idleInTransaction: facts.idleInTransaction.map(withStatement),
        longRunning: facts.longRunning.map(withStatement),
      }
    },
    end: async (victim, policy) => {
      const { pid, backendStart, stateChange } = victim
      const [row] = await ask(END_SESSION, [...policyParameters(policy), pid, backendStart, stateChange], false)
      if (row === undefined) return { outcome: 'gone' }
      const { outcome, protection } = endedSchema.parse(row)
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

const who = { application: z.string(), role: z.string(), database: z.string() }
const protection = z.nullable(
  z.enum([
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
const longOne = z.object({ ...who, pid: z.number(), ageMs: z.number(), statement: z.string() })
const readingSchema = z.object({
  max: z.number(),
  reserved: z.number(),
  role: z.string(),
  sighted: z.boolean(),
  serverStartedAt: z.number(),
  used: z.number(),
  active: z.number(),
  quietMs: z.nullable(z.number()),
  groups: z.array(z.object({ ...who, state: z.string(), protection, sessions: z.number(), oldestMs: z.number() })),
  stale: z.array(z.object({ ...who, protection, sessions: z.number(), oldestMs: z.number() })),
  candidates: z.array(
    z.object({
      ...who,
      pid: z.number(),
      idleMs: z.number(),
      backendStart: z.string(),
      stateChange: z.string(),
      permitted: z.boolean(),
    }),
  ),
  idleInTransaction: z.array(longOne),
  longRunning: z.array(longOne),
})
const endedSchema = z.object({
  outcome: z.enum(['ended', 'still-ending', 'gone', 'woke', 'protected']),
  protection: z.nullable(z.string()),
})
