/** Who stands at the head of the queues for locks. */
import type { Blocker, SeenReading } from '../reading.ts'

export interface Head extends Partial<Blocker> {
  /** 0: a prepared transaction. */
  pid: number
  /** How many wait for it, directly or behind others; of those that the look asked about. */
  blocks: number
}

/** Those that others wait for and that wait for nobody, whoever blocks the most first. What is no client has a pid and no more. */
export function headsOf({ waiting, blockers }: Pick<SeenReading, 'waiting' | 'blockers'>): Head[] {
  const blockedBy = new Map(waiting.map((one) => [one.pid, one.blockedBy]))
  const blocks = new Map<number, number>()
  for (const { pid } of waiting)
    for (const head of headsBefore(pid, blockedBy)) blocks.set(head, (blocks.get(head) ?? 0) + 1)
  return [...blocks]
    .map(([pid, count]): Head => ({ ...blockers.find((one) => one.pid === pid), pid, blocks: count }))
    .filter(({ waits }) => !waits)
    .sort((a, b) => b.blocks - a.blocks || a.pid - b.pid)
}

/** Up the queue from one that waits: each who waits for a row sees only the next before it. */
function headsBefore(pid: number, blockedBy: Map<number, number[]>): Set<number> {
  const heads = new Set<number>()
  const seen = new Set([pid])
  const todo = [pid]
  for (let at = todo.pop(); at !== undefined; at = todo.pop())
    for (const before of blockedBy.get(at) ?? []) {
      if (seen.has(before)) continue
      seen.add(before)
      if (blockedBy.has(before)) todo.push(before)
      else heads.add(before)
    }
  return heads
}

/** Of those at work, from where on it is one alone that the others wait for. */
const SHARE = 0.2
/** Who blocks less than that is what is the matter only if it has done so for a while, and not to a few. */
const WHILE_MS = 10_000
const A_FEW = 3

/** Whether it is what is the matter. Among many at work there is always one that waits for a row for a moment. */
export function leads(
  { blocks, transactionMs }: Head,
  { atWork, waiting, waitingSessions }: Pick<SeenReading, 'atWork' | 'waiting' | 'waitingSessions'>,
): boolean {
  // Those that were not asked for whom they wait do so for the same ones, by and large.
  const inAll = blocks * Math.max(1, waitingSessions / waiting.length)
  return inAll >= atWork * SHARE || ((transactionMs ?? 0) >= WHILE_MS && blocks > A_FEW)
}
