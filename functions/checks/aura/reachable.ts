/** Could the instance be looked at? The same table as for Neon, in Aura's words where they differ. */
import { type Meanings, MISCONFIGURED, meaningsFor, NOT_SEEN, type Provider, UNREACHABLE } from '../meanings.ts'
import { REACHED, unreached } from '../reachable.ts'
import type { AuraRule } from './facts.ts'

const AURA: Provider = {
  name: 'Aura',
  host: 'instance',
  machine: 'instance',
  lookThere: "Look at Aura's status page (status.neo4j.io) and at the instance in the Aura console.",
  requests:
    'See what else uses an API client of this account; Aura allows 25 requests a minute on Free and 125 on paid projects.',
  withoutApi: "Without Aura's API it is not known where the instance is and whether it runs",
}

const MEANINGS: Meanings = {
  ...meaningsFor(AURA),
  credentials: {
    ...MISCONFIGURED,
    headline: 'not looked at: user or password refused',
    summary:
      'The instance refused the user or password that Nightshift uses; the secret was read afresh and tried again.',
    advice: [
      "Check that the user in nightshift.config.ts exists on this instance, and put its password into the secret under passwords.<target's name>.",
      'An instance that was overwritten or restored has the users of what it was made from.',
    ],
  },
  'no-database': {
    ...MISCONFIGURED,
    headline: 'not looked at: no such database',
    summary: 'The instance has no database of the configured name, or the user may not enter it.',
    advice: ['Correct aura.database of this target in nightshift.config.ts and deploy.'],
  },
  'no-password': {
    ...MISCONFIGURED,
    headline: 'not looked at: no password for the user',
    summary: 'The secret has no password for this instance, and Aura shows one only once, when the instance is made.',
    advice: ["Put the user's password into the secret under passwords.<target's name>."],
  },
  starting: {
    ...NOT_SEEN,
    headline: 'not looked at: the database is not available',
    summary: 'The instance answers, but its database is starting or not available on this member.',
    advice: ['If it lasts, look at the instance in the Aura console, and open a ticket with Neo4j.'],
  },
  'not-found': {
    ...MISCONFIGURED,
    headline: 'not looked at: no such instance',
    summary: 'Aura knows no instance of the configured id.',
    advice: [
      "Compare aura.instance with the Aura console (the id is in the instance's address), and check that the API client belongs to an account that sees it.",
    ],
  },
  refused: { ...unreachable('connection refused', 'Nothing answers at the address.') },
  reset: { ...unreachable('connection broken off', 'The connection was broken off before an answer came.') },
}

function unreachable(what: string, summary: string) {
  return {
    ...UNREACHABLE,
    headline: `unreachable: ${what}`,
    summary,
    advice: [
      AURA.lookThere,
      'If the instance has a list of allowed addresses or a private endpoint, check that it lets in where the function runs.',
    ],
  }
}

export const reachable = {
  name: REACHED.rule,
  judge({ reading, standing, cutOffBy }) {
    if (reading.kind === 'failed') {
      // An instance that was there and is no more is instance.status's to tell.
      if (reading.failure.cause === 'not-found' && standing) return null
      return unreached(reading.failure, MEANINGS, AURA)
    }
    // Not running, an instance says nothing of its users and passwords.
    return reading.kind === 'not-running' && cutOffBy ? null : REACHED
  },
} satisfies AuraRule
