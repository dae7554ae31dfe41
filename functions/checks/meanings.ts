/** What each way to fail means, and what a person does about it. */
import type { Severity } from './finding.ts'
import type { Cause } from './reading.ts'

export interface Meaning {
  severity: Severity
  /** At once when a second look cannot come out otherwise by itself. */
  opens: 'at-once' | 'confirmed'
  headline: string
  summary: string
  advice: string[]
}

export const UNREACHABLE = { severity: 'critical', opens: 'confirmed' } as const
export const NOT_SEEN = { severity: 'unknown', opens: 'confirmed' } as const
export const MISCONFIGURED = { severity: 'unknown', opens: 'at-once' } as const

/** A provider's own words, where all else is the same. */
export interface Provider {
  name: 'Neon' | 'Aura'
  /** What bears the address that is connected to. */
  host: string
  /** What does the work. */
  machine: string
  /** Where to look when it does not answer. */
  lookThere: string
  /** How many requests its API takes. */
  requests: string
  /** A sentence: why there is no look without its API. */
  withoutApi: string
}

/** All that is said of failures in a provider's words. */
export interface Words {
  provider: Provider
  meanings: Meanings
}

export type Meanings = Record<Exclude<Cause, 'full'>, Meaning>

/** What each cause means, in the words of a provider. */
export const meaningsFor = ({ name, host, machine, lookThere, requests }: Provider): Meanings => ({
  'role-full': {
    ...MISCONFIGURED,
    headline: "not looked at: Nightshift's role has no connection left",
    summary: 'The role Nightshift looks with has used up its own CONNECTION LIMIT; the server itself may be well.',
    advice: ['Raise it: ALTER ROLE <role> CONNECTION LIMIT 5; and give Nightshift a role that nothing else uses.'],
  },
  'database-full': {
    severity: 'critical',
    opens: 'at-once',
    headline: "full: the database's own connection limit is reached",
    summary: 'The database has a CONNECTION LIMIT of its own, and it is reached: applications are refused too.',
    advice: [
      'Find who holds the connections (pg_stat_activity), or raise it: ALTER DATABASE <database> CONNECTION LIMIT -1;',
    ],
  },
  credentials: {
    ...MISCONFIGURED,
    headline: 'not looked at: role or password refused',
    summary:
      'The database refused the role or password that Nightshift uses; the secret was read afresh and tried again.',
    advice: [
      "Check that the role in nightshift.config.ts exists on this branch, and put its password into the secret under passwords.<target's name>.",
      'A restored or recreated branch has the passwords of its parent at that time.',
    ],
  },
  'no-database': {
    ...MISCONFIGURED,
    headline: 'not looked at: no such database',
    summary: 'The server has no database of the configured name.',
    advice: ['Correct neon.database of this target in nightshift.config.ts and deploy.'],
  },
  'no-password': {
    ...MISCONFIGURED,
    headline: 'not looked at: no password for the role',
    summary:
      'Neither the secret nor Neon has a password for the configured role. Neon holds none for roles made by SQL.',
    advice: [
      "Put the role's password into the secret under passwords.<target's name>, or name a role made in the Neon console.",
    ],
  },
  starting: {
    ...NOT_SEEN,
    headline: 'not looked at: the server is starting',
    summary: 'Postgres is starting or recovering and takes no connections yet.',
    advice: ["If it lasts, look at the compute's operations in the Neon console."],
  },
  quota: {
    severity: 'critical',
    opens: 'at-once',
    headline: "Neon's quota is used up: the database is cut off",
    summary:
      'The plan or project has used up a quota, and Neon refuses connections until it is raised or the period ends.',
    advice: [
      'Raise the plan or the quota in the Neon console under Billing; the message names which one.',
      'Then find what used it: compute hours, written data or transfer.',
    ],
  },
  'compute-failing': {
    ...UNREACHABLE,
    headline: "down: Neon's proxy cannot reach Postgres",
    summary: "Neon answers, but cannot start or reach the branch's compute: applications cannot connect either.",
    advice: [
      'Restart the compute in the Neon console.',
      "If it does not start, look at the branch's operations there and open a ticket with Neon.",
    ],
  },
  disabled: {
    severity: 'warning',
    opens: 'at-once',
    headline: 'the compute is disabled',
    summary: "The branch's compute is disabled in Neon, so nobody can connect.",
    advice: ['Enable it in the Neon console, or take the target out of nightshift.config.ts.'],
  },
  'no-compute': {
    ...MISCONFIGURED,
    headline: 'not looked at: the branch has no compute',
    summary: 'The branch has no read-write compute to connect to.',
    advice: ['Add a compute to the branch in the Neon console, or take the target out of nightshift.config.ts.'],
  },
  'not-found': {
    ...MISCONFIGURED,
    headline: 'not looked at: no such project or branch',
    summary: 'The configured project or branch does not exist, or the API key may not see it.',
    advice: [
      "Compare neon.project and neon.branch with the Neon console, and check that the API key belongs to the project's organization.",
    ],
  },
  'api-key': {
    ...MISCONFIGURED,
    headline: "not looked at: Neon's API refused the key",
    summary:
      'The Neon API key in the secret is missing, revoked or expired; the secret was read afresh and tried again.',
    advice: [
      'Make a new key in the Neon console (a project-scoped one is enough) and put it into the secret as neonApiKey.',
    ],
  },
  client: {
    ...MISCONFIGURED,
    headline: 'not looked at: Aura refused the API client',
    summary: 'The Aura API client in the secret is missing, wrong, or was deleted in the Aura console.',
    advice: ['Make a new API client in the Aura console, and put its id and secret into the secret.'],
  },
  forbidden: {
    ...MISCONFIGURED,
    headline: 'not looked at: the Aura API client may not see it',
    summary:
      'Aura takes the API client, but refuses it this: a client may do what the user who made it may, and no more.',
    advice: [
      "Check in the Aura console that this user still belongs to the instance's project and may view instances.",
    ],
  },
  secret: {
    ...MISCONFIGURED,
    headline: 'not looked at: the secret cannot be used',
    summary: 'The secret with the keys could not be read, or is not as it must be.',
    advice: [
      'Correct the secret in Secrets Manager; the README shows its form. If it is there, check that the function may read it.',
    ],
  },
  'rate-limited': {
    ...NOT_SEEN,
    headline: `not looked at: ${name} limits the number of requests`,
    summary: `${name}'s API takes no more requests from this account for now; Nightshift waited as told and was refused again.`,
    advice: [requests],
  },
  unresolved: {
    ...UNREACHABLE,
    headline: 'unreachable: host name not resolved',
    summary: "The host's name cannot be resolved.",
    advice: [
      `Check that the ${host} still exists in the ${name} console.`,
      'If every target says this, DNS fails where the function runs.',
    ],
  },
  refused: {
    ...UNREACHABLE,
    headline: 'unreachable: connection refused',
    summary: 'Nothing answers at the address.',
    advice: [lookThere],
  },
  reset: {
    ...UNREACHABLE,
    headline: 'unreachable: connection broken off',
    summary: 'The connection was broken off before an answer came.',
    advice: [lookThere],
  },
  tls: {
    ...MISCONFIGURED,
    headline: 'not looked at: no trusted TLS connection',
    summary: "The server's certificate was not accepted, so nothing was sent.",
    advice: [
      `Something between AWS and ${name} answers in its place, or the certificate has expired: check any proxy of yours first.`,
    ],
  },
  timeout: {
    ...UNREACHABLE,
    headline: 'unreachable: no answer in time',
    summary: 'No answer came in time.',
    advice: [
      `See whether applications time out too: then look at the ${machine}'s CPU and at its longest statements in the ${name} console.`,
    ],
  },
  provider: {
    ...NOT_SEEN,
    headline: `not looked at: ${name} answered with an error`,
    summary: `${name} answered with an error of its own.`,
    advice: [`Look at ${name}'s status page; if it lasts, open a ticket with ${name} and quote the message.`],
  },
  'bad-answer': {
    ...NOT_SEEN,
    headline: 'not looked at: answer not understood',
    summary: 'The answer was not what the protocol says.',
    advice: [
      `Look at ${name}'s status page. If that is well, ${name} has changed something: look for a newer Nightshift.`,
    ],
  },
  query: {
    ...NOT_SEEN,
    headline: "not looked at: the look's own statement failed",
    summary: "Nightshift's statement failed in the server.",
    advice: [
      'See whether the server is out of memory or disk. If it is well, this is a fault of Nightshift: report it with the message.',
    ],
  },
  'no-time': {
    ...NOT_SEEN,
    headline: 'not looked at: the run had no time left',
    summary: 'Other targets, or requests that hung, took up the time of the run. It says nothing of this database.',
    advice: [
      "Look in the function's log for the targets that took long; a second stack with half of the targets helps for good.",
    ],
  },
  unexpected: {
    ...NOT_SEEN,
    headline: 'not looked at: unexpected error',
    summary: 'Something failed that should not.',
    advice: ["Look at the function's log around this time, and report it."],
  },
})
