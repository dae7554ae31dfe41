import { describe, expect, test } from 'vitest'
import type { StoredBranch } from '../../../functions/neon/api-storage.ts'
import { rootOf } from '../../../functions/neon/lineage.ts'

const branchOf = (id: string, parent_id?: string | null): StoredBranch => ({ id, name: id, parent_id })

describe('the root of a branch', () => {
  test.for<[what: string, parents: [string, (string | null)?][], root: string]>([
    ['is itself', [['a']], 'a'],
    ['is itself where the parent is null', [['a', null]], 'a'],
    ['is found over several parents, in any order', [['c', 'd'], ['a', 'b'], ['d'], ['b', 'c']], 'd'],
    [
      'is as far up as the parents are known',
      [
        ['a', 'b'],
        ['b', 'gone'],
      ],
      'b',
    ],
    [
      'is found where parents go in circles too',
      [
        ['a', 'b'],
        ['b', 'a'],
      ],
      'a',
    ],
  ])('%s', ([, parents, root]) => {
    const branches = parents.map(([id, parent]) => branchOf(id, parent))
    const asked = branches.find(({ id }) => id === 'a') ?? expect.fail('no branch')
    expect(rootOf(asked, branches).id).toBe(root)
  })
})
