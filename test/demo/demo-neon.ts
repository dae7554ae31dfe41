/** Neon: the job `sync-job` leaks connections, and what it leaves idle is ended. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Report } from '../../functions/report.ts'
import type { ApplicationLine } from '../../functions/report-lines.ts'
import { type Night, startNight } from '../world/night.ts'
import type { Session } from '../world/postgres.ts'
import { bars, deliveries, message, quiet, say, title, verdicts } from './show.ts'
import { stoppedInAnyCase } from './stop.ts'

const IDLE_S = 3

export async function neonDemo(): Promise<void> {
  title('Nightshift, on a night at which the job "sync-job" leaks connections')
  quiet('Starting PostgreSQL with the limit 100, a local Neon in front of it, and a local AWS ...')
  await using night = await stoppedInAnyCase(
    startNight({
      postgres: { maxConnections: 100, reserved: 7, internalSessions: true },
      staleSessions: { end: true, idleFor: `${IDLE_S}s` },
      target: { note: 'Owner: the shop team. Restart sync-job from its pipeline.' },
    }),
  )
  await night.postgres.createRole('shop')
  using shop = working(await open(night, 'shop', 14, 'shop'))
  using reports = working(await open(night, 'reports', 6, 'shop'))
  quiet('Ready. Everything is as deployed, but in seconds instead of minutes: whoever is idle for three may be ended.')
  quiet('Each run waits until the server itself says that the job idles for that long.\n')

  await look(night, 0, 'All is well.')

  const leaked = await open(night, 'sync-job', 30, 'app')
  await look(night, 30, 'sync-job has been deployed and gives no connection back. There is room: nobody is ended.')
  leaked.push(...(await open(night, 'sync-job', 18, 'app')))
  await look(night, 48, 'It goes on. Past 70% the oldest are ended, at most 10 a run, and that is told.')
  leaked.push(...(await open(night, 'sync-job', 22, 'app')))
  await look(night, 60, 'It opens them faster than Nightshift may end them. Critical is told at once, by SMS too.')
  await look(night, 50, 'The job is stopped. What it left is ended, oldest first.')
  await look(night, 40, 'Ten more.')
  await Promise.all(leaked.map((session) => session.close().catch(() => undefined)))
  await look(night, 0, 'sync-job has been mended and restarted.')
  const last = await look(night, 0, 'Quiet again.')

  title('What came of it')
  say(
    `  ${shop.done() + reports.done()} statements of shop and reports went through, ${shop.failed() + reports.failed()} failed.`,
  )
  say(
    `  ${night.aws.sns.inbox.length} messages: ${night.aws.sns.inbox.filter(({ protocol }) => protocol === 'sms').length} of them SMS, each change told once.`,
  )
  message("the last run's report, as the Lambda console shows it", JSON.stringify(last, null, 2))
}

let runs = 0
let told = 0

/**
 * One run of the function, and everything that came of it.
 * @param idle so many sessions of the job are there, and past the limit: the story is the same however fast the machine is
 */
async function look(night: Night, idle: number, what: string): Promise<Report> {
  await untilIdle(night, idle)
  runs += 1
  title(`Run ${runs}: ${what}`)
  const { payload: report, error } = await night.run()
  if (report === undefined) throw new Error(`the run failed: ${error?.errorMessage}`)
  const [orders] = report.targets
  if (orders?.connections)
    bars(
      (orders.connections.byApplication as ApplicationLine[]).map(({ name, sessions, idle, longestIdle }) => ({
        name,
        all: sessions,
        idle,
        note: idle > 0 ? `${idle} idle, longest ${longestIdle}` : '',
      })),
      orders.connections.used,
      orders.connections.usable,
      '# at work, - idle',
    )
  verdicts(orders?.says)
  const ended = orders?.stale?.ended ?? []
  for (const { pid, application, idle, outcome } of ended.slice(0, 3))
    say(`    pid ${pid} of ${application}: ${outcome}, idle for ${idle} (limit ${IDLE_S} s)`)
  if (ended.length > 0)
    say(
      `    ${ended.length} in all, oldest first: idle past the limit, in no transaction, without a lock or a LISTEN, and not awake since the look`,
    )
  told = deliveries(night.aws.sns.inbox, told)
  return report
}

const PATIENCE_MS = 60_000

/** By the server's own clock; and the healthy ones are at work, however slow this machine is just now. */
async function untilIdle({ postgres }: Night, sessions: number): Promise<void> {
  const since = Date.now()
  for (;;) {
    const [row] = await postgres.query<{ ready: boolean }>(
      `SELECT count(*) FILTER (WHERE application_name = 'sync-job') = $1
         AND count(*) FILTER (WHERE application_name = 'sync-job' AND state = 'idle' AND idle > $2) = $1
         AND count(*) FILTER (WHERE application_name IN ('shop', 'reports') AND state = 'idle' AND idle > 1) = 0 AS ready
       FROM (SELECT *, extract(epoch FROM clock_timestamp() - state_change) AS idle FROM pg_stat_activity) activity`,
      [sessions, IDLE_S],
    )
    if (row?.ready) return
    if (Date.now() - since > PATIENCE_MS)
      throw new Error(`sync-job has not had ${sessions} sessions idle for ${IDLE_S} s within ${PATIENCE_MS / 1000} s`)
    await delay(50)
  }
}

async function open(night: Night, application: string, sessions: number, user: string): Promise<Session[]> {
  const opened: Session[] = []
  for (let i = 0; i < sessions; i++) opened.push(await night.postgres.session({ application, user }))
  return opened
}

/** Sessions that work and rest, as a healthy pool does, until disposed. */
function working(sessions: Session[]) {
  const over = new AbortController()
  let done = 0
  let failed = 0
  for (const session of sessions)
    void (async () => {
      while (!over.signal.aborted) {
        await session.query('SELECT pg_sleep(random() / 4)').then(
          () => done++,
          () => failed++,
        )
        await delay(Math.random() * 400, undefined, { signal: over.signal }).catch(() => undefined)
      }
    })()
  return { done: () => done, failed: () => failed, [Symbol.dispose]: () => over.abort() }
}
