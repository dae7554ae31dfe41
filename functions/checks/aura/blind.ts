/** Can our user see what there is to see? Without that, how many and how old is unknown, and 0 would be a lie. */
import { count } from '../../units.ts'
import type { AuraReading, BoltFacts } from '../aura-reading.ts'
import type { Finding } from '../finding.ts'
import { type AuraRule, showsOthers } from './facts.ts'
import { isNightshift } from './users.ts'

const name = 'connections.blind'

/** For so long whoever else connects as our own user is expected back. */
const REMEMBERED_MS = 24 * 60 * 60_000

const PARTS = ['connections', 'transactions', 'databases'] as const

export const blind = {
  name,
  judge(facts) {
    const { reading, sharedSeenAt } = facts
    if (reading.kind !== 'seen') return null
    const missing = PARTS.flatMap((part) => missingOf(part, reading.bolt))
    const [first] = missing
    if (first) {
      const what = list(missing.map(({ part }) => part))
      const refused = missing.filter(({ why }) => why === 'refused').map(({ part }) => part)
      return {
        rule: name,
        severity: 'unknown',
        opens: 'at-once',
        recovered: false,
        headline: `blind: ${what} cannot be listed`,
        summary: `${missing.map(({ part, why }) => `${part[0]?.toUpperCase()}${part.slice(1)} ${why === 'refused' ? 'were refused to our user' : 'cannot be listed on this instance'}.`).join(' ')} What is not listed is unknown, not zero, and nothing is ended meanwhile. It said: ${[...new Set(missing.map(({ message }) => message))].join('; ')}`,
        advice: [
          ...(refused.length > 0 ? [grants(refused)] : []),
          ...(refused.length < missing.length
            ? ['See what this version offers: SHOW PROCEDURES YIELD name; an older one may have to be upgraded.']
            : []),
        ],
      }
    }
    const well = { rule: name, severity: 'ok', summary: '', recovered: true, closes: 'confirmed' } as const
    if (reading.bolt.sighted) return { ...well, headline: 'sees all connections' }
    // Alone for now, or no longer shown the others: neither can be said. Soon it must be, as rights may be lost.
    if (showsOthers(facts) && !isShownWork(reading.bolt)) return null
    if (sharedSeenAt !== undefined && reading.at - sharedSeenAt < REMEMBERED_MS) return shared(reading.bolt)
    if (isAlone(reading)) return { ...well, headline: "nobody else is connected, by Aura's metrics" }
    return {
      rule: name,
      severity: 'unknown',
      opens: 'confirmed',
      closes: 'confirmed',
      // A quiet instance is so every night.
      once: true,
      recovered: false,
      headline: "blind: only our own user's connections are listed",
      summary:
        'Neo4j lists the connections of others to administrators only, and says nothing when it leaves them out: either nobody else has been connected for an hour, or they are hidden from our user. How many there are is unknown, not zero, and nothing is ended meanwhile. This is told once.',
      advice: [grants(['connections'])],
    }
  },
} satisfies AuraRule

/** By Aura's metrics, of the member that has the most, no more are open than are listed, and our own. */
function isAlone({ bolt, metrics }: SeenReading): boolean {
  const open = metrics && 'connections' in metrics ? metrics.connections.open : undefined
  return open !== undefined && 'rows' in bolt.connections && open <= bolt.connections.rows.length + 1
}

/** Somebody is at work whose connection is not listed: then it is hidden. */
function isShownWork({ connections, transactions }: BoltFacts): boolean {
  if (!('rows' in connections) || !('rows' in transactions)) return false
  const listed = new Set(connections.rows.map(({ id }) => id))
  return transactions.rows.some(({ connectionId }) => connectionId !== '' && !listed.has(connectionId))
}

type SeenReading = Extract<AuraReading, { kind: 'seen' }>

/** Programs connect as our user and nobody as another. It was set up so: no look will ever find it otherwise. */
function shared({ connections }: BoltFacts): Finding {
  const theirs = 'rows' in connections ? connections.rows.filter((one) => !isNightshift(one)) : []
  const programs = [...new Set(theirs.map(({ agent }) => agent || 'a program without a name'))]
  const shown = programs.length > 3 ? [...programs.slice(0, 2), `${programs.length - 2} more`] : programs
  const whose = theirs[0]
    ? `${theirs[0].user}, the user that Nightshift was given`
    : 'the user that Nightshift was given'
  return {
    rule: name,
    severity: 'unknown',
    opens: 'confirmed',
    closes: 'confirmed',
    once: true,
    recovered: false,
    headline: "blind: other programs connect as Nightshift's own user",
    summary: `Other programs connect as ${whose}${theirs.length > 0 ? `: ${count(theirs.length, 'connection')} of ${list(shown)}` : ', today at least'}. Nobody else is listed, and whether there are others that are hidden cannot be told. What is bad about those listed is told all the same; that all is well is not, and nothing is ended meanwhile.`,
    advice: [
      `Give Nightshift a user of its own: CREATE USER nightshift SET PASSWORD '<a long random one>' CHANGE NOT REQUIRED; with the administrator's role, which has another name on each instance: SHOW ROLES YIELD role; GRANT ROLE <the administrator's> TO nightshift;`,
      "Put its name into aura.user of this target and its password into the secret under passwords.<target's name>, and deploy.",
      'On Free no user can be made: stay with neo4j, and let no program use it where that matters.',
    ],
  }
}

const missingOf = (part: (typeof PARTS)[number], bolt: BoltFacts) => {
  const { [part]: brought } = bolt
  return 'missing' in brought ? [{ part, why: brought.missing, message: brought.message }] : []
}

const list = (words: string[]): string => words.join(', ').replace(/, ([^,]*)$/, ' and $1')

/** What lets a role list them. Aura's roles differ by tier, and most cannot be changed. */
function grants(parts: string[]): string {
  const statements = [
    ...(parts.includes('connections') ? ['GRANT EXECUTE ADMIN PROCEDURES ON DBMS TO <role>;'] : []),
    ...(parts.includes('transactions') ? ['GRANT SHOW TRANSACTION (*) ON DATABASE * TO <role>;'] : []),
    ...(parts.includes('databases') ? ['GRANT ACCESS ON DATABASE * TO <role>;'] : []),
  ]
  return `Give Nightshift's user the administrator's role (SHOW ROLES YIELD role; GRANT ROLE <the administrator's> TO <user>;), or where the tier lets you grant: ${statements.join(' ')}`
}
