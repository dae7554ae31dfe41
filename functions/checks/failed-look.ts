/** What is said of a look that failed, whatever it looked for: its meaning, who said what, and whose incident it is. */
import type { Finding } from './finding.ts'
import { type Meaning, NOT_SEEN, type Provider, type Words } from './meanings.ts'
import type { Cause, Failure } from './reading.ts'

export type Said = Meaning & Pick<Finding, 'evidence'>

/** @param failure of any cause but `full`: that the server is full says no more than that it was reached */
export function sayFailure(failure: Failure, cause: Exclude<Cause, 'full'>, { provider, meanings }: Words): Said {
  const { incident } = failure
  const { severity, opens, headline, summary, advice } = meaningOf(failure, meanings[cause], provider)
  return {
    severity,
    opens,
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
  if (at !== 'api') return meaning
  if (!meaning.headline.startsWith('unreachable: '))
    return meaning.opens === 'at-once' ? meaning : { ...meaning, summary: `${meaning.summary} ${withoutApi}` }
  return {
    ...meaning,
    ...NOT_SEEN,
    headline: `not looked at: ${provider}'s API: ${meaning.headline.slice('unreachable: '.length)}`,
    summary: `${meaning.summary} ${withoutApi}`,
  }
}
