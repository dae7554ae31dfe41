/** Part 1: one look at a busy server, beside what check_postgres and postgres_exporter ask it for the same reason. */
import type { Postgres, Session } from '../test/world/postgres.ts'
import { checkPostgres } from './check-postgres.ts'
import { recordLook } from './nightshift-look.ts'
import { exporterActivity, postgresExporter } from './postgres-exporter.ts'
import { installedPrograms } from './programs.ts'
import { figure, median, progress, ratio, type Section, spread, table } from './report.ts'
import { interleave } from './rounds.ts'
import { SESSIONS, startBusyServer } from './sessions.ts'
import type { Asker, Statement } from './statements.ts'

/** One thing that is measured: as whom it asks (the server keeps its books by role), and how. */
interface Entry {
  name: string
  role: string
  asker?: Asker
  /** On connections that are there already. Returns the milliseconds that the client waited. */
  look(): Promise<number>
  /** On new connections, the connecting included. */
  connectAndLook?(): Promise<number>
  /** Milliseconds in the server's planner and executor. */
  server: number[]
  kept: number[]
  fresh: number[]
  statements: number
  rows: number
}

export async function measureDatabase(rounds: number): Promise<Section> {
  progress(`database: starting a server with ${SESSIONS} sessions`)
  await using postgres = await startBusyServer()
  await using stack = new AsyncDisposableStack()
  await postgres.createRole('nightshift', { grants: ['pg_monitor', 'app'] })
  const databases = await postgres.query<{ datname: string }>('SELECT datname FROM pg_database')
  const look = await recordLook(postgres, 'nightshift')
  const scrape = postgresExporter(databases.map(({ datname }) => datname))

  const [ours, theirs, ...others] = [
    await replay(postgres, look, 'nightshift'),
    await replay(postgres, scrape, 'bench_exporter'),
    await replay(postgres, exporterActivity, 'bench_activity'),
    await replay(postgres, checkPostgres, 'bench_check'),
  ] as [Entry, Entry, ...Entry[]]
  const programs = (await installedPrograms(postgres)).map((program) => {
    stack.use(program)
    return entry(program.name, program.role, () => timed(() => program.look()))
  })
  const entries = [ours, theirs, ...others, ...programs]

  progress(`database: ${rounds} rounds of ${entries.length}`)
  await interleave(entries, 3, async (one) => void (await one.look()))
  await interleave(entries, rounds, (one) => measure(postgres, one))

  const base = median(theirs.server)
  const program = programs.find(({ role }) => role === 'postgres_exporter')
  return {
    title: `One look at ${SESSIONS} sessions of 100 (60 % idle, 30 % idle in transaction, 10 % active), medians of ${rounds}`,
    table: table(
      [
        '',
        'round trips',
        'statements',
        'rows',
        'server ms',
        '(half of all)',
        'of exporter',
        'client ms',
        'with connecting',
      ],
      entries.map((one) => [
        one.name,
        one.asker ? String(one.asker.roundTrips) : '',
        String(one.statements),
        String(one.rows),
        figure(median(one.server)),
        spread(one.server),
        ratio(median(one.server), base),
        one.asker ? figure(median(one.kept)) : '',
        one.fresh.length > 0 ? figure(median(one.fresh)) : '',
      ]),
    ),
    notes: [
      'round trips: how often the asker waits for an answer, connecting apart. statements and rows: as the server counts them; Nightshift’s four go in one HTTP request, and START TRANSACTION and COMMIT are Neon’s proxy’s.',
      'server ms: planning and execution by pg_stat_statements. client ms: from the first statement to the last row, parsing included, over the same driver (pg, loopback) on a connection that is kept; with connecting: on new ones, as many as the asker opens.',
      programs.length > 0
        ? 'itself: the installed program; its client time is its own and is left out.'
        : 'check_postgres and postgres_exporter are not installed here: their statements are restated from their documentation and source.',
    ],
    goals: [
      { what: 'a look’s round trips', measured: look.roundTrips, atMost: 1 },
      { what: 'a look’s server time, of the exporter’s', measured: median(ours.server) / base, atMost: 0.75 },
      {
        what: 'a look’s client time, of the exporter’s',
        measured: median(ours.kept) / median(theirs.kept),
        atMost: 0.75,
      },
      ...(program
        ? [
            {
              what: 'a look’s server time, of the installed exporter’s',
              measured: median(ours.server) / median(program.server),
              atMost: 0.75,
            },
          ]
        : []),
    ],
  }
}

/** Sends an asker's statements over `pg`, the same way for every one. */
async function replay(postgres: Postgres, asker: Asker, role: string): Promise<Entry> {
  if (role !== 'nightshift') await postgres.createRole(role, { grants: ['pg_monitor'] })
  const kept = await postgres.session({ user: role })
  return {
    ...entry(asker.name, role, () => timed(() => ask(kept, asker.connections.flat()))),
    asker,
    connectAndLook: async () => {
      let total = 0
      for (const statements of asker.connections) {
        let session: Session | undefined
        total += await timed(async () => {
          session = await postgres.session({ user: role })
          await ask(session, statements)
        })
        await session?.close()
      }
      return total
    },
  }
}

function entry(name: string, role: string, look: () => Promise<number>): Entry {
  return { name, role, look, server: [], kept: [], fresh: [], statements: 0, rows: 0 }
}

async function measure(postgres: Postgres, one: Entry): Promise<void> {
  await postgres.query('SELECT pg_stat_statements_reset()')
  one.kept.push(await one.look())
  const [spent] = await postgres.query<{ ms: number; calls: number; rows: number }>(
    `SELECT sum(total_plan_time + total_exec_time) AS ms, sum(calls)::int AS calls, sum(rows)::int AS rows
     FROM pg_stat_statements WHERE userid = $1::regrole`,
    [one.role],
  )
  if (!spent?.calls) throw new Error(`${one.name} asked nothing`)
  one.server.push(spent.ms)
  one.statements = spent.calls
  one.rows = spent.rows
  if (one.connectAndLook) one.fresh.push(await one.connectAndLook())
}

async function ask(session: Session, statements: Statement[]): Promise<void> {
  for (const { text, values } of statements) await session.query(text, values)
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}
