/** Leaks are counted by family, as names change with each process; people are told whom they can find. */
import { applicationName, familyOf } from '../applications.ts'
import type { SessionGroup } from '../reading.ts'
import { cut } from './sampling.ts'

/** Each with the one name that its family has in this look, or with how many there are. */
export function withNames<One extends { name: string }>(ones: One[], groups: SessionGroup[]): One[] {
  const families = Map.groupBy(new Set(groups.map(applicationName)), (name) => cut(familyOf(name)))
  return ones.map((one) => {
    const [name, ...others] = families.get(one.name) ?? [one.name]
    return { ...one, name: others.length > 0 ? `${one.name} (${others.length + 1} names)` : (name ?? one.name) }
  })
}
