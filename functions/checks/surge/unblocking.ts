/** What to do about whoever stands at the head of a queue for a lock: it depends on what it is. */
import { formatDuration } from '../../units.ts'
import { applicationName } from '../applications.ts'
import type { SeenReading } from '../reading.ts'
import type { Head } from './blockers.ts'

type Kind =
  | 'prepared' // a transaction that was prepared, and its session gone
  | 'no-client' // a process of the server
  | 'not-ours' // Neon's own or a superuser's, which nobody here may end
  | 'running'
  | 'in-transaction' // between two statements
  | 'idle' // without a transaction: what it holds is an advisory lock

function kindOf({ pid, state, protection }: Head): Kind {
  if (pid === 0) return 'prepared'
  if (state === undefined) return 'no-client'
  if (protection === 'neon' || protection === 'superuser') return 'not-ours'
  if (state.startsWith('idle in transaction')) return 'in-transaction'
  return state === 'idle' ? 'idle' : 'running'
}

/** `pid 4711 of reports`. */
export const sayWho = ({ pid, application, role, database }: Head): string =>
  pid === 0
    ? 'a prepared transaction'
    : application === undefined
      ? `pid ${pid}`
      : `pid ${pid} of ${applicationName({ application, role: role ?? '', database: database ?? '' })}`

type Waiting = Pick<SeenReading, 'waiting' | 'waitingSessions'>

/** `38`, or `50 or more` where more wait than the look asked about. */
const sayBlocks = ({ blocks }: Head, { waiting, waitingSessions }: Waiting): string =>
  waitingSessions > waiting.length ? `${blocks} or more` : String(blocks)

const IN_BRIEF: Record<Kind, string> = {
  prepared: 'ROLLBACK PREPARED it',
  'no-client': 'see what it is',
  'not-ours': 'see what it does',
  running: 'cancel its statement',
  'in-transaction': 'end it',
  idle: 'end it',
}

/** `pid 4711 of reports blocks 38: end it`. */
export const briefOn = (head: Head, waiting: Waiting): string =>
  `${sayWho(head)} blocks ${sayBlocks(head, waiting)}: ${IN_BRIEF[kindOf(head)]}`

/** One step, with its statement. */
export function adviseOn(head: Head, waiting: Waiting): string {
  const { pid, role, transactionMs, statement } = head
  const blocks = sayBlocks(head, waiting)
  const who = `${sayWho(head)} blocks ${blocks}`
  const see = `SELECT * FROM pg_stat_activity WHERE pid = ${pid};`
  const open = transactionMs ? ` Its transaction has been open for ${formatDuration(transactionMs)}` : ''
  switch (kindOf(head)) {
    case 'prepared':
      return `${blocks} wait for a prepared transaction: SELECT * FROM pg_prepared_xacts; then COMMIT PREPARED or ROLLBACK PREPARED it.`
    case 'no-client':
      return `${blocks} wait for pid ${pid}, which is no client: ${see} says what it is.`
    case 'not-ours':
      return `${who}, as role ${role}, whose sessions only a superuser ends: ${see} says what it does. If it stays, ask Neon's support.`
    case 'running':
      return `${who}: SELECT pg_cancel_backend(${pid}); stops its statement, which rolls its transaction back.${open && `${open}.`} It runs: ${statement}`
    case 'in-transaction':
      return `${who}: SELECT pg_terminate_backend(${pid}); ends it, which rolls its transaction back.${open && `${open}, and it runs nothing.`} It last ran: ${statement}`
    case 'idle':
      return `${who} by an advisory lock that it keeps: SELECT pg_terminate_backend(${pid}); ends it, which gives the lock back. It last ran: ${statement}`
  }
}
