/** A client that lies idle until it is woken, and keeps what the server told it of when its work began. */
import type { Chance } from '../../bench/forecast-trace.ts'
import type { Postgres, Session } from './postgres.ts'

export type Waking = 'statement' | 'transaction' | 'long-statement' | 'leaves'

export interface Restless {
  readonly pid: number
  /** When the server began something for it, in milliseconds of the server's clock, as that told it at once. */
  readonly began: number[]
  /** Never throws: a statement may meet the end of its session. */
  wake(how: Waking): Promise<void>
  /** Ends the transaction that it may be in. Resolves with whether its session still answers. */
  rest(): Promise<boolean>
  leave(): Promise<void>
}

/** A notice is sent while the statement still runs, and so is known of one that does not live to its answer. */
const TELL = `RAISE NOTICE 'began %', extract(epoch FROM clock_timestamp()) * 1000;`

const STATEMENTS: Record<Exclude<Waking, 'leaves'>, string> = {
  statement: `DO $$ BEGIN ${TELL} END $$`,
  transaction: `BEGIN; DO $$ BEGIN ${TELL} END $$`,
  'long-statement': `DO $$ BEGIN ${TELL} PERFORM pg_sleep(0.1); END $$`,
}

export async function restless(postgres: Postgres): Promise<Restless> {
  const session: Session = await postgres.session({ application: 'restless', user: 'app' })
  const began: number[] = []
  session.client.on('notice', ({ message = '' }) => {
    if (message.startsWith('began ')) began.push(Number(message.slice(6)))
  })
  const attempt = (statement: string) =>
    session.query(statement).then(
      () => true,
      () => false,
    )
  const leave = async () => {
    await session.client.end()
    await session.ended
  }
  return {
    pid: session.pid,
    began,
    wake: async (how) => {
      await (how === 'leaves' ? leave() : attempt(STATEMENTS[how]))
    },
    rest: () => attempt('ROLLBACK'),
    leave,
  }
}

/** When a session wakes, if it does: at some moment of the round, or just as its ending is asked for. */
export interface Fate {
  wakes: 'never' | 'sometime' | 'just-then'
  afterMs: number
  how: Waking
}

export function fateOf(chance: Chance, roundMs: number): Fate {
  const wakes = chance.oneOf<Fate['wakes']>(['never', 'sometime', 'just-then', 'just-then'])
  const how = chance.oneOf<Waking>(['statement', 'statement', 'transaction', 'long-statement', 'leaves'])
  return { wakes, how, afterMs: chance.between(0, wakes === 'sometime' ? roundMs : 12) }
}
