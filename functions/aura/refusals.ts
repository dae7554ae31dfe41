/**
 * Which 403, or 401 of the metrics, a new token may mend. Aura answers an expired token with it, and just so a client that may not see an instance:
 * for that, a new token at every look would be one too many, as who asks for many is limited.
 */
import { type AuraClient, isRenewed } from './token.ts'

/** For so long a refusal is taken for what it is: rights that are given later are found by the token that there is. */
const HOLDS_MS = 60 * 60_000

/** What a good token was refused, and since when. */
const refused = new Map<string, number>()

const keyOf = ({ id }: AuraClient, path: string): string => `${id} ${path.split('?')[0]}`

const holds = (since: number | undefined): boolean => since !== undefined && Date.now() - since < HOLDS_MS

/** @param token the one that was refused */
export const mayBeTheToken = (client: AuraClient, token: string, path: string): boolean =>
  !holds(refused.get(keyOf(client, path))) && !isRenewed(client, token)

/** Takes note that a token that is good was refused this. */
export function noteRefused(client: AuraClient, path: string): void {
  const key = keyOf(client, path)
  if (!holds(refused.get(key))) refused.set(key, Date.now())
}

export const noteAllowed = (client: AuraClient, path: string): boolean => refused.delete(keyOf(client, path))
