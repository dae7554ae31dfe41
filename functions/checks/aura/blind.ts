/** Can our user see what there is to see? Without that, how many and how old is unknown, and 0 would be a lie. */
import { count } from '../../units.ts'
import type { BoltFacts } from '../aura-reading.ts'
import type { Finding } from '../finding.ts'
import type { AuraRule } from './facts.ts'
import { isNightshift } from './users.ts'

const name = 'connections.blind'

/** Whoever was shown others' connections so lately is only alone by now. */
const REMEMBERED_MS = 24 * 60 * 60_000

const PARTS = ['connections', 'transactions', 'databases'] as const

export const blind = {
  name,
  judge({ reading, othersSeenAt, sharedSeenAt }) {
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
    if (reading.bolt.sighted)
      return { rule: name, severity: 'ok', headline: 'sees all connections', summary: '', recovered: true }
    // Alone for now, or no longer shown the others: neither can be said.
    if (isFresh(othersSeenAt, reading.at)) return null
    if (isFresh(sharedSeenAt, reading.at)) return shared(reading.bolt)
    return {
      rule: name,
      severity: 'unknown',
      opens: 'confirmed',
      recovered: false,
      headline: "blind: only our own user's connections are listed",
      summary:
        'Neo4j lists the connections of others to administrators only, and says nothing when it leaves them out: either nobody else has connected for a day, or they are hidden from our user. How many there are is unknown, not zero, and nothing is ended meanwhile.',
      advice: [grants(['connections'])],
    }
  },
} satisfies AuraRule

const isFresh = (seenAt: number | undefined, now: number): boolean =>
  seenAt !== undefined && now - seenAt < REMEMBERED_MS

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
    once: true,
    recovered: false,
    headline: "blind: other programs connect as Nightshift's own user",
    summary: `Other programs connect as ${whose}${theirs.length > 0 ? `: ${count(theirs.length, 'connection')} of ${list(shown)}` : ', today at least'}. Nobody else is listed, and whether there are others that are hidden cannot be told. What is bad about those listed is told all the same; that all is well is not, and nothing is ended meanwhile.`,
    advice: [
      "Give Nightshift a user of its own, with the rights of an administrator: CREATE USER nightshift SET PASSWORD '<a long random one>' CHANGE NOT REQUIRED; GRANT ROLE admin TO nightshift;",
      "Put its name into aura.user of this target and its password into the secret under passwords.<target's name>, and deploy.",
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
  return `Give Nightshift a user with the rights of an administrator, or where the tier lets you grant: ${statements.join(' ')}`
}
