/** How fast Aura's API may be asked. Kept from one invocation to the next, as Aura counts by the minute. */
import { LookFailed } from '../failure.ts'
import { paced } from '../waiting.ts'
import type { AuraClient } from './token.ts'

/** Requests a minute of one client (https://neo4j.com/docs/aura/platform/api/overview/); which of the two, no answer tells. */
const UNPAID = 25
const PAID = 125
const MINUTE = 60_000

export interface Pace {
  /** @throws LookFailed `rate-limited` when the deadline comes before the turn */
  turn(signal: AbortSignal): Promise<void>
  /** Takes note of an instance's type: whoever has one that is not free pays, as far as anybody knows. */
  note(type: string): void
}

/** By the client's id. */
const paces = new Map<string, Pace>()

export function paceOf({ id }: AuraClient): Pace {
  const known = paces.get(id) ?? newPace()
  paces.set(id, known)
  return known
}

function newPace(): Pace {
  let most = UNPAID
  const wait = paced(() => most, MINUTE)
  return {
    turn: (signal) =>
      wait(signal).catch(() => {
        const message = `not sent: Nightshift sends at most ${most} requests a minute to Aura's API, and the turn of this one did not come in time`
        throw new LookFailed({ cause: 'rate-limited', at: 'nightshift', message })
      }),
    note: (type) => {
      if (type !== 'free-db') most = PAID
    },
  }
}
