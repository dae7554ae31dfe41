/** What is done about the sessions that a look at a Neon target saw, and what is remembered of them for the next ones. */
import { applicationName } from './checks/applications.ts'
import type { SeenReading } from './checks/reading.ts'
import { evidenceFor, isProvenAbandoned } from './checks/trust/abandoned.ts'
import { type TrustFacts, trustFacts } from './checks/trust/facts.ts'
import type { Noting } from './checks/trust/memory.ts'
import { type LookLine, processList, type SessionLine } from './checks/trust/process-list.ts'
import { sayUnlearned } from './checks/trust/unlearned.ts'
import { type Ending, type EndingPlan, type Held, planEndings } from './checks/victims.ts'
import type { Target } from './config.ts'
import { endSessions } from './neon/act.ts'
import type { NeonSql } from './neon/sql.ts'
import { maintenanceAt } from './quiet/quiet.ts'
import { recorderOf } from './record.ts'
import {
  type SessionsMemory,
  type StoredSessions,
  saveSessions,
  withEnded,
  withLook,
  withSuspension,
} from './sessions-memory.ts'

export interface Acted {
  plan?: EndingPlan
  endings: Ending[]
  trust?: TrustFacts
  /** What is remembered of the sessions, this look included. */
  memory?: SessionsMemory
  /** The sessions that are idle, as lines to export. */
  listed?: (LookLine | SessionLine)[]
  /** What of Nightshift itself failed. */
  faults: string[]
}

export const NOTHING: Acted = { endings: [], faults: [] }

interface Acting {
  sql: NeonSql | undefined
  memory: StoredSessions | { fault: string }
  /** Whether there is one, or one has not been told to be over: then nobody is ended. */
  surge: boolean
  /** Whether one has been told and not yet to be over cannot be known: then nobody is ended either. */
  surgeUnknown: boolean
  dryRun: boolean
  signal: AbortSignal
}

/** Never throws. In a dry run nothing is ended and nothing remembered. */
export async function actOn(
  reading: SeenReading,
  target: Target,
  { sql, memory, surge, surgeUnknown, dryRun, signal }: Acting,
): Promise<Acted> {
  // Blind, nobody knows who is idle.
  if (!reading.sighted || sql === undefined) return NOTHING
  // Without what was learned nothing is proven.
  if ('fault' in memory)
    return { plan: { victims: [], notPermitted: [], held: 'unlearned' }, endings: [], faults: [memory.fault] }

  const { name, ending: policy } = target
  const noting: Noting = {
    reading,
    asked: memory.asked,
    policy,
    plan: (one) => planEndings(one, { ...policy, end: true }, false, surge || surgeUnknown),
  }
  const known = withLook(memory.state, noting)
  const proven = reading.candidates.filter((one) => isProvenAbandoned(one, known.gaps, policy, reading.at))
  const maintenance = maintenanceAt(target, reading.at) !== undefined
  const unlearned = sayUnlearned(memory.state, reading.at)
  const plan = heldBack(
    planEndings({ ...reading, candidates: proven }, policy, dryRun, surge, maintenance),
    surgeUnknown ? 'surge-unknown' : unlearned ? 'unlearned' : undefined,
  )
  const recorder = recorderOf(name)
  const endings = await endSessions(plan, target, {
    sql,
    evidenceOf: (victim) => evidenceFor(victim, known.gaps, policy, reading.at),
    recorder,
    signal,
  })
  const ended = endings.filter(isEnded).map(({ victim }) => applicationName(victim))
  const faults = await recorder.faults()
  // Written once, when it is known who was ended.
  const remembered = (state: SessionsMemory) => withEnded(withLook(state, noting), ended)
  if (!dryRun) faults.push(...(await saveSessions(memory, remembered, reading.at, AbortSignal.timeout(SAVING_MS))))
  return {
    plan,
    endings,
    memory: known,
    trust: { ...trustFacts(known, reading, policy), ...(unlearned && { unlearned }) },
    listed: processList(name, reading, known.gaps, surge),
    faults,
  }
}

/** Of its own: endings may have used up all the time that was left for the target, and what they did must not be forgotten. */
const SAVING_MS = 8_000

const isEnded = ({ outcome }: Ending): boolean => outcome === 'ended' || outcome === 'still-ending'

/** The plan where nobody may be ended, nor would be. What keeps it from ending anybody for a better reason stands. */
const heldBack = (plan: EndingPlan, why: Held | undefined): EndingPlan =>
  why === undefined || plan.held === 'below' || plan.held === 'load'
    ? plan
    : { victims: [], notPermitted: [], held: why }

/** What is remembered once the compute is suspended. Never throws. */
export async function noteSuspended(
  memory: StoredSessions | { fault: string },
  { dryRun, at, signal }: { dryRun: boolean; at: number; signal: AbortSignal },
): Promise<Acted> {
  // Without a series there is nothing to break, and no item is written for a target that only sleeps.
  if ('fault' in memory || memory.state.leak === undefined || dryRun) return NOTHING
  return { ...NOTHING, faults: await saveSessions(memory, withSuspension, at, signal) }
}
