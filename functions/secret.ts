/** The one JSON secret: the keys to what is watched. Read at run time, cached five minutes, read afresh when a key is refused. */
import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import * as v from 'valibot'
import { environment } from './env.ts'
import { log } from './log.ts'
import { errorMessage, learnSecret } from './redact.ts'

/** Whose keys are asked for: a target of one needs none of the other. */
export type Provider = 'neon' | 'aura'

export interface Keys {
  /** Present for whoever needs it. */
  neonApiKey: string
  /** The Aura API's client; present for whoever needs it. */
  aura?: { id: string; secret: string }
  /** By target: the password of its role. Wins over what Neon's API would give. */
  passwords: Record<string, string>
  /** How many of the passwords are for no configured target. */
  surplus: number
  /** Where the outside is told of a run of connections. */
  heartbeatUrl?: string | undefined
  /** Where it is told of a run of Aura. */
  auraHeartbeatUrl?: string | undefined
}

/** What is wrong with the secret; never with a value of it. */
export class SecretError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'SecretError'
  }
}

const CACHE_MS = 5 * 60_000
/** How long keys are used when Secrets Manager does not answer. */
const STALE_MS = 60 * 60_000
/** As text: what must be in it depends on who asks. */
let cached: { name: string; text: string; readAt: number } | undefined
const client = new SecretsManagerClient({ maxAttempts: 3 })

/**
 * The keys.
 * @param targets the configured targets' names: passwords for anything else are counted
 * @param fresh reads again whatever is cached
 * @throws SecretError when the secret cannot be read or is not as it must be; all faults at once
 */
async function readKeys(targets: string[], needs: Provider, now: number, fresh = false): Promise<Keys> {
  const name = environment.secret()
  const known = cached?.name === name ? cached : undefined
  if (!fresh && known && now - known.readAt < CACHE_MS) return parseKeys(known.text, name, targets, needs)
  let read = { name, readAt: now, text: '' }
  try {
    read.text = await fetchSecret(name)
  } catch (error) {
    // Keys that were right a moment ago are better than none; that they could not be read is in the log.
    if (fresh || !known || now - known.readAt > STALE_MS) throw error
    log('secret-unreadable', { error: errorMessage(error), remedy: 'went on with the keys read before' })
    read = known
  }
  const keys = parseKeys(read.text, name, targets, needs)
  for (const value of [keys.neonApiKey, keys.aura?.secret ?? '', ...Object.values(keys.passwords)]) learnSecret(value)
  // Whoever knows such an address can say that all is well.
  for (const address of [keys.heartbeatUrl, keys.auraHeartbeatUrl]) {
    const { host, pathname, search } = new URL(address ?? 'https://x')
    for (const part of [host, pathname, search]) learnSecret(part)
  }
  cached = read
  return keys
}

async function fetchSecret(name: string): Promise<string> {
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }), {
      abortSignal: AbortSignal.timeout(10_000),
    })
    if (SecretString) return SecretString
  } catch (error) {
    const { name: kind } = error as Error
    if (kind === 'ResourceNotFoundException')
      throw new SecretError(`there is no secret "${name}" in this account and region; create it as the README says`)
    // The code of AWS says more than its words; the name of an error of JavaScript nothing.
    const code = /^(Syntax|Type)?Error$/.test(kind) ? '' : `${kind}: `
    throw new SecretError(`the secret "${name}" cannot be read: ${code}${errorMessage(error)}`)
  }
  throw new SecretError(`the secret "${name}" holds no text; store JSON in it as the README says`)
}

export const ALLOWED = ['neonApiKey', 'aura', 'passwords', 'heartbeatUrl', 'auraHeartbeatUrl']

function parseKeys(text: string, name: string, targets: string[], needs: Provider): Keys {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    // The parser's own message would quote what it read.
    throw new SecretError(
      `the secret "${name}" is not JSON; it must look like { "neonApiKey": <key>, "passwords": { "orders": <password> } }`,
    )
  }
  const parsed = v.safeParse(needs === 'neon' ? neonSchema : auraSchema, json)
  const keys = Object.keys(json instanceof Object && !Array.isArray(json) ? json : {})
  const faults = [
    ...(parsed.issues ?? []).map((issue) => [sayPath(issue, targets), issue.message].filter(Boolean).join(' ')),
    ...keys
      .filter((key) => !ALLOWED.includes(key))
      .map((key) => `${sayKey(key, targets)} is not a key of it; allowed: ${ALLOWED.join(', ')}`),
  ]
  if (faults.length > 0 || !parsed.success)
    throw new SecretError(`the secret "${name}" has faults: ${faults.join('; ')}`)
  const { neonApiKey = '', aura, passwords = {}, ...pings } = parsed.output
  // Of a target that was taken out, will be put in, or belongs to another stack: no reason to look at nothing.
  const surplus = Object.keys(passwords).filter((target) => !targets.includes(target)).length
  if (surplus > 0) log('secret-surplus', { passwordsForNoTarget: surplus, targets })
  return {
    neonApiKey,
    passwords,
    surplus,
    ...(aura && { aura: { id: aura.clientId, secret: aura.clientSecret } }),
    ...pings,
  }
}

const sayPath = (issue: v.BaseIssue<unknown>, targets: string[]): string =>
  (issue.path ?? []).map(({ key }) => sayKey(String(key), targets)).join('.')
/** Somebody may have put a secret where its name belongs. */
const sayKey = (key: string, targets: string[]): string =>
  targets.includes(key) || /^[a-zA-Z][a-zA-Z_-]{0,15}$/.test(key) ? key : '(a name that is not shown)'

/** A shorter one may be part of an ordinary word, and so could not be struck out of what is told. */
const LEAST = 8

const filled = (what: string) =>
  v.pipe(
    v.string(`must be ${what}`),
    v.check((s) => s.trim() === s && s !== '', `must be ${what}, without spaces around it`),
  )
const long = (what: string) =>
  v.pipe(
    filled(what),
    v.check(
      // Of what is empty that has been said.
      (s) => s.trim() === '' || s.length >= LEAST,
      `must have at least ${LEAST} characters: a shorter one cannot be told from ordinary words, and so not be kept out of mails and logs`,
    ),
  )
const isMissing = (issue: v.BaseIssue<unknown>) =>
  issue.expected === 'Object' ? 'must be a JSON object' : 'is missing'
const auraClient = v.object({ clientId: filled('a client id'), clientSecret: long('a client secret') }, isMissing)
const passwords = v.optional(v.record(v.string(), long('a password'), 'must be { "<target>": "<password>" }'))
const neonApiKey = long('a Neon API key')
const address = v.optional(
  v.custom<string>(
    (value) => typeof value === 'string' && URL.canParse(value) && value.startsWith('https://'),
    'must be an https:// address',
  ),
)
const pings = { heartbeatUrl: address, auraHeartbeatUrl: address }
const neonSchema = v.object({ neonApiKey, aura: v.optional(auraClient), passwords, ...pings }, isMissing)
const auraSchema = v.object({ neonApiKey: v.optional(neonApiKey), aura: auraClient, passwords, ...pings }, isMissing)

/** The keys of one run: read once, and once more if a key was refused, however many targets ask. */
export interface Keyring {
  read(): Promise<Keys>
  /** The keys read afresh, or undefined when they are the very ones that were refused. */
  reread(refused: Keys): Promise<Keys | undefined>
}

export function keyring(targets: string[], needs: Provider, now: number): Keyring {
  const read = once(() => readKeys(targets, needs, now))
  const fresh = once(() => readKeys(targets, needs, now, true))
  return {
    read,
    reread: async (refused) => (JSON.stringify(await fresh()) === JSON.stringify(refused) ? undefined : fresh()),
  }
}

function once<Result>(make: () => Promise<Result>): () => Promise<Result> {
  let made: Promise<Result> | undefined
  return () => {
    made ??= make()
    return made
  }
}
