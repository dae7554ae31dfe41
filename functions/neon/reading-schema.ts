/** What the look's statement answers, as it comes over the wire. */
import * as v from 'valibot'
import { PROTECTIONS } from '../checks/reading.ts'

const who = { application: v.string(), role: v.string(), database: v.string() }
const protection = v.nullable(v.picklist(PROTECTIONS))
const longOne = v.object({ ...who, pid: v.number(), ageMs: v.number(), statement: v.string() })
/** Short on purpose, each [pid, start of the backend, change of state]: there may be 300. */
const sessions = v.array(v.tuple([v.number(), v.number(), v.number()]))

/** The row's one column. */
export const readingSchema = v.object({
  max: v.number(),
  reserved: v.number(),
  role: v.string(),
  sighted: v.boolean(),
  serverStartedAt: v.number(),
  used: v.number(),
  clockMs: v.number(),
  active: v.number(),
  atWork: v.number(),
  quietMs: v.nullable(v.number()),
  groups: v.array(
    v.object({
      ...who,
      state: v.string(),
      protection,
      sessions: v.number(),
      oldestMs: v.number(),
      atWork: v.number(),
      idleOverHour: v.number(),
      clients: v.array(v.nullable(v.string())),
    }),
  ),
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
  statements: v.array(
    v.object({ ...who, statement: v.string(), sessions: v.number(), waiting: v.number(), longestMs: v.number() }),
  ),
  runningSessions: v.number(),
  waitingSessions: v.number(),
  waiting: v.array(v.object({ pid: v.number(), blockedBy: v.array(v.number()) })),
  blockers: v.array(
    v.object({
      ...who,
      pid: v.number(),
      state: v.string(),
      waits: v.boolean(),
      protection,
      transactionMs: v.nullable(v.number()),
      statement: v.string(),
    }),
  ),
  idle: v.array(v.object({ ...who, protection, sessions })),
  known: v.array(v.object({ state: v.string(), sessions })),
})
