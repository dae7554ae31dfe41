/**
 * The token that Aura's API wants (OAuth 2.0 client credentials, RFC 6749, 4.4;
 * https://neo4j.com/docs/aura/platform/api/authentication/). Kept for its hour, from one invocation to the next:
 * who asks for too many is limited.
 */
import * as v from 'valibot'
import { addresses } from '../env.ts'
import { asDocumented, askJson } from '../http.ts'
import { learnSecret } from '../redact.ts'
import { retrying } from '../retry.ts'
import { within } from '../waiting.ts'
import { tokenFailed } from './api-failure.ts'

/** An API client as the Aura console makes it. */
export interface AuraClient {
  id: string
  secret: string
}

const tokenSchema = v.object({
  access_token: v.pipe(v.string(), v.nonEmpty()),
  // Documented as `bearer`, seen as `Bearer`.
  token_type: v.pipe(v.string(), v.regex(/^bearer$/i)),
  /** Seconds; 3,600. */
  expires_in: v.number(),
})

interface Token {
  value: string
  expiresAt: number
  /** When it was asked for in the place of one that was refused. */
  renewedAt?: number
}

/** Renewed so long before its end, that no request comes too late with it. */
const SPARE_MS = 60_000

interface Kept {
  secret: string
  token?: Token
  /** The request under way, and the deadline of whoever sent it. */
  asking?: { token: Promise<Token>; signal: AbortSignal }
}
/** By the client's id. */
const kept = new Map<string, Kept>()

/**
 * A token of this client: the one there is, or a new one. Whoever asks while one is fetched waits for that one.
 * @param refused the token that the API did not take (any more): never given again
 * @throws LookFailed `client` when Aura refuses the client's id or secret
 */
export async function tokenOf(client: AuraClient, signal: AbortSignal, refused?: string): Promise<string> {
  const mine = keptOf(client)
  for (;;) {
    const { token } = mine
    if (token && token.value !== refused && Date.now() < token.expiresAt - SPARE_MS) return token.value
    mine.asking ??= fetchToken(client, mine, signal, token !== undefined && token.value === refused)
    const { asking } = mine
    try {
      // One's own ends by itself at the deadline, and says how far it came.
      return (await (asking.signal === signal ? asking.token : within(signal, asking.token))).value
    } catch (error) {
      // Where it was another's deadline that ended the request, it is asked anew.
      if (signal.aborted || !asking.signal.aborted) throw tokenFailed(error)
    }
  }
}

/** So young, a token that has replaced a refused one is not what is refused next. */
const YOUNG_MS = 60_000

/** Whether this token has just taken the place of one that was refused: what is refused to it too is about something else. */
export function isRenewed({ id }: AuraClient, token: string): boolean {
  const { value, renewedAt } = kept.get(id)?.token ?? {}
  return value === token && renewedAt !== undefined && Date.now() - renewedAt < YOUNG_MS
}

function keptOf({ id, secret }: AuraClient): Kept {
  const known = kept.get(id)
  if (known?.secret === secret) return known
  const fresh: Kept = { secret }
  kept.set(id, fresh)
  return fresh
}

function fetchToken(client: AuraClient, mine: Kept, signal: AbortSignal, renews: boolean): NonNullable<Kept['asking']> {
  const fetched = requestToken(client, signal).then((token) => {
    mine.token = renews ? { ...token, renewedAt: Date.now() } : token
    return token
  })
  return {
    signal,
    token: fetched.finally(() => {
      delete mine.asking
    }),
  }
}

async function requestToken({ id, secret }: AuraClient, signal: AbortSignal): Promise<Token> {
  const login = Buffer.from(`${id}:${secret}`).toString('base64')
  learnSecret(secret)
  learnSecret(login)
  return retrying(2, signal, async () => {
    const askedAt = Date.now()
    const answer = await askJson(
      `${addresses.auraApi()}/oauth/token`,
      {
        method: 'POST',
        headers: { authorization: `Basic ${login}`, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'grant_type=client_credentials',
      },
      signal,
    )
    const { access_token: value, expires_in: seconds } = asDocumented(tokenSchema, answer, 'POST /oauth/token')
    learnSecret(value)
    return { value, expiresAt: askedAt + seconds * 1_000 }
  })
}
