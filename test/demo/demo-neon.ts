/** Neon: the job `sync-job` leaks connections, and what it leaves idle is ended. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Application } from '../../functions/checks/applications.ts'
import type { Report } from '../../functions/report.ts'
import { formatDuration } from '../../functions/units.ts'
import { type Night, startNight } from '../world/night.ts'
import type { Session } from '../world/postgres.ts'
import { bars, deliveries, message, quiet, say, title, verdicts } from './show.ts'
import { stoppedInAnyCase } from './stop.ts'

export async function neonDemo(): Promise<void> {
  title('Nightshift, on a night at which the job "sync-job" leaks connections')
  quiet('Starting PostgreSQL with the limit 100, a local Neon in front of it, and a local AWS ...')
  await using night = await stoppedInAnyCase(
    startNight({
      postgres: { maxConnections: 100, reserved: 7, internalSessions: true },
      staleSessions: { end: true, idleFor: '3s' },
      target: { note: 'Owner: the shop team. Restart sync-job from its pipeline.' },
    }),
  )
  await night.postgres.createRole('shop')
  using shop = working(await open(night, 'shop', 14, 'shop'))
  using reports = working(await open(night, 'reports', 6, 'shop'))
  quiet('Ready. Everything is as deployed, but in seconds instead of minutes: a look every two, idle limit three.\n')

  await look(night, 'All is well.')

  const leaked = await open(night, 'sync-job', 46, 'app')
  await look(night, 'sync-job has been deployed: it opens connections and never gives them back.')
  leaked.push(...(await open(night, 'sync-job', 8, 'app')))
  await look(night, 'It goes on. A warning needs two looks that agree.')
  leaked.push(...(await open(night, 'sync-job', 18, 'app')))
  await look(
    night,
    'It opens them faster than Nightshift may end them: at most 10 a run. Critical is told at once, by SMS too.',
  )
  await look(night, 'The job is stopped. What it left is ended, oldest first.')
  await look(night, 'Ten more.')
  await Promise.all(leaked.map((session) => session.close().catch(() => undefined)))
  await look(night, 'sync-job has been mended and restarted.')
  const last = await look(night, 'Quiet again.')

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

/** One run of the function, and everything that came of it. */
async function look(night: Night, what?: string): Promise<Report> {
  if (runs > 0) await delay(2_000)
  runs += 1
  title(`Run ${runs}${what ? `: ${what}` : ''}`)
  const { payload: report, error } = await night.run()
  if (report === undefined) throw new Error(`the run failed: ${error?.errorMessage}`)
  const [orders] = report.targets
  if (orders?.connections)
    bars(
      (orders.connections.byApplication as Application[]).map(({ name, sessions, idle, oldestIdleMs }) => ({
        name,
        all: sessions,
        idle,
        note: idle > 0 ? `${idle} idle, longest ${formatDuration(oldestIdleMs)}` : '',
      })),
      orders.connections.used,
      orders.connections.usable,
      '# at work, - idle',
    )
  verdicts(orders?.says)
  const ended = orders?.stale?.ended ?? []
  for (const { pid, application, idle, outcome } of ended.slice(0, 3))
    say(`    pid ${pid} of ${application}: ${outcome}, idle for ${idle} (limit 3 s)`)
  if (ended.length > 0)
    say(
      `    ${ended.length} in all, oldest first: idle past the limit, in no transaction, without a lock or a LISTEN, and not awake since the look`,
    )
  told = deliveries(night.aws.sns.inbox, told)
  return report
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
