/** Which branch a target means. */
import { LookFailed } from '../failure.ts'
import type { Branch } from './api.ts'

/** Where a target is in Neon. */
export interface NeonPlace {
  project: string
  /** Name or id; undefined: the project's default branch. */
  branch: string | undefined
}

/** A target whose database is to be connected to. */
export interface NeonTarget {
  name: string
  neon: NeonPlace & { database: string; role: string }
}

/**
 * The branch by its name or as the default. To be found afresh at each look: a restore gives the name to another id.
 * @throws LookFailed when there is none
 */
export function findBranch<Known extends Branch>(branches: Known[], { project, branch }: NeonPlace): Known {
  const wanted = (one: Known) => (branch === undefined ? one.default : one.id === branch || one.name === branch)
  // The only branch there is is the default one, said so or not.
  const found = branches.find(wanted) ?? (branch === undefined && branches.length === 1 ? branches[0] : undefined)
  if (found) return found
  const names = branches.slice(0, 10).map(({ name }) => name)
  const which = branch === undefined ? 'default branch' : `branch "${branch}"`
  throw new LookFailed({
    cause: 'not-found',
    at: 'api',
    message: `project ${project} has no ${which}; it has ${names.join(', ') || 'none'}${branches.length > 10 ? ', ...' : ''}`,
  })
}
