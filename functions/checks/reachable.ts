/** Could the target be looked at? If not: which of the many ways to fail is it, and what does a person do about it? */
import { sayFailure } from './failed-look.ts'
import type { Finding } from './finding.ts'
import { meaningsFor, type Provider, type Words } from './meanings.ts'
import type { Failure } from './reading.ts'
import type { Rule } from './rule.ts'

const name = 'connections.reachable'

const NEON: Provider = {
  name: 'Neon',
  host: 'endpoint',
  machine: 'compute',
  lookThere: "Look at Neon's status page and at the compute in the Neon console.",
  requests: 'See what else uses an API key of this account; Neon allows 700 requests a minute.',
  withoutApi:
    "Without Neon's API it is not known whether the compute is awake, so it was not asked; the database itself may be well.",
}
export const NEON_WORDS: Words = { provider: NEON, meanings: meaningsFor(NEON) }

export const reachable = {
  name,
  judge({ reading, cutOffBy }) {
    // Asleep, a database says nothing of its passwords and quotas: a used-up quota may be the very reason for its sleep.
    if (reading.kind === 'asleep' && cutOffBy) return null
    return reading.kind === 'failed' ? unreached(reading.failure, NEON_WORDS) : REACHED
  },
} satisfies Rule

export const REACHED: Finding = {
  rule: name,
  severity: 'ok',
  headline: 'reachable again',
  summary: '',
  recovered: true,
  closes: 'confirmed',
}

/** The finding of a look that failed, in the words of its provider. */
export function unreached(failure: Failure, words: Words): Finding {
  // The server answered, and what it said is connections.saturation's to tell.
  if (failure.cause === 'full') return REACHED
  const said = sayFailure(failure, failure.cause, words)
  return {
    rule: name,
    ...said,
    recovered: false,
    closes: 'confirmed',
    ...(said.severity === 'unknown' && { unseen: true }),
  }
}
