/**
 * Two quiet weeks, and the days that come after them, on a simulated clock over a simulated database: what is told is what
 * the local SNS delivered.
 *
 *     await using october = await startOctober(newJobLeaks(), 1)
 *     await october.quietUntil(Date.UTC(2025, 9, 12))
 *     await october.lookUntil(Date.UTC(2025, 9, 14), 10 * MINUTE)
 */
import { expect, vi } from 'vitest'
import { chanceOf } from '../../bench/forecast-trace.ts'
import type { World } from '../../bench/leak/simulator.ts'
import { leaksOf } from '../../functions/checks/leak/leaks.ts'
import type { SeenReading } from '../../functions/checks/reading.ts'
import { noTrust } from '../../functions/checks/trust/memory.ts'
import { watchList } from '../../functions/checks/trust/watched.ts'
import { planEndings } from '../../functions/checks/victims.ts'
import type { StaleSessionsConfig, Target } from '../../functions/config.ts'
import { neonSql } from '../../functions/neon/sql.ts'
import { type SessionsMemory, withLook } from '../../functions/sessions-memory.ts'
import { startMonths } from './months.ts'
import { PROJECT } from './night.ts'
import { type SimulatedDatabase, simulatedDatabase } from './simulated-database.ts'
import { startSimulatedSql } from './simulated-sql.ts'

const MINUTE = 60_000
const URI = 'postgresql://nightshift:not-looked-at@ep-cool-1234.us-east-2.aws.neon.tech/neondb'

export interface Noticed {
  at: number
  /** `critical opened connections.surge`. */
  what: string
}

export interface Told {
  at: number
  by: 'email' | 'sms'
  subject: string
  text: string
}

export interface October extends AsyncDisposable {
  database: SimulatedDatabase
  /** What SNS delivered. */
  told: Told[]
  /** Of what, by the reports. */
  noticed: Noticed[]
  /** The most that was taken at any step, looked at or not. */
  most: number
  /** When nobody could connect any more. */
  fullAt: number | undefined
  /** Looks every quarter of an hour, which only remember: expects that they find no leak. */
  quietUntil(until: number): Promise<void>
  /** The check, from end to end, as often as that. */
  lookUntil(until: number, every: number): Promise<void>
}

export async function startOctober(world: World, seed: number, staleSessions?: StaleSessionsConfig): Promise<October> {
  await using starting = new AsyncDisposableStack()
  const targets = [{ name: 'orders', neon: { project: PROJECT, role: 'nightshift' } }]
  const months = starting.use(
    await startMonths({ targets, ...(staleSessions && { staleSessions }) }, { orders: 'not-looked-at' }),
  )
  const front = starting.use(await startSimulatedSql())
  vi.stubEnv('NIGHTSHIFT_NEON_SQL_URL', front.url)
  const postgres = { host: '127.0.0.1', port: 1 }
  months.neon.addProject({
    id: PROJECT,
    branches: [{ id: 'br-main-1234', endpoints: [{ id: 'ep-cool-1234', postgres, current_state: 'active' }] }],
  })
  const written = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  starting.defer(() => written.mockRestore())

  const database = simulatedDatabase(world, chanceOf(seed))
  front.database = database
  // Of this world: the table's client keeps the address that it found first.
  const { loadSessions, saveSessions } = await import('../../functions/sessions-memory.ts')
  const target = months.connections.targets[0] as Target
  const started = starting.move()
  let heard = 0
  const october: October = {
    database,
    told: [],
    noticed: [],
    most: 0,
    fullAt: undefined,
    async quietUntil(until) {
      const sql = neonSql(URI, new AbortController().signal)
      let memory: SessionsMemory = noTrust(world.begins)
      for (let steps = 0; step(until); steps++) {
        if (steps % 3 !== 0) continue
        const { at } = database.look
        const asked = watchList(memory.watched)
        const reading: SeenReading = { kind: 'seen', at, ...(await sql.look(target.ending, asked)) }
        const plan = (one: SeenReading) => planEndings(one, { ...target.ending, end: true }, false)
        memory = withLook(memory, { reading, asked, policy: target.ending, plan })
        const found = memory.leak && leaksOf(memory.leak, at)
        expect({ at, found }).toEqual({ at, found: [] })
      }
      months.now = until
      const signal = AbortSignal.timeout(10_000)
      const stored = await loadSessions(target.name, until, signal)
      if ('fault' in stored) throw new Error(stored.fault)
      expect(await saveSessions(stored, () => memory, until, signal)).toEqual([])
    },
    async lookUntil(until, every) {
      let next = 0
      while (step(until)) {
        const { at } = database.look
        if (at < next) continue
        next = at + every
        months.now = at
        const { notices } = await months.run(months.connections)
        for (const { severity, kind, rule } of notices)
          october.noticed.push({ at, what: `${severity} ${kind} ${rule}` })
        const { inbox } = months.aws.sns
        for (const { protocol, subject = '', text } of inbox.slice(heard))
          october.told.push({ at, by: protocol === 'sms' ? 'sms' : 'email', subject, text })
        heard = inbox.length
      }
    },
    [Symbol.asyncDispose]: () => started.disposeAsync(),
  }
  /** The simulation's next step, if it is before that moment. */
  function step(until: number): boolean {
    if (october.most > 0 && database.look.at + 5 * MINUTE >= until) return false
    if (!database.next()) return false
    october.most = Math.max(october.most, database.sessions.length)
    if (database.sessions.length >= world.limit) october.fullAt ??= database.look.at
    return october.fullAt === undefined
  }
  return october
}
