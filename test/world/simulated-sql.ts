/**
 * Neon's SQL front over a simulated database: it answers the two statements that Nightshift sends about sessions, in the
 * driver's protocol, as Postgres would if these sessions were there.
 */
import type { InferInput } from 'valibot'
import { LOOK } from '../../functions/neon/look-sql.ts'
import type { readingSchema } from '../../functions/neon/reading-schema.ts'
import { END_SESSION } from '../../functions/neon/sessions-sql.ts'
import { Faults } from './faults.ts'
import { type HttpAnswer, type HttpRequest, startServer } from './http.ts'
import { parsePayload, type Statement } from './neon-sql-request.ts'
import type { SimulatedDatabase, SimulatedSession } from './simulated-database.ts'

const HOUR = 3_600_000
const RESERVED = 3
const JSON_TYPE = 114
const TEXT_TYPE = 25

export interface SimulatedSql extends AsyncDisposable {
  /** For `NIGHTSHIFT_NEON_SQL_URL`. */
  readonly url: string
  database: SimulatedDatabase | undefined
}

export async function startSimulatedSql(): Promise<SimulatedSql> {
  const { origin, stop } = await startServer({
    services: { sql: { prefix: '/sql', answer } },
    faults: new Faults<'sql'>(),
    requests: [],
    maxRequestBytes: 10 * 1024 * 1024,
  })
  const front: SimulatedSql = { url: `${origin}/sql`, database: undefined, [Symbol.asyncDispose]: stop }

  function answer({ body = '' }: HttpRequest): HttpAnswer {
    const payload = parsePayload(body)
    const queries = 'queries' in payload ? payload.queries : [payload]
    const { database } = front
    if (database === undefined) throw new Error('There is no database behind this front')
    return { status: 200, body: { results: queries.map((one) => resultOf(one, database)) } }
  }
  return front
}

function resultOf({ query, params = [] }: Statement, database: SimulatedDatabase) {
  if (query === LOOK) return result({ reading: [JSON_TYPE, JSON.stringify(readingOf(database, params))] })
  if (query !== END_SESSION) return result({ set_config: [TEXT_TYPE, ''] })
  const [, , , , , pid, bornAt, usedAt] = params.map(String)
  const outcome = database.end(Number(pid), msOf(bornAt), msOf(usedAt))
  return result({ protection: [TEXT_TYPE, null], outcome: [TEXT_TYPE, outcome] })
}

const result = (columns: Record<string, [type: number, text: string | null]>) => ({
  rowAsArray: true,
  command: 'SELECT',
  rowCount: 1,
  fields: Object.entries(columns).map(([name, [dataTypeID]]) => ({ name, dataTypeID })),
  rows: [Object.values(columns).map(([, text]) => text)],
})

/** A moment as Postgres writes it in seconds, and back. */
const exact = (ms: number): string => (ms / 1000).toFixed(6)
const msOf = (text: string | undefined): number => Math.round(Number(text) * 1000)

const WHO = { role: 'app', database: 'neondb', protection: null }

/** What the look's statement makes of the sessions. */
function readingOf({ look, sessions, world }: SimulatedDatabase, params: unknown[]): InferInput<typeof readingSchema> {
  const { at, serverStartedAt } = look
  const idleMs = Number(params[4])
  const idleFor = ({ usedAt }: SimulatedSession) => at - usedAt
  const working = sessions.filter(({ atWork }) => atWork)
  const idle = sessions.filter(({ atWork }) => !atWork).sort((a, b) => a.usedAt - b.usedAt)
  const stale = idle.filter((one) => idleFor(one) >= idleMs)
  const asked = new Map(zip(numbers(params[5]), numbers(params[6])))
  const known = sessions.filter(({ pid, bornAt }) => asked.get(pid) === bornAt)
  const tuple = ({ pid, bornAt, usedAt }: SimulatedSession): [number, number, number] => [pid, bornAt, usedAt]
  const group = (state: string, some: SimulatedSession[]) =>
    byApplication(some).map(([application, of]) => ({
      application,
      ...WHO,
      state,
      sessions: of.length,
      oldestMs: Math.max(...of.map(idleFor)),
      atWork: state === 'active' ? of.length : 0,
      idleOverHour: state === 'idle' ? of.filter((one) => idleFor(one) > HOUR).length : 0,
      clients: [null, null],
    }))
  return {
    max: world.limit + RESERVED,
    reserved: RESERVED,
    role: 'nightshift',
    sighted: true,
    serverStartedAt,
    used: sessions.length,
    clockMs: at,
    active: working.length,
    atWork: working.length,
    quietMs: working.length > 0 ? 0 : sessions.length > 0 ? Math.min(...sessions.map(idleFor)) : null,
    groups: [...group('active', working), ...group('idle', idle)],
    stale: byApplication(stale).map(([application, of]) => ({
      application,
      ...WHO,
      sessions: of.length,
      oldestMs: Math.max(...of.map(idleFor)),
    })),
    candidates: stale.slice(0, 100).map((one) => ({
      pid: one.pid,
      application: one.application,
      role: 'app',
      database: 'neondb',
      idleMs: idleFor(one),
      backendStart: exact(one.bornAt),
      stateChange: exact(one.usedAt),
      permitted: true,
    })),
    staleSessions: stale.length,
    idleInTransaction: [],
    transactions: [],
    longRunning: [],
    statements: byApplication(working).map(([application, of]) => ({
      application,
      role: 'app',
      database: 'neondb',
      statement: `SELECT * FROM ${application}`,
      sessions: of.length,
      waiting: 0,
      longestMs: 1_000,
    })),
    runningSessions: working.length,
    waitingSessions: 0,
    waiting: [],
    blockers: [],
    idle: byApplication(idle.filter((one) => idleFor(one) > Math.min(60_000, idleMs)).slice(0, 300)).map(
      ([application, of]) => ({ application, ...WHO, sessions: of.map(tuple) }),
    ),
    known: [true, false].map((atWork) => ({
      state: atWork ? 'active' : 'idle',
      sessions: known.filter((one) => one.atWork === atWork).map(tuple),
    })),
  }
}

const byApplication = (sessions: SimulatedSession[]) => [...Map.groupBy(sessions, ({ application }) => application)]
const numbers = (list: unknown): number[] => (String(list).match(/\d+/g) ?? []).map(Number)
const zip = (a: number[], b: number[]): [number, number][] => a.map((one, i) => [one, b[i] as number])
