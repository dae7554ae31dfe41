/** Where a branch comes from: its root, and the branch that stood in its place before a restore. */
import type { StoredBranch, StoredSnapshot } from './api-storage.ts'

/** The branch at the top, itself when it is one: as far up as the parents are known. */
export function rootOf(branch: StoredBranch, branches: StoredBranch[]): StoredBranch {
  const byId = new Map(branches.map((one) => [one.id, one]))
  let root = branch
  // No more steps than branches: an answer that goes in circles ends too.
  for (let step = 0; step < branches.length; step++) {
    const parent = byId.get(root.parent_id ?? '')
    if (parent === undefined) break
    root = parent
  }
  return root
}

/**
 * The snapshots that a restore has left with the branch that was in this one's place, or that are of branches since
 * deleted, or of nobody knows which; undefined: there are none. A restore gives the name to a new branch and leaves the snapshots with the old one,
 * which it calls `main (old)` or `main_old_<time>`.
 */
export function leftBehind(
  root: StoredBranch,
  branches: StoredBranch[],
  snapshots: StoredSnapshot[],
): { of: string; snapshots: StoredSnapshot[] } | undefined {
  const isFormer = ({ id, name }: StoredBranch) =>
    id === root.restored_as || name.startsWith(`${root.name} (old`) || name.startsWith(`${root.name}_old`)
  const former = branches.filter(isFormer)
  const formers = former.map(({ id }) => id)
  const kept = snapshots.filter(({ source_branch_id: source }) => source && formers.includes(source))
  if (kept.length > 0) {
    const names = former.filter(({ id }) => kept.some(({ source_branch_id: source }) => source === id))
    return { of: `branch ${names.map(({ name }) => name).join(', ')}`, snapshots: kept }
  }
  const known = new Set(branches.map(({ id }) => id))
  const orphans = snapshots.filter(({ source_branch_id: source }) => !known.has(source ?? ''))
  return orphans.length > 0 ? { of: 'branches that are gone or not named', snapshots: orphans } : undefined
}
