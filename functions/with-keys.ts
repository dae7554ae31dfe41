/** A look with the keys of the secret: read once a run, and afresh when they were refused. */
import type { Cause, Failure } from './checks/reading.ts'
import { log } from './log.ts'
import { errorMessage } from './redact.ts'
import { type Keyring, type Keys, SecretError } from './secret.ts'

/** What a key may have to do with: somebody may have put a new one into the secret a moment ago. */
const REFUSED: Cause[] = ['credentials', 'api-key', 'no-password', 'client']

interface Looked {
  reading: { kind: string; failure?: Failure }
}

/**
 * One look, and a second one with other keys where the first was refused.
 * @param failed what it comes to when there are no keys at all
 * @throws whatever `look` throws
 */
export async function withKeys<Result extends Looked>(
  keyring: Keyring,
  look: (keys: Keys) => Promise<Result>,
  failed: (failure: Failure) => Result,
): Promise<Result> {
  let keys: Keys
  try {
    keys = await keyring.read()
  } catch (error) {
    if (!(error instanceof SecretError)) throw error
    return failed({ cause: 'secret', at: 'secret', message: errorMessage(error) })
  }
  const looked = await look(keys)
  const cause = looked.reading.failure?.cause
  if (cause === undefined || !REFUSED.includes(cause)) return looked
  // That the secret cannot be read afresh is in the log; the refusal is what this target has to say.
  const fresh = await keyring
    .reread(keys)
    .catch((error: unknown) => log('secret-unreadable', { error: errorMessage(error) }))
  return fresh ? await look(fresh) : looked
}

/** A fault of Nightshift's own, in the log with its origin: told like any other look that failed, and no other target suffers from it. */
export function unexpected(target: string, error: unknown): Failure {
  log('unexpected', { target, error: errorMessage(error), stack: (error as Error).stack })
  return { cause: 'unexpected', at: 'nightshift', message: errorMessage(error) }
}
