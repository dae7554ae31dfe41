/** The way into a target's database. */
import { LookFailed } from '../failure.ts'
import { HttpError } from '../http.ts'
import { learnSecret } from '../redact.ts'
import type { Keys } from '../secret.ts'
import type { Endpoint, NeonApi } from './api.ts'
import type { NeonTarget } from './branch.ts'

/**
 * The connection string, with the password of the secret or else the one that Neon holds.
 * @throws LookFailed when there is none anywhere; what the API throws
 */
export async function connectionUri(
  api: NeonApi,
  target: NeonTarget,
  keys: Keys,
  branch: string,
  endpoint: Endpoint,
): Promise<string> {
  const { project, database, role } = target.neon
  const password = keys.passwords[target.name]
  if (password !== undefined) {
    const uri = new URL(`postgresql://${endpoint.host}/${encodeURIComponent(database)}?sslmode=require`)
    uri.username = encodeURIComponent(role)
    uri.password = encodeURIComponent(password)
    return uri.href
  }
  try {
    const uri = await api.connectionUri(project, { branch, endpoint: endpoint.id, database, role })
    if (!URL.canParse(uri))
      throw new LookFailed({ cause: 'bad-answer', at: 'api', message: 'connection_uri gave no address' })
    learnSecret(new URL(uri).password)
    return uri
  } catch (error) {
    // 404: no such role (made by SQL) or database; 412: this project does not store passwords.
    if (!(error instanceof HttpError) || (error.status !== 404 && error.status !== 412)) throw error
    const cause = /database/i.test(error.message) && error.status === 404 ? 'no-database' : 'no-password'
    const hint = keys.surplus > 0 ? ` (the secret has ${keys.surplus} password(s) for names that are no target)` : ''
    throw new LookFailed({ cause, at: 'api', message: `${error.message}${hint}` })
  }
}
