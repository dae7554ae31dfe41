/** Who stands at the head of the queues for locks. */
import { formatDuration } from '../../units.ts'
import { applicationName } from '../applications.ts'
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

/** `pid 4711 of reports`. */
export const sayWho = ({ pid, application, role, database }: Head): string =>
  pid === 0
    ? 'a prepared transaction'
    : application === undefined
      ? `pid ${pid}`
      : `pid ${pid} of ${applicationName({ application, role: role ?? '', database: database ?? '' })}`

/** `38`, or `50 or more` where more wait than the look asked about. */
export function sayBlocks(
  { blocks }: Head,
  { waiting, statements }: Pick<SeenReading, 'waiting' | 'statements'>,
): string {
  const all = statements.reduce((sum, one) => sum + one.waiting, 0)
  return all > waiting.length ? `${blocks} or more` : String(blocks)
}

/** What to do about one of them, one step. */
export function adviseOn(head: Head, reading: SeenReading): string {
  const { pid, state, transactionMs, statement } = head
  const blocks = sayBlocks(head, reading)
  if (pid === 0)
    return `${blocks} wait for a prepared transaction: SELECT * FROM pg_prepared_xacts; then COMMIT PREPARED or ROLLBACK PREPARED it.`
  if (state === undefined)
    return `${blocks} wait for pid ${pid}, which is no client: SELECT * FROM pg_stat_activity WHERE pid = ${pid}; says what it is.`
  const open = transactionMs ? ` Its transaction has been open for ${formatDuration(transactionMs)}` : ''
  return state === 'active'
    ? `${sayWho(head)} blocks ${blocks}: SELECT pg_cancel_backend(${pid}); stops its statement, which rolls its transaction back.${open && `${open}.`} It runs: ${statement}`
    : `${sayWho(head)} blocks ${blocks}: SELECT pg_terminate_backend(${pid}); ends it, which rolls its transaction back.${open && `${open}, and it runs nothing.`} It last ran: ${statement}`
}
