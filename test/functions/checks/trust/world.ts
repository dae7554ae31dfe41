/** Sessions that work at moments of their own, and looks at them. */
import type { KnownSession, Protection, SeenReading } from '../../../../functions/checks/reading.ts'
import { noteSessions, type TrustMemory } from '../../../../functions/checks/trust/memory.ts'
import { watchList } from '../../../../functions/checks/trust/watched.ts'
import { type EndingPolicy, planEndings } from '../../../../functions/checks/victims.ts'
import { candidateOf, MINUTE, seen } from '../../builders.ts'

export interface Life {
  pid: number
  application: string
  /** When it opened and whenever it worked, in milliseconds, ascending. */
  works: number[]
  /** When it was closed, if ever. */
  ends?: number
  protection?: Protection | null
}

const openAt = ({ works, ends = Number.POSITIVE_INFINITY }: Life, at: number) => (works[0] ?? 0) <= at && at < ends
const idleSince = ({ works }: Life, at: number) => Math.max(...works.filter((one) => one <= at))

/** What a look at this moment sees, where it asks about these. */
export function lookAt(
  lives: Life[],
  at: number,
  asked: [number, number][] = [],
  { idleMs }: Pick<EndingPolicy, 'idleMs'> = { idleMs: 10 * MINUTE },
  changes: Partial<SeenReading> = {},
): SeenReading {
  const open = lives.filter((one) => openAt(one, at))
  const sessions = open
    .map((life) => ({
      pid: life.pid,
      application: life.application,
      role: 'app',
      database: 'neondb',
      backendStartMs: life.works[0] ?? 0,
      stateChangeMs: idleSince(life, at),
      idleMs: at - idleSince(life, at),
      protection: life.protection ?? null,
    }))
    .sort((a, b) => b.idleMs - a.idleMs)
  return seen({
    at,
    used: open.length,
    limit: { max: open.length, reserved: 0, usable: Math.max(1, open.length) },
    idleSessions: sessions.filter((one) => one.idleMs > MINUTE).slice(0, 300),
    candidates: sessions
      .filter((one) => one.idleMs >= idleMs && one.protection === null)
      .slice(0, 100)
      .map(({ backendStartMs, stateChangeMs, pid, application, idleMs: idle }) =>
        candidateOf({
          pid,
          application,
          idleMs: idle,
          backendStart: (backendStartMs / 1000).toFixed(6),
          stateChange: (stateChangeMs / 1000).toFixed(6),
        }),
      ),
    known: sessions
      .filter(({ pid, backendStartMs }) => asked.some(([one, start]) => one === pid && start === backendStartMs))
      .map(
        ({ pid, backendStartMs, stateChangeMs }): KnownSession => ({
          pid,
          backendStartMs,
          stateChangeMs,
          state: 'idle',
        }),
      ),
    ...changes,
  })
}

/** Look after look. */
export function watch(memory: TrustMemory, lives: Life[], looks: number[], policy: EndingPolicy): TrustMemory {
  return looks.reduce((before, at) => {
    const asked = watchList(before.watched)
    const reading = lookAt(lives, at, asked, policy)
    return noteSessions(before, {
      reading,
      asked,
      policy,
      plan: (one) => planEndings(one, { ...policy, end: true }, false),
    })
  }, memory)
}

export const every = (stepMs: number, from: number, to: number): number[] =>
  Array.from({ length: Math.floor((to - from) / stepMs) + 1 }, (_, i) => from + i * stepMs)
