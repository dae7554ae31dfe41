/** Could the instance be looked at? */
import type { DatabaseState } from '../aura-reading.ts'
import type { Finding } from '../finding.ts'
import { sayLastLook } from '../last-look.ts'
import { REACHED, unreached } from '../reachable.ts'
import type { Failure } from '../reading.ts'
import { troublesIn } from './databases-offline.ts'
import { type AuraRule, rowsOf } from './facts.ts'
import type { LastCount } from './memory.ts'
import { holdersOf } from './saturation.ts'
import { AURA_WORDS, LOGINS_LIMITED, SEEN_BY_SYSTEM } from './words.ts'

/** At so much of the configured limit, a connection that is refused may be one too many. */
const NEAR = 0.9

/** At its own connection limit Aura breaks off new connections, and says no more than that. */
function perhapsFull(finding: Finding, { cause, at }: Failure, limit: number | undefined, last: LastCount | undefined) {
  if (at !== 'bolt' || cause !== 'reset' || !limit || !last || last.used < NEAR * limit) return finding
  const [largest] = last.top
  return {
    ...finding,
    headline: `${finding.headline}; ${last.used} of ${limit} connections were open before`,
    summary: `${finding.summary} Perhaps its connection limit is reached.${sayLastLook(holdersOf(last), `of ${limit} connections were open`)}`,
    ...(largest && { brief: `Restart ${largest.name}` }),
    advice: [
      ...(largest ? [`If applications are refused too, restart ${largest.name}: that frees its connections.`] : []),
      ...(finding.advice ?? []),
    ],
  }
}

/** What kept the look out of its own database. One that should be online and is not is databases.offline's to tell. */
function keptOut(failure: Failure, databases: DatabaseState[]): Finding {
  if (failure.cause === 'starting' && troublesIn(databases).length > 0) return REACHED
  // Somebody is watching: it does not become critical with time.
  const { unseen: _, ...finding } = unreached(failure, SEEN_BY_SYSTEM)
  return finding
}

export const reachable = {
  name: REACHED.rule,
  judge({ reading, standing, cutOffBy, limit, last }) {
    if (reading.kind === 'failed') {
      const { failure } = reading
      // An instance that was there and is no more is instance.status's to tell.
      if (failure.cause === 'not-found' && standing) return null
      const words = failure.at === 'bolt' && failure.cause === 'rate-limited' ? LOGINS_LIMITED : AURA_WORDS
      return perhapsFull(unreached(failure, words), failure, limit, last)
    }
    if (reading.kind === 'seen' && reading.bolt.bySystem)
      return keptOut(reading.bolt.bySystem, rowsOf(reading, 'databases') ?? [])
    // Not running, an instance says nothing of its users and passwords.
    if (reading.kind !== 'not-running') return REACHED
    // Nobody has reached it: what could not be reached does not run any more, and that is all.
    return cutOffBy ? null : { ...REACHED, headline: `the instance is ${reading.instance.status}` }
  },
} satisfies AuraRule
