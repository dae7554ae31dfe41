/** Could the target be looked at? If not: which of the many ways to fail is it, and what does a person do about it? */
import type { Finding } from './finding.ts'
import { type Meaning, type Meanings, meaningsFor, NOT_SEEN, type Provider } from './meanings.ts'
import type { Failure } from './reading.ts'
import type { Rule } from './rule.ts'

const name = 'connections.reachable'

const NEON: Provider = {
  name: 'Neon',
  host: 'endpoint',
  machine: 'compute',
  lookThere: "Look at Neon's status page and at the compute in the Neon console.",
  requests: 'See what else uses an API key of this account; Neon allows 700 requests a minute.',
  withoutApi: "Without Neon's API it is not known whether the compute is awake",
}
const MEANINGS = meaningsFor(NEON)

export const reachable = {
  name,
  judge({ reading, cutOffBy }) {
    // Asleep, a database says nothing of its passwords and quotas: a used-up quota may be the very reason for its sleep.
    if (reading.kind === 'asleep' && cutOffBy) return null
    return reading.kind === 'failed' ? unreached(reading.failure, MEANINGS, NEON) : REACHED
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
export function unreached(failure: Failure, meanings: Meanings, provider: Provider): Finding {
  // The server answered, and what it said is connections.saturation's to tell.
  if (failure.cause === 'full') return REACHED
  const { incident } = failure
  const { severity, opens, headline, summary, advice } = meaningOf(failure, meanings[failure.cause], provider)
  return {
    rule: name,
    severity,
    opens,
    recovered: false,
    closes: 'confirmed',
    ...(severity === 'unknown' && { unseen: true }),
    headline: incident ? `${headline}; ${provider.name} reports: ${incident.name}` : headline,
    summary: `${summary} ${failure.at === 'api' ? `${provider.name}'s API said` : failure.at === 'sql' || failure.at === 'bolt' ? 'It said' : 'In detail'}: ${failure.message}`,
    ...(incident && {
      evidence: { columns: [`${provider.name} status page`, 'address'], rows: [[incident.name, incident.url]] },
    }),
    advice: [
      ...(incident
        ? [
            `${provider.name} has an incident in this region: follow ${incident.url} before you change anything of yours.`,
          ]
        : []),
      ...advice,
    ],
  }
}

/** An API that cannot be reached says nothing of the database: that is not to be seen, but nobody is cut off from it. */
function meaningOf({ at }: Failure, meaning: Meaning, { name: provider, withoutApi }: Provider): Meaning {
  if (at !== 'api' || !meaning.headline.startsWith('unreachable: ')) return meaning
  return {
    ...meaning,
    ...NOT_SEEN,
    headline: `not looked at: ${provider}'s API: ${meaning.headline.slice('unreachable: '.length)}`,
    summary: `${meaning.summary} ${withoutApi}, so it was not asked; the database itself may be well.`,
  }
}
