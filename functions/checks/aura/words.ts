/** What each way to fail means on Aura: the same table as for Neon, in Aura's words where they differ. */
import {
  type Meanings,
  MISCONFIGURED,
  meaningsFor,
  NOT_SEEN,
  type Provider,
  UNREACHABLE,
  type Words,
} from '../meanings.ts'

const AURA: Provider = {
  name: 'Aura',
  host: 'instance',
  machine: 'instance',
  lookThere: "Look at Aura's status page (status.neo4j.io) and at the instance in the Aura console.",
  requests:
    'See what else uses an API client of this account; Aura allows 25 requests a minute on Free and 125 on paid projects.',
  withoutApi:
    "Without Aura's API it is not known where the instance is and whether it runs, so it was not asked; the database itself may be well.",
}

const COMMON = meaningsFor(AURA)
const MEANINGS: Meanings = {
  ...COMMON,
  'rate-limited': {
    ...COMMON['rate-limited'],
    summary:
      'Aura takes only so many requests a minute: it refused one again after Nightshift had waited as told, or Nightshift itself held one back until time was up.',
  },
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

export const AURA_WORDS: Words = { provider: AURA, meanings: MEANINGS }

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

/** What is said where everything was seen all the same, by way of the system database. */
export const SEEN_BY_SYSTEM: Words = {
  ...AURA_WORDS,
  meanings: {
    ...MEANINGS,
    'no-database': {
      ...MEANINGS['no-database'],
      headline: 'no such database: only the system database lets us in',
      summary:
        'The instance has no database of the configured name, or the home database of our user is gone. Connections, transactions and databases were seen all the same, by way of the system database; nothing is ended meanwhile.',
      advice: [
        'See what there is: SHOW DATABASES; then correct aura.database of this target in nightshift.config.ts and deploy.',
        'If it was there before, somebody has dropped it, and programs miss it too: restore a snapshot to a new instance.',
      ],
    },
    starting: {
      ...MEANINGS.starting,
      headline: 'the database is not available: only the system database lets us in',
      summary:
        'The database that Nightshift goes by lets nobody in, and nothing is said to be wrong with it: it may have been stopped on purpose. Connections, transactions and databases were seen all the same, by way of the system database; nothing is ended meanwhile.',
      advice: [
        'See what it is said to be and should be: SHOW DATABASES YIELD name, currentStatus, requestedStatus, statusMessage;',
        'If it was stopped on purpose, name another in aura.database of this target; if not, open a ticket with Neo4j.',
      ],
    },
  },
}

/** Bolt's own limit, of each user: three wrong passwords, and for seconds nobody gets in by that name. */
export const LOGINS_LIMITED: Words = {
  ...AURA_WORDS,
  meanings: {
    ...MEANINGS,
    'rate-limited': {
      ...NOT_SEEN,
      headline: 'not looked at: too many failed logins for its user',
      summary:
        'The instance lets nobody in by the name of the user that Nightshift uses: too many logins with it have failed. Some program, or Nightshift itself, has the wrong password.',
      advice: [
        "Find the program that logs in as this user with a wrong password, and check the one in the secret under passwords.<target's name>.",
        'Give Nightshift a user that nothing else uses.',
      ],
    },
  },
}
