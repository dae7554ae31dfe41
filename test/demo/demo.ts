/**
 * `npm run demo`: an application leaks connections on a real PostgreSQL behind a local Neon, and the function that CDK
 * deploys watches, ends, tells and calls it over, on a local AWS. Needs nothing but this folder; leaves nothing running.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Application } from '../../functions/checks/applications.ts'
import type { Severity } from '../../functions/checks/finding.ts'
import type { Report } from '../../functions/report.ts'
import { type Night, startNight } from '../world/night.ts'
import type { Session } from '../world/postgres.ts'
import { bars, message, quiet, say, title, verdict } from './show.ts'

const HELP = `Usage: npm run demo [-- --help]

Starts a real PostgreSQL (limit 100) behind a local Neon, and a local AWS. Three applications use the database; one of
them leaks connections. The connections function runs as its schedule would run it, only every two seconds instead of
every five minutes, with limits of seconds instead of minutes. Takes under a minute. Nothing outside this machine is
touched, and nothing is left running.`

const { values } = parseArgs({ options: { help: { type: 'boolean' } } })

async function demo(): Promise<void> {
  title('Nightshift, on a night at which the job "sync-job" leaks connections')
  quiet('Starting PostgreSQL with the limit 100, a local Neon in front of it, and a local AWS ...')
  const starting = startNight({
    postgres: { maxConnections: 100, reserved: 7, internalSessions: true },
    staleSessions: { end: true, idleFor: '3s' },
    target: { note: 'Owner: the shop team. Restart sync-job from its pipeline.' },
  })
  stopOnSignals(starting)
  await using night = await starting
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
  say('\nNext: README.md, "Watch your own databases".')
}

/** Ctrl-C, or a terminal that is closed: stops what was started, also what is only just starting, and says nothing more. */
function stopOnSignals(starting: Promise<Night>): void {
  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)
    process.once(signal, () => {
      process.on('uncaughtException', () => undefined)
      starting
        .then((night) => night[Symbol.asyncDispose]())
        .catch(() => undefined)
        .finally(() => process.exit(code))
    })
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
    bars(orders.connections.byApplication as Application[], orders.connections.used, orders.connections.usable)
  for (const line of orders?.says ?? []) verdict(line.split(':')[0] as Severity, line)
  const ended = orders?.stale?.ended ?? []
  for (const { pid, application, idle, outcome } of ended.slice(0, 3))
    say(`    pid ${pid} of ${application}: ${outcome}, idle for ${idle} (limit 3 s)`)
  if (ended.length > 0)
    say(
      `    ${ended.length} in all, oldest first: idle past the limit, in no transaction, without a lock or a LISTEN, and not awake since the look`,
    )
  for (const { protocol, endpoint, subject, text } of night.aws.sns.inbox.slice(told))
    message(protocol === 'sms' ? `SMS to ${endpoint}` : `e-mail to ${endpoint}: ${subject}`, text)
  told = night.aws.sns.inbox.length
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

// Whoever reads only the first lines (`| head`) has seen enough.
process.stdout.on('error', () => process.exit(0))
if (values.help) say(HELP)
else await demo()
